// Package connector brings rows of other systems into the customer record: a
// connection says which system, how to reach it and how often; a kind knows the
// system; a mapping in the language of ingest says what the rows mean.
package connector

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

// Field is one setting of a kind, in the words that a form shows.
type Field struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Help     string `json:"help,omitempty"`
	Required bool   `json:"required"`
	Secret   bool   `json:"secret"`
	Long     bool   `json:"long"` // several lines of text
	// Target says where the secrets are sent to: who changes it enters them again,
	// so that a stored secret cannot be read by sending it elsewhere.
	Target  bool     `json:"target"`
	Default string   `json:"default,omitempty"`
	Example string   `json:"example,omitempty"`
	Options []string `json:"options,omitempty"`
}

// Kind is one system that Kept can read.
type Kind struct {
	Name    string
	Title   string
	Help    string // one sentence: what comes in
	Guide   string // the name of its page in docs/guides
	Fields  []Field
	Mapping string // the mapping that ships; empty when the user has to write one
	Every   time.Duration
	// Open checks the settings and returns the system behind them.
	Open func(cfg Config, env Env) (System, error)
	// Receive checks a message that the system sent by itself; nil when it sends none.
	Receive func(cfg Config, header http.Header, body []byte, now time.Time) (Message, error)
}

// Config is the settings of a connection, secrets included.
type Config map[string]string

// Env is what a system needs from outside.
type Env struct {
	Clock clock.Clock
	// Sleep waits, or returns the error of ctx.
	Sleep func(ctx context.Context, d time.Duration) error
	// Local allows plain HTTP and addresses of the own machine and network.
	Local bool
	// Transport carries requests; nil for the network.
	Transport http.RoundTripper
}

// System reads one system. Its methods are called one after another.
type System interface {
	// Check reaches the system and says in words what it found.
	Check(ctx context.Context) (string, error)
	// Streams lists what is read, in an order in which what is referred to comes first.
	Streams() []Stream
	// Read hands out the pages of a stream after the cursor (empty for all). When
	// emit returns nil the page is stored and its cursor is kept.
	Read(ctx context.Context, stream, cursor string, emit func(Page) error) error
	// Close frees what the system holds.
	Close() error
}

// Refresher is a System whose objects can be read one by one, after a message
// said that they changed.
type Refresher interface {
	Refresh(ctx context.Context, m Message) ([]Refreshed, error)
}

// Refreshed are rows of one stream.
type Refreshed struct {
	Stream string
	Rows   []Row
}

// Stream is one kind of row.
type Stream struct {
	Name string `json:"name"` // the mapping's path is Name + ".jsonl"
	Help string `json:"help,omitempty"`
}

// Row is one object as JSON values. Key names it within its stream; of several
// rows with one key in a batch the last one counts.
type Row struct {
	Key  string
	Data map[string]any
	Line int // where it stands in its source; 0 for nowhere
}

// Page is some rows and the cursor from which the reading goes on after them.
type Page struct {
	Rows   []Row
	Cursor string
	// Merged are objects that the system itself made one of.
	Merged []Merged
	// Notes are findings about the source, such as a field that is gone.
	Notes []Note
}

// Merged says that an object of the system became part of another one.
type Merged struct{ Kind, From, To string }

// Note is something that a person should know of the source.
type Note struct{ Rule, Says, WhatToDo string }

// Message is something that a system sent by itself.
type Message struct {
	ID     string `json:"id"` // the system's own, to know a repeated one
	Kind   string `json:"kind"`
	Object string `json:"object"` // the object's type
	Ref    string `json:"ref"`    // the object's id
}

// Check reads the settings of a kind out of what was given. Known secrets may be
// missing when keep says that they are stored already.
func (k *Kind) Check(given map[string]string, keep bool) (Config, error) {
	var errs fault.List
	out := Config{}
	for name := range given {
		if !slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Name == name }) {
			errs.Add("config."+name, "%s has no setting of this name: it has %s", k.Title, strings.Join(k.fieldNames(), ", "))
		}
	}
	for i := range k.Fields {
		f := &k.Fields[i]
		text := given[f.Name]
		if !f.Long {
			text = strings.TrimSpace(text)
		}
		place := "config." + f.Name
		if text == "" {
			text = f.Default
		}
		switch {
		case text == "" && f.Required && (!f.Secret || !keep):
			errs.Add(place, "%s is missing: %s", f.Title, cmp.Or(f.Help, "it is needed"))
		case len(text) > maxSetting:
			errs.Add(place, "%s is longer than %d bytes", f.Title, maxSetting)
		case strings.ContainsRune(text, 0) || !f.Long && strings.ContainsAny(text, "\r\n"):
			errs.Add(place, "%s holds a line break or a NUL character: write it on one line", f.Title)
		case text != "" && len(f.Options) > 0 && !slices.Contains(f.Options, text):
			errs.Add(place, "%.60q is not possible: use one of %s", text, strings.Join(f.Options, ", "))
		}
		if text != "" {
			out[f.Name] = text
		}
	}
	return out, errs.Err()
}

const maxSetting = 64 << 10

func (k *Kind) fieldNames() []string {
	out := make([]string, len(k.Fields))
	for i := range k.Fields {
		out[i] = k.Fields[i].Name
	}
	return out
}

// Split divides the settings into open ones and secrets.
func (k *Kind) Split(cfg Config) (open, secrets map[string]string) {
	open, secrets = map[string]string{}, map[string]string{}
	for i := range k.Fields {
		f := &k.Fields[i]
		if v, ok := cfg[f.Name]; ok && f.Secret {
			secrets[f.Name] = v
		} else if ok {
			open[f.Name] = v
		}
	}
	return open, secrets
}

// URL reads a setting that is the address of a service: https, without user,
// query or fragment; plain http only where env allows local addresses.
func (c Config) URL(name string, env Env) (*url.URL, error) {
	place := "config." + name
	u, err := url.Parse(c[name])
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fault.At(place, "%.80q is not a web address: use https://example.com", c[name])
	case u.User != nil:
		return nil, fault.At(place, "holds a user name or password: put them into their own fields")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fault.At(place, "holds a query or a fragment: leave out what follows the path")
	case u.Scheme == "https", u.Scheme == "http" && env.Local:
	default:
		return nil, fault.At(place, "is not https: what is sent there would be readable on the way")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

// Int reads a whole number setting within bounds.
func (c Config) Int(name string, low, high int) (int, error) {
	n, err := strconv.Atoi(c[name])
	if err != nil || n < low || n > high {
		return 0, fault.At("config."+name, "%.40q is not a whole number from %d to %d", c[name], low, high)
	}
	return n, nil
}

// Kinds are the systems by name.
type Kinds map[string]*Kind

// Get returns a kind, or Invalid.
func (k Kinds) Get(field, name string) (*Kind, error) {
	one := k[name]
	if one == nil {
		names := make([]string, 0, len(k))
		for n := range k {
			names = append(names, n)
		}
		slices.Sort(names)
		return nil, fault.At(field, "%.60q is not a system that Kept can read: use one of %s", name, strings.Join(names, ", "))
	}
	return one, nil
}
