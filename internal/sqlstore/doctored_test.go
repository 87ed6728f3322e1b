package sqlstore_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/clock"
	"kept/internal/sqlstore"
	"kept/internal/sqlstoretest"
)

const doctorEnv = "KEPT_TEST_DOCTOR"

// TestSuiteCanFail runs parts of the conformance suite, in a process of their
// own, on databases that lose rows or lack a constraint: each has to fail.
func TestSuiteCanFail(t *testing.T) {
	lose := func(table, when string) string {
		return "CREATE TRIGGER lose BEFORE INSERT ON " + table + " WHEN " + when + " BEGIN SELECT RAISE(IGNORE); END"
	}
	const harmless = "SELECT 1"
	for _, c := range []struct{ part, doctor string }{
		{"users", harmless},
		{"accounts", lose("account", "NEW.name = 'b'")},
		{"accounts", "CREATE TRIGGER lose BEFORE UPDATE ON account BEGIN SELECT RAISE(IGNORE); END"},
		{"products", "DROP INDEX product_key"},
		{"products", "DROP INDEX relationship_account_product"},
		{"facts", lose("fact", "NEW.value_text = 'silver'")},
		{"random facts", lose("fact", "NEW.value_num = 1.5")},
		{"subscriptions", lose("subscription_revision", "NEW.seats = 20")},
		{"random revisions", lose("subscription_revision", "NEW.arr_minor = 2")},
		{"transactions", "DROP INDEX product_key"},
		{"changes", "CREATE TRIGGER lose AFTER INSERT ON change BEGIN DELETE FROM change WHERE seq = NEW.seq; END"},
		{"concurrency", lose("change", "NEW.account_id > 'acc_g'")},
		{"bulk", lose("account", "NEW.name = 'account 777'")},
		{"users", "DROP INDEX app_user_email"},
		{"credentials", "DROP INDEX credential_hash"},
		{"views", "DROP INDEX saved_view_name"},
	} {
		t.Run(c.part, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(c.part, " ", "_")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDoctored$/^"+name+"$", "-test.count=1", "-rapid.nofailfile")
			cmd.Env = append(os.Environ(), doctorEnv+"="+c.doctor)
			out, err := cmd.CombinedOutput()
			if c.doctor == harmless {
				if err != nil {
					t.Errorf("the suite fails on a sound database: %v\n%s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestDoctored/"+name) {
				t.Errorf("the suite does not notice %q: %v\n%s", c.doctor, err, out)
			}
		})
	}
}

// TestDoctored is what TestSuiteCanFail runs; without a doctor it shows nothing
// that TestSQLite does not.
func TestDoctored(t *testing.T) {
	doctor := os.Getenv(doctorEnv)
	if doctor == "" {
		return
	}
	sqlstoretest.Run(t, func(t *testing.T, clk clock.Clock) *sqlstore.Store {
		path := filepath.Join(t.TempDir(), "kept.db")
		s := open(t, path, clk)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), doctor); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
