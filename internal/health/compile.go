package health

import (
	"cmp"
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
	// HasMetric reports whether an account metric of the name is defined, and
	// HasRelationshipMetric whether one per relationship is.
	HasMetric             func(name string) bool
	HasRelationshipMetric func(name string) bool
	// When compiles a scorecard's condition, over the account and its metrics.
	// Field is the place for its errors.
	When func(field, expr string) (Condition, error)
	// Exception compiles an exception's condition, over the account, its metrics,
	// "measure.KEY" (score) and "band.KEY" of the given measures, and "group.KEY"
	// (score) of the given groups.
	Exception func(field, expr string, measures, groups []string) (Condition, error)
}

// Limits of a definition, so that a mistake is an error and not a slow night.
const (
	MaxMeasures = 200
	MaxPoints   = 100
	MaxWeight   = 1e9
)

// Set is a list of compiled scorecards in the order they are tried.
type Set struct {
	cards []*Card // of accounts
	lines []*Card // of relationships
}

// Card is a compiled scorecard. It is immutable and safe for concurrent use.
// Its scores and bands go from 0 to 100, whatever the scale of the definition.
type Card struct {
	def      Scorecard
	scale    Scale
	when     Condition
	measures []measure
	groups   []group
	bands    []Band
	metrics  []string
	min      float64
	start    float64
	overAll  bool
	byGroup  bool // group scores are wanted: for a rounding, a worst-of or a condition
	excs     []exception
	lines    *rolling
	children *rolling
}

type group struct {
	key     string
	title   string
	weight  float64
	sum     float64 // of its measures' weights
	combine Combine
}

// measure is a measure whose scores go from 0 to 100, or are points of such a scale.
type measure struct {
	def       Measure
	group     int
	input     int // index into Card.metrics; −1 for none
	nominal   float64
	stale     float64 // days; +Inf for never
	expires   float64
	grace     float64 // days; 0 for none
	below     float64
	least     float64 // the lowest and the highest score that it can have
	most      float64
	cases     []Condition
	otherwise float64
	drift     Drift
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
		card := c.card(path, cards[i])
		if card.def.Per == PerRelationship {
			set.lines = append(set.lines, card)
		} else {
			set.cards = append(set.cards, card)
		}
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	for _, list := range [][]*Card{set.cards, set.lines} {
		slices.SortStableFunc(list, func(a, b *Card) int { return cmp.Compare(a.def.Priority, b.def.Priority) })
	}
	return set, nil
}

type compiler struct {
	errs *fault.List
	opt  Options
	// scale is that of the scorecard at hand; points says that its measures give
	// points, which may be negative.
	scale  Scale
	points bool
}

func (c *compiler) card(path string, def Scorecard) *Card {
	card := &Card{def: def, min: 0.5, overAll: def.Redistribution == OverAll, byGroup: def.Rounding == EachLevel || def.Combine == WorstOf || def.Combine == BestOf}
	c.key(path+".key", def.Key)
	c.settings(path, card)
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
	card.bands = c.bands(path+".bands", def.Bands)
	c.groups(path, card)
	c.exceptions(path, card)
	card.lines = c.rolling(path+".relationships", card, def.Relationships)
	card.children = c.rolling(path+".hierarchy", card, def.Hierarchy)
	return card
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
		if e.Cap != nil {
			e.Cap = new(c.score(at+".cap", *e.Cap))
		}
		if e.Floor != nil {
			e.Floor = new(c.score(at+".floor", *e.Floor))
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
	measures, groups := make([]string, len(card.measures)), make([]string, len(card.groups))
	for i := range card.measures {
		measures[i] = card.measures[i].def.Key
	}
	for i := range card.groups {
		groups[i] = card.groups[i].key
	}
	return func(field, expr string) (Condition, error) { return c.opt.Exception(field, expr, measures, groups) }
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
