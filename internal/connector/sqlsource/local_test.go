package sqlsource

import (
	"strings"
	"testing"

	"kept/internal/fault"
)

// TestOwnMachine makes sure that an address of a database does not reach what only
// Kept's own machine can: its loopback, its sockets, its files, its cloud's metadata.
func TestOwnMachine(t *testing.T) {
	for _, c := range []struct{ kind, address string }{
		{"postgres", "postgres://a:b@127.0.0.1:1/x"},
		{"postgres", "postgres://a:b@localhost:1/x"},
		{"postgres", "postgres://a:b@[::1]:1/x"},
		{"postgres", "postgres://a:b@[::ffff:127.0.0.1]:1/x"},
		{"postgres", "postgres://a:b@169.254.169.254:80/x"},
		{"postgres", "postgres://a:b@0.0.0.0:1/x"},
		{"postgres", "postgres:///x?host=/var/run/postgresql"},
		{"postgres", "postgres://a:b@203.0.113.1/x?passfile=/etc/passwd"},
		{"postgres", "postgres://a:b@203.0.113.1/x?sslrootcert=/etc/shadow"},
		{"mysql", "mysql://a:b@127.0.0.1:1/x"},
		{"mysql", "mysql://a:b@localhost/x?socket=/run/mysqld/mysqld.sock"},
		{"clickhouse", "clickhouse://127.0.0.1:1/x"},
		{"clickhouse", "clickhouse://[::1]:1/x"},
	} {
		var e *engine
		for i := range engines {
			if engines[i].name == c.kind {
				e = &engines[i]
			}
		}
		db, err := e.open(c.address, false)
		if err == nil {
			if err = db.PingContext(t.Context()); err != nil {
				err = e.failed(t.Context(), err)
			}
			_ = db.Close()
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "KEPT_ALLOW_LOCAL_TARGETS") {
			t.Errorf("%s: %v", c.address, err)
		}
	}
}

// TestOwnEnvironment makes sure that the environment of Kept is not sent to a
// database that a user named.
func TestOwnEnvironment(t *testing.T) {
	t.Setenv("PGPASSWORD", "own-secret")
	if got := password(t, "postgres://reader@db.example/x"); got != "" {
		t.Errorf("the password of the environment is sent: %q", got)
	}
	if got := password(t, "postgres://reader:given@db.example/x"); got != "given" {
		t.Errorf("the password of the address is lost: %q", got)
	}
}

func password(t *testing.T, address string) string {
	t.Helper()
	cfg, err := configPostgres(address, true)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Password
}
