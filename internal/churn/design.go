package churn

import (
	"math"
	"slices"
)

// The columns of the hazard, in log-odds of leaving in a month. Each has a normal
// prior; the means and widths are our own choice and stand in docs/statistics.md.
const (
	colLogK   = iota // log of the month
	colDue           // an end of term falls into the month
	colTerm          // … × log(term in months/12): a short term has a small risk at each end
	colNotice        // … × what is signed will not renew by itself
	colWait          // not due: months to the next end, of 12, at most 1
	colOpen          // nothing binds
	colScore         // (score − 50)/10
	colNoScore
	colTenure // log(1 + years)
	fixedColumns
)

// effect is how a column is told to people; one effect may have several columns.
type effect string

const (
	effectRenewal effect = "renewal"
	effectNotice  effect = "notice"
	effectScore   effect = "score"
	effectTenure  effect = "tenure"
	effectSegment effect = "segment"
)

var effectOf = [fixedColumns]effect{
	colDue: effectRenewal, colTerm: effectRenewal, colWait: effectRenewal, colOpen: effectRenewal,
	colNotice: effectNotice, colScore: effectScore, colNoScore: effectScore, colTenure: effectTenure,
}

var priorMean = [fixedColumns]float64{colTerm: 1}

var priorSD = [fixedColumns]float64{
	colLogK: .5, colDue: 3, colTerm: .5, colNotice: 3, colWait: 1, colOpen: 2, colScore: .5, colNoScore: 1, colTenure: .5,
}

var columnNames = [fixedColumns]string{
	"Each month further ahead (per factor e)", "A term ends in the month", "… and the term is e times as long", "… and nothing renews by itself",
	"A year more to the next end", "No end is agreed", "Ten points of health score", "No health score", "Years as a customer (per factor e)",
}

var columnKeys = [fixedColumns]string{"month", "renewal_due", "term", "notice", "months_to_renewal", "open_ended", "score", "no_score", "tenure"}

// The widths of the priors of what is a segment's or a scorecard's own: its level,
// and what ten points of its score say beyond those of all.
const (
	priorSegment = .5
	priorCard    = .5
	priorSlope   = .25
)

// From so many departures on, tenure and segments enter; a segment with so few
// snapshots does not.
const (
	widerFrom     = 50
	segmentRows   = 30
	fewestToLearn = 10
)

// layout says which columns a fit has: the fixed ones that it uses, then segments.
type layout struct {
	k        int     // months
	length   float64 // of a month, in days
	fixed    []int
	segments []string
	cards    []string // more than one, or none
	slopes   []string // scorecards whose score has a weight of its own
}

func newLayout(k int, length float64, facts []Facts, events int) layout {
	l := layout{k: k, length: length}
	use := [fixedColumns]bool{colLogK: k > 1, colTenure: events >= widerFrom}
	bound, open, noticed, renewing, scored, none := false, false, false, false, false, false
	rows, cards := map[string]int{}, map[string]int{}
	for i := range facts {
		f := &facts[i]
		if math.IsNaN(f.BoundIn) {
			open = true
		} else {
			bound = true
			noticed, renewing = noticed || f.Notice, renewing || !f.Notice
		}
		scored, none = scored || !math.IsNaN(f.Score), none || math.IsNaN(f.Score)
		rows[f.Segment]++
		cards[f.Card]++
	}
	use[colDue], use[colTerm], use[colWait] = bound, bound, bound
	// A column that is the same for everybody says nothing.
	use[colNotice], use[colOpen] = noticed && renewing, open && bound
	use[colScore], use[colNoScore] = scored, scored && none
	for c, on := range use {
		if on {
			l.fixed = append(l.fixed, c)
		}
	}
	l.cards = several(cards)
	if events >= widerFrom {
		l.segments = several(rows)
		if scored {
			l.slopes = l.cards
		}
	}
	return l
}

// several are the keys with enough rows, in order, when there are two at least.
func several(rows map[string]int) []string {
	var out []string
	for key, n := range rows {
		if n >= segmentRows {
			out = append(out, key)
		}
	}
	if len(out) < 2 {
		return nil
	}
	slices.Sort(out)
	return out
}

func (l *layout) width() int { return len(l.fixed) + len(l.segments) + len(l.cards) + len(l.slopes) }

// fill writes the row of month k.
func (l *layout) fill(row []float64, f *Facts, k int) (due bool) {
	var x [fixedColumns]float64
	due, first, wait := f.due(k, l.length)
	x[colLogK] = math.Log(float64(k))
	switch {
	case due:
		x[colDue], x[colTerm] = 1, math.Log(min(max(f.TermDays/month, 1), 60)/12)
		if first && f.Notice {
			x[colNotice] = 1
		}
	case math.IsNaN(wait):
		x[colOpen] = 1
	default:
		x[colWait] = min(wait/12, 1)
	}
	if math.IsNaN(f.Score) {
		x[colNoScore] = 1
	} else {
		x[colScore] = (f.Score - 50) / 10
	}
	x[colTenure] = math.Log1p(f.Tenure)
	for i, c := range l.fixed {
		row[i] = x[c]
	}
	rest := row[len(l.fixed):]
	rest = mark(rest, l.segments, f.Segment, 1)
	rest = mark(rest, l.cards, f.Card, 1)
	mark(rest, l.slopes, f.Card, x[colScore])
	return due
}

// mark writes the value in the place of a key, zero in the others, and returns what follows.
func mark(row []float64, keys []string, key string, value float64) (rest []float64) {
	for i, k := range keys {
		row[i] = 0
		if k == key {
			row[i] = value
		}
	}
	return row[len(keys):]
}

func (l *layout) priors() (mean, sd []float64, names []string) {
	for _, c := range l.fixed {
		mean, sd, names = append(mean, priorMean[c]), append(sd, priorSD[c]), append(names, columnNames[c])
	}
	for _, s := range l.segments {
		mean, sd, names = append(mean, 0), append(sd, priorSegment), append(names, "Segment "+s)
	}
	for _, c := range l.cards {
		mean, sd, names = append(mean, 0), append(sd, priorCard), append(names, "Scorecard "+c)
	}
	for _, c := range l.slopes {
		mean, sd, names = append(mean, 0), append(sd, priorSlope), append(names, "Ten points of "+c+", beyond those of all")
	}
	return mean, sd, names
}

func (l *layout) effect(column int) (effect, bool) {
	switch {
	case column >= l.width()-len(l.slopes):
		return effectScore, true
	case column >= len(l.fixed):
		return effectSegment, true
	}
	e := effectOf[l.fixed[column]]
	return e, e != ""
}
