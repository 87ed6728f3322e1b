package api

import (
	"container/list"
	"sync"
)

// lru keeps the values used last. A value is computed outside of the lock: two
// callers may compute the same one at the same moment, and one of them wins.
type lru[K comparable, V any] struct {
	max int

	mu    sync.Mutex
	order *list.List // front is the newest; of *lruEntry[K, V]
	at    map[K]*list.Element
}

type lruEntry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](most int) *lru[K, V] {
	return &lru[K, V]{max: most, order: list.New(), at: map[K]*list.Element{}}
}

// get returns the value of the key, computing it if it is not kept. An error is
// not kept.
func (c *lru[K, V]) get(key K, compute func() (V, error)) (V, error) {
	c.mu.Lock()
	if e, ok := c.at[key]; ok {
		c.order.MoveToFront(e)
		v := e.Value.(*lruEntry[K, V]).value //nolint:errcheck // only put stores here
		c.mu.Unlock()
		return v, nil
	}
	c.mu.Unlock()
	v, err := compute()
	if err != nil {
		return v, err
	}
	c.put(key, v)
	return v, nil
}

func (c *lru[K, V]) put(key K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.at[key]; ok {
		c.order.MoveToFront(e)
		return
	}
	c.at[key] = c.order.PushFront(&lruEntry[K, V]{key: key, value: v})
	if c.order.Len() > c.max {
		last := c.order.Back()
		delete(c.at, last.Value.(*lruEntry[K, V]).key) //nolint:errcheck // only put stores here
		c.order.Remove(last)
	}
}
