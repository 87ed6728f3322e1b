package health

import "math"

// Scratch is room that Number uses again and again; the zero value is ready. It
// belongs to one goroutine.
type Scratch struct {
	// brief leaves out what only an explanation needs.
	brief  bool
	result Result
	room   []float64
	used   int
	score  float64

	card  *Card
	outer Lookup
	env   Lookup
}

// Number returns the score that Score computes, NaN when it cannot be said, and
// the band. It is the same computation without the explanation, for those who
// score many accounts at many instants.
func (c *Card) Number(s Subject, w *Scratch) (score float64, band string) {
	w.brief, w.used = true, 0
	ks := w.result.Contributions
	if cap(ks) < len(c.measures) {
		ks = make([]Contribution, len(c.measures))
	}
	ks = ks[:len(c.measures)]
	clear(ks)
	w.result = Result{Contributions: ks}
	c.judge(&w.result, s, w)
	if w.result.Score == nil {
		return math.NaN(), w.result.Band
	}
	return *w.result.Score, w.result.Band
}

// floats returns n zeros that are the caller's until the next Number.
func (w *Scratch) floats(n int) []float64 {
	if !w.brief {
		return make([]float64, n)
	}
	if w.used+n > len(w.room) {
		// What was handed out before stays where it is.
		w.room, w.used = make([]float64, max(4*n, 2*len(w.room))), 0
	}
	out := w.room[w.used : w.used+n : w.used+n]
	w.used += n
	clear(out)
	return out
}

// number returns a pointer to v; in brief, the next one takes its place.
func (w *Scratch) number(v float64) *float64 {
	if !w.brief {
		return &v
	}
	w.score = v
	return &w.score
}

// lookup returns what exceptions ask.
func (w *Scratch) lookup(c *Card, r *Result, outer Lookup) Lookup {
	if !w.brief {
		return func(name string) (any, bool) { return c.answer(r, outer, name) }
	}
	w.card, w.outer = c, outer
	if w.env == nil {
		w.env = func(name string) (any, bool) { return w.card.answer(&w.result, w.outer, name) }
	}
	return w.env
}

// Measures appends the scores of the measures in the last Number, in their order,
// NaN for one that did not count.
func (w *Scratch) Measures(out []float64) []float64 {
	for i := range w.result.Contributions {
		if k := &w.result.Contributions[i]; k.counts() {
			out = append(out, *k.Score)
		} else {
			out = append(out, math.NaN())
		}
	}
	return out
}

// Share is a measure with its share of the whole, in [0,1], before missing weights
// are redistributed.
type Share struct {
	Group, Measure, Title string
	Share                 float64
}

// Shares lists the measures in their order.
func (c *Card) Shares() []Share {
	out := make([]Share, len(c.measures))
	for i := range c.measures {
		m := &c.measures[i]
		out[i] = Share{Group: c.groups[m.group].key, Measure: m.def.Key, Title: m.title(), Share: m.nominal}
	}
	return out
}
