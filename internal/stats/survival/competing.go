package survival

import (
	"math"
	"sort"

	"kept/internal/stats/num"
)

// Incidence is the Aalen–Johansen estimate of competing ends: what share has ended
// by each cause, and what share is still there.
type Incidence struct {
	N      int
	Causes int
	Time   []float64
	// Share and SE are indexed [time][state]; state 0 is "still there", k cause k.
	Share, SE [][]float64
	AtRisk    []float64
}

// AalenJohansen estimates the incidence of causes 1…causes (0: censored). One minus
// Kaplan–Meier with the other causes censored would overstate each. Standard errors
// are infinitesimal jackknife.
func AalenJohansen(time []float64, cause []int, causes int, entry []float64) (*Incidence, error) {
	n := len(time)
	event := make([]bool, n)
	if len(cause) != n {
		return nil, num.Invalid("cause", "%d causes for %d rows", len(cause), n)
	}
	for i, c := range cause {
		if c < 0 || c > causes {
			return nil, num.Invalid("cause", "row %d ended by cause %d, want 0 (censored) to %d", i, c, causes)
		}
		event[i] = c > 0
	}
	d := Data{Time: time, Event: event, Entry: entry}
	if err := d.check(); err != nil {
		return nil, err
	}
	if causes < 1 {
		return nil, num.Invalid("causes", "there is no cause to estimate")
	}
	a := &Incidence{N: n, Causes: causes}
	states := causes + 1
	rows := order(time)
	var entries []int32
	if entry != nil {
		entries = order(entry)
	}
	p := make([]float64, states)
	p[0] = 1
	u := make([]float64, n*states) // influence of each row
	risk, in := float64(n), 0
	inSet := make([]bool, n)
	if entry != nil {
		risk = 0
	} else {
		for i := range inSet {
			inSet[i] = true
		}
	}
	dl := make([]float64, states)
	for i := 0; i < n; {
		t := time[rows[i]]
		for ; in < len(entries) && entry[entries[in]] < t; in++ {
			inSet[entries[in]] = true
			risk++
		}
		clear(dl)
		j, events := i, 0.0
		for ; j < n && time[rows[j]] == t; j++ {
			if c := cause[rows[j]]; c > 0 {
				dl[c] += 1 / risk
				events += 1 / risk
			}
		}
		if events > 0 {
			stay := 1 - events
			for r := range n {
				v := u[r*states : (r+1)*states]
				own := 0.0
				if inSet[r] {
					own = p[0] / risk
				}
				for k := 1; k < states; k++ {
					v[k] += (v[0] - own) * dl[k]
				}
				v[0] = v[0]*stay + own*events
			}
			for _, r := range rows[i:j] {
				if c := cause[r]; c > 0 {
					u[int(r)*states+c] += p[0] / risk
					u[int(r)*states] -= p[0] / risk
				}
			}
			for k := 1; k < states; k++ {
				p[k] += p[0] * dl[k]
			}
			p[0] *= stay
			a.add(t, risk, p, u)
		}
		for _, r := range rows[i:j] {
			inSet[r] = false
			risk--
		}
		i = j
	}
	if len(a.Time) == 0 {
		return nil, num.Invalid("cause", "nothing has ended among %d rows", n)
	}
	return a, nil
}

func (a *Incidence) add(t, risk float64, p, u []float64) {
	states := len(p)
	se := make([]float64, states)
	for i, v := range u {
		se[i%states] += v * v
	}
	for k := range se {
		se[k] = math.Sqrt(se[k])
	}
	a.Time = append(a.Time, t)
	a.AtRisk = append(a.AtRisk, risk)
	a.Share = append(a.Share, append([]float64(nil), p...))
	a.SE = append(a.SE, se)
}

// At returns shares and standard errors by state at a time.
func (a *Incidence) At(t float64) (share, se []float64) {
	i := sort.Search(len(a.Time), func(i int) bool { return a.Time[i] > t })
	if i == 0 {
		share = make([]float64, a.Causes+1)
		share[0] = 1
		return share, make([]float64, a.Causes+1)
	}
	return a.Share[i-1], a.SE[i-1]
}
