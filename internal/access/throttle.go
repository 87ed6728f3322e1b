package access

import (
	"fmt"
	"sync"
	"time"

	"kept/internal/fault"
)

// ThrottleError is the cause of a sign-in that was refused because too many
// before it failed.
type ThrottleError struct{ After time.Duration }

// Error says how long to wait.
func (e *ThrottleError) Error() string { return fmt.Sprintf("retry after %s", e.After) }

// throttle slows down guessing: after some free failures each further one
// doubles the wait. It forgets a key when its wait is long over.
type throttle struct {
	mu   sync.Mutex
	keys map[string]*guesses
	max  int // of keys
}

type guesses struct {
	failed int
	until  time.Time // no try before
	last   time.Time
}

const (
	firstWait = time.Second
	maxWait   = 15 * time.Minute
	forget    = time.Hour
	maxKeys   = 20_000
)

func newThrottle() *throttle { return &throttle{keys: map[string]*guesses{}, max: maxKeys} }

// try counts one attempt under each key, before its outcome is known, so that
// many at once do not slip through; free is how many each key has without
// waiting. It fails when any key has to wait.
func (t *throttle) try(now time.Time, free map[string]int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait time.Duration
	for key := range free {
		if g := t.keys[key]; g != nil {
			wait = max(wait, g.until.Sub(now))
		}
	}
	if wait > 0 {
		wait = wait.Round(time.Second) + time.Second
		return &fault.Error{
			Kind: fault.Unavailable, Msg: fmt.Sprintf("too many failed attempts: try again in %s", wait), Err: &ThrottleError{After: wait},
		}
	}
	for key, n := range free {
		g := t.keys[key]
		if g == nil || now.Sub(g.last) > forget {
			g = &guesses{}
			t.makeRoom(now)
			t.keys[key] = g
		}
		g.failed++
		g.last = now
		if over := g.failed - n; over > 0 {
			g.until = now.Add(min(firstWait<<min(over-1, 20), maxWait))
		}
	}
	return nil
}

// succeed forgets the failures of the key.
func (t *throttle) succeed(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, key)
}

// makeRoom keeps the map bounded: it drops what is long over, and if that is
// not enough, the keys with the fewest failures.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.keys) < t.max {
		return
	}
	for fewest := 1; len(t.keys) >= t.max*9/10; fewest *= 2 {
		for key, g := range t.keys {
			if now.Sub(g.last) > forget || g.failed <= fewest {
				delete(t.keys, key)
			}
			if len(t.keys) < t.max*9/10 {
				return
			}
		}
	}
}
