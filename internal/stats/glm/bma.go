package glm

import (
	"math"

	"kept/internal/stats/num"
)

// TauGrid is the default grid of prior widths.
func TauGrid() []float64 { return []float64{.01, .05, .1, .15, .2, .3, .45, .7, 1, 1.5} }

// BMAOptions of the average over prior widths.
type BMAOptions struct {
	ScaledOptions
	Tau       []float64 // ascending grid; nil: TauGrid()
	HyperSD   float64   // of the half-normal prior of τ; 0: 0.25
	SignCheck []float64 // expected sign per weight (±1, 0: none): effective weights of the other sign are set to zero; nil: none
}

// BMA is the average of the models around an expert's weights over τ.
type BMA struct {
	Tau, Weight []float64 // grid and posterior weights, which sum to one
	Evidence    []float64 // Laplace log evidence per τ
	Models      []*Scaled
	// Coef is the averaged intercept and effective weights, Cov their covariance:
	// the spread within each τ plus that between.
	Coef, Cov []float64
	SlopeMean float64 // posterior mean of s
	// Trust is the posterior weight on τ ≤ 0.05: how far the data are content with
	// the expert's weights.
	Trust   float64
	TauMean float64
	// PWeak is P(s < 0.25) and PReversed P(s ≤ 0): the expert's score does not rank
	// the outcome, or ranks it backwards.
	PWeak, PReversed float64
	// EquivalentEvents says how many events would carry as much information about a
	// weight as the expert's opinion does.
	EquivalentEvents float64
	Zeroed           []bool // per weight: set to zero by its sign
	expert           []float64
}

// trustTau is the width up to which the learned weights are the expert's.
const trustTau = 0.05

// PriorAverage fits the model around the expert's weights m for every τ of the
// grid and averages the coefficients with the posterior weights
// exp(evidence − τ²/(2·hyper²))·q, q_g = τ_g × the central difference of log τ.
func PriorAverage(z, y, m []float64, n, p int, o BMAOptions) (*BMA, error) {
	if o.Tau == nil {
		o.Tau = TauGrid()
	}
	if o.HyperSD == 0 {
		o.HyperSD = 0.25
	}
	if err := o.check(p); err != nil {
		return nil, err
	}
	md, err := newScaled(z, y, m, n, p, &o.ScaledOptions)
	if err != nil {
		return nil, err
	}
	b := &BMA{Tau: o.Tau, expert: m}
	from := md.start()
	logw := make([]float64, len(o.Tau))
	best := math.Inf(-1)
	for g, tau := range o.Tau {
		s, err := scaledAt(md, from, m, tau, o.ScaledOptions)
		if err != nil {
			return nil, err
		}
		from = s.Fit.Coef
		e := s.evidence(tau, o.Sureness)
		b.Models, b.Evidence = append(b.Models, s), append(b.Evidence, e)
		logw[g] = e - tau*tau/(2*o.HyperSD*o.HyperSD) + math.Log(tau*spacing(o.Tau, g))
		best = max(best, logw[g])
	}
	total := 0.0
	b.Weight = make([]float64, len(logw))
	for g, l := range logw {
		b.Weight[g] = math.Exp(l - best)
		total += b.Weight[g]
	}
	for g := range b.Weight {
		b.Weight[g] /= total
	}
	b.mix(p)
	b.signs(o.SignCheck, p)
	b.EquivalentEvents = b.equivalent(md, o.Sureness)
	return b, nil
}

func (o *BMAOptions) check(p int) error {
	if err := o.defaults(p); err != nil {
		return err
	}
	for g, tau := range o.Tau {
		if !(tau > 0) || math.IsInf(tau, 0) || g > 0 && tau <= o.Tau[g-1] {
			return num.Invalid("tau grid", "value %d is %v: want positive, rising numbers", g, tau)
		}
	}
	if len(o.Tau) == 0 || !(o.HyperSD > 0) {
		return num.Invalid("tau grid", "want at least one width and a positive hyper-prior sd")
	}
	if o.SignCheck != nil && len(o.SignCheck) != p {
		return num.Invalid("signs", "%d signs for %d weights", len(o.SignCheck), p)
	}
	return nil
}

// spacing is the central difference of log τ, one-sided at the ends.
func spacing(tau []float64, g int) float64 {
	last := len(tau) - 1
	switch {
	case last == 0:
		return 1
	case g == 0:
		return math.Log(tau[1] / tau[0])
	case g == last:
		return math.Log(tau[last] / tau[last-1])
	}
	return math.Log(tau[g+1]/tau[g-1]) / 2
}

func (b *BMA) mix(p int) {
	k := p + 1
	b.Coef, b.Cov = make([]float64, k), make([]float64, k*k)
	for g, s := range b.Models {
		w := b.Weight[g]
		for j, v := range s.coef() {
			b.Coef[j] += w * v
		}
		b.SlopeMean += w * s.Slope
		b.TauMean += w * b.Tau[g]
		if b.Tau[g] <= trustTau {
			b.Trust += w
		}
		sd := math.Sqrt(s.Fit.Cov[(p+2)+1])
		b.PWeak += w * num.NormCDF((0.25-s.Slope)/sd)
		b.PReversed += w * num.NormCDF(-s.Slope/sd)
	}
	for g, s := range b.Models {
		within, c := s.effectiveCov(b.expert), s.coef()
		for i := range k {
			for j := range k {
				b.Cov[i*k+j] += b.Weight[g] * (within[i*k+j] + (c[i]-b.Coef[i])*(c[j]-b.Coef[j]))
			}
		}
	}
}

// coef is the intercept followed by the effective weights.
func (s *Scaled) coef() []float64 { return append([]float64{s.Intercept}, s.Effective...) }

func (b *BMA) signs(sign []float64, p int) {
	b.Zeroed = make([]bool, p)
	for j, s := range sign {
		if s*b.Coef[j+1] < 0 {
			b.Coef[j+1], b.Zeroed[j] = 0, true
		}
	}
}

// equivalent compares the precision of the prior, 1/(τc)², at the posterior's
// geometric mean τ, with the information one event brings about a weight.
func (b *BMA) equivalent(md *model, sureness []float64) float64 {
	logTau, info := 0.0, 0.0
	for g, s := range b.Models {
		logTau += b.Weight[g] * math.Log(b.Tau[g])
		k := md.k
		h := s.Fit.Info
		for j := range sureness {
			c := j + 2
			// What is left of the column's information once the intercept is free.
			info += b.Weight[g] * sureness[j] * sureness[j] * (h[c*k+c] - h[c*k]*h[c*k]/h[0])
		}
	}
	perEvent := info / float64(len(sureness)) / md.events
	return math.Exp(-2*logTau) / perEvent
}

// Interval returns the central interval of weight j (0-based, without the
// intercept) at a level such as 0.9, from the mixture over τ.
func (b *BMA) Interval(j int, level float64) (lo, hi float64) {
	mean, sd := make([]float64, len(b.Models)), make([]float64, len(b.Models))
	k := len(b.Coef)
	for g, s := range b.Models {
		cov := s.effectiveCov(b.expert)
		mean[g], sd[g] = s.Effective[j], math.Sqrt(cov[(j+1)*k+j+1])
	}
	return mixQuantile(b.Weight, mean, sd, 0.5-level/2), mixQuantile(b.Weight, mean, sd, 0.5+level/2)
}

// mixQuantile solves Σ w·Φ((q−m)/sd) = p by bisection.
func mixQuantile(w, mean, sd []float64, p float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for g := range w {
		lo, hi = min(lo, mean[g]-9*sd[g]), max(hi, mean[g]+9*sd[g])
	}
	for range 100 {
		mid := (lo + hi) / 2
		c := 0.0
		for g := range w {
			c += w[g] * num.NormCDF((mid-mean[g])/sd[g])
		}
		if c < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// Linear returns η of n rows under the averaged coefficients.
func (b *BMA) Linear(z []float64, n int) []float64 {
	p := len(b.Coef) - 1
	out := make([]float64, n)
	for i := range out {
		out[i] = b.Coef[0] + dot(z[i*p:(i+1)*p], b.Coef[1:])
	}
	return out
}

// LinearSE returns the standard error of η of one row.
func (b *BMA) LinearSE(row []float64) float64 {
	return math.Sqrt(max(num.QuadForm(b.Cov, append([]float64{1}, row...)), 0))
}

// AverageProb returns the probabilities of n rows averaged over τ, rather than
// the probability of the averaged η. The two agree closely; this one is not additive.
func (b *BMA) AverageProb(z []float64, n int) []float64 {
	p := len(b.Coef) - 1
	out := make([]float64, n)
	for i := range out {
		for g, s := range b.Models {
			out[i] += b.Weight[g] * num.Expit(s.Intercept+dot(z[i*p:(i+1)*p], s.Effective))
		}
	}
	return out
}
