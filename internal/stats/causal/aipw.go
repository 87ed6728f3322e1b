package causal

import (
	"math"

	"kept/internal/stats/num"
)

// AIPWEffects are the augmented inverse-probability estimates of one data set,
// with the simpler ones beside them, all from the same nuisances.
type AIPWEffects struct {
	ATE, ATT, ATTHajek               Effect  // doubly robust; ATT is the default on the page
	IPWATE, IPWATT                   float64 // weights normalised (Hájek), no outcome model
	RegressionATE, RegressionATT     float64 // outcome models alone
	M1Mean, M0Mean                   float64
	ESSControlATT                    float64 // (Σw)²/Σw², w = e/(1−e)
	ESSTreatedATE, ESSControlATE     float64 // w = 1/e and 1/(1−e)
	SMDRaw, SMDATT                   []float64
	N, NTreated                      int
	PropensityMin, PropensityMax     float64
	Trimmed                          Effect // ATE among accounts with propensity in [Lo, Hi] of Trim, same nuisances
	TrimmedKept                      int
	influenceATE, influenceATTValues []float64
}

// Trim bounds the propensities of the trimmed estimate.
type Trim struct{ Lo, Hi float64 }

// AIPW combines propensities and outcome models (Robins, Rotnitzky & Zhao 1994):
//
//	φ   = m1 − m0 + A(Y−m1)/e − (1−A)(Y−m0)/(1−e), ATE = mean φ, se = √Σ(φ−ATE)²/n
//	ATT = Σ[A(Y−m0) − (1−A)·e/(1−e)·(Y−m0)]/ΣA; the Hájek form normalises the
//	weights of the controls.
func AIPW(d Data, nu *Nuisances, trim Trim, level float64) (*AIPWEffects, error) {
	_, n1, err := d.check()
	if err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	n := len(d.Y)
	if err := nu.check(n); err != nil {
		return nil, err
	}
	r := &AIPWEffects{N: n, NTreated: n1, M1Mean: num.Mean(nu.M1), M0Mean: num.Mean(nu.M0), PropensityMin: 1}
	r.RegressionATE = r.M1Mean - r.M0Mean
	phi := make([]float64, n)
	var w1, w1y, w0, w0y, o0, o0y, o0r, t0r, tm float64
	var wt, wc, wo []float64
	for i, a := range d.Treat {
		y, e := d.Y[i], nu.E[i]
		phi[i] = nu.M1[i] - nu.M0[i]
		r.PropensityMin, r.PropensityMax = min(r.PropensityMin, e), max(r.PropensityMax, e)
		if a == 1 {
			phi[i] += (y - nu.M1[i]) / e
			w1, w1y = w1+1/e, w1y+y/e
			t0r += y - nu.M0[i]
			tm += nu.M1[i] - nu.M0[i]
			wt = append(wt, 1/e)
			continue
		}
		phi[i] -= (y - nu.M0[i]) / (1 - e)
		w0, w0y = w0+1/(1-e), w0y+y/(1-e)
		odds := e / (1 - e)
		o0, o0y, o0r = o0+odds, o0y+odds*y, o0r+odds*(y-nu.M0[i])
		wc, wo = append(wc, 1/(1-e)), append(wo, odds)
	}
	treated := float64(n1)
	r.RegressionATT = tm / treated
	r.IPWATE, r.IPWATT = w1y/w1-w0y/w0, num.Mean(arm(d.Y, d.Treat, 1))-o0y/o0
	r.ESSTreatedATE, r.ESSControlATE, r.ESSControlATT = EffectiveSize(wt), EffectiveSize(wc), EffectiveSize(wo)
	ate := num.Mean(phi)
	r.influenceATE = shift(phi, ate)
	r.ATE = influence(ate, r.influenceATE, level)

	att, hajek := (t0r-o0r)/treated, t0r/treated-o0r/o0
	pa, po := treated/float64(n), o0/float64(n)
	f1, f2 := make([]float64, n), make([]float64, n)
	for i, a := range d.Treat {
		res := d.Y[i] - nu.M0[i]
		if a == 1 {
			f1[i] = (res - att) / pa
			f2[i] = (res - t0r/treated) / pa
			continue
		}
		odds := nu.E[i] / (1 - nu.E[i])
		f1[i] = -odds * res / pa
		f2[i] = -odds * (res - o0r/o0) / po
	}
	r.influenceATTValues = f1
	r.ATT, r.ATTHajek = influence(att, f1, level), influence(hajek, f2, level)

	r.SMDRaw, r.SMDATT = SMD(d, nil), SMD(d, nu.E)
	r.trim(d, phi, nu.E, trim, level)
	return r, nil
}

func shift(x []float64, by float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - by
	}
	return out
}

func (r *AIPWEffects) trim(d Data, phi, e []float64, t Trim, level float64) {
	var kept []float64
	for i := range d.Y {
		if e[i] >= t.Lo && e[i] <= t.Hi {
			kept = append(kept, phi[i])
		}
	}
	r.TrimmedKept = len(kept)
	if len(kept) > 0 {
		m := num.Mean(kept)
		r.Trimmed = influence(m, shift(kept, m), level)
	}
}

// SMD returns the standardised mean difference of every column, treated less
// control, over √((s₁²+s₀²)/2) of the raw data. With propensities the controls are
// weighted by e/(1−e), to look like the treated. A column without variation is 0
// when the means agree, and infinite otherwise.
func SMD(d Data, propensity []float64) []float64 {
	out := make([]float64, d.P)
	for j := range out {
		var v1, v0 []float64
		sw, sx := 0.0, 0.0
		for i, a := range d.Treat {
			v := d.X[i*d.P+j]
			if a == 1 {
				v1 = append(v1, v)
				continue
			}
			v0 = append(v0, v)
			w := 1.0
			if propensity != nil {
				w = propensity[i] / (1 - propensity[i])
			}
			sw, sx = sw+w, sx+w*v
		}
		out[j] = ratio(num.Mean(v1)-sx/sw, math.Sqrt((num.Variance(v1)+num.Variance(v0))/2))
	}
	return out
}

func ratio(d, sd float64) float64 {
	switch {
	case sd > 0:
		return d / sd
	case d == 0:
		return 0
	}
	return math.Copysign(math.Inf(1), d)
}
