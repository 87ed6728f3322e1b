package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/fault"
)

func env(m map[string]string) func(string) string { return func(k string) string { return m[k] } }

func TestDefaultData(t *testing.T) {
	for _, c := range []struct {
		goos string
		env  map[string]string
		want string
	}{
		{"linux", map[string]string{"HOME": "/home/a"}, "/home/a/.local/share/kept"},
		{"linux", map[string]string{"HOME": "/home/a", "XDG_DATA_HOME": "/x"}, "/x/kept"},
		{"linux", map[string]string{"HOME": "/home/a", "XDG_DATA_HOME": "relative"}, "/home/a/.local/share/kept"},
		{"darwin", map[string]string{"HOME": "/Users/a"}, "/Users/a/Library/Application Support/Kept"},
	} {
		got, err := DefaultData(c.goos, env(c.env))
		if err != nil || got != c.want {
			t.Errorf("DefaultData(%s, %v) = %q, %v; want %q", c.goos, c.env, got, err, c.want)
		}
	}
	if _, err := DefaultData("linux", env(nil)); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a home: %v, want an Invalid fault", err)
	}
}

func TestResolveRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err   error
		field string
	}{
		"database scheme":    {(&Stores{Data: "d", DatabaseURL: "mysql://x"}).Resolve(env(nil)), "--database-url"},
		"events":             {(&Stores{Data: "d", EventsURL: "clickhouse://x"}).Resolve(env(nil)), "--events-url"},
		"addr":               {(&Server{Addr: "8080"}).Resolve(), "--addr"},
		"short token":        {(&Server{Addr: ":1", BootstrapToken: "short"}).Resolve(), "--bootstrap-token"},
		"token twice":        {(&Server{Addr: ":1", BootstrapToken: "x", BootstrapTokenFile: empty}).Resolve(), "--bootstrap-token-file"},
		"token file missing": {(&Server{Addr: ":1", BootstrapTokenFile: empty + "x"}).Resolve(), "--bootstrap-token-file"},
		"token file empty":   {(&Server{Addr: ":1", BootstrapTokenFile: empty}).Resolve(), "--bootstrap-token-file"},
		"server":             {(&Remote{Server: "localhost"}).Resolve(), "--server"},
		"server no token":    {(&Remote{Server: "http://localhost"}).Resolve(), "--token"},
	} {
		fe, ok := c.err.(*fault.Error) //nolint:errorlint // the very error is promised
		if !ok || fe.Kind != fault.Invalid || fe.Field != c.field {
			t.Errorf("%s: got %v, want an Invalid fault at %s", name, c.err, c.field)
		}
	}
}

func TestSecretFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("0123456789abcdef0123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Server{Addr: ":0", BootstrapTokenFile: path}
	for range 2 { // a command may resolve before it opens the stores, which resolve again
		if err := s.Resolve(); err != nil {
			t.Fatal(err)
		}
	}
	if s.BootstrapToken != "0123456789abcdef0123" {
		t.Errorf("token = %q, want the file's content without the line end", s.BootstrapToken)
	}
}

func TestDumpHidesSecrets(t *testing.T) {
	var b strings.Builder
	for _, s := range Dump(Stores{Data: "/d", DatabaseURL: "postgres://kept:hunter2@db/kept?password=hunter2"}, Server{BootstrapToken: "hunter2hunter2hunter2"}, Log{}) {
		b.WriteString(s.Name + "=" + s.Value + "\n")
	}
	if strings.Contains(b.String(), "hunter2") {
		t.Errorf("the dump shows a secret:\n%s", b.String())
	}
	if !strings.Contains(b.String(), "postgres://kept:xxxxx@db/kept") {
		t.Errorf("the dump does not show where the records are:\n%s", b.String())
	}
}
