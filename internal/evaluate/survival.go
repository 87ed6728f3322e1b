package evaluate

import (
	"context"
	"slices"
	"strings"
	"time"

	"kept/internal/churn"
	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/validate"
)

// keptSurvivals is how many sets of curves stay in memory; one takes some 100 KB.
const keptSurvivals = 24

type survivalKey struct {
	by         churn.By
	asOf       int64
	generation int64
	version    int64
	corrected  bool
}

// Survival says how long customers stay, by group, as of an instant: by what is
// known then. Results are kept until the data, the model or the day change.
func (e *Engine) Survival(ctx context.Context, by churn.By, asOf time.Time) (*churn.Survival, error) {
	s, asOf, err := e.ready(asOf)
	if err != nil {
		return nil, err
	}
	asOf = day(asOf)
	key := survivalKey{by: by, asOf: asOf.Unix(), generation: s.generation, version: s.version, corrected: s.corrected}
	return e.survivals.get(ctx, key, func() (*churn.Survival, error) {
		return e.survival(context.WithoutCancel(ctx), s, by, asOf)
	})
}

// life is a span of an account, or of one of its products, before it is grouped.
type life struct {
	stretch churn.Stretch
	dossier *dossier
	from    time.Time // when it is seen first
	start   time.Time
	product id.Product
}

func (e *Engine) survival(ctx context.Context, s *state, by churn.By, asOf time.Time) (*churn.Survival, error) {
	spec, err := (validate.Spec{AsOf: asOf}).Check()
	if err != nil {
		return nil, err
	}
	b := &builder{engine: e, state: s, pass: s.pass(e.workers), spec: spec, set: &validate.Dataset{Spec: spec}}
	if err := b.lives(); err != nil {
		return nil, err
	}
	w := churn.WindowOf(b.set.DataStart, b.set.DataEnd, spec.Lapse())
	lives := b.stretches(by, w)
	var titles []churn.GroupTitle
	switch by {
	case churn.ByCohort:
		for i := range lives {
			lives[i].stretch.Group = churn.Quarter(lives[i].start)
		}
	case churn.ByProductLine:
		for i := range lives {
			lives[i].stretch.Group = s.book.productKeys[lives[i].product]
		}
		for key, title := range s.book.titles {
			titles = append(titles, churn.GroupTitle{Key: key, Title: title})
		}
		slices.SortFunc(titles, func(a, b churn.GroupTitle) int { return strings.Compare(a.Title, b.Title) })
	default:
		if titles, err = e.segmented(ctx, s, lives); err != nil {
			return nil, err
		}
	}
	of := make([]churn.Stretch, len(lives))
	for i := range lives {
		of[i] = lives[i].stretch
	}
	out, err := churn.Estimate(by, asOf, w, of, titles)
	if err == nil {
		out.ModelVersion = s.version
	}
	return out, err
}

// stretches cuts the lives of accounts, or of their products, to what is seen.
func (b *builder) stretches(by churn.By, w churn.Window) []life {
	var out []life
	take := func(d *dossier, product id.Product, spans []churn.Span) {
		for _, sp := range spans {
			stretch, seen := w.Cut(sp.Start, sp.End, sp.Left, sp.Cause)
			if !seen {
				continue
			}
			from := sp.Start
			if w.Start.After(from) {
				from = w.Start
			}
			out = append(out, life{stretch: stretch, dossier: d, from: from, start: sp.Start, product: product})
		}
	}
	for i := range b.set.Accounts {
		d := b.pass.book.dossiers[b.place[i]]
		spans := churn.AccountSpans(&b.set.Accounts[i].Life, d.subscriptions, b.set.DataEnd)
		if by != churn.ByProductLine {
			take(d, "", spans)
			continue
		}
		products, by := subsByProduct(d.subscriptions)
		for _, product := range products {
			take(d, product, churn.ProductSpans(by[product], spans, b.spec.Lapse(), b.set.DataEnd))
		}
	}
	return out
}

// subsByProduct parts subscriptions by product, in the order in which products come.
func subsByProduct(subs []customer.Subscription) (products []id.Product, by map[id.Product][]customer.Subscription) {
	by = map[id.Product][]customer.Subscription{}
	for i := range subs {
		product := subs[i].ProductID
		if by[product] == nil {
			products = append(products, product)
		}
		by[product] = append(by[product], subs[i])
	}
	return products, by
}

// segmented gives each life the segment in which its account was when it was seen
// first: a later one could be a consequence of having stayed. What became known
// later about that day counts.
func (e *Engine) segmented(ctx context.Context, s *state, lives []life) ([]churn.GroupTitle, error) {
	right := *s
	right.corrected, right.book = true, s.book.corrected()
	p := right.pass(e.workers)
	var names []string
	for _, name := range s.model.Names {
		if d, ok := s.model.Metrics.Definition(name); ok && d.Per != metric.PerRelationship {
			names = append(names, name)
		}
	}
	if names == nil {
		names = []string{} // nil would mean all
	}
	// In the month in which they are seen first, all are evaluated as of one day.
	months := map[time.Time][]int{}
	for i := range lives {
		at := lives[i].from.UTC()
		if at.Day() > 1 || !at.Equal(day(at)) {
			at = time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		months[at] = append(months[at], i)
	}
	for at, which := range months {
		accounts := make([]*dossier, len(which))
		for k, i := range which {
			accounts[k] = right.book.dossiers[right.book.index[lives[i].dossier.account.ID]]
		}
		values, err := p.measure(ctx, accounts, names, []time.Time{at})
		if err != nil {
			return nil, err
		}
		sc := p.scorer(values, nil) // segments do not look at child accounts
		for k, i := range which {
			sc.turn(accounts[k], k, 0, at)
			lives[i].stretch.Group = p.model.Segments.Key(sc.lookup)
		}
		p.whole = &wholeCache{}
	}
	var titles []churn.GroupTitle
	for _, seg := range s.model.Model.Segments {
		title := seg.Title
		if title == "" {
			title = seg.Key
		}
		titles = append(titles, churn.GroupTitle{Key: seg.Key, Title: title})
	}
	return titles, nil
}
