// Package config is the one configuration of Kept: every setting is a flag and
// an environment variable, every secret can also come from a file, and nothing
// else in the program reads the environment.
package config

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"kept/internal/fault"
)

// Stores says where Kept keeps its data.
type Stores struct {
	Data            string `env:"KEPT_DATA" placeholder:"DIR" help:"Data directory (default: the user's data folder)."`
	DatabaseURL     string `env:"KEPT_DATABASE_URL" placeholder:"URL" help:"Record store: postgres://…; the default is SQLite in the data directory."`
	DatabaseURLFile string `env:"KEPT_DATABASE_URL_FILE" placeholder:"FILE" help:"File that holds the record store's address."`
	EventsURL       string `env:"KEPT_EVENTS_URL" placeholder:"URL" help:"Event store; the default, and the only one of this release, is DuckDB in the data directory."`
	EventsURLFile   string `env:"KEPT_EVENTS_URL_FILE" placeholder:"FILE" help:"File that holds the event store's address."`
	SecretKey       string `env:"KEPT_SECRET_KEY" placeholder:"KEY" help:"Key that seals the secrets of connections, 32 bytes as base64; the default is the file secret.key in the data directory, made at first start."`
	SecretKeyFile   string `env:"KEPT_SECRET_KEY_FILE" placeholder:"FILE" help:"File that holds the key."`
}

// Server is what `kept serve` needs besides the stores.
type Server struct {
	Addr                  string `env:"KEPT_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	BootstrapToken        string `env:"KEPT_BOOTSTRAP_TOKEN" placeholder:"SECRET" help:"Admin API token to create at first start."`
	BootstrapTokenFile    string `env:"KEPT_BOOTSTRAP_TOKEN_FILE" placeholder:"FILE" help:"File that holds the admin API token."`
	BootstrapWriteKey     string `env:"KEPT_BOOTSTRAP_WRITE_KEY" placeholder:"SECRET" help:"Source write key to create at first start."`
	BootstrapWriteKeyFile string `env:"KEPT_BOOTSTRAP_WRITE_KEY_FILE" placeholder:"FILE" help:"File that holds the source write key."`
	PublicURL             string `env:"KEPT_PUBLIC_URL" placeholder:"URL" help:"Address that people type, when a proxy stands in front; https makes cookies Secure."`
	AllowLocalTargets     bool   `env:"KEPT_ALLOW_LOCAL_TARGETS" help:"Let connections and webhooks reach plain http and the own machine and network."`
	CompanyName           string `env:"KEPT_COMPANY" default:"Kept" placeholder:"NAME" help:"Name of your company, shown in the web app."`
}

// Remote names a running server that a data command talks to.
type Remote struct {
	Server    string `env:"KEPT_SERVER" placeholder:"URL" help:"Talk to this running server instead of opening the data directory."`
	Token     string `env:"KEPT_TOKEN" placeholder:"SECRET" help:"API token for --server."`
	TokenFile string `env:"KEPT_TOKEN_FILE" placeholder:"FILE" help:"File that holds the API token."`
}

// Log says how much is logged, and how.
type Log struct {
	Level  string `name:"log-level" env:"KEPT_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least level that is logged: ${enum}."`
	Format string `name:"log-format" env:"KEPT_LOG_FORMAT" enum:"text,json" default:"text" help:"Form of the log: ${enum}."`
}

// Limits of secrets: shorter ones can be guessed, longer ones are mistakes.
const (
	minSecret     = 16
	maxSecret     = 512
	maxSecretFile = 64 << 10
)

// Resolve reads secrets from their files, fills the default directory and
// checks every value. getenv is the environment of the process.
func (s *Stores) Resolve(getenv func(string) string) error {
	if s.Data == "" {
		dir, err := DefaultData(runtime.GOOS, getenv)
		if err != nil {
			return err
		}
		s.Data = dir
	}
	if err := fromFile(&s.DatabaseURL, &s.DatabaseURLFile, "--database-url"); err != nil {
		return err
	}
	if err := fromFile(&s.EventsURL, &s.EventsURLFile, "--events-url"); err != nil {
		return err
	}
	if err := fromFile(&s.SecretKey, &s.SecretKeyFile, "--secret-key"); err != nil {
		return err
	}
	if s.DatabaseURL != "" {
		u, err := url.Parse(s.DatabaseURL)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return fault.At("--database-url", "is not an address of a record store: use postgres://user:password@host/database, or leave it out for SQLite in the data directory")
		}
	}
	if s.EventsURL != "" {
		return fault.At("--events-url", "this release keeps events in DuckDB in the data directory only: leave it out")
	}
	return nil
}

// Resolve reads secrets from their files and checks every value.
func (s *Server) Resolve() error {
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		return fault.At("--addr", "%q is not an address to listen on: use host:port, such as 127.0.0.1:8080", s.Addr)
	}
	if err := fromFile(&s.BootstrapToken, &s.BootstrapTokenFile, "--bootstrap-token"); err != nil {
		return err
	}
	if err := fromFile(&s.BootstrapWriteKey, &s.BootstrapWriteKeyFile, "--bootstrap-write-key"); err != nil {
		return err
	}
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fault.At("--public-url", "%q is not a web address: use https://kept.example.com", s.PublicURL)
		}
	}
	for flag, secret := range map[string]string{"--bootstrap-token": s.BootstrapToken, "--bootstrap-write-key": s.BootstrapWriteKey} {
		if secret != "" && (len(secret) < minSecret || len(secret) > maxSecret) {
			return fault.At(flag, "must have %d to %d characters: make one with `openssl rand -hex 24`", minSecret, maxSecret)
		}
	}
	return nil
}

// Resolve reads the token from its file and checks the address.
func (r *Remote) Resolve() error {
	if err := fromFile(&r.Token, &r.TokenFile, "--token"); err != nil {
		return err
	}
	if r.Server == "" {
		return nil
	}
	u, err := url.Parse(r.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fault.At("--server", "%q is not a web address: use http://127.0.0.1:8080", r.Server)
	}
	if r.Token == "" {
		return fault.At("--token", "a running server needs an API token: set KEPT_TOKEN, or make one with `kept token create`")
	}
	return nil
}

// DefaultData returns the folder where an application keeps data on this
// operating system.
func DefaultData(goos string, getenv func(string) string) (string, error) {
	home := getenv("HOME")
	switch goos {
	case "windows":
		if dir := getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, "Kept"), nil
		}
	case "darwin":
		if home != "" {
			return filepath.Join(home, "Library", "Application Support", "Kept"), nil
		}
	default:
		if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "kept"), nil
		}
		if home != "" {
			return filepath.Join(home, ".local", "share", "kept"), nil
		}
	}
	return "", fault.At("--data", "there is no home directory to put data in: name a directory with --data or KEPT_DATA")
}

// fromFile sets a secret from its file; naming both is a mistake that would
// hide one of them. The file is forgotten, so that resolving twice is no mistake.
func fromFile(secret, file *string, flag string) error {
	path := *file
	if path == "" {
		return nil
	}
	if *secret != "" {
		return fault.At(flag+"-file", "%s is set as well: set one of the two", flag)
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return fault.At(flag+"-file", "cannot be read: %v", err)
	}
	defer f.Close() //nolint:errcheck // read only
	raw, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return fault.At(flag+"-file", "cannot be read: %v", err)
	}
	if len(raw) > maxSecretFile {
		return fault.At(flag+"-file", "%s is larger than %d KiB: it does not hold a secret", path, maxSecretFile>>10)
	}
	*secret = strings.TrimSpace(string(raw))
	if *secret == "" {
		return fault.At(flag+"-file", "%s is empty", path)
	}
	*file = ""
	return nil
}

// Setting is one line of a configuration dump.
type Setting struct{ Name, Value string }

// Dump lists the settings with secrets replaced by their length, and passwords
// in addresses by asterisks.
func Dump(st Stores, sv Server, lg Log) []Setting {
	return []Setting{
		{"KEPT_ADDR", sv.Addr},
		{"KEPT_DATA", st.Data},
		{"KEPT_DATABASE_URL", redactURL(st.DatabaseURL, "SQLite in the data directory")},
		{"KEPT_EVENTS_URL", redactURL(st.EventsURL, "DuckDB in the data directory")},
		{"KEPT_SECRET_KEY", redact(st.SecretKey)},
		{"KEPT_PUBLIC_URL", sv.PublicURL},
		{"KEPT_ALLOW_LOCAL_TARGETS", strconv.FormatBool(sv.AllowLocalTargets)},
		{"KEPT_COMPANY", sv.CompanyName},
		{"KEPT_BOOTSTRAP_TOKEN", redact(sv.BootstrapToken)},
		{"KEPT_BOOTSTRAP_WRITE_KEY", redact(sv.BootstrapWriteKey)},
		{"KEPT_LOG_LEVEL", lg.Level},
		{"KEPT_LOG_FORMAT", lg.Format},
	}
}

func redact(secret string) string {
	if secret == "" {
		return "(not set)"
	}
	return fmt.Sprintf("(set, %d characters)", len(secret))
}

func redactURL(raw, none string) string {
	if raw == "" {
		return none
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "(set, and not an address)"
	}
	u.RawQuery = "" // it can hold a password, too
	return u.Redacted()
}
