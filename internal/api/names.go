package api

import (
	"context"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/id"
)

// nameCache knows the users' names, which stand beside every account. It is
// read again after a change here, and once a minute for changes elsewhere.
type nameCache struct {
	users func(context.Context) ([]access.User, error)
	clock clock.Clock

	mu    sync.Mutex
	names map[id.User]string
	until time.Time
}

const namesLife = time.Minute

func (c *nameCache) forget() {
	c.mu.Lock()
	c.names = nil
	c.mu.Unlock()
}

// all returns the names by id; the caller must not change the map. A store that
// fails leaves the names as they were.
func (c *nameCache) all(ctx context.Context) map[id.User]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.clock.Now(); c.names == nil || now.After(c.until) {
		found, err := c.users(ctx)
		if err != nil {
			return c.names
		}
		c.names, c.until = make(map[id.User]string, len(found)), now.Add(namesLife)
		for _, u := range found {
			c.names[u.ID] = u.Name
		}
	}
	return c.names
}

func (c *nameCache) of(ctx context.Context, user id.User) string {
	if user == "" {
		return ""
	}
	return c.all(ctx)[user]
}
