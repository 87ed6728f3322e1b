package outbound

import (
	"context"
	"strconv"
	"time"

	"kept/internal/id"
)

// Standing is where an account stands now.
type Standing struct {
	Account id.Account
	Name    string
	Band    string   // empty for none
	Score   *float64 // nil for none
}

// Watch tells of accounts that moved to another band since the last call. What
// was told last is stored with the events, so that a restart neither forgets nor
// repeats. The first call only learns where accounts stand; so does a new account's.
func Watch(ctx context.Context, store Store, now time.Time, model int64, accounts []Standing) (int, error) {
	told, err := store.Bands(ctx)
	if err != nil {
		return 0, err
	}
	changed := map[id.Account]string{}
	var events []Event
	for i := range accounts {
		a := &accounts[i]
		was, known := told[a.Account]
		if known && was == a.Band {
			continue
		}
		changed[a.Account] = a.Band
		if !known {
			continue
		}
		data := map[string]any{"account": map[string]any{"id": string(a.Account), "name": a.Name}, "from": none(was), "to": none(a.Band), "score": nil, "model_version": model}
		if a.Score != nil {
			data["score"] = *a.Score
		}
		events = append(events, Event{
			ID: EventID(BandChanged, string(a.Account), was, a.Band, strconv.FormatInt(now.UnixMicro(), 10)), Kind: BandChanged, At: now, Data: data,
		})
	}
	if len(changed) == 0 {
		return 0, nil
	}
	return len(events), store.SetBands(ctx, changed, events)
}

// none is null for no band.
func none(band string) any {
	if band == "" {
		return nil
	}
	return band
}
