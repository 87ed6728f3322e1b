package glm

import (
	"math"

	"kept/internal/stats/num"
)

// Periods are the person-period rows of a discrete-time hazard: one for every
// period in which a subject was at risk, with Y = 1 in the period of its event.
type Periods struct {
	Row    []int     // index of the subject
	Period []int     // 1 … max
	Y      []float64 // 1 in the period of the event
	AtRisk []int     // rows per period, index 0 is period 1
	Events []int     // events per period
}

// Expand cuts follow-up into periods of the given length: subject i contributes
// rows k = 1 … min(maxPeriod, ⌈time_i/length⌉). With delayed entry only the periods
// that begin at or after its entry count. entry may be nil.
func Expand(time []float64, event []bool, entry []float64, length float64, maxPeriod int) (*Periods, error) {
	switch {
	case len(time) != len(event) || entry != nil && len(entry) != len(time):
		return nil, num.Invalid("time", "time, event and entry have different lengths")
	case !(length > 0) || math.IsInf(length, 0):
		return nil, num.Invalid("period_length", "%v, want a positive number", length)
	case maxPeriod < 1:
		return nil, num.Invalid("max_period", "%d, want 1 or more", maxPeriod)
	}
	if err := num.CheckFinite("time", time); err != nil {
		return nil, err
	}
	if err := num.CheckFinite("entry", entry); err != nil {
		return nil, err
	}
	out := &Periods{AtRisk: make([]int, maxPeriod), Events: make([]int, maxPeriod)}
	for i, t := range time {
		last := math.Ceil(t / length)
		first := 1
		if entry != nil && entry[i] > 0 {
			first = int(min(math.Ceil(entry[i]/length), float64(maxPeriod))) + 1
		}
		for k := first; k <= maxPeriod && float64(k) <= last; k++ {
			y := 0.0
			if event[i] && float64(k) == last {
				y = 1
				out.Events[k-1]++
			}
			out.AtRisk[k-1]++
			out.Row, out.Period, out.Y = append(out.Row, i), append(out.Period, k), append(out.Y, y)
		}
	}
	if len(out.Row) == 0 {
		return nil, num.Invalid("time", "nobody was at risk in any period")
	}
	return out, nil
}

// Design returns the rows' design: log k, (log k)², then the p columns of the
// subject (flat n×p), so p+2 columns in all.
func (r *Periods) Design(x []float64, p int) []float64 {
	q := p + 2
	out := make([]float64, len(r.Row)*q)
	for i, s := range r.Row {
		l := math.Log(float64(r.Period[i]))
		out[i*q], out[i*q+1] = l, l*l
		copy(out[i*q+2:(i+1)*q], x[s*p:(s+1)*p])
	}
	return out
}

// Dummies returns the rows' design with one indicator per period, then the
// subject's p columns: maxPeriod+p columns, to be fitted without an intercept.
func (r *Periods) Dummies(x []float64, p int) []float64 {
	d := len(r.AtRisk)
	q := p + d
	out := make([]float64, len(r.Row)*q)
	for i, s := range r.Row {
		out[i*q+r.Period[i]-1] = 1
		copy(out[i*q+d:(i+1)*q], x[s*p:(s+1)*p])
	}
	return out
}

// SurvivalPath turns hazards of consecutive periods into S(k) = Π(1−h).
func SurvivalPath(hazard []float64) []float64 {
	out := make([]float64, len(hazard))
	s := 1.0
	for k, h := range hazard {
		s *= 1 - h
		out[k] = s
	}
	return out
}
