package simulate

import (
	"math"
	"math/rand/v2"
)

// Streams keep the draws for one purpose apart from those for another, so that
// a change in one part of the model does not reshuffle the rest.
const (
	streamCompany uint64 = iota + 1
	streamProfile
	streamLatent
	streamProgram
	streamChurn
	streamContract
	streamPeople
	streamSupport
	streamActivity
	streamFacts
	streamUsage
	streamStaff
)

// rng is a source of randomness for one account and one purpose.
type rng struct{ *rand.Rand }

func (c *Company) rng(stream uint64, i int) rng {
	return rng{rand.New(rand.NewPCG(mix(c.cfg.Seed^mix(stream)), mix(uint64(i)<<8|stream)))}
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is true with probability p.
func (r rng) chance(p float64) bool { return r.Float64() < p }

// between returns a whole number in [lo, hi].
func (r rng) between(lo, hi int) int { return lo + r.IntN(hi-lo+1) }

// lognormal has the median m and the standard deviation sd of its logarithm.
func (r rng) lognormal(m, sd float64) float64 { return m * math.Exp(sd*r.NormFloat64()) }

// poisson draws by Knuth's product method, and by the normal approximation
// where the mean is above 30.
func (r rng) poisson(mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	limit, n := math.Exp(-mean), 0
	for p := r.Float64(); p > limit; p *= r.Float64() {
		n++
	}
	return n
}

// weighted returns an index with probability proportional to its weight.
func (r rng) weighted(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	u := r.Float64() * total
	for i, w := range weights {
		if u < w {
			return i
		}
		u -= w
	}
	return len(weights) - 1
}

func pick[T any](r rng, from []T) T { return from[r.IntN(len(from))] }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// milli rounds to thousandths. Latent values are kept so: it saves memory and
// keeps the last bit of a machine's arithmetic from deciding anything.
func milli(x float64) int16 {
	return int16(math.Round(1000 * min(max(x, -6), 6)))
}
