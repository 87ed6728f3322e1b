package glm

import (
	"math"

	"kept/internal/stats/num"
)

// Scaled is a fit around an expert's weights m: η = a + s·(zᵀm) + zᵀδ with
// s ~ N(mean, sd²) and δ_j ~ N(0, (τ·c_j)²). At δ = 0 it is the expert's score,
// calibrated; with a wide τ it is a plain logistic regression.
type Scaled struct {
	Intercept float64
	Slope     float64   // s
	Dev       []float64 // δ
	Effective []float64 // s·m + δ, the learned weights
	Fit       *Fit      // of (a, s, δ); its Objective includes both priors
}

// ScaledOptions of the model around an expert's weights.
type ScaledOptions struct {
	SlopeMean, SlopeSD float64   // both zero: N(1, 1)
	Sureness           []float64 // c_j, one per weight: small means sure; nil: 1
	Weights            []float64 // per row
	Names              []string
}

func (o *ScaledOptions) defaults(p int) error {
	if o.SlopeMean == 0 && o.SlopeSD == 0 {
		o.SlopeMean, o.SlopeSD = 1, 1
	}
	c, err := each("sureness", o.Sureness, p, 1)
	if err != nil {
		return err
	}
	for j, v := range c {
		if !(v > 0) || math.IsInf(v, 0) {
			return num.Invalid("sureness", "value %d is %v, want a positive number", j, v)
		}
	}
	o.Sureness = c
	if !(o.SlopeSD > 0) {
		return num.Invalid("slope sd", "%v, want a positive number", o.SlopeSD)
	}
	return nil
}

// CalibrateScore fits η = a + s·(zᵀm) alone, with the prior on s.
func CalibrateScore(z, y, m []float64, n, p int, o ScaledOptions) (*Fit, error) {
	score, err := expertScore(z, m, n, p)
	if err != nil {
		return nil, err
	}
	if err := o.defaults(p); err != nil {
		return nil, err
	}
	return Logistic(score, y, n, 1, Options{
		PriorMean: []float64{o.SlopeMean}, PriorSD: []float64{o.SlopeSD}, Weights: o.Weights,
	})
}

// PriorScaled fits the model around the weights m at one prior width tau.
func PriorScaled(z, y, m []float64, n, p int, tau float64, o ScaledOptions) (*Scaled, error) {
	if !(tau > 0) || math.IsInf(tau, 0) {
		return nil, num.Invalid("tau", "%v, want a positive number", tau)
	}
	if err := o.defaults(p); err != nil {
		return nil, err
	}
	md, err := newScaled(z, y, m, n, p, &o)
	if err != nil {
		return nil, err
	}
	return scaledAt(md, md.start(), m, tau, o)
}

func expertScore(z, m []float64, n, p int) ([]float64, error) {
	if len(m) != p || len(z) != n*p {
		return nil, num.Invalid("prior mean", "%d weights for %d columns", len(m), p)
	}
	if err := num.CheckFinite("prior mean", m); err != nil {
		return nil, err
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = dot(z[i*p:(i+1)*p], m)
	}
	return out, nil
}

// newScaled builds the design (zᵀm, z); its prior widths are set per τ.
func newScaled(z, y, m []float64, n, p int, o *ScaledOptions) (*model, error) {
	score, err := expertScore(z, m, n, p)
	if err != nil {
		return nil, err
	}
	q := p + 1
	x := make([]float64, n*q)
	for i := range n {
		x[i*q] = score[i]
		copy(x[i*q+1:(i+1)*q], z[i*p:(i+1)*p])
	}
	sd, mean := make([]float64, q), make([]float64, q)
	for j := range sd {
		sd[j] = 1
	}
	sd[0], mean[0] = o.SlopeSD, o.SlopeMean
	names := append([]string{"the expert's score"}, o.Names...)
	return newModel(x, y, n, q, Options{PriorMean: mean, PriorSD: sd, Weights: o.Weights, Names: names})
}

func scaledAt(md *model, from, m []float64, tau float64, o ScaledOptions) (*Scaled, error) {
	for j, c := range o.Sureness {
		md.prec[j+2] = 1 / (tau * tau * c * c)
	}
	f, err := md.fit(from)
	if err != nil {
		return nil, err
	}
	s := &Scaled{Intercept: f.Coef[0], Slope: f.Coef[1], Dev: f.Coef[2:], Fit: f, Effective: make([]float64, len(m))}
	for j := range m {
		s.Effective[j] = s.Slope*m[j] + s.Dev[j]
	}
	return s, nil
}

// evidence is the Laplace log evidence up to constants:
// −nll − penalty − Σ log(τ·c_j) − ½·log det H, the intercept's prior flat.
func (s *Scaled) evidence(tau float64, sureness []float64) float64 {
	v := -s.Fit.NLL - s.Fit.Penalty - 0.5*s.Fit.LogDetH - float64(len(s.Dev))*math.Log(tau)
	for _, c := range sureness {
		v -= math.Log(c)
	}
	return v
}

// effectiveCov maps the covariance of (a, s, δ) to that of (a, s·m+δ).
func (s *Scaled) effectiveCov(m []float64) []float64 {
	p, k := len(m), len(m)+2
	t := make([]float64, (p+1)*k)
	t[0] = 1
	for j := range m {
		t[(j+1)*k+1], t[(j+1)*k+j+2] = m[j], 1
	}
	tc := num.MatMul(t, s.Fit.Cov, p+1, k, k)
	out := make([]float64, (p+1)*(p+1))
	for a := range p + 1 {
		for b := range p + 1 {
			out[a*(p+1)+b] = num.Dot(tc[a*k:(a+1)*k], t[b*k:(b+1)*k])
		}
	}
	return out
}

// LogEvidence is the Laplace log evidence of a prior-centred fit in which every
// slope has the same prior width tau: −nll − penalty − k·log τ − ½·log det H.
func LogEvidence(f *Fit, tau float64) float64 {
	return -f.NLL - f.Penalty - float64(f.P)*math.Log(tau) - 0.5*f.LogDetH
}
