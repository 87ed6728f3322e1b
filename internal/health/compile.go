package health

import (
	"fmt"
	"slices"
	"strings"

	"kept/internal/fault"
)

// Lookup returns the value of a name that a condition uses (a float64, a
// string, a bool or, so that nothing has to be copied to the heap, a pointer to
// one of the first two), and false when it is missing.
type Lookup = func(name string) (any, bool)

// Condition is a compiled condition. It asks env for the names that it uses
// ("logins_28d", "attr.plan", "measure.logins"). Known is false when a missing
// value keeps it from being said; then it does not hold.
type Condition interface {
	Holds(env Lookup) (holds, known bool)
}

// Options are what compiling needs from outside.
type Options struct {
	// HasMetric reports whether an account metric of the name is defined.
	HasMetric func(name string) bool
	// When compiles a scorecard's condition, over the account and its metrics.
	// Field is the place for its errors.
	When func(field, expr string) (Condition, error)
	// Exception compiles an exception's condition, over the account, its metrics,
	// and "measure.KEY" (score) and "band.KEY" of the given measures.
	Exception func(field, expr string, measures []string) (Condition, error)
}

// Limits of a definition, so that a mistake is an error and not a slow night.
const (
	MaxMeasures = 200
	MaxPoints   = 100
	MaxWeight   = 1e9
)

// Set is a list of compiled scorecards in the order they are tried.
type Set struct {
	cards []*Card
}

// Card is a compiled scorecard. It is immutable and safe for concurrent use.
type Card struct {
	def      Scorecard
	when     Condition
	measures []measure
	groups   []group
	metrics  []string
	min      float64
	overAll  bool
	excs     []exception
}

type group struct {
	key    string
	weight float64
	sum    float64 // of its measures' weights
}

type measure struct {
	def     Measure
	group   int
	input   int // index into Card.metrics
	nominal float64
	stale   float64 // days; +Inf for never
	expires float64
	grace   float64 // days; 0 for none
	below   float64
}

type exception struct {
	def  Exception
	when Condition
}

// Compile checks scorecards and prepares them for scoring. All errors are
// returned at once, as a fault.List whose fields are paths such as
// "scorecards[0].groups[1].measures[2].points".
func Compile(cards []Scorecard, opt Options) (*Set, error) {
	var errs fault.List
	set := &Set{}
	seen := map[string]int{}
	for i := range cards {
		path := fmt.Sprintf("scorecards[%d]", i)
		if first, dup := seen[cards[i].Key]; dup {
			errs.Add(path+".key", "the key %q is used by scorecards[%d] already: choose another one", cards[i].Key, first)
		}
		seen[cards[i].Key] = i
		c := &compiler{errs: &errs, opt: opt}
		set.cards = append(set.cards, c.card(path, cards[i]))
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(set.cards, func(a, b *Card) int { return a.def.Priority - b.def.Priority })
	return set, nil
}

type compiler struct {
	errs *fault.List
	opt  Options
}

func (c *compiler) card(path string, def Scorecard) *Card {
	card := &Card{def: def, min: 0.5, overAll: def.Redistribution == OverAll}
	c.key(path+".key", def.Key)
	if def.MinCoverage != nil {
		card.min = *def.MinCoverage
		if !(card.min >= 0 && card.min <= 1) {
			c.errs.Add(path+".min_coverage", "is %v: it is a share from 0 to 1", card.min)
		}
	}
	oneOf(c.errs, path+".redistribution", string(def.Redistribution), string(WithinGroup), string(OverAll))
	oneOf(c.errs, path+".band_bounds", string(def.BandBounds), string(LowerInclusive), string(UpperInclusive))
	if def.When != "" {
		card.when = c.condition(path+".when", def.When, c.opt.When)
	}
	c.bands(path+".bands", def.Bands)
	c.groups(path, card)
	c.exceptions(path, card)
	return card
}

func (c *compiler) bands(path string, bands []Band) {
	if len(bands) == 0 {
		c.errs.Add(path, "there are no bands: list at least one, worst first, the first with min: 0")
	}
	seen := map[string]bool{}
	for i, b := range bands {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.key(at+".key", b.Key)
		if seen[b.Key] {
			c.errs.Add(at+".key", "the band %q is listed twice", b.Key)
		}
		seen[b.Key] = true
		oneOf(c.errs, at+".color", b.Color, "red", "orange", "yellow", "lime", "green", "grey")
		switch {
		case i == 0 && b.Min != 0:
			c.errs.Add(at+".min", "is %v: the first band starts at 0, so that every score has a band", b.Min)
		case i > 0 && !(b.Min > bands[i-1].Min):
			c.errs.Add(at+".min", "is %v, not above the %v of the band before: list the bands worst first", b.Min, bands[i-1].Min)
		case !(b.Min <= 100):
			c.errs.Add(at+".min", "is %v: scores end at 100", b.Min)
		}
	}
}

func (c *compiler) groups(path string, card *Card) {
	if len(card.def.Groups) == 0 {
		c.errs.Add(path+".groups", "there are no groups: a scorecard needs at least one group with one measure")
		return
	}
	total, groupKeys, measureKeys := 0.0, map[string]bool{}, map[string]string{}
	for gi, g := range card.def.Groups {
		at := fmt.Sprintf("%s.groups[%d]", path, gi)
		c.key(at+".key", g.Key)
		if groupKeys[g.Key] {
			c.errs.Add(at+".key", "the group %q is listed twice", g.Key)
		}
		groupKeys[g.Key] = true
		total += c.weight(at+".weight", g.Weight)
		sum := 0.0
		for mi, m := range g.Measures {
			mat := fmt.Sprintf("%s.measures[%d]", at, mi)
			if first, dup := measureKeys[m.Key]; dup {
				c.errs.Add(mat+".key", "the measure %q stands in %s already: measure keys are unique within a scorecard", m.Key, first)
			}
			measureKeys[m.Key] = mat
			sum += c.weight(mat+".weight", m.Weight)
			card.measures = append(card.measures, c.measure(mat, gi, m, card))
		}
		switch {
		case len(g.Measures) == 0:
			c.errs.Add(at+".measures", "there are no measures: add one or remove the group")
		case sum == 0:
			c.errs.Add(at+".measures", "the weights add up to 0: give at least one measure a weight above 0")
		}
		card.groups = append(card.groups, group{key: g.Key, weight: g.Weight, sum: sum})
	}
	if total == 0 {
		c.errs.Add(path+".groups", "the weights of the groups add up to 0: give at least one group a weight above 0")
	}
	if len(card.measures) > MaxMeasures {
		c.errs.Add(path+".groups", "there are %d measures: the limit is %d", len(card.measures), MaxMeasures)
	}
	for i := range card.measures {
		m := &card.measures[i]
		g := card.groups[m.group]
		m.nominal = share(g.weight, total) * share(m.def.Weight, g.sum)
	}
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

func (c *compiler) exceptions(path string, card *Card) {
	seen := map[string]bool{}
	for i, e := range card.def.Exceptions {
		at := fmt.Sprintf("%s.exceptions[%d]", path, i)
		c.key(at+".key", e.Key)
		if seen[e.Key] {
			c.errs.Add(at+".key", "the exception %q is listed twice", e.Key)
		}
		seen[e.Key] = true
		n := 0
		for _, set := range []bool{e.ForceBand != "", e.Cap != nil, e.Floor != nil} {
			if set {
				n++
			}
		}
		if n != 1 {
			c.errs.Add(at, "sets %d of force_band, cap and floor: set exactly one", n)
		}
		if e.ForceBand != "" && card.bandIndex(e.ForceBand) < 0 {
			c.errs.Add(at+".force_band", "there is no band %q: use one of %s", e.ForceBand, strings.Join(card.bandKeys(), ", "))
		}
		if e.Cap != nil && !inScale(*e.Cap) {
			c.errs.Add(at+".cap", "is %v: scores go from 0 to 100", *e.Cap)
		}
		if e.Floor != nil && !inScale(*e.Floor) {
			c.errs.Add(at+".floor", "is %v: scores go from 0 to 100", *e.Floor)
		}
		x := exception{def: e}
		if e.When == "" {
			c.errs.Add(at+".when", "is missing: say when the exception applies, for example band.csm_sentiment == 'red'")
		} else {
			x.when = c.condition(at+".when", e.When, c.exception(card))
		}
		card.excs = append(card.excs, x)
	}
}

// exception binds the measures of a scorecard to the compiler of conditions.
func (c *compiler) exception(card *Card) func(field, expr string) (Condition, error) {
	if c.opt.Exception == nil {
		return nil
	}
	measures := make([]string, len(card.measures))
	for i := range card.measures {
		measures[i] = card.measures[i].def.Key
	}
	return func(field, expr string) (Condition, error) { return c.opt.Exception(field, expr, measures) }
}

func (c *compiler) condition(path, expr string, compile func(field, expr string) (Condition, error)) Condition {
	if compile == nil {
		c.errs.Add(path, "conditions are not available here: remove it")
		return nil
	}
	cond, err := compile(path, expr)
	c.errs.Join(path, err)
	return cond
}

func (c *compiler) key(path, key string) {
	if !ValidKey(key) {
		c.errs.Add(path, "%q is not a key: use lower case letters, digits and _, starting with a letter, at most 64", key)
	}
}

// ValidKey reports whether a key is lower snake case of at most 64 characters.
func ValidKey(key string) bool {
	if key == "" || len(key) > 64 || key[0] < 'a' || key[0] > 'z' {
		return false
	}
	for _, r := range key {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}

func inScale(s float64) bool { return s >= 0 && s <= 100 }

func oneOf(errs *fault.List, path, got string, options ...string) {
	if got != "" && !slices.Contains(options, got) {
		errs.Add(path, "%q is unknown: use one of %s", got, strings.Join(options, ", "))
	}
}
