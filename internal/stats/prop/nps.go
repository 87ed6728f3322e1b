package prop

import (
	"math"

	"kept/internal/stats/num"
)

// Answers counts the answers of one wave of a survey: 9–10, 7–8 and 0–6.
type Answers struct{ Promoters, Passives, Detractors int }

// N returns the number of answers.
func (a Answers) N() int { return a.Promoters + a.Passives + a.Detractors }

func (a Answers) check() error {
	if a.Promoters < 0 || a.Passives < 0 || a.Detractors < 0 {
		return num.Invalid("answers", "a count of answers is negative: %d/%d/%d", a.Promoters, a.Passives, a.Detractors)
	}
	if a.N() == 0 {
		return num.Invalid("answers", "nobody answered: there is no score")
	}
	return nil
}

func (a Answers) points() (nps, variance float64) {
	return score(float64(a.Promoters), float64(a.Detractors), float64(a.N()))
}

// score returns 100(P−D)/n and its variance 10⁴(p+d−(p−d)²)/n.
func score(p, d, n float64) (nps, variance float64) {
	c := (p - d) / n
	return 100 * c, 1e4 * max((p+d)/n-c*c, 0) / n
}

// NPS is a Net Promoter Score. All numbers are in points, −100 to 100.
type NPS struct {
	Answers
	Score    float64
	Var      float64  // of the score, points²
	Interval Interval // the one to show: adjusted Wald (+3), clipped to ±100
	Wald, T  Interval // for comparison, not clipped; T is NaN for one answer
	Tango    Interval // score interval, the cross-check
}

// NewNPS returns the score of one wave. The interval is the adjusted Wald one
// (three answers are added, ¾ promoter, 1½ passive, ¾ detractor; Rocks 2016);
// Tango inverts the score test of a difference of two multinomial shares
// (Tango 1998).
func NewNPS(a Answers, level float64) (*NPS, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	z, n := num.ZFor(level), float64(a.N())
	r := &NPS{Answers: a, T: unknown}
	r.Score, r.Var = a.points()
	h := z * math.Sqrt(r.Var)
	r.Wald = Interval{r.Score - h, r.Score + h}
	if a.N() > 1 {
		h = num.TQuantile(0.5+level/2, n-1) * math.Sqrt(r.Var*n/(n-1))
		r.T = Interval{r.Score - h, r.Score + h}
	}
	c, v := score(float64(a.Promoters)+0.75, float64(a.Detractors)+0.75, n+3)
	h = z * math.Sqrt(v)
	r.Interval = Interval{max(c-h, -100), min(c+h, 100)}
	r.Tango = tango(a, z)
	return r, nil
}

// tango inverts the score test by bisection; the statistic falls in delta.
func tango(a Answers, z float64) Interval {
	at := func(delta float64) float64 { return tangoScore(a, delta) }
	mid := float64(a.Promoters-a.Detractors) / float64(a.N())
	out := Interval{-1, 1}
	if mid > -1 {
		out.Lo = bisect(-1, mid, func(d float64) bool { return at(d) > z })
	}
	if mid < 1 {
		out.Hi = bisect(mid, 1, func(d float64) bool { return at(d) > -z })
	}
	return Interval{100 * out.Lo, 100 * out.Hi}
}

// bisect returns the point between lo and hi where below turns false.
func bisect(lo, hi float64, below func(float64) bool) float64 {
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		if below(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + (hi-lo)/2
}

// tangoScore is (P−D−nδ)/√(n(p̃+d̃−δ²)) with p̃, d̃ the likeliest shares under
// p − d = δ: d̃ is the larger root of 2n·d² − B·d − D·δ(1−δ) = 0.
func tangoScore(a Answers, delta float64) float64 {
	p, d, n := float64(a.Promoters), float64(a.Detractors), float64(a.N())
	b := (p+d)*(1-delta) - 2*delta*(n-p)
	root := (b + math.Sqrt(max(b*b+8*n*d*delta*(1-delta), 0))) / (4 * n)
	root = max(root, 0, -delta)
	v := n * (2*root + delta - delta*delta)
	u := p - d - n*delta
	if v <= 0 {
		return math.Copysign(math.Inf(1), u)
	}
	return u / math.Sqrt(v)
}

// Change is the difference of two waves, in points.
type Change struct {
	Diff, SE, Z, P float64 // Z is NaN and P 1 or 0 when nobody's answer varies
	Interval       Interval
	N              int // answers, or people when paired
}

func newChange(diff, variance, level float64, n int) *Change {
	c := &Change{Diff: diff, SE: math.Sqrt(variance), N: n, Z: math.NaN(), P: 1}
	if c.SE > 0 {
		c.Z = diff / c.SE
		c.P = num.NormTwoSided(c.Z)
	} else if diff != 0 {
		c.P = 0
	}
	h := num.ZFor(level) * c.SE
	c.Interval = Interval{diff - h, diff + h}
	return c
}

// ChangeUnpaired returns after − before for two waves of different people: a Wald
// interval on the difference.
func ChangeUnpaired(before, after Answers, level float64) (*Change, error) {
	for _, a := range []Answers{before, after} {
		if err := a.check(); err != nil {
			return nil, err
		}
	}
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	s1, v1 := before.points()
	s2, v2 := after.points()
	return newChange(s2-s1, v1+v2, level, before.N()+after.N()), nil
}

// Transitions counts the same people in two waves, before × after, in the order
// promoter, passive, detractor.
type Transitions [3][3]int

// ChangePaired returns after − before for the same people: the mean of each
// person's change of −2 to +2 hundred points, with its own variance (divisor n).
func ChangePaired(t Transitions, level float64) (*Change, error) {
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	n, s, q := 0, 0.0, 0.0
	for i := range t {
		for j, k := range t[i] {
			if k < 0 {
				return nil, num.Invalid("answers", "a count of answers is negative: %d", k)
			}
			step := float64(i - j) // promoter 1, passive 0, detractor −1
			n += k
			s += float64(k) * step
			q += float64(k) * step * step
		}
	}
	if n == 0 {
		return nil, num.Invalid("answers", "nobody answered in both waves")
	}
	m := s / float64(n)
	return newChange(100*m, 1e4*max(q/float64(n)-m*m, 0)/float64(n), level, n), nil
}

// Stratum is one segment of a survey.
type Stratum struct {
	Weight     float64 // its share of accounts or ARR; the weights are scaled to sum to 1
	Population int     // people in the segment; 0: unknown, no correction
	Answers
}

// Stratified is a score weighted to a known population, in points.
type Stratified struct {
	Score       float64
	SE          float64  // without correction
	SEFinite    float64  // with the correction (N−n)/(N−1) in strata of known size
	Interval    Interval // Wald, from SEFinite, clipped to ±100
	EmptyStrata []int    // strata without answers; their weight is spread over the others
}

// NewStratified post-stratifies the score: each segment counts by its weight, not
// by how many of it answered.
func NewStratified(strata []Stratum, level float64) (*Stratified, error) {
	if err := num.CheckLevel(level); err != nil {
		return nil, err
	}
	r, total := &Stratified{}, 0.0
	for i, s := range strata {
		if !(s.Weight >= 0) || math.IsInf(s.Weight, 0) {
			return nil, num.Invalid("weight", "stratum %d has weight %v, want zero or more", i, s.Weight)
		}
		if s.N() == 0 && s.Promoters >= 0 && s.Detractors >= 0 {
			r.EmptyStrata = append(r.EmptyStrata, i)
			continue
		}
		if err := s.check(); err != nil {
			return nil, err
		}
		if s.Population != 0 && s.Population < s.N() {
			return nil, num.Invalid("population", "stratum %d has %d answers from %d people", i, s.N(), s.Population)
		}
		total += s.Weight
	}
	if !(total > 0) {
		return nil, num.Invalid("strata", "no stratum has both answers and weight: there is no score")
	}
	v, vf := 0.0, 0.0
	for _, s := range strata {
		if s.N() == 0 {
			continue
		}
		w := s.Weight / total
		c, one := s.points()
		r.Score += w * c
		v += w * w * one
		if s.Population > 1 {
			one *= float64(s.Population-s.N()) / float64(s.Population-1)
		} else if s.Population == 1 {
			one = 0
		}
		vf += w * w * one
	}
	r.SE, r.SEFinite = math.Sqrt(v), math.Sqrt(vf)
	h := num.ZFor(level) * r.SEFinite
	r.Interval = Interval{max(r.Score-h, -100), min(r.Score+h, 100)}
	return r, nil
}
