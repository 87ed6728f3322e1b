package metric

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/condition"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
)

// Data is what an evaluation reads. Nothing in it is changed.
type Data struct {
	Columns *usage.Columns // nil for no events
	// Facets are what Set.Facets asks for, by ID.
	Facets   map[string]*usage.Facet
	Accounts []AccountFacts
	// Products are the keys of products by id, for subscriptions and facts.
	Products map[id.Product]string
}

// Query says what to evaluate.
type Query struct {
	// Instants are whole seconds, ascending; at most MaxInstants.
	Instants []time.Time
	// KnownOnly leaves out events that were not yet known at the instant. Facts
	// and subscriptions are always as known at the instant.
	KnownOnly bool
	// Group returns the segment of an account at an instant, by their places; it may
	// read the values of metrics that the peers do not depend on. Only needed when
	// Set.Grouped says so.
	Group func(v *Values, account, instant int) string
	// Metrics are the metrics wanted; what they depend on is added. Nil means all.
	Metrics []string
	// Into are values that nobody needs any more: their memory is used again.
	Into *Values
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
}

// batch is how many accounts a goroutine takes at a time.
const batch = 32

// Evaluate computes metrics of many accounts at many instants, in one pass over
// the events of each account. It fails for instants or metrics that are wrong
// (Invalid), and when ctx ends.
func (s *Set) Evaluate(ctx context.Context, data Data, q Query) (*Values, error) {
	p, err := s.program(&data, &q)
	if err != nil {
		return nil, err
	}
	v := newValues(p, &data, &q)
	workers := q.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, (len(data.Accounts)+batch-1)/batch))
	for stage := range p.lastStage + 1 {
		if stage > 0 {
			p.populate(&data, v, &q, stage)
		}
		var next atomic.Int64
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				w := newWorker(p, &data, v)
				for ctx.Err() == nil {
					from := int(next.Add(batch)) - batch
					if from >= len(data.Accounts) {
						return
					}
					to := min(from+batch, len(data.Accounts))
					w.take(from, to)
					w.warm(from, to)
					for a := from; a < to; a++ {
						w.account(a, stage)
					}
				}
			})
		}
		group.Wait()
	}
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(err, "evaluate metrics")
	}
	return v, nil
}

// program is a query in detail: what each metric takes from where.
type program struct {
	set      *Set
	plan     *plan
	instants []time.Time
	actors   int
	columns  *usage.Columns
	runs     []usage.Run // by account, when there are relationships
	subjects []subject   // by account
	products map[string]id.Product
	// order are the metrics to compute; account and relationship are the same
	// metrics in the order of definition. col is the column of a metric.
	order, account, relationship []int
	col                          []int
	ages                         []bool
	// features of an event metric: its own window, and for a change the one
	// before; −1 for none. For a metric per relationship, by product key.
	now, previous       []int
	relNow, relPrevious []map[string]int
	labels              []usage.Label
	peers               map[int]*peers // by metric
	groups              []string       // by account and instant
	children            map[id.Account][]int
	lastStage           int
	eventful            map[int]bool // stages with metrics of the sweep
	begun               int64        // see guard
}

func (s *Set) program(data *Data, q *Query) (*program, error) {
	instants, err := seconds(q.Instants)
	if err != nil {
		return nil, err
	}
	p := &program{set: s, instants: q.Instants, col: make([]int, len(s.metrics)), ages: make([]bool, len(s.metrics)), products: map[string]id.Product{}, peers: map[int]*peers{}, eventful: map[int]bool{}}
	wanted, err := s.wanted(q.Metrics)
	if err != nil {
		return nil, err
	}
	for product, key := range data.Products {
		p.products[key] = product
	}
	for _, m := range s.order {
		if wanted[m] {
			p.order = append(p.order, m)
		}
	}
	if err := s.checkFacets(data, p.order); err != nil {
		return nil, err
	}
	if err := p.checkGroups(q); err != nil {
		return nil, err
	}
	for _, m := range p.order {
		def := &s.metrics[m]
		p.lastStage = max(p.lastStage, def.stage)
		p.eventful[def.stage] = p.eventful[def.stage] || def.swept() || def.Kind == Change
	}
	if p.lastStage > 0 {
		p.children = childrenOf(data.Accounts)
	}
	for m := range s.metrics {
		switch {
		case !wanted[m]:
		case s.metrics[m].per == PerRelationship:
			p.col[m] = len(p.relationship)
			p.relationship = append(p.relationship, m)
		default:
			p.col[m] = len(p.account)
			p.account = append(p.account, m)
		}
	}
	for _, m := range p.order {
		p.ages[m] = s.metrics[m].ageing(p.ages)
	}
	var labels []usage.Label
	if data.Columns != nil {
		labels, p.actors = data.Columns.Labels(), len(data.Columns.Actors())
	}
	p.labels, p.begun = labels, math.MaxInt64
	if slices.ContainsFunc(p.order, func(m int) bool { return s.metrics[m].history > 0 }) {
		p.begun = Begin(data.Columns)
	}
	p.read(data, labels)
	p.features(newPlanner(instants, q.KnownOnly), labels)
	return p, nil
}

// wanted marks metrics and what they depend on.
func (s *Set) wanted(names []string) ([]bool, error) {
	wanted := make([]bool, len(s.metrics))
	var mark func(m int)
	mark = func(m int) {
		if !wanted[m] {
			wanted[m] = true
			for _, in := range s.depends(m) {
				mark(in)
			}
		}
	}
	for m := range s.metrics {
		if names == nil {
			mark(m)
		}
	}
	for _, name := range names {
		m, ok := s.index[name]
		if !ok {
			return nil, fault.At("metrics", "there is no metric %q", name)
		}
		mark(m)
	}
	return wanted, nil
}

// ageing reports whether values of the metric have an age.
func (m *compiled) ageing(ages []bool) bool {
	switch m.Kind {
	case Latest, First, Recency, Attribute, Manual:
		return true
	case Formula, Quotient, Rollup, Peer:
		return slices.ContainsFunc(m.inputs, func(in int) bool { return ages[in] })
	default:
		return false
	}
}

// read finds the events and relationships of each account.
func (p *program) read(data *Data, labels []usage.Label) {
	p.columns = data.Columns
	p.subjects = make([]subject, len(data.Accounts))
	if len(p.relationship) == 0 {
		return
	}
	// Which products an account has is asked before its values have a place.
	p.runs = make([]usage.Run, len(data.Accounts))
	var group sync.WaitGroup
	parts := max(1, min(runtime.GOMAXPROCS(0), len(data.Accounts)/batch))
	for part := range parts {
		group.Go(func() {
			from, to := part*len(data.Accounts)/parts, (part+1)*len(data.Accounts)/parts
			p.fill(data, p.runs[from:to], from)
			for a := from; a < to; a++ {
				p.subjects[a] = subjectOf(&data.Accounts[a], data.Products, productsIn(&p.runs[a], labels))
			}
		})
	}
	group.Wait()
}

// fill sets runs to those of the accounts from a place on.
func (p *program) fill(data *Data, runs []usage.Run, from int) {
	if p.columns == nil {
		return
	}
	var ids [batch]id.Account
	for start := 0; start < len(runs); start += batch {
		n := min(batch, len(runs)-start)
		for i := range n {
			ids[i] = data.Accounts[from+start+i].ID
		}
		p.columns.Fill(runs[start:start+n], ids[:n])
	}
}

// productsIn lists the products of the events of an account.
func productsIn(r *usage.Run, labels []usage.Label) []string {
	var out []string
	if r.Has != nil {
		for _, c := range r.Has {
			if key := labels[c].Product; key != "" && !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
		return out
	}
	seen := make([]bool, len(labels))
	for i := range r.Len() {
		c := r.Code(i)
		if !seen[c] {
			seen[c] = true
			if key := labels[c].Product; key != "" && !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out
}

// features plans what the metrics want of the events.
func (p *program) features(planner *planner, labels []usage.Label) {
	n := len(p.set.metrics)
	p.now, p.previous = make([]int, n), make([]int, n)
	p.relNow, p.relPrevious = make([]map[string]int, n), make([]map[string]int, n)
	var keys []string
	for _, l := range labels {
		if l.Product != "" {
			keys = append(keys, l.Product)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, m := range p.order {
		p.now[m], p.previous[m] = -1, -1
		of := &p.set.metrics[m]
		if of.Kind == Change {
			of = &p.set.metrics[of.of]
		}
		if !of.swept() {
			continue
		}
		change := p.set.metrics[m].Kind == Change
		if of.per == PerAccount {
			p.now[m] = planner.feature(of.Kind, of.Events, of.Product, of.days, of.offset)
			if change {
				p.previous[m] = planner.feature(of.Kind, of.Events, of.Product, of.days, of.offset+of.days)
			}
			continue
		}
		p.relNow[m], p.relPrevious[m] = map[string]int{}, map[string]int{}
		for _, key := range keys {
			p.relNow[m][key] = planner.feature(of.Kind, of.Events, key, of.days, of.offset)
			if change {
				p.relPrevious[m][key] = planner.feature(of.Kind, of.Events, key, of.days, of.offset+of.days)
			}
		}
	}
	p.plan = planner.finish(labels)
}

// worker computes accounts, one after the other, for one goroutine.
type worker struct {
	*program
	data  *Data
	v     *Values
	sweep *sweep
	walk  *walker
	row   *condition.Row // inputs of formulas, by metric
	held  holdings

	// near are the runs of the accounts at hand, from the place first on.
	near   [batch]usage.Run
	first  int
	warmth uint32 // see warm
}

func newWorker(p *program, data *Data, v *Values) *worker {
	return &worker{program: p, data: data, v: v, sweep: newSweep(p.plan, p.actors), walk: newWalker(), row: p.set.env.NewRow()}
}

// take makes some accounts the ones at hand.
func (w *worker) take(from, to int) {
	w.first = from
	if w.runs == nil {
		w.fill(w.data, w.near[:to-from], from)
		return
	}
	copy(w.near[:], w.runs[from:to])
}

// run returns the events of an account at hand.
func (w *worker) run(a int) *usage.Run { return &w.near[a-w.first] }

// account computes the metrics of one stage of one account at all instants.
func (w *worker) account(a, stage int) {
	facts := &w.data.Accounts[a]
	if stage == 0 || w.eventful[stage] {
		w.sweep.account(w.run(a))
	}
	since := unix(facts.Since)
	whole := scope{since: since}
	for _, m := range w.order {
		switch def := &w.set.metrics[m]; {
		case def.stage != stage:
		case def.per == PerAccount:
			w.metric(a, m, whole, -1)
		default:
			for r, key := range w.subjects[a].products {
				w.metric(a, m, scope{since: w.subjects[a].since[r], product: key, id: w.products[key]}, r)
			}
		}
	}
}

// scope is the subject that a metric is computed for: an account, or its life
// with one product.
type scope struct {
	since   int64
	product string
	id      id.Product
}

// at returns where the value and the age of a metric are kept; age is nil when
// it has none. rel is negative for the account itself.
func (w *worker) at(a, rel, instant, m int) (cell, age *float64) {
	c := w.col[m]
	if rel < 0 {
		cell = &w.v.Row(a, instant)[c]
		if k := w.v.ageing[c]; k >= 0 {
			age = &w.v.ageRow(a, instant)[k]
		}
		return cell, age
	}
	cell = &w.v.relRow(a, rel, instant)[c]
	if k := w.v.relAge[c]; k >= 0 {
		age = &w.v.relAgeRow(a, rel, instant)[k]
	}
	return cell, age
}

// metric computes one metric of a scope at all instants.
func (w *worker) metric(a, m int, in scope, rel int) {
	def := &w.set.metrics[m]
	if !w.ages[m] && def.swept() && !def.guarded() {
		w.plain(a, m, in, rel)
		return
	}
	value := w.reader(a, m, in, rel)
	limit := w.limiter(a, m, in, rel)
	for i, t := range w.sweep.instants {
		cell, age := w.at(a, rel, i, m)
		*cell = math.NaN()
		old := -1.0
		if t >= in.since {
			if v, d, ok := value(i); ok {
				*cell, old = v, d
			} else if def.zero {
				*cell = 0
			}
			if limit != nil && !math.IsNaN(*cell) {
				limited, ok := limit(i, *cell)
				if *cell = limited; !ok {
					*cell, old = math.NaN(), -1
				}
			}
		}
		if age != nil {
			*age = old
		}
	}
}

// plain copies an aggregate without an age: nearly every cell is one.
func (w *worker) plain(a, m int, in scope, rel int) {
	cells, width := w.v.cells, len(w.v.Metrics)
	first := a * len(w.sweep.instants)
	if rel >= 0 {
		cells, width = w.v.relCells, len(w.v.PerRelationship)
		first = (w.v.relBase[a] + rel) * len(w.sweep.instants)
	}
	cells = cells[first*width+w.col[m]:]
	var out []float64
	if f := featureOf(w.now, w.relNow, m, in, rel); f >= 0 {
		out = w.sweep.out[f]
	}
	none := math.NaN()
	if w.set.metrics[m].zero {
		none = 0
	}
	for i, t := range w.sweep.instants {
		v := none
		switch {
		case t < in.since:
			v = math.NaN()
		case out != nil && !math.IsNaN(out[i]):
			v = out[i]
		}
		cells[i*width] = v
	}
}
