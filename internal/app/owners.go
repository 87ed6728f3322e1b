package app

import (
	"context"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ingest"
	"kept/internal/sqlstore"
)

// owners hands our users to an import.
type owners struct {
	store *sqlstore.Store
	clock clock.Clock
}

// Users returns all of them.
func (o owners) Users(ctx context.Context) ([]ingest.User, error) {
	all, err := o.store.Users(ctx)
	out := make([]ingest.User, len(all))
	for i := range all {
		out[i] = ingest.User{ID: all[i].ID, Email: all[i].Email, Name: all[i].Name, Disabled: all[i].Disabled}
	}
	return out, err
}

// AddPlaceholder stores a user who cannot sign in.
func (o owners) AddPlaceholder(ctx context.Context, u ingest.User) error {
	if _, err := o.store.User(ctx, u.ID); !fault.Is(err, fault.NotFound) {
		return err
	}
	now := o.clock.Now().Truncate(time.Microsecond)
	return o.store.PutUser(ctx, access.User{
		ID: u.ID, Email: u.Email, Name: u.Name, Role: access.CSM, Disabled: true, CreatedAt: now, UpdatedAt: now,
	})
}
