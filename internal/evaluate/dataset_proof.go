package evaluate

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/usage"
	"kept/internal/validate"
)

// How much the builder looks at when it tries to fool itself.
const (
	plantedAccounts = 48
	plantedEvents   = 60_000
	rebuiltInstants = 8
)

// prove gathers what the canaries of a back-test want to see.
func (b *builder) prove(ctx context.Context) error {
	if err := b.plant(ctx); err != nil {
		return err
	}
	return b.rebuild(ctx)
}

// plant puts into the data of some accounts, at the last cut-off, facts,
// revisions, events, an override and a churn mark that all claim to have held
// before it and became known only after it. None may change a score.
func (b *builder) plant(ctx context.Context) error {
	c := &b.set.Proof.Planted
	t := b.set.Plan.CutOffs[len(b.set.Plan.CutOffs)-1]
	known := t.Add(validate.Day)
	var accounts []*dossier
	events := 0
	runs := []usage.Run{}
	// Those who leave come first: theirs is the outcome that could leak.
	for _, left := range []bool{true, false} {
		for i := range b.set.Rows {
			r := &b.set.Rows[i]
			if r.CutOff != int32(len(b.set.Plan.CutOffs)-1) || r.Left != left || len(accounts) == plantedAccounts { //nolint:gosec // a handful
				continue
			}
			d := b.pass.book.dossiers[b.place[r.Account]]
			run := b.pass.columns.Runs([]id.Account{d.account.ID})[0]
			if events += run.Len(); events > plantedEvents && len(accounts) > 0 {
				events -= run.Len()
				continue
			}
			accounts, runs = append(accounts, d), append(runs, run)
		}
	}
	c.Note = "Values that claim to be older than the cut-off of " + t.Format(time.DateOnly) + " but became known a day after it were planted into " +
		strconv.Itoa(len(accounts)) + " accounts: facts, subscription changes, events, overrides and churn marks."
	before, err := b.copyColumns(ctx, accounts, runs, nil)
	if err != nil {
		return err
	}
	after, err := b.copyColumns(ctx, accounts, runs, b.plantedEvents(t, known))
	if err != nil {
		return err
	}
	doctored := make([]*dossier, len(accounts))
	for i, d := range accounts {
		doctored[i] = d.doctored(t, known)
	}
	clean, err := b.scoresOf(ctx, accounts, before, t, b.pass.workers)
	if err != nil {
		return err
	}
	fooled, err := b.scoresOf(ctx, doctored, after, t, b.pass.workers)
	if err != nil {
		return err
	}
	for i, d := range accounts {
		c.Compare(d.account.Name, t, clean[i], fooled[i])
	}
	return nil
}

// plantedEvents returns one event of every kind on record, a thousand strong.
func (b *builder) plantedEvents(t, known time.Time) []usage.Event {
	var out []usage.Event
	for _, l := range b.pass.columns.Labels() {
		for k := range 3 {
			out = append(out, usage.Event{
				At: t.Add(-time.Duration(1+9*k) * validate.Day), KnownAt: known, Name: l.Name, Product: l.Product,
				Actor: "canary:" + strconv.Itoa(k), Value: 1000, HasValue: true,
			})
		}
	}
	return out
}

// copyColumns is a projection of some accounts, with more events for each.
func (b *builder) copyColumns(ctx context.Context, accounts []*dossier, runs []usage.Run, more []usage.Event) (*usage.Columns, error) {
	store := usage.NewMemoryStore()
	labels, actors := b.pass.columns.Labels(), b.pass.columns.Actors()
	var events []usage.Event
	for i, d := range accounts {
		r := runs[i]
		for k := range r.Time {
			l := labels[r.Code(k)]
			e := usage.Event{MessageID: strconv.Itoa(i) + "-" + strconv.Itoa(k), Account: d.account.ID, At: time.Unix(int64(r.Time[k]), 0).UTC(), Name: l.Name, Product: l.Product}
			e.KnownAt = e.At
			if r.Known != nil {
				e.KnownAt = time.Unix(int64(r.Known[k]), 0).UTC()
			}
			if r.Actor != nil {
				e.Actor = actors[r.Actor[k]]
			}
			e.Value, e.HasValue = r.Number(k)
			if !e.HasValue {
				e.Value = 0
			}
			events = append(events, e)
		}
		for k, e := range more {
			e.MessageID, e.Account = "canary-"+strconv.Itoa(i)+"-"+strconv.Itoa(k), d.account.ID
			events = append(events, e)
		}
	}
	if _, err := store.Append(ctx, events); err != nil {
		return nil, err
	}
	return usage.LoadColumns(ctx, store)
}

// doctored returns a copy of the dossier with everything turned upside down by
// what became known only at known.
func (d *dossier) doctored(t, known time.Time) *dossier {
	out := *d
	from := t.Add(-10 * validate.Day)
	out.account.ChurnedAt = known
	out.facts = slices.Clone(d.facts)
	type subject struct {
		key     string
		product id.Product
	}
	seen := map[subject]bool{}
	for _, f := range d.facts {
		k := subject{f.Key, f.ProductID}
		if seen[k] {
			continue
		}
		seen[k] = true
		f.ValidFrom, f.ValidTo, f.KnownAt = from, time.Time{}, known
		switch f.Value.Type {
		case customer.Number, customer.Bool:
			f.Value.Num = 1 - f.Value.Num*1000
		case customer.Text:
			f.Value.Text = "planted"
		case customer.Date:
			f.Value.Text = "1999-01-01T00:00:00Z"
		}
		out.facts = append(out.facts, f)
	}
	stage := customer.Fact{AccountID: d.account.ID, Key: customer.FactStage, Value: customer.TextValue(string(customer.StageChurned)), ValidFrom: from, KnownAt: known}
	out.facts = append(out.facts, stage)
	customer.SortFacts(out.facts)
	out.indexFacts()
	out.subscriptions = slices.Clone(d.subscriptions)
	for i := range out.subscriptions {
		s := &out.subscriptions[i]
		s.Revisions = slices.Clone(s.Revisions)
		if r, ok := s.At(t); ok {
			r.ValidFrom, r.KnownAt, r.End, r.Seats = from, known, from, r.Seats*100+7
			r.ARR.Minor *= 100
			s.Revisions = append(s.Revisions, r)
		}
	}
	out.terms = metric.PrepareTerms(out.subscriptions)
	zero := 0.0
	out.overrides = append(slices.Clone(d.overrides), AccountOverride{Account: d.account.ID, Override: health.Override{
		Score: &zero, Author: "canary", Reason: "planted", CreatedAt: known, ExpiresAt: known.AddDate(1, 0, 0),
	}})
	return &out
}

// scoresOf scores accounts on their own projection.
func (b *builder) scoresOf(ctx context.Context, accounts []*dossier, columns *usage.Columns, t time.Time, workers int) ([]float64, error) {
	p := *b.pass
	p.columns, p.workers, p.whole = columns, workers, &wholeCache{}
	all, family := p.withKin(accounts)
	values, err := p.measure(ctx, all, b.metrics(), []time.Time{t})
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(accounts))
	sc := p.scorer(values, family)
	for i, d := range accounts {
		sc.turn(d, i, 0, t)
		sc.segment = p.model.Segments.Key(sc.lookup)
		out[i] = math.NaN()
		if p.model.Scorecards.Pick(sc.lookup) == b.card {
			out[i], _ = b.card.Number(sc.subject(b.card), &sc.scratch)
		}
	}
	return out, nil
}

// rebuild compares evaluations that were recorded in their own time, under the
// model version in force, with the same ones computed now. Without any, it
// computes one cut-off a second time.
func (b *builder) rebuild(ctx context.Context) error {
	c := &b.set.Proof.Rebuilt
	if b.engine.opt.History != nil {
		instants, err := b.engine.opt.History.RecordedInstants(ctx)
		if err != nil {
			return err
		}
		if len(instants) > rebuiltInstants {
			every := len(instants) / rebuiltInstants
			var some []time.Time
			for i := 0; i < len(instants); i += every {
				some = append(some, instants[i])
			}
			instants = some
		}
		for _, t := range instants {
			if t.After(b.spec.AsOf) || !t.Truncate(time.Second).Equal(t) {
				continue
			}
			if err := b.compareRecorded(ctx, c, t); err != nil {
				return err
			}
		}
		if c.Compared > 0 {
			c.Note = strconv.Itoa(c.Compared) + " evaluations that were recorded in their own time under model version " + strconv.FormatInt(b.state.version, 10) + " were computed again."
			return nil
		}
	}
	return b.repeat(ctx, c)
}

func (b *builder) compareRecorded(ctx context.Context, c *validate.Comparison, t time.Time) error {
	rows, err := b.engine.opt.History.Records(ctx, HistoryQuery{From: t, To: t})
	if err != nil {
		return err
	}
	var accounts []*dossier
	var said []float64
	for i := range rows {
		r := &rows[i]
		at, ok := b.pass.book.index[r.Account]
		if !ok || r.Origin != Scheduled || r.ModelVersion != b.state.version || r.Scorecard != b.card.Key() || r.RecordedAt.Before(b.spec.PastFrom) {
			continue
		}
		accounts, said = append(accounts, b.pass.book.dossiers[at]), append(said, r.Score)
	}
	if len(accounts) == 0 {
		return nil
	}
	now, err := b.scoresOf(ctx, accounts, b.pass.columns, t, b.pass.workers)
	if err != nil {
		return err
	}
	for i, d := range accounts {
		c.Compare(d.account.Name, t, said[i], now[i])
	}
	return nil
}

// repeat computes the first cut-off again, on one goroutine.
func (b *builder) repeat(ctx context.Context, c *validate.Comparison) error {
	t := b.set.Plan.CutOffs[0]
	c.Note = "Nothing was recorded in its own time under model version " + strconv.FormatInt(b.state.version, 10) +
		", so only a second computation of the cut-off of " + t.Format(time.DateOnly) + " was compared. With each recorded night this check grows stronger."
	if b.spec.History == validate.Recorded {
		c.Note = "The scores are those recorded at the time; none was recorded under the model version in force, so none could be rebuilt."
		return nil
	}
	var accounts []*dossier
	var first []float64
	for i := range b.set.Rows {
		if r := &b.set.Rows[i]; r.CutOff == 0 && len(accounts) < 1000 {
			accounts, first = append(accounts, b.pass.book.dossiers[b.place[r.Account]]), append(first, r.Score)
		}
	}
	again, err := b.scoresOf(ctx, accounts, b.pass.columns, t, 1)
	if err != nil {
		return err
	}
	for i, d := range accounts {
		c.Compare(d.account.Name, t, first[i], again[i])
	}
	return nil
}
