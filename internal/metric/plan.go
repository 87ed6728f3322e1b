package metric

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/usage"
)

// A plan is what a query asks of the events: which selectors (sets of labels),
// and which features (an aggregate of a selector over a window) of them, with
// everything that is the same for all accounts computed beforehand.
//
// Time is cut at the edges of all windows of all instants into buckets: bucket b
// is [edges[b-1], edges[b]), bucket 0 everything before the first edge. Every
// window is then a run of whole buckets.
type plan struct {
	instants  []int64
	edges     []int64
	selectors []selector
	features  []feature
	// classes are the distinct sets of selectors that a label belongs to; class 0
	// is the empty set. classOf is by label code.
	classes []class
	classOf []uint32
	// everything are the selectors of every event, which need no class; tallyOf is
	// classOf, with 0 for the classes that hold no other selector.
	everything []int
	tallyOf    []uint32
	// allTime says that some feature has to see every event from the beginning.
	allTime   bool
	knownOnly bool
}

// selector is a set of labels: event names (all if empty) of a product (all if
// empty).
type selector struct {
	names    []string
	product  string
	features []int // indexes of plan.features
	labels   []uint32
	needs
}

// needs says what has to be tracked for a selector or class.
type needs struct {
	values, actors, days, last bool
}

// class is a set of selectors.
type class struct {
	selectors []int
	some      []int // those of them that do not select every event; needs are theirs
	actors    []int // those of some that count actors
	days      []int // those of some that count days
	needs
}

// feature is an aggregate of a selector over the windows of all instants.
type feature struct {
	selector int
	kind     Kind
	// lo and hi are the window's ends by instant, in seconds; lo is the least
	// int64 when the window has no beginning. loEdge (−1 for none) and hiEdge are
	// their indexes in edges.
	lo, hi         []int64
	loEdge, hiEdge []int32
	// enter and leave are, by bucket, the instants [enter, leave) whose windows
	// hold the bucket; only for actors and days.
	enter, leave []int32
}

const noBeginning = -1 << 62

// featureKey identifies a feature, so that metrics share it.
type featureKey struct {
	names, product string
	kind           Kind
	days, offset   int
}

type planner struct {
	plan
	selectorOf map[[2]string]int
	featureOf  map[featureKey]int
}

func newPlanner(instants []int64, knownOnly bool) *planner {
	return &planner{
		plan:       plan{instants: instants, knownOnly: knownOnly},
		selectorOf: map[[2]string]int{}, featureOf: map[featureKey]int{},
	}
}

// feature returns the index of a feature, making it if need be. A mean and a
// sum over the same window are two features of one selector.
func (p *planner) feature(kind Kind, names []string, product string, days, offset int) int {
	names = slices.Clone(names)
	sort.Strings(names)
	names = slices.Compact(names)
	joined := strings.Join(names, "\x00")
	key := featureKey{joined, product, kind, days, offset}
	if f, ok := p.featureOf[key]; ok {
		return f
	}
	s, ok := p.selectorOf[[2]string{joined, product}]
	if !ok {
		s = len(p.selectors)
		p.selectorOf[[2]string{joined, product}] = s
		p.selectors = append(p.selectors, selector{names: names, product: product})
	}
	f := feature{selector: s, kind: kind, lo: make([]int64, len(p.instants)), hi: make([]int64, len(p.instants))}
	for i, t := range p.instants {
		f.hi[i] = t - int64(offset)*secondsPerDay
		f.lo[i] = noBeginning
		if days > 0 {
			f.lo[i] = f.hi[i] - int64(days)*secondsPerDay
		}
	}
	sel := &p.selectors[s]
	switch kind {
	case Sum, Mean:
		sel.values = true
	case DistinctActors:
		sel.actors = true
	case ActiveDays:
		sel.days = true
	case Latest:
		sel.values, sel.last = true, true
	default:
		sel.last = sel.last || kind == Recency
	}
	p.allTime = p.allTime || days == 0 && kind != Recency && kind != Latest
	p.featureOf[key] = len(p.features)
	sel.features = append(sel.features, len(p.features))
	p.features = append(p.features, f)
	return len(p.features) - 1
}

// finish computes edges, buckets and classes.
func (p *planner) finish(labels []usage.Label) *plan {
	for i := range p.features {
		f := &p.features[i]
		p.edges = append(p.edges, f.hi...)
		for _, lo := range f.lo {
			if lo != noBeginning {
				p.edges = append(p.edges, lo)
			}
		}
	}
	slices.Sort(p.edges)
	p.edges = slices.Compact(p.edges)
	for i := range p.features {
		p.features[i].place(p.edges)
	}
	p.classify(labels)
	return &p.plan
}

// place finds the window's ends among the edges.
func (f *feature) place(edges []int64) {
	index := func(t int64) int32 {
		if t == noBeginning {
			return -1
		}
		n, _ := slices.BinarySearch(edges, t)
		return int32(n) //nolint:gosec // edges are bounded by MaxInstants × metrics
	}
	f.loEdge, f.hiEdge = make([]int32, len(f.lo)), make([]int32, len(f.hi))
	for i := range f.lo {
		f.loEdge[i], f.hiEdge[i] = index(f.lo[i]), index(f.hi[i])
	}
	if f.kind != DistinctActors && f.kind != ActiveDays {
		return
	}
	// Windows move forward with the instants: the first window that ends after
	// the bucket, and the first that begins after it.
	f.enter, f.leave = make([]int32, len(edges)), make([]int32, len(edges))
	n := int32(len(f.lo)) //nolint:gosec // at most MaxInstants
	e, l := int32(0), int32(0)
	for b := range edges {
		for e < n && int(f.hiEdge[e]) < b {
			e++
		}
		for l < n && int(f.loEdge[l]) < b {
			l++
		}
		f.enter[b], f.leave[b] = e, l
	}
}

// classify finds the class of every label.
func (p *planner) classify(labels []usage.Label) {
	p.classes = []class{{}}
	known := map[string]uint32{"": 0}
	p.classOf = make([]uint32, len(labels))
	p.tallyOf = make([]uint32, len(labels))
	byName := map[string][]int{} // selectors by event name; "" holds those of every name
	for s := range p.selectors {
		if p.selectors[s].all() {
			p.everything = append(p.everything, s)
		}
		if len(p.selectors[s].names) == 0 {
			byName[""] = append(byName[""], s)
		}
		for _, n := range p.selectors[s].names {
			byName[n] = append(byName[n], s)
		}
	}
	for code, l := range labels {
		var in []int
		for _, s := range slices.Concat(byName[""], byName[l.Name]) {
			if p.selectors[s].product == "" || p.selectors[s].product == l.Product {
				in = append(in, s)
			}
		}
		sort.Ints(in)
		for _, s := range in {
			p.selectors[s].labels = append(p.selectors[s].labels, uint32(code)) //nolint:gosec // fewer labels than 2³²
		}
		var key []byte
		for _, s := range in {
			key = binary.BigEndian.AppendUint32(key, uint32(s)) //nolint:gosec // at most metrics × products
		}
		n, ok := known[string(key)]
		if !ok {
			n = uint32(len(p.classes)) //nolint:gosec // at most as many as labels
			known[string(key)] = n
			p.classes = append(p.classes, p.newClass(in))
		}
		p.classOf[code] = n
		if len(p.classes[n].some) > 0 {
			p.tallyOf[code] = n
		}
	}
}

// all reports whether the selector selects every event.
func (s *selector) all() bool { return len(s.names) == 0 && s.product == "" }

func (p *planner) newClass(selectors []int) class {
	c := class{selectors: selectors}
	for _, s := range selectors {
		if p.selectors[s].all() {
			continue
		}
		c.some = append(c.some, s)
		n := p.selectors[s].needs
		c.values = c.values || n.values
		c.last = c.last || n.last
		if n.actors {
			c.actors = append(c.actors, s)
		}
		if n.days {
			c.days = append(c.days, s)
		}
	}
	return c
}

// MaxInstants is how many instants a query may ask for.
const MaxInstants = 4000

// seconds checks the instants of a query.
func seconds(instants []time.Time) ([]int64, error) {
	if len(instants) == 0 || len(instants) > MaxInstants {
		return nil, fault.At("instants", "there are %d: ask for 1 to %d", len(instants), MaxInstants)
	}
	out := make([]int64, len(instants))
	for i, t := range instants {
		out[i] = t.Unix()
		switch {
		case t.Nanosecond() != 0:
			return nil, fault.At("instants", "%s is not a whole second: leave the fraction out", t.Format(time.RFC3339Nano))
		case i > 0 && out[i] <= out[i-1]:
			return nil, fault.At("instants", "%s does not come after the one before: sort them, each once", t.Format(time.RFC3339))
		case t.Before(usage.MinTime) || !t.Before(usage.MaxTime):
			return nil, fault.At("instants", "%s is outside the years 1970 to 2105", t.Format(time.RFC3339))
		}
	}
	return out, nil
}
