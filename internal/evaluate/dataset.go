package evaluate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/usage"
	"kept/internal/validate"
)

// Dataset builds the snapshots of a back-test: what was known of every account
// at each cut-off, and what became of it. Everything that judges or learns from
// the past works on it.
func (e *Engine) Dataset(ctx context.Context, spec validate.Spec) (*validate.Dataset, error) {
	spec, err := spec.Check()
	if err != nil {
		return nil, err
	}
	s, asOf, err := e.ready(spec.AsOf)
	if err != nil {
		return nil, err
	}
	return e.dataset(ctx, s, spec, asOf)
}

func (e *Engine) dataset(ctx context.Context, s *state, spec validate.Spec, asOf time.Time) (*validate.Dataset, error) {
	card, err := s.card(spec.Scorecard)
	if err != nil {
		return nil, err
	}
	spec.Scorecard, spec.AsOf = card.Key(), asOf
	b := &builder{engine: e, state: s, pass: s.pass(e.workers), card: card, spec: spec}
	b.pass.leaky = e.leaky
	b.set = &validate.Dataset{
		Spec: spec, Title: card.Definition().Title, ModelVersion: s.version, Generation: s.generation, AsOf: asOf,
		Bands: bandsOf(card),
	}
	if err := b.lives(); err != nil {
		return nil, err
	}
	if spec.History == validate.Recorded {
		if err := b.recordedStart(ctx); err != nil {
			return nil, err
		}
	}
	b.set.Plan = validate.MakePlan(spec, b.set.DataStart, b.set.DataEnd)
	if b.set.Plan.Why != "" {
		if spec.History == validate.Recorded {
			b.set.Plan.Why = b.noneRecorded()
		}
		return b.set, nil
	}
	if why := b.set.TooMuch(); why != "" {
		b.set.Plan.Why = why
		return b.set, nil
	}
	if spec.History == validate.Recorded {
		err = b.recorded(ctx)
	} else {
		err = b.recomputed(ctx)
	}
	if err != nil {
		return nil, err
	}
	return b.set, b.prove(ctx)
}

// card returns the scorecard of the key, or the first.
func (s *state) card(key string) (*health.Card, error) {
	cards := s.model.Scorecards.Cards()
	if len(cards) == 0 {
		return nil, fault.New(fault.NotFound, "the model has no scorecard: add one before it can be validated")
	}
	if key == "" {
		return cards[0], nil
	}
	if c := s.model.Scorecards.Card(key); c != nil {
		return c, nil
	}
	keys := make([]string, len(cards))
	for i, c := range cards {
		keys[i] = c.Key()
	}
	return nil, &fault.Error{Kind: fault.NotFound, Field: "scorecard", Msg: fmt.Sprintf("there is no scorecard %.60q: use one of %v", key, keys)}
}

func bandsOf(card *health.Card) []validate.Band {
	var out []validate.Band
	for _, b := range card.Definition().Bands {
		title := b.Title
		if title == "" {
			title = b.Key
		}
		out = append(out, validate.Band{Key: b.Key, Title: title, Color: b.Color})
	}
	return out
}

// builder makes one data set.
type builder struct {
	engine *Engine
	state  *state
	pass   *pass
	card   *health.Card
	spec   validate.Spec
	set    *validate.Dataset
	// place is the position of the accounts in the book.
	place []int32
	// everyone takes in accounts whatever their scorecard, and wanted are the
	// features then, instead of the scorecard's metrics; no score is computed.
	everyone bool
	wanted   []string
}

// lives finds the bounds of the data and what became of every account.
func (b *builder) lives() error {
	set, book := b.set, b.pass.book
	b.bounds()
	left := 0
	lives := make([]validate.Life, len(book.dossiers))
	for i, d := range book.dossiers {
		lives[i] = validate.LifeOf(validate.Record{
			Since: d.account.Since, ChurnedAt: d.account.ChurnedAt, Subscriptions: d.subscriptions, Stage: d.stage,
		}, b.spec.Lapse(), set.DataEnd)
		left += len(lives[i].Departures)
	}
	event, isEvent := b.spec.Event()
	set.OutcomeWords = fmt.Sprintf("An account has left when its last paid subscription ended and no other began within %d days; without subscriptions on record, when it was marked as churned.", int(b.spec.Lapse()/validate.Day))
	if b.spec.Outcome == validate.OutcomeAuto {
		set.Spec.Outcome, set.OutcomeWhy = validate.OutcomeLeft, "This is the default."
		if left < validate.LeastDepartures && b.countEvents(usage.EventAccountChurned) >= validate.LeastDepartures {
			event, isEvent = usage.EventAccountChurned, true
			set.OutcomeWhy = fmt.Sprintf("By their subscriptions hardly any account left (%d), but churn events are on record: these are judged instead.", left)
		}
	}
	if isEvent {
		if !b.hasEvents(event) {
			return fault.At("outcome", "there is no event named %.60q on record: see the names under Data, Events", event)
		}
		set.Spec.Outcome = "event:" + event
		set.OutcomeWords = fmt.Sprintf("An account counts as leaving at each event %q while it pays.", event)
		b.eventsOf(event, func(i int, at []time.Time) { lives[i] = lives[i].WithEvents(at) })
	}
	for i, d := range book.dossiers {
		if len(lives[i].Spans) > 0 {
			set.Accounts = append(set.Accounts, validate.Account{ID: d.account.ID, Name: d.account.Name, Life: lives[i]})
			b.place = append(b.place, int32(i)) //nolint:gosec // accounts are far fewer than 2^31
		}
	}
	return nil
}

// bounds finds when the data begin and end. Events begin where one account in
// twenty has some, so that a stray old event does not stretch the history; they
// end with the last thing that is known to have happened.
func (b *builder) bounds() {
	var firsts []time.Time
	newest := time.Time{}
	later := func(t time.Time) {
		if t.After(newest) && !t.After(b.spec.AsOf) {
			newest = t
		}
	}
	ids := make([]id.Account, len(b.pass.book.dossiers))
	for i, d := range b.pass.book.dossiers {
		ids[i] = d.account.ID
		later(d.account.Since)
		later(d.account.ChurnedAt)
		for k := range d.subscriptions {
			for _, r := range d.subscriptions[k].Revisions {
				later(r.Start)
				later(r.End)
				later(r.ValidFrom)
			}
		}
	}
	for _, r := range b.pass.columns.Runs(ids) {
		if n := r.Len(); n > 0 {
			firsts = append(firsts, time.Unix(int64(r.Time[0]), 0).UTC())
			at, _ := slices.BinarySearch(r.Time, uint32(min(max(b.spec.AsOf.Unix(), 0), math.MaxUint32))) //nolint:gosec // bounded
			if at > 0 {
				later(time.Unix(int64(r.Time[at-1]), 0).UTC())
			}
		}
	}
	if len(firsts) == 0 {
		for _, d := range b.pass.book.dossiers {
			firsts = append(firsts, d.account.Since)
		}
	}
	slices.SortFunc(firsts, time.Time.Compare)
	if len(firsts) > 0 {
		b.set.DataStart = firsts[(len(firsts)-1)/20]
	}
	b.set.DataEnd = newest
	if newest.IsZero() {
		b.set.DataStart, b.set.DataEnd = b.spec.AsOf, b.spec.AsOf
	}
}

func (b *builder) hasEvents(name string) bool {
	return slices.ContainsFunc(b.pass.columns.Labels(), func(l usage.Label) bool { return l.Name == name })
}

// eventsOf calls fn with the instants of an event up to the end of the data, by
// position in the book.
func (b *builder) eventsOf(name string, fn func(position int, at []time.Time)) {
	wanted := map[uint32]bool{}
	for code, l := range b.pass.columns.Labels() {
		if l.Name == name {
			wanted[uint32(code)] = true //nolint:gosec // labels are fewer than 2^32
		}
	}
	if len(wanted) == 0 {
		return
	}
	ids := make([]id.Account, len(b.pass.book.dossiers))
	for i, d := range b.pass.book.dossiers {
		ids[i] = d.account.ID
	}
	for i, r := range b.pass.columns.Runs(ids) {
		var at []time.Time
		for k := range r.Time {
			if wanted[r.Code(k)] {
				if t := time.Unix(int64(r.Time[k]), 0).UTC(); !t.After(b.set.DataEnd) {
					at = append(at, t)
				}
			}
		}
		fn(i, at)
	}
}

func (b *builder) countEvents(name string) (n int) {
	b.eventsOf(name, func(_ int, at []time.Time) { n += len(at) })
	return n
}

// grid says where the instants of a plan are among those that are evaluated.
type grid struct {
	instants []time.Time
	week     []int // by instant: index of the week, −1 for none
	cutOff   []int // by instant: index of the cut-off
	after    []int // by instant: index of the cut-off whose horizon ends here
	now      int   // index of the instant at which the question is asked
}

func newGrid(p validate.Plan, horizon time.Duration, now time.Time) grid {
	g := grid{instants: append(slices.Clone(p.Weeks), p.CutOffs...)}
	g.instants = append(g.instants, now)
	for _, t := range p.CutOffs {
		g.instants = append(g.instants, t.Add(horizon))
	}
	slices.SortFunc(g.instants, time.Time.Compare)
	g.instants = slices.CompactFunc(g.instants, time.Time.Equal)
	find := func(list []time.Time, back time.Duration) []int {
		out := make([]int, len(g.instants))
		for i, t := range g.instants {
			out[i] = slices.IndexFunc(list, func(u time.Time) bool { return u.Add(back).Equal(t) })
		}
		return out
	}
	g.now = slices.IndexFunc(g.instants, now.Equal)
	g.week, g.cutOff, g.after = find(p.Weeks, 0), find(p.CutOffs, 0), find(p.CutOffs, horizon)
	return g
}

// cell is the evaluation of one account at one instant.
type cell struct {
	score float64
	band  int8
	on    bool // the account was at risk, and under this scorecard
}

var absentCell = cell{score: math.NaN(), band: validate.NoBand}

// take puts the evaluations of one account, by instant of the grid, into the
// data set and returns its rows. rowOf fills what else a row holds.
func (b *builder) take(a int, g *grid, cells []cell, row func(r *validate.Row, instant int)) []validate.Row {
	set := b.set
	var rows []validate.Row
	life := &set.Accounts[a].Life
	ends := map[int]cell{}
	for i := range g.instants {
		c := cells[i]
		if w := g.week[i]; w >= 0 {
			set.Weekly[w][a], set.WeeklyBand[w][a], set.AtRisk[w][a] = c.score, c.band, c.on
		}
		if k := g.after[i]; k >= 0 {
			ends[k] = c
		}
	}
	for i, t := range g.instants {
		k := g.cutOff[i]
		if k < 0 || !cells[i].on {
			continue
		}
		r := validate.Row{Account: int32(a), CutOff: int32(k), Score: cells[i].score, Band: cells[i].band, Days: math.NaN(), BandAfter: ends[k].band} //nolint:gosec // far fewer than 2^31
		if at, gone := life.Leaves(t, b.spec.Horizon); gone {
			r.Left, r.Days, r.BandAfter = true, at.Sub(t).Hours()/24, validate.GoneBand
		}
		row(&r, i)
		rows = append(rows, r)
	}
	return rows
}

// room makes place for the weekly columns.
func (b *builder) room() {
	n := len(b.set.Accounts)
	for range b.set.Plan.Weeks {
		b.set.Weekly = append(b.set.Weekly, make([]float64, n))
		b.set.WeeklyBand = append(b.set.WeeklyBand, make([]int8, n))
		b.set.AtRisk = append(b.set.AtRisk, make([]bool, n))
	}
}

// order sorts the rows by cut-off and account, and their features and parts with
// them.
func (b *builder) order(rows []validate.Row, x, parts []float64) {
	width, per := len(b.set.Features), len(b.set.Parts)
	at := make([]int, len(rows))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(i, j int) int {
		if c := int(rows[i].CutOff) - int(rows[j].CutOff); c != 0 {
			return c
		}
		return int(rows[i].Account) - int(rows[j].Account)
	})
	b.set.Rows = make([]validate.Row, len(rows))
	b.set.X, b.set.P = make([]float64, len(rows)*width), make([]float64, len(rows)*per)
	for to, from := range at {
		b.set.Rows[to] = rows[from]
		copy(b.set.X[to*width:(to+1)*width], x[from*width:])
		copy(b.set.P[to*per:(to+1)*per], parts[from*per:])
	}
}
