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

// snapshotCache keeps the snapshots used last and computes each once, however
// many ask for it at the same moment.
type snapshotCache struct {
	mu      sync.Mutex
	clock   int64
	entries map[snapshotKey]*snapshotEntry
}

type snapshotEntry struct {
	used     int64
	done     chan struct{}
	snapshot *Snapshot
	err      error
}

// get returns the snapshot of the key, computing it if nobody has. Whoever waits
// for another's computation gives up with its own context; an error is not kept.
func (c *snapshotCache) get(ctx context.Context, key snapshotKey, compute func() (*Snapshot, error)) (*Snapshot, error) {
	for {
		entry, mine := c.claim(key)
		if mine {
			entry.snapshot, entry.err = compute()
			if entry.err != nil {
				c.drop(key, entry)
			}
			close(entry.done)
			return entry.snapshot, entry.err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-entry.done:
		}
		if entry.err == nil {
			return entry.snapshot, nil
		}
		// The other's failure may be its cancelled request: try ourselves.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

func (c *snapshotCache) claim(key snapshotKey) (entry *snapshotEntry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	if c.entries == nil {
		c.entries = map[snapshotKey]*snapshotEntry{}
	}
	if e, ok := c.entries[key]; ok {
		e.used = c.clock
		return e, false
	}
	if len(c.entries) >= keptSnapshots {
		c.evict()
	}
	e := &snapshotEntry{used: c.clock, done: make(chan struct{})}
	c.entries[key] = e
	return e, true
}

func (c *snapshotCache) evict() {
	var oldest snapshotKey
	var entry *snapshotEntry
	for k, e := range c.entries {
		if entry == nil || e.used < entry.used {
			oldest, entry = k, e
		}
	}
	delete(c.entries, oldest)
}

func (c *snapshotCache) drop(key snapshotKey, entry *snapshotEntry) {
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
		return e.snapshot(context.WithoutCancel(ctx), s, asOf)
	})
}
