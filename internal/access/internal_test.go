package access

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParsePHC(t *testing.T) {
	good, err := hashPassword(strings.NewReader(strings.Repeat("s", saltLen)), Cost{MemoryKiB: 64, Time: 1, Threads: 1}, "password")
	if err != nil {
		t.Fatal(err)
	}
	if ok, stale, err := checkHash(good, "password", Cost{MemoryKiB: 64, Time: 1, Threads: 1}); !ok || stale || err != nil {
		t.Errorf("check = %t, %t, %v", ok, stale, err)
	}
	for _, bad := range []string{
		"", "plain", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=99999999", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "p=1", "p=x", 1),
		good[:len(good)-8], good + "$",
	} {
		if ok, _, err := checkHash(bad, "password", DefaultCost); ok || err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestHint(t *testing.T) {
	for secret, want := range map[string]string{
		"a":                              "…a",
		"":                               "…",
		"hunter22":                       "…22",
		"kept_t_abcdefghijklmnopqrstuvw": "kept_t…tuvw",
		strings.Repeat("z", 40):          "…zzzz",
	} {
		if got := hint(secret); got != want {
			t.Errorf("hint(%q) = %q, want %q", secret, got, want)
		}
	}
}

// TestThrottleBounded floods the throttle: it must stay bounded and must not
// forget the key that fails most.
func TestThrottleBounded(t *testing.T) {
	th := newThrottle()
	th.max = 100
	now := time.Unix(0, 0)
	for range 8 {
		if th.try(now, map[string]int{"target": 5}) != nil {
			now = now.Add(maxWait)
		}
	}
	failed := th.keys["target"].failed
	for i := range 1000 {
		if err := th.try(now, map[string]int{fmt.Sprint("flood ", i): 5}); err != nil {
			t.Fatal(err)
		}
	}
	if len(th.keys) > th.max {
		t.Errorf("%d keys, want at most %d", len(th.keys), th.max)
	}
	if g := th.keys["target"]; g == nil || g.failed != failed {
		t.Error("a flood of other keys makes the throttle forget")
	}
	th.succeed("target")
	if err := th.try(now, map[string]int{"target": 5}); err != nil {
		t.Errorf("after a success: %v", err)
	}
}

func TestWaitGrows(t *testing.T) {
	th, now := newThrottle(), time.Unix(0, 0)
	var last time.Duration
	for i := range 30 {
		if err := th.try(now, map[string]int{"k": 3}); err != nil {
			t.Fatal(err)
		}
		wait := max(th.keys["k"].until.Sub(now), 0)
		if wait < last || wait > maxWait || i >= 3 && wait == 0 {
			t.Errorf("the wait after %d failures is %s, after %s", i+1, wait, last)
		}
		last = wait
		now = now.Add(wait)
	}
	if last != maxWait {
		t.Errorf("the wait ends at %s, want %s", last, maxWait)
	}
}
