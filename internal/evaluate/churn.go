package evaluate

import (
	"context"
	"sync"
	"time"

	"kept/internal/churn"
	"kept/internal/fault"
	"kept/internal/validate"
)

// keptForecasts is how many forecasts stay in memory: horizons × instants. One
// takes some 100 KB.
const keptForecasts = 32

// forecastFor is how old a forecast of now may become while data arrive: it is
// learned from months, and a new event changes nothing in it that could be seen.
const forecastFor = time.Hour

// retryAfter is how long after a failure the next attempt is made.
const retryAfter = time.Minute

type forecastKey struct {
	horizon   time.Duration
	version   int64
	corrected bool
	asOf      int64 // day; 0 is now, whichever day that is
}

type forecast struct {
	key  forecastKey
	used int64
	// done is closed when the computation under way ends; nil when there is none.
	done  chan struct{}
	model *churn.Model // the last one that was finished
	err   error        // of the last one, if it failed
	// What model was computed from, and when.
	asOf       time.Time
	generation int64
	at         time.Time
}

// forecasts keeps forecasts, and computes one at a time.
type forecasts struct {
	one   sync.Mutex // held while one is computed
	mu    sync.Mutex
	clock int64
	by    map[forecastKey]*forecast
}

// Forecast returns the forecast of who leaves. It is kept per model version and instant, and computed in the background: nil
// without an error means that it is being calculated, unless wait is set. While a
// newer one is calculated, the last one serves.
func (e *Engine) Forecast(ctx context.Context, spec churn.Spec, wait bool) (*churn.Model, error) {
	spec, err := spec.Check()
	if err != nil {
		return nil, err
	}
	s, asOf, err := e.ready(spec.AsOf)
	if err != nil {
		return nil, err
	}
	if len(s.model.Scorecards.Cards()) == 0 {
		return nil, fault.New(fault.NotFound, "the model has no scorecard: a forecast builds on one")
	}
	key := forecastKey{horizon: spec.Horizon, version: s.version, corrected: s.corrected}
	asOf = day(asOf)
	if !spec.AsOf.IsZero() {
		key.asOf = asOf.Unix()
	}
	spec.AsOf = asOf
	now := e.opt.Clock.Now()
	f := e.forecasts.claim(key, func(f *forecast) bool {
		if f.err != nil {
			return now.Sub(f.at) > retryAfter
		}
		return f.model == nil || !f.asOf.Equal(asOf) || f.generation != s.generation && now.Sub(f.at) > forecastFor
	}, func(f *forecast) {
		// A request that goes away must not spoil the work for those who wait.
		m, err := e.forecast(context.WithoutCancel(ctx), s, spec)
		e.forecasts.finish(f, m, err, asOf, s.generation, now)
	})
	return e.forecasts.await(ctx, f, wait)
}

// claim returns the forecast of a key, and starts its computation if none is under
// way and it is stale.
func (c *forecasts) claim(key forecastKey, stale func(*forecast) bool, compute func(*forecast)) *forecast {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	if c.by == nil {
		c.by = map[forecastKey]*forecast{}
	}
	f := c.by[key]
	if f == nil {
		c.evict()
		f = &forecast{key: key}
		c.by[key] = f
	}
	f.used = c.clock
	if f.done == nil && stale(f) {
		f.done, f.err = make(chan struct{}), nil
		go func() {
			c.one.Lock()
			defer c.one.Unlock()
			compute(f)
		}()
	}
	return f
}

// evict makes room by dropping the finished one that was used longest ago.
func (c *forecasts) evict() {
	if len(c.by) < keptForecasts {
		return
	}
	var oldest *forecast
	for _, f := range c.by {
		if f.done == nil && (oldest == nil || f.used < oldest.used) {
			oldest = f
		}
	}
	if oldest != nil {
		delete(c.by, oldest.key)
	}
}

func (c *forecasts) finish(f *forecast, m *churn.Model, err error, asOf time.Time, generation int64, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.at = at
	if f.err = err; err == nil {
		f.model, f.asOf, f.generation = m, asOf, generation
	}
	close(f.done)
	f.done = nil
}

func (c *forecasts) await(ctx context.Context, f *forecast, wait bool) (*churn.Model, error) {
	c.mu.Lock()
	done := f.done
	c.mu.Unlock()
	if wait && done != nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-done:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.model != nil {
		return f.model, nil
	}
	if f.done == nil {
		return nil, f.err
	}
	return nil, nil
}

func (e *Engine) forecast(ctx context.Context, s *state, spec churn.Spec) (*churn.Model, error) {
	var sets []*validate.Dataset
	for _, card := range s.model.Scorecards.Cards() {
		checked, err := spec.Validation(card.Key()).Check()
		if err != nil {
			return nil, err
		}
		set, err := e.dataset(ctx, s, checked, spec.AsOf)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	d, cards := churn.Merge(sets)
	facts, cause := make([]churn.Facts, len(d.Rows)), make([]churn.Cause, len(d.Rows))
	for i := range d.Rows {
		r := &d.Rows[i]
		account := &d.Accounts[r.Account]
		dossier, at := s.book.dossiers[s.book.index[account.ID]], d.Plan.CutOffs[r.CutOff]
		facts[i] = churn.FactsAt(cards[i], r.Score, r.Segment, dossier.account.Since, at, churn.ContractAt(dossier.subscriptions, at))
		if left, gone := account.Life.Leaves(at, d.Spec.Horizon); gone {
			cause[i] = churn.CauseAt(dossier.subscriptions, left, d.DataEnd)
		}
	}
	return churn.Build(d, facts, cause), nil
}

// Contract returns what is known at the snapshot of the terms of an account.
func (s *Snapshot) Contract(row int) churn.Contract {
	return churn.ContractAt(s.book.dossiers[s.positions[row]].subscriptions, s.AsOf)
}

// ChurnFacts returns what a forecast may know of an account at the snapshot.
func (s *Snapshot) ChurnFacts(row int) (churn.Facts, churn.Contract) {
	r, c := &s.Rows[row], s.Contract(row)
	return churn.FactsAt(r.Scorecard, r.Score, r.Segment, r.Account.Since, s.AsOf, c), c
}
