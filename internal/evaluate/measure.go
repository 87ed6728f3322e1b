package evaluate

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/usage"
)

// measure computes metrics (nil: all) of accounts at instants, as known then. Where
// a metric reads other accounts (child accounts, peers), all of them are computed,
// once a pass.
func (p *pass) measure(ctx context.Context, accounts []*dossier, metrics []string, instants []time.Time) (*metric.Values, error) {
	if !p.model.Metrics.Populated(metrics) {
		return p.evaluate(ctx, accounts, metrics, instants)
	}
	values, err := p.whole.get(metrics, instants, func() (*metric.Values, error) {
		return p.evaluate(ctx, p.book.dossiers, metrics, instants)
	})
	if err != nil {
		return nil, err
	}
	places := make([]int, len(accounts))
	for i, d := range accounts {
		places[i] = int(p.book.index[d.account.ID])
	}
	return values.Select(places), nil
}

func (p *pass) evaluate(ctx context.Context, accounts []*dossier, metrics []string, instants []time.Time) (*metric.Values, error) {
	data, err := p.data(ctx, accounts, metrics)
	if err != nil {
		return nil, err
	}
	return p.model.Metrics.Evaluate(ctx, data,
		metric.Query{Instants: instants, KnownOnly: !p.leaky && !p.corrected, Metrics: metrics, Workers: p.workers, Into: p.spare, Group: p.grouper(accounts, instants)})
}

// data is what metrics (nil: all) of the accounts read.
func (p *pass) data(ctx context.Context, accounts []*dossier, metrics []string) (metric.Data, error) {
	facts := make([]metric.AccountFacts, len(accounts))
	for i, d := range accounts {
		facts[i] = d.metricFacts()
	}
	facets, err := p.facets.get(ctx, p.model.Metrics.Facets(metrics))
	return metric.Data{Columns: p.columns, Facets: facets, Accounts: facts, Products: p.book.productKeys}, err
}

// grouper tells the segment of an account from values that are computed so far.
func (p *pass) grouper(accounts []*dossier, instants []time.Time) func(v *metric.Values, account, instant int) string {
	var sc *scorer
	return func(v *metric.Values, account, instant int) string {
		if sc == nil || sc.values != v {
			sc = p.scorer(v, nil) // segments do not look at child accounts
		}
		sc.turn(accounts[account], account, instant, instants[instant])
		return p.model.Segments.Key(sc.lookup)
	}
}

// wholeCache keeps the values of all accounts that a pass has computed last.
type wholeCache struct {
	mu     sync.Mutex
	key    string
	values *metric.Values
}

func (c *wholeCache) get(metrics []string, instants []time.Time, fill func() (*metric.Values, error)) (*metric.Values, error) {
	var key strings.Builder
	for _, t := range instants {
		key.WriteString(t.Format(time.RFC3339))
	}
	if metrics == nil {
		key.WriteString(" all")
	}
	for _, name := range metrics {
		key.WriteString(" " + name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values != nil && c.key == key.String() {
		return c.values, nil
	}
	values, err := fill()
	if err != nil {
		return nil, err
	}
	c.key, c.values = key.String(), values
	return values, nil
}

// facetCache holds what metrics read beside the projection, loaded when first asked
// for and kept up to date by Refresh.
type facetCache struct {
	store usage.Store
	mu    sync.Mutex
	byID  map[string]*usage.Facet
}

// get returns the facets of the specs, loading those that are not there.
func (c *facetCache) get(ctx context.Context, specs []*usage.FacetSpec) (map[string]*usage.Facet, error) {
	if len(specs) == 0 {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]*usage.Facet, len(specs))
	for _, spec := range specs {
		f := c.byID[spec.ID]
		if f == nil {
			var err error
			if f, err = usage.LoadFacet(ctx, c.store, spec); err != nil {
				return nil, err
			}
			c.byID[spec.ID] = f
		}
		out[spec.ID] = f
	}
	return out, nil
}

// refresh reads the events of accounts anew, and forgets the facets that the model
// in force does not use.
func (c *facetCache) refresh(ctx context.Context, accounts []id.Account, used []*usage.FacetSpec) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, f := range c.byID {
		if !slices.ContainsFunc(used, func(s *usage.FacetSpec) bool { return s.ID == key }) {
			delete(c.byID, key)
			continue
		}
		next, err := f.Replace(ctx, c.store, accounts)
		if err != nil {
			return err
		}
		c.byID[key] = next
	}
	return nil
}
