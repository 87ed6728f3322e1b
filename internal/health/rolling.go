package health

import (
	"fmt"
	"math"
	"slices"

	"kept/internal/fault"
)

// Rolling says how the scores of parts, child accounts or relationships, enter
// that of the whole (frameworks.md §2.3). Parts without a score do not count;
// where none has one, the whole keeps its own score.
type Rolling struct {
	Rule Rollup `yaml:"rule" json:"rule"`
	// Of says what the shares of the two share rules are of: ByARR, the default,
	// or ByCount.
	Of ShareOf `yaml:"of,omitempty" json:"of,omitempty"`
	// Above is the share of WorstAboveShare, in [0,1).
	Above *float64 `yaml:"above,omitempty" json:"above,omitempty"`
	// Levels are those of ShareInBands: the first that holds gives the score, and
	// Otherwise when none does.
	Levels    []Level  `yaml:"levels,omitempty" json:"levels,omitempty"`
	Otherwise *float64 `yaml:"otherwise,omitempty" json:"otherwise,omitempty"`
}

// ShareOf says what a share of parts is of.
type ShareOf string

// The shares.
const (
	ByARR   ShareOf = "arr" // when ARR is all zero: of accounts
	ByCount ShareOf = "count"
)

// Level holds when the parts in Bands have at least the share AtLeast.
type Level struct {
	Bands   []string `yaml:"bands" json:"bands"`
	AtLeast float64  `yaml:"at_least" json:"at_least"`
	Score   float64  `yaml:"score" json:"score"`
}

// Rolled explains a roll-up. PointsPico of Parts and Own add up to ScorePico,
// but for ShareInBands, whose score comes from a level and not from its parts.
type Rolled struct {
	Axis      string       `json:"axis"` // AdjustHierarchy or AdjustRelationships
	Rule      Rollup       `json:"rule"`
	Why       string       `json:"why"`
	Score     float64      `json:"score"`
	ScorePico int64        `json:"-"`
	Own       *float64     `json:"own"` // the score before
	OwnShare  float64      `json:"own_share"`
	OwnPico   int64        `json:"-"`
	OwnPoints float64      `json:"own_points"`
	Parts     []RolledPart `json:"parts"`
}

// RolledPart is one child or relationship.
type RolledPart struct {
	Key        string   `json:"key"`
	Title      string   `json:"title"`
	Score      *float64 `json:"score"`
	Band       string   `json:"band"`
	ARR        float64  `json:"arr"`
	Share      float64  `json:"share"`
	PointsPico int64    `json:"-"`
	Points     float64  `json:"points"`
}

// rolling is a compiled Rolling; its scores go from 0 to 100.
type rolling struct {
	def       Rolling
	above     float64
	otherwise float64
}

func (c *compiler) rolling(path string, card *Card, def *Rolling) *rolling {
	if def == nil {
		return nil
	}
	out := &rolling{def: *def}
	out.def.Levels = slices.Clone(def.Levels)
	if def.Rule == "" {
		c.errs.Add(path+".rule", "is missing: use one of %s, %s, %s, %s, %s and %s", ARRWeightedMean, Minimum, MeanOfChildren, MeanWithParent, WorstAboveShare, ShareInBands)
	}
	oneOf(c.errs, path+".rule", string(def.Rule), string(ARRWeightedMean), string(Minimum), string(MeanOfChildren), string(MeanWithParent), string(WorstAboveShare), string(ShareInBands))
	oneOf(c.errs, path+".of", string(def.Of), string(ByARR), string(ByCount))
	switch worst := def.Rule == WorstAboveShare; {
	case worst && (def.Above == nil || !(*def.Above >= 0 && *def.Above < 1)):
		c.errs.Add(path+".above", "is needed: the share from 0 up to 1 that the worst band must hold more of, for example above: 0.2")
	case worst:
		out.above = *def.Above
	case def.Above != nil:
		c.errs.Add(path+".above", "goes with rule: %s only", WorstAboveShare)
	}
	c.levels(path, card, out)
	return out
}

func (c *compiler) levels(path string, card *Card, out *rolling) {
	def := &out.def
	if def.Rule != ShareInBands {
		if len(def.Levels) > 0 || def.Otherwise != nil {
			c.errs.Add(path+".levels", "and otherwise go with rule: %s only", ShareInBands)
		}
		return
	}
	if len(def.Levels) == 0 || def.Otherwise == nil {
		c.errs.Add(path+".levels", "and otherwise are needed: [{bands: [red], at_least: 0.3, score: 0}] and the score when no level holds")
		return
	}
	out.otherwise = c.score(path+".otherwise", *def.Otherwise)
	for i := range def.Levels {
		l := &def.Levels[i]
		at := fmt.Sprintf("%s.levels[%d]", path, i)
		l.Score = c.score(at+".score", l.Score)
		if !(l.AtLeast >= 0 && l.AtLeast <= 1) {
			c.errs.Add(at+".at_least", "is %v: it is a share from 0 to 1", l.AtLeast)
		}
		if len(l.Bands) == 0 {
			c.errs.Add(at+".bands", "is empty: name the bands whose share counts")
		}
		for _, b := range l.Bands {
			if card.bandIndex(b) < 0 {
				c.errs.Add(at+".bands", "there is no band %q: use %v", b, card.bandKeys())
			}
		}
	}
}

// roll applies a roll-up to a computed score. kind is AdjustHierarchy or
// AdjustRelationships.
func (c *Card) roll(r *Result, kind string, ru *rolling, parts []Child, w *Scratch) {
	if ru == nil || !slices.ContainsFunc(parts, func(p Child) bool { return p.Score != nil }) {
		return
	}
	shares := w.floats(len(parts))
	own, score, why := 0.0, 0.0, ""
	switch ru.def.Rule {
	case WorstAboveShare:
		why = c.worstAbove(ru, parts, shares, w.brief)
	case ShareInBands:
		score, why = c.inBands(ru, parts, w.brief)
	case ARRWeightedMean, Minimum, MeanOfChildren, MeanWithParent:
		own = spread(ru.def.Rule, r.Score, parts, shares)
	}
	for i, s := range shares {
		if s > 0 {
			score += s * *parts[i].Score
		}
	}
	if own > 0 {
		score += own * *r.Score
	}
	target := min(max(int64(math.Round(score*pico)), 0), 100*pico)
	if !w.brief {
		c.explainRoll(r, kind, ru, parts, shares, own, target, why)
	}
	r.ScorePico, r.Reason = target, ""
	r.Score = w.number(float64(target) / pico)
	c.round(r, kind, w)
}

// spread fills the shares of the parts and returns that of the whole's own score.
func spread(rule Rollup, own *float64, parts []Child, shares []float64) float64 {
	total, worst, n := 0.0, math.Inf(1), 0
	for i := range parts {
		if parts[i].Score != nil {
			n++
			total += math.Max(parts[i].ARR, 0)
			worst = math.Min(worst, *parts[i].Score)
		}
	}
	self := 0.0
	if rule == MeanWithParent && own != nil {
		n++
		self = 1 / float64(n)
	}
	ties := 0
	for i := range parts {
		if parts[i].Score != nil && *parts[i].Score == worst {
			ties++
		}
	}
	for i := range parts {
		switch {
		case parts[i].Score == nil:
		case rule == Minimum:
			if *parts[i].Score == worst {
				shares[i] = 1 / float64(ties)
			}
		case rule == ARRWeightedMean && total > 0:
			shares[i] = math.Max(parts[i].ARR, 0) / total
		default:
			shares[i] = 1 / float64(n)
		}
	}
	return self
}

// weigh returns what a part counts in a share, and what all count.
func (ru *rolling) weigh(parts []Child) (of func(i int) float64, total float64) {
	if ru.def.Of != ByCount {
		for i := range parts {
			if parts[i].Score != nil {
				total += math.Max(parts[i].ARR, 0)
			}
		}
		if total > 0 {
			return func(i int) float64 { return math.Max(parts[i].ARR, 0) }, total
		}
	}
	for i := range parts {
		if parts[i].Score != nil {
			total++
		}
	}
	return func(int) float64 { return 1 }, total
}

// bandOfPart is the part's own band where this scorecard has one of the name,
// and otherwise what this scorecard calls its score.
func (c *Card) bandOfPart(p *Child) string {
	if p.Band != "" && c.bandIndex(p.Band) >= 0 {
		return p.Band
	}
	return c.Band(*p.Score)
}

// worstAbove takes the worst band that holds more than the share: the score is
// the weighted mean of its parts. Without one, it is that of all parts.
func (c *Card) worstAbove(ru *rolling, parts []Child, shares []float64, brief bool) string {
	of, total := ru.weigh(parts)
	in := func(i int, band string) bool {
		return parts[i].Score != nil && (band == "" || c.bandOfPart(&parts[i]) == band)
	}
	band, held := "", total
	for b := range c.bands {
		sum := 0.0
		for i := range parts {
			if in(i, c.bands[b].Key) {
				sum += of(i)
			}
		}
		if sum/total > ru.above {
			band, held = c.bands[b].Key, sum
			break
		}
	}
	for i := range parts {
		if in(i, band) {
			shares[i] = of(i) / held
		}
	}
	if brief || band == "" {
		return ""
	}
	return fmt.Sprintf("%s %s is in %s, more than %s", percent(held/total), ru.thing(), band, percent(ru.above))
}

func (c *Card) inBands(ru *rolling, parts []Child, brief bool) (float64, string) {
	of, total := ru.weigh(parts)
	for i := range ru.def.Levels {
		l := &ru.def.Levels[i]
		sum := 0.0
		for k := range parts {
			if parts[k].Score != nil && slices.Contains(l.Bands, c.bandOfPart(&parts[k])) {
				sum += of(k)
			}
		}
		if snap(sum/total) < l.AtLeast {
			continue
		}
		if brief {
			return l.Score, ""
		}
		return l.Score, fmt.Sprintf("%s %s is in %s, at least %s", percent(sum/total), ru.thing(), list(l.Bands), percent(l.AtLeast))
	}
	return ru.otherwise, "no level holds"
}

func (ru *rolling) thing() string {
	if ru.def.Of == ByCount {
		return "of the parts"
	}
	return "of the ARR"
}

func (c *Card) explainRoll(r *Result, kind string, ru *rolling, parts []Child, shares []float64, own float64, target int64, why string) {
	if why == "" {
		why = ruleInWords[ru.def.Rule]
	}
	out := Rolled{Axis: kind, Rule: ru.def.Rule, Why: why, Score: float64(target) / pico, ScorePico: target, Own: r.Score, OwnShare: own, Parts: []RolledPart{}}
	exact := make([]float64, len(parts)+1)
	for i := range parts {
		p := &parts[i]
		out.Parts = append(out.Parts, RolledPart{Key: p.Key, Title: p.Title, Score: p.Score, Band: p.Band, ARR: p.ARR, Share: shares[i]})
		if shares[i] > 0 {
			exact[i] = shares[i] * *p.Score
		}
	}
	if own > 0 {
		exact[len(parts)] = own * *r.Score
	}
	if ru.def.Rule != ShareInBands {
		points := apportion(exact, target)
		for i := range out.Parts {
			out.Parts[i].PointsPico, out.Parts[i].Points = points[i], float64(points[i])/pico
		}
		out.OwnPico, out.OwnPoints = points[len(parts)], float64(points[len(parts)])/pico
	}
	r.Rolled = append(r.Rolled, out)
	a := Adjustment{Kind: kind, Key: string(ru.def.Rule), Why: why, PointsPico: target - r.ScorePico}
	a.Points = float64(a.PointsPico) / pico
	r.Adjustments = append(r.Adjustments, a)
}

var ruleInWords = map[Rollup]string{
	ARRWeightedMean: "the mean of the parts by ARR",
	Minimum:         "the worst part",
	MeanOfChildren:  "the mean of the parts",
	MeanWithParent:  "the mean of its own score and the parts'",
	WorstAboveShare: "no band holds enough: the mean of the parts",
}

// Rolls reports whether the scorecard wants the scores of child accounts and of
// relationships.
func (c *Card) Rolls() (children, relationships bool) { return c.children != nil, c.lines != nil }

// unknownRule is the error of a rule that RollUp does not know.
func unknownRule(rule Rollup) error {
	return fault.At("rollup", "%q is unknown: use arr_weighted_mean, minimum, mean_of_children or mean_with_parent", rule)
}
