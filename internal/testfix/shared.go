package testfix

import (
	"os"
	"path/filepath"
	"testing"
)

// SharedEnv names the environment variable with the folder of reference data.
const SharedEnv = "KEPT_SHARED"

// Shared returns the path of reference data that is kept outside of the
// repository: in the folder that SharedEnv names, or else in one called shared
// above the test. Where it is absent the test is skipped, and says so.
func Shared(t testing.TB, parts ...string) string {
	t.Helper()
	below := filepath.Join(parts...)
	base := os.Getenv(SharedEnv)
	if base != "" {
		path := filepath.Join(base, below)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	} else {
		from, err := filepath.Abs(".")
		if err != nil {
			t.Fatal(err)
		}
		for up := from; up != filepath.Dir(up); up = filepath.Dir(up) {
			path := filepath.Join(up, "shared", below)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
		base = "shared beside the repository"
	}
	t.Skipf("the reference data %s are not here: put them into %s, or say with %s where they are", below, base, SharedEnv)
	return ""
}
