package metric

import (
	"fmt"
	"slices"
	"strings"

	"kept/internal/condition"
	"kept/internal/fault"
	"kept/internal/usage"
)

// The values of Definition.Per.
const (
	PerAccount      = "account"
	PerRelationship = "relationship"
)

// MaxMetrics is how many metrics a model may have.
const MaxMetrics = 1000

// Set is a checked list of definitions. It is immutable and safe for concurrent use.
type Set struct {
	metrics []compiled
	index   map[string]int
	order   []int // indexes, each after those it depends on
	groupBy []int // those that decide about the segment of an account
	env     *condition.Env
}

// compiled is a definition with everything parsed.
type compiled struct {
	Definition
	frame frame            // of an event metric
	facet *usage.FacetSpec // its events, when properties decide
	// days and offset are those of a plain frame, which the sweep computes.
	days, offset int
	per          string
	of, over     int // Change and Quotient
	tenure       int // metric of the tenure; −1 for none
	gap          int // days that do not interrupt a tenure
	scale        int // days that a count is scaled to
	minTenure    int // days
	history      int // days
	stage        int // see stages
	formula      *condition.Formula
	inputs       []int // Formula and Change: indexes of what they read
	zero         bool  // an empty cell is 0
}

// Compile checks definitions. All mistakes come at once as a fault.List whose
// fields are places such as "metrics[3].window" or "metrics[3].expr:1:7" (line
// and column inside the expression, from 1).
func Compile(defs []Definition) (*Set, error) {
	set, units, err := CompileStored(defs)
	if err == nil {
		err = units.Err()
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

// CompileStored checks definitions that are in force already. What is wrong with
// their units changes no value, so that it comes apart, for somebody to mend: a
// program that checks units more strictly still runs on the model that the one
// before it accepted.
func CompileStored(defs []Definition) (set *Set, units fault.List, err error) {
	c := &compiler{set: &Set{index: map[string]int{}, metrics: make([]compiled, len(defs))}}
	if len(defs) > MaxMetrics {
		c.errs.Add("metrics", "there are %d, and %d is the most", len(defs), MaxMetrics)
		return nil, nil, c.errs.Err()
	}
	var names []string
	for i, d := range defs {
		c.set.metrics[i] = compiled{Definition: d, of: -1, over: -1, tenure: -1}
		if err := condition.CheckName(at(i, "name"), d.Name); err != nil {
			c.errs = append(c.errs, err)
			continue
		}
		if first, twice := c.set.index[d.Name]; twice {
			c.errs.Add(at(i, "name"), "%q is defined already as metrics[%d]: choose another name", d.Name, first)
			continue
		}
		c.set.index[d.Name] = i
		names = append(names, d.Name)
	}
	env, err := condition.NewEnv(condition.Metrics(names)...)
	if err != nil {
		return nil, nil, err
	}
	c.set.env = env
	for i := range defs {
		c.one(i)
	}
	c.perOfChange()
	c.levels()
	c.sort()
	if err := c.errs.Err(); err != nil {
		return nil, nil, err
	}
	c.units()
	c.set.stages()
	return c.set, c.errs, nil
}

// Len returns the number of metrics.
func (s *Set) Len() int { return len(s.metrics) }

// Names lists the metrics in the order of their definition.
func (s *Set) Names() []string {
	out := make([]string, len(s.metrics))
	for i := range s.metrics {
		out[i] = s.metrics[i].Name
	}
	return out
}

// AccountNames lists the metrics that have a value per account.
func (s *Set) AccountNames() []string {
	var out []string
	for i := range s.metrics {
		if s.metrics[i].per == PerAccount {
			out = append(out, s.metrics[i].Name)
		}
	}
	return out
}

// Definition returns the definition of a metric.
func (s *Set) Definition(name string) (Definition, bool) {
	i, ok := s.index[name]
	if !ok {
		return Definition{}, false
	}
	return s.metrics[i].Definition, true
}

// Inputs lists the metrics that a metric is computed from, directly.
func (s *Set) Inputs(name string) []string {
	i, ok := s.index[name]
	if !ok {
		return nil
	}
	var out []string
	for _, j := range s.metrics[i].inputs {
		out = append(out, s.metrics[j].Name)
	}
	return out
}

func at(i int, key string) string { return fmt.Sprintf("metrics[%d].%s", i, key) }

type compiler struct {
	set    *Set
	errs   fault.List
	events *condition.Env // of conditions over events
}

// aggregates are the kinds that condense the events of a window, and windowed
// those of them that can be compared with the window before.
var (
	swept      = []Kind{Count, Sum, Mean, DistinctActors, ActiveDays, Recency, Latest}
	aggregates = append(slices.Clone(swept), First, Min, Max, Median, Percentile, DistinctEvents, CurrentStreak, LongestStreak, Open)
	windowed   = []Kind{Count, Sum, Mean, DistinctActors, ActiveDays, Min, Max, Median, Percentile, DistinctEvents, LongestStreak}
	zeroes     = []Kind{Count, Sum, DistinctActors, ActiveDays, DistinctEvents, CurrentStreak, LongestStreak, Open}
	kinds      = append(slices.Clone(aggregates), Change, Quotient, Rollup, Peer, Subscription, Attribute, Manual, Formula)
	fields     = []Field{ARR, Seats, DaysToRenewal, Tenure, Subscriptions}
)

// takes says which keys a kind understands beside name, title, description,
// unit, kind, empty, per, higher_is_better and those of guards.
func takes(k Kind) []string {
	switch k {
	case Change:
		return []string{"of", "as", "when_missing"}
	case Quotient:
		return []string{"of", "over", "as", "when_zero", "when_missing"}
	case Rollup:
		return []string{"of", "from", "take"}
	case Peer:
		return []string{"of", "as", "within"}
	case Subscription:
		return []string{"field", "product", "gap"}
	case Attribute, Manual:
		return []string{"key", "product"}
	case Formula:
		return []string{"expr"}
	case Recency:
		return append(ofEvents(), "as")
	case Count, Sum, ActiveDays:
		return append(ofEvents(), "scale")
	case Percentile:
		return append(ofEvents(), "p")
	case CurrentStreak, LongestStreak:
		return append(ofEvents(), "by")
	case Open:
		return []string{"events", "closed_by", "match", "where", "offset", "product", "includes", "time_zone"}
	default:
		return ofEvents()
	}
}

// ofEvents are the keys of every kind that aggregates events.
func ofEvents() []string {
	return []string{"events", "where", "window", "offset", "product", "includes", "time_zone"}
}

// one checks a definition by itself, except for cycles.
func (c *compiler) one(i int) {
	m := &c.set.metrics[i]
	if !slices.Contains(kinds, m.Kind) {
		c.errs.Add(at(i, "kind"), "%q is not a kind: use one of %s", m.Kind, list(kinds))
		return
	}
	c.superfluous(i)
	switch m.Per {
	case "", PerAccount:
		m.per = PerAccount
	case PerRelationship:
		m.per = PerRelationship
		if m.Product != "" {
			c.errs.Add(at(i, "product"), "a metric per relationship has a value for every product: remove product, or per")
		}
	default:
		c.errs.Add(at(i, "per"), "%q is neither account nor relationship", m.Per)
	}
	switch m.Empty {
	case "":
		m.zero = slices.Contains(zeroes, m.Kind)
	case Zero, Missing:
		m.zero = m.Empty == Zero
	default:
		c.errs.Add(at(i, "empty"), "%q is neither zero nor missing", m.Empty)
	}
	switch m.Kind {
	case Change:
		c.change(i)
	case Subscription:
		c.choose(i, "field", string(m.Field), slices.Contains(fields, m.Field), list(fields))
		if m.Gap != "" && m.Field != Tenure && m.Field != "" {
			c.errs.Add(at(i, "gap"), "only field: tenure has a gap: remove it")
		}
		m.gap = c.days(i, "gap", m.Gap, 0)
	case Attribute, Manual:
		if m.Key == "" {
			c.errs.Add(at(i, "key"), "is missing: name the attribute or manual value that this metric reads")
		}
	case Formula:
		c.formula(i)
	case Quotient:
		c.quotient(i)
	case Rollup:
		c.rollup(i)
	case Peer:
		c.peer(i)
	default:
		c.window(i)
	}
	c.guards(i)
}

func (c *compiler) choose(i int, key, got string, ok bool, choices string) {
	switch {
	case got == "":
		c.errs.Add(at(i, key), "is missing: use one of %s", choices)
	case !ok:
		c.errs.Add(at(i, key), "%q is unknown: use one of %s", got, choices)
	}
}

func (c *compiler) superfluous(i int) {
	m := &c.set.metrics[i]
	allowed := takes(m.Kind)
	for _, k := range []struct {
		key string
		set bool
	}{
		{"events", len(m.Events) > 0},
		{"window", m.Window != ""},
		{"offset", m.Offset != ""},
		{"product", m.Product != ""},
		{"where", m.Where != ""},
		{"closed_by", len(m.ClosedBy) > 0},
		{"match", m.Match != ""},
		{"p", m.P != nil},
		{"by", m.By != ""},
		{"includes", m.Includes != ""},
		{"time_zone", m.TimeZone != ""},
		{"scale", m.Scale != ""},
		{"of", m.Of != ""},
		{"over", m.Over != ""},
		{"from", m.From != ""},
		{"take", m.Take != ""},
		{"within", m.Within != ""},
		{"when_zero", m.WhenZero != ""},
		{"when_missing", m.WhenMissing != ""},
		{"gap", m.Gap != ""},
		{"as", m.As != ""},
		{"field", m.Field != ""},
		{"key", m.Key != ""},
		{"expr", m.Expr != ""},
	} {
		if k.set && !slices.Contains(allowed, k.key) {
			c.errs.Add(at(i, k.key), "a metric of kind %s has no %s: remove it (it takes %s)", m.Kind, k.key, strings.Join(allowed, ", "))
		}
	}
}

func (c *compiler) change(i int) {
	m := &c.set.metrics[i]
	if m.As == "" {
		m.As = Ratio
	}
	c.choose(i, "as", string(m.As), m.As == Ratio || m.As == Difference, list([]As{Ratio, Difference}))
	c.zeroOrMissing(i, "when_missing", m.WhenMissing)
	if m.Of == "" {
		c.errs.Add(at(i, "of"), "is missing: name the metric whose windows are compared")
		return
	}
	of, ok := c.set.index[m.Of]
	if !ok {
		c.errs.Add(at(i, "of"), "there is no metric %q: define it, or name another", m.Of)
		return
	}
	m.of, m.inputs = of, []int{of}
	d := &c.set.metrics[of].Definition
	switch {
	case of == i || d.Kind == Change:
		// A cycle or a change of a change; sort reports the former.
		if !c.circular(i) {
			c.errs.Add(at(i, "of"), "%q is a change itself: name a metric with a window", m.Of)
		}
	case !slices.Contains(windowed, d.Kind):
		c.errs.Add(at(i, "of"), "%q is of kind %s, which has no window before: use %s", m.Of, d.Kind, list(windowed))
	case d.Window == "": // as yet uncompiled, so the text counts
		c.errs.Add(at(i, "of"), "%q has no window: give it one such as 28d", m.Of)
	}
}

// circular follows a chain of changes from a metric back to itself.
func (c *compiler) circular(i int) bool {
	for j, steps := i, 0; steps <= len(c.set.metrics); steps++ {
		d := &c.set.metrics[j]
		next, ok := c.set.index[d.Of]
		if d.Kind != Change || !ok {
			return false
		}
		if next == i {
			return true
		}
		j = next
	}
	return true
}

func (c *compiler) formula(i int) {
	m := &c.set.metrics[i]
	f, err := c.set.env.Formula(at(i, "expr"), m.Expr)
	if err != nil {
		c.join(at(i, "expr"), err)
		return
	}
	m.formula = f
	for _, name := range f.Names() {
		m.inputs = append(m.inputs, c.set.index[name])
	}
}

func list[T ~string](choices []T) string {
	words := make([]string, len(choices))
	for i, w := range choices {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
