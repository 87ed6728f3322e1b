package survival

import (
	"math"
	"sort"

	"kept/internal/stats/num"
)

// censorCurve is the chance of not being censored yet, after each time.
type censorCurve struct{ time, uncensored []float64 }

// censoring estimates it by Kaplan–Meier with the ends exchanged: events at the same
// time come first, so a censoring at t meets only those that stayed beyond.
func censoring(d Data) censorCurve {
	rows := order(d.Time)
	var c censorCurve
	n := float64(len(rows))
	surv := 1.0
	for i := 0; i < len(rows); {
		t := d.Time[rows[i]]
		events, censored := 0.0, 0.0
		for ; i < len(rows) && d.Time[rows[i]] == t; i++ {
			if d.Event[rows[i]] {
				events++
			} else {
				censored++
			}
		}
		if left := n - events; censored > 0 && left > 0 {
			surv *= (left - censored) / left
		}
		n -= events + censored
		c.time, c.uncensored = append(c.time, t), append(c.uncensored, surv)
	}
	return c
}

// at returns G(t), before returns G(t−).
func (c censorCurve) at(t float64) float64 {
	return c.upTo(sort.Search(len(c.time), func(i int) bool { return c.time[i] > t }))
}

func (c censorCurve) before(t float64) float64 {
	return c.upTo(sort.SearchFloat64s(c.time, t))
}

// upTo is the curve after the first i times.
func (c censorCurve) upTo(i int) float64 {
	if i == 0 {
		return 1
	}
	return c.uncensored[i-1]
}

// Horizon judges a predicted risk of the event by time Time under censoring.
type Horizon struct {
	Time             float64
	Cases, Controls  int
	AUC, AUCSE       float64 // cumulative cases, dynamic controls
	Brier, BrierSE   float64
	BrierNull        float64 // of the Kaplan–Meier estimate, the same for all
	CensoredUnjudged int     // left before Time without the event: their weight went to others
}

// JudgeAt weighs every row by one over its chance of being seen: G(T−) for events
// up to t, G(t) for those still there (Graf et al. 1999; Blanche et al. 2013). The
// standard errors count that G is estimated, and add up the influence of rows of one
// cluster (nil: every row for itself).
func JudgeAt(d Data, risk []float64, t float64, cluster []int) (*Horizon, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	n := len(d.Time)
	if len(risk) != n || cluster != nil && len(cluster) != n {
		return nil, num.Invalid("risk", "%d risks and %d clusters for %d rows", len(risk), len(cluster), n)
	}
	if err := num.CheckFinite("risk", risk); err != nil {
		return nil, err
	}
	g := censoring(d)
	gt := g.at(t)
	if gt <= 0 {
		return nil, num.Invalid("time", "everybody was censored before %v: nothing is known of that time", t)
	}
	km, err := KaplanMeier(d)
	if err != nil {
		return nil, err
	}
	null := 1 - km.At(t, 0.95).Surv
	h := &Horizon{Time: t}
	wc, wk := make([]float64, n), make([]float64, n)
	loss := make([]float64, n)
	sumCase, sumControl := 0.0, 0.0
	for i := range n {
		switch {
		case d.Time[i] <= t && d.Event[i]:
			wc[i] = 1 / g.before(d.Time[i])
			h.Cases++
			sumCase += wc[i]
			loss[i] = wc[i] * (1 - risk[i]) * (1 - risk[i])
			h.BrierNull += wc[i] * (1 - null) * (1 - null) / float64(n)
		case d.Time[i] > t:
			wk[i] = 1 / gt
			h.Controls++
			sumControl += wk[i]
			loss[i] = wk[i] * risk[i] * risk[i]
			h.BrierNull += wk[i] * null * null / float64(n)
		default:
			h.CensoredUnjudged++
		}
	}
	if h.Cases == 0 || h.Controls == 0 {
		return nil, num.Invalid("time", "by %v there are %d events and %d accounts left: both are needed", t, h.Cases, h.Controls)
	}
	h.Brier = num.Mean(loss)
	psi := make([]float64, n)
	for i := range n {
		psi[i] = loss[i] / float64(n)
	}
	unit := numbered(cluster, n)
	h.BrierSE = spread(d, psi, h.Brier, t, unit)
	h.AUCSE = spread(d, h.auc(risk, wc, wk, sumCase, sumControl), 0, t, unit)
	return h, nil
}

// spread is the standard error of an estimate Σψ whose terms carry weights 1/G: the
// influence of a row is its own term less its share of the whole, plus what its
// censoring martingale moves in G and so in the terms of those who stayed longer
// (Robins & Rotnitzky 1992).
func spread(d Data, psi []float64, whole, t float64, unit []int) float64 {
	n := len(psi)
	rows := order(d.Time)
	later := num.Sum(psi)
	infl := make([]float64, n)
	compensator := 0.0
	risk := float64(n)
	for i := 0; i < n; {
		now := d.Time[rows[i]]
		j, events, censored := i, 0.0, 0.0
		for ; j < n && d.Time[rows[j]] == now; j++ {
			later -= psi[rows[j]]
			if d.Event[rows[j]] {
				events++
			} else {
				censored++
			}
		}
		// Events of this moment left before the censorings.
		for _, r := range rows[i:j] {
			if d.Event[r] {
				infl[r] = -compensator
			}
		}
		move := 0.0
		if left := risk - events; censored > 0 && left > 0 && now <= t {
			move = later / left
			compensator += move * censored / left
		}
		for _, r := range rows[i:j] {
			if !d.Event[r] {
				infl[r] = move - compensator
			}
		}
		risk -= events + censored
		i = j
	}
	sum := make([]float64, n)
	for i, u := range unit {
		sum[u] += psi[i] - whole/float64(n) + infl[i]
	}
	return math.Sqrt(num.Dot(sum, sum))
}

// auc sorts once, walks the groups of equal risk, and returns what each row's weight
// moves.
func (h *Horizon) auc(risk, wc, wk []float64, sumCase, sumControl float64) []float64 {
	n := len(risk)
	rows := order(risk)
	below := make([]float64, n) // per case: weight of controls with less risk, half of equal
	above := make([]float64, n) // per control: weight of cases with more
	seenC, seenK := 0.0, 0.0
	num0 := 0.0
	for i := 0; i < n; {
		j, c, k := i, 0.0, 0.0
		for ; j < n && risk[rows[j]] == risk[rows[i]]; j++ {
			c += wc[rows[j]]
			k += wk[rows[j]]
		}
		for _, r := range rows[i:j] {
			below[r] = seenK + k/2
			above[r] = sumCase - seenC - c/2
			num0 += wc[r] * below[r]
		}
		seenC += c
		seenK += k
		i = j
	}
	h.AUC = num0 / (sumCase * sumControl)
	psi := make([]float64, n)
	for i := range n {
		if wc[i] > 0 {
			psi[i] = wc[i] / sumCase * (below[i]/sumControl - h.AUC)
		} else if wk[i] > 0 {
			psi[i] = wk[i] / sumControl * (above[i]/sumCase - h.AUC)
		}
	}
	return psi
}
