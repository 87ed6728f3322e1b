package evaluate

import (
	"context"
	"sync"
	"time"
)

// keptSnapshots is how many snapshots stay in memory. One of 100,000 accounts and
// 40 metrics takes some 60 MB.
const keptSnapshots = 12

type snapshotKey struct {
	asOf       int64
	generation int64
	version    int64
	corrected  bool
}

// onceCache keeps the values used last, at most `most`, and computes each once,
// however many ask for it at the same moment.
type onceCache[K comparable, V any] struct {
	most    int
	mu      sync.Mutex
	clock   int64
	entries map[K]*onceEntry[V]
}

type onceEntry[V any] struct {
	used  int64
	done  chan struct{}
	value V
	err   error
}

// get returns the value of the key, computing it if nobody has. Whoever waits
// for another's computation gives up with its own context; an error is not kept.
func (c *onceCache[K, V]) get(ctx context.Context, key K, compute func() (V, error)) (V, error) {
	var zero V
	for {
		entry, mine := c.claim(key)
		if mine {
			entry.value, entry.err = compute()
			if entry.err != nil {
				c.drop(key, entry)
			}
			close(entry.done)
			return entry.value, entry.err
		}
		select {
		case <-ctx.Done():
			return zero, ctx.Err()
		case <-entry.done:
		}
		if entry.err == nil {
			return entry.value, nil
		}
		// The other's failure may be its cancelled request: try ourselves.
		if err := ctx.Err(); err != nil {
			return zero, err
		}
	}
}

func (c *onceCache[K, V]) claim(key K) (entry *onceEntry[V], mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	if c.entries == nil {
		c.entries = map[K]*onceEntry[V]{}
	}
	if e, ok := c.entries[key]; ok {
		e.used = c.clock
		return e, false
	}
	if len(c.entries) >= c.most {
		c.evict()
	}
	e := &onceEntry[V]{used: c.clock, done: make(chan struct{})}
	c.entries[key] = e
	return e, true
}

func (c *onceCache[K, V]) evict() {
	var oldest K
	var entry *onceEntry[V]
	for k, e := range c.entries {
		if entry == nil || e.used < entry.used {
			oldest, entry = k, e
		}
	}
	delete(c.entries, oldest)
}

// each calls fn for every value that is there.
func (c *onceCache[K, V]) each(fn func(K, V)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		select {
		case <-e.done:
			if e.err == nil {
				fn(k, e.value)
			}
		default:
		}
	}
}

// forget drops the values of some keys, but for those still being computed.
func (c *onceCache[K, V]) forget(which func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.entries {
		select {
		case <-e.done:
			if which(k) {
				delete(c.entries, k)
			}
		default:
		}
	}
}

func (c *onceCache[K, V]) drop(key K, entry *onceEntry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == entry {
		delete(c.entries, key)
	}
}

// At returns the evaluation of every account as of an instant; the zero time
// means the live one. It is an error of kind Unavailable before the first
// Refresh and SetModel.
func (e *Engine) At(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, err
	}
	key := snapshotKey{asOf: asOf.Unix(), generation: s.generation, version: s.version, corrected: s.corrected}
	return e.cache.get(ctx, key, func() (*Snapshot, error) {
		// A request that goes away must not spoil the work for those who wait.
		snap, err := e.snapshot(context.WithoutCancel(ctx), s, asOf)
		if err == nil {
			// Nobody will ask for what it replaces.
			e.cache.forget(func(k snapshotKey) bool {
				return k.asOf == key.asOf && k.corrected == key.corrected && k.generation < key.generation
			})
		}
		return snap, err
	})
}
