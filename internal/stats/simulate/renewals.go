package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"kept/internal/stats/num"
)

// Account is one renewal of the forecast.
type Account struct {
	ARR     float64   // at the start, zero or more
	LogOdds float64   // of not renewing, at the estimated coefficients
	Quarter int       // 0, 1, …: accounts of one quarter share a shock
	X       []float64 // the columns behind LogOdds, intercept included, for parameter draws; nil: none
	Size    int       // index into Model.Sizes: its segment's changes at renewal
}

// Sizes says what becomes of the ARR of accounts that renew. The shares of those
// that contract and expand add to at most 1; the rest stays as it is.
type Sizes struct {
	Contract, Expand       float64
	ContractLog, ExpandLog []float64 // log ratios new/old seen in the segment: below 0, above 0
}

// Model is what is uncertain besides each account's own fate.
type Model struct {
	Shock  float64   // sd of the shared shock on the log-odds, per quarter
	Shocks []float64 // draws of that sd (its posterior); nil: Shock is certain
	// Cov is the k×k covariance of the coefficients, k = len(Account.X); nil: they
	// are certain.
	Cov   []float64
	Sizes []Sizes // nil: renewals stay as they are
}

// Forecast are the draws of a cohort's outcome.
type Forecast struct {
	Start float64   // Σ ARR
	GRR   []float64 // Σ min(end, start)/Σ start, per draw
	NRR   []float64 // Σ end/Σ start, per draw
	Logos []float64 // share of accounts kept, per draw
	Churn []float64 // per account, its share of draws without renewal
}

// block is the number of draws that share a random stream.
const block = 64

// Renewals simulates the cohort. Each draw takes one set of coefficients from
// N(β̂, Cov), one shock sd, one shock per quarter, and for every account one
// uniform for its fate and one for its size: the random numbers do not depend on
// the probabilities, so that two runs of one seed differ only by what was changed
// (common random numbers), and not on the number of threads.
func Renewals(accounts []Account, m Model, draws int, seed uint64) (*Forecast, error) {
	s, err := newRenewal(accounts, m, draws)
	if err != nil {
		return nil, err
	}
	f := &Forecast{Start: s.start, Churn: make([]float64, len(accounts))}
	f.GRR, f.NRR, f.Logos = make([]float64, draws), make([]float64, draws), make([]float64, draws)
	lost := make([]int64, len(accounts))
	var mu sync.Mutex
	num.Blocks(draws, block, func(b, lo, hi int) {
		w := s.worker(num.Rand(seed, uint64(b)))
		for d := lo; d < hi; d++ {
			f.GRR[d], f.NRR[d], f.Logos[d] = w.draw()
		}
		mu.Lock() // whole numbers: the order of the additions does not matter
		defer mu.Unlock()
		for i, k := range w.lost {
			lost[i] += int64(k)
		}
	})
	for i, k := range lost {
		f.Churn[i] = float64(k) / float64(draws)
	}
	return f, nil
}

// size is a Sizes with its thresholds on 32 random bits.
type size struct {
	contract, expand uint64    // below contract: smaller; from expand on: larger
	less, more       []float64 // change as a share of the old ARR
}

type renewal struct {
	m        Model
	x        []float64 // n×k
	k        int
	chol     []float64 // lower factor of Cov
	odds     []float64 // at the estimate
	quarter  []int32
	quarters int
	arr      []float64
	start    float64
	size     []size
	which    []int32
}

func newRenewal(accounts []Account, m Model, draws int) (*renewal, error) {
	if len(accounts) == 0 {
		return nil, num.Invalid("accounts", "there are no renewals to forecast")
	}
	if draws < 1 || draws > 1e7 {
		return nil, num.Invalid("draws", "%d draws: want 1 to ten million", draws)
	}
	if !(m.Shock >= 0) || math.IsInf(m.Shock, 0) {
		return nil, num.Invalid("shock", "a shock of sd %v, want zero or more", m.Shock)
	}
	if err := num.CheckFinite("shocks", m.Shocks); err != nil {
		return nil, err
	}
	s := &renewal{m: m}
	if m.Cov != nil {
		s.k = len(accounts[0].X)
		if err := s.factor(m.Cov); err != nil {
			return nil, err
		}
	}
	for i, a := range accounts {
		switch {
		case !(a.ARR >= 0) || math.IsInf(a.ARR, 0):
			return nil, num.Invalid("arr", "account %d has ARR %v, want zero or more", i, a.ARR)
		case math.IsNaN(a.LogOdds):
			return nil, num.Invalid("log-odds", "account %d has no probability (NaN)", i)
		case a.Quarter < 0 || a.Quarter > 1000:
			return nil, num.Invalid("quarter", "account %d renews in quarter %d, want 0 to 1000", i, a.Quarter)
		case m.Cov != nil && len(a.X) != s.k:
			return nil, num.Invalid("x", "account %d has %d columns, the first has %d", i, len(a.X), s.k)
		case m.Sizes != nil && (a.Size < 0 || a.Size >= len(m.Sizes)):
			return nil, num.Invalid("size", "account %d names segment %d of %d", i, a.Size, len(m.Sizes))
		}
		if m.Cov != nil {
			if err := num.CheckFinite("x", a.X); err != nil {
				return nil, err
			}
			s.x = append(s.x, a.X...)
		}
		// Beyond ±40 the fate is sure, and the odds stay finite under any shock.
		s.odds = append(s.odds, math.Exp(min(max(a.LogOdds, -40), 40)))
		s.arr, s.start = append(s.arr, a.ARR), s.start+a.ARR
		s.quarter, s.which = append(s.quarter, int32(a.Quarter)), append(s.which, int32(a.Size))
		s.quarters = max(s.quarters, a.Quarter+1)
	}
	if !(s.start > 0) {
		return nil, num.Invalid("arr", "the accounts have no ARR: there is nothing to retain")
	}
	return s, s.sizes()
}

// factor takes the Cholesky factor of Cov; directions without variance are zero.
func (s *renewal) factor(cov []float64) error {
	k := s.k
	if len(cov) != k*k {
		return num.Invalid("cov", "the covariance has %d values for %d columns", len(cov), k)
	}
	if err := num.CheckFinite("cov", cov); err != nil {
		return err
	}
	l := make([]float64, k*k)
	for i := range k {
		for j := 0; j <= i; j++ {
			v := cov[i*k+j]
			for q := range j {
				v -= l[i*k+q] * l[j*k+q]
			}
			switch {
			case i == j && v < -1e-9*math.Abs(cov[i*k+i]):
				return num.Invalid("cov", "the covariance of the coefficients is not one: column %d", i)
			case i == j:
				l[i*k+i] = math.Sqrt(max(v, 0))
			case l[j*k+j] > 1e-12*math.Sqrt(math.Abs(cov[j*k+j])):
				l[i*k+j] = v / l[j*k+j]
			}
		}
	}
	s.chol = l
	return nil
}

func (s *renewal) sizes() error {
	for i, z := range s.m.Sizes {
		if !(z.Contract >= 0) || !(z.Expand >= 0) || z.Contract+z.Expand > 1+1e-12 {
			return num.Invalid("sizes", "segment %d: shares %v that contract and %v that expand", i, z.Contract, z.Expand)
		}
		if z.Contract > 0 && len(z.ContractLog) == 0 || z.Expand > 0 && len(z.ExpandLog) == 0 {
			return num.Invalid("sizes", "segment %d has a share that changes and no changes seen to draw from", i)
		}
		one := size{contract: uint64(z.Contract * (1 << 32)), expand: (1 << 32) - uint64(z.Expand*(1<<32))}
		one.expand = max(one.expand, one.contract)
		for _, v := range z.ContractLog {
			one.less = append(one.less, math.Expm1(v))
		}
		for _, v := range z.ExpandLog {
			one.more = append(one.more, math.Expm1(v))
		}
		if err := num.CheckFinite("sizes", append(slices.Clone(one.less), one.more...)); err != nil {
			return err
		}
		s.size = append(s.size, one)
	}
	return nil
}

// worker draws with buffers of its own.
type worker struct {
	*renewal
	r         *rand.Rand
	fate      *rand.PCG
	odds      []float64 // of this draw, before the shock
	up        []float64 // e^shock per quarter
	beta, eps []float64
	lost      []int32
}

func (s *renewal) worker(r *rand.Rand) *worker {
	return &worker{
		renewal: s, r: r, fate: rand.NewPCG(r.Uint64(), r.Uint64()), odds: slices.Clone(s.odds),
		up: make([]float64, s.quarters), beta: make([]float64, s.k), eps: make([]float64, s.k), lost: make([]int32, len(s.arr)),
	}
}

// prepare draws coefficients and shocks.
func (w *worker) prepare() {
	if w.m.Cov != nil {
		for j := range w.eps {
			w.eps[j] = w.r.NormFloat64()
		}
		for j := range w.beta {
			w.beta[j] = num.Dot(w.chol[j*w.k:j*w.k+j+1], w.eps)
		}
		for i, o := range w.renewal.odds {
			w.odds[i] = o * math.Exp(num.Dot(w.x[i*w.k:(i+1)*w.k], w.beta))
		}
	}
	sd := w.m.Shock
	if w.m.Shocks != nil {
		sd = w.m.Shocks[w.r.IntN(len(w.m.Shocks))]
	}
	for q := range w.up {
		w.up[q] = math.Exp(sd * w.r.NormFloat64())
	}
}

func (w *worker) draw() (grr, nrr, logos float64) {
	w.prepare()
	n := len(w.arr)
	odds, quarter, arr, lost := w.odds[:n], w.quarter[:n], w.arr[:n], w.lost[:n]
	gone, less, more, kept := 0.0, 0.0, 0.0, n
	for i := range n {
		u := w.fate.Uint64()
		// U < p with p = o/(1+o), without dividing.
		o := odds[i] * w.up[quarter[i]]
		if float64(u>>32)*0x1p-32*(1+o) < o {
			gone += arr[i]
			kept--
			lost[i]++
			continue
		}
		if w.size == nil {
			continue
		}
		z, v := &w.size[w.which[i]], u&(1<<32-1)
		switch {
		case v < z.contract:
			less -= arr[i] * z.less[int(v*uint64(len(z.less))/z.contract)]
		case v >= z.expand:
			more += arr[i] * z.more[int((v-z.expand)*uint64(len(z.more))/(1<<32-z.expand))]
		}
	}
	grr = (w.start - gone - less) / w.start
	return grr, grr + more/w.start, float64(kept) / float64(n)
}

// Interval returns the central interval of the draws at a level, and the median.
func Interval(draws []float64, level float64) (lo, median, hi float64) {
	s := slices.Clone(draws)
	slices.Sort(s)
	return num.QuantileSorted(s, (1-level)/2), num.QuantileSorted(s, 0.5), num.QuantileSorted(s, 0.5+level/2)
}

// Carrier is an account with its share of the spread.
type Carrier struct {
	Account int     // index
	Share   float64 // of the sum over accounts of ARR²·p(1−p), the spread from their own fates
}

// Carriers names the k accounts whose own fate moves the forecast most.
func (f *Forecast) Carriers(accounts []Account, k int) []Carrier {
	out := make([]Carrier, 0, len(accounts))
	total := 0.0
	for i, a := range accounts {
		v := a.ARR * a.ARR * f.Churn[i] * (1 - f.Churn[i])
		out, total = append(out, Carrier{i, v}), total+v
	}
	slices.SortStableFunc(out, func(a, b Carrier) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return 0
	})
	out = out[:min(max(k, 0), len(out))]
	for i := range out {
		if total > 0 {
			out[i].Share /= total
		}
	}
	return out
}
