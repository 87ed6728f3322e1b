package drivers

import (
	"fmt"
	"math"
	"sync"
	"time"

	"kept/internal/stats/linear"
	"kept/internal/stats/num"
	"kept/internal/validate"
)

// Series is accounts over evenly spaced periods with the values of all metrics.
type Series struct {
	AsOf         time.Time
	ModelVersion int64
	PeriodDays   int
	Metrics      []Metric
	// Accounts hold consecutive periods, oldest first: Values[period][metric], NaN for
	// missing. Accounts with too few periods are left out by Outcome.
	Accounts [][][]float64
}

// The least that a claim about series rests on, and how many periods are looked
// back.
const (
	leastPeriods = 8
	leastSeries  = 30
	maxLag       = 6
	// Draws of the permutation: few for all, many for those that look promising, so
	// that a chance of one in thousands can be told from one in hundreds.
	draws     = 399
	moreDraws = 9_999
	promising = 0.02
)

// seed makes every report of the same data the same.
const seed = 20_260_102

// Outcome says which metrics' changes precede changes of one of them. A lag of 0
// is shown and never said to predict.
func Outcome(s *Series, outcome int) (*Report, error) {
	m := s.Metrics[outcome]
	r := &Report{
		Outcome: m.Key, OutcomeTitle: m.Title, AsOf: s.AsOf, ModelVersion: s.ModelVersion, PeriodDays: s.PeriodDays, Notes: []string{}, Drivers: []Driver{},
	}
	y := s.pairs(outcome, outcome)
	if r.Accounts = len(y); r.Accounts < leastSeries {
		r.Refusal = fmt.Sprintf("%s with a series of at least %d periods: it takes %d to say what precedes a change.", plural(r.Accounts, "account"), leastPeriods, leastSeries)
		r.headline(0)
		return r, nil
	}
	for _, one := range y {
		r.Rows += len(one.X)
	}
	r.Drivers = make([]Driver, len(s.Metrics))
	var wait sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wait.Go(func() {
			for j := range next {
				r.Drivers[j] = s.driver(j, outcome)
			}
		})
	}
	for j := range s.Metrics {
		if j != outcome {
			next <- j
		}
	}
	close(next)
	wait.Wait()
	r.Drivers = append(r.Drivers[:outcome], r.Drivers[outcome+1:]...)
	r.Notes = append(r.Notes,
		"Changes against changes, so that two things that merely grow together do not count; chance is what remains when each account's changes are shifted around in time.",
		"A metric that is computed from the outcome, or from the same events, precedes it by construction.")
	return r, r.correct(func(d *Driver) string { return seriesWords(d, m.Title) })
}

func seriesWords(d *Driver, outcome string) string {
	if d.Verdict == NotShown {
		return "Its changes are not shown to come before those of " + outcome + "."
	}
	best := d.best()
	direction := "rises"
	if best != nil && best.Value != nil && *best.Value < 0 {
		direction = "falls"
	}
	words := fmt.Sprintf("When it rises, %s %s %s later.", outcome, direction, plural(d.LagDays/7, "week"))
	if d.Effect.Value != nil {
		words += fmt.Sprintf(" Half of the spread of its changes more goes with %s.", number(*d.Effect.Value))
	}
	return words
}

// pairs are the series of two metrics, by account: the longest stretch at the end
// in which both have a value.
func (s *Series) pairs(x, y int) []linear.Series {
	var out []linear.Series
	for _, account := range s.Accounts {
		from := len(account)
		for from > 0 && usable(account[from-1][x]) && usable(account[from-1][y]) {
			from--
		}
		if len(account)-from < leastPeriods {
			continue
		}
		var one linear.Series
		for _, period := range account[from:] {
			one.X, one.Y = append(one.X, period[x]), append(one.Y, period[y])
		}
		out = append(out, one)
	}
	return out
}

func usable(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (s *Series) driver(x, outcome int) Driver {
	m := s.Metrics[x]
	out := Driver{Metric: m.Key, Title: m.Title, Unit: m.Unit, Lags: []Lag{}, Verdict: Unusable, Words: "It has too few values, or hardly changes."}
	out.Effect = validate.Estimate{Level: Level, Why: "It cannot be estimated from these data."}
	series := s.pairs(x, outcome)
	if len(series) < leastSeries {
		return out
	}
	found, err := search(series, draws)
	if err != nil || found.Used < leastSeries {
		return out
	}
	for _, l := range found.Lags {
		if l.Lag > 0 && l.AdjP <= promising {
			if more, err := search(series, moreDraws); err == nil {
				found = more
			}
			break
		}
	}
	best := math.Inf(1)
	most := 0.0
	for _, l := range found.Lags {
		lag := Lag{Days: l.Lag * s.PeriodDays, N: l.N, Value: pointer(l.R), Low: pointer(l.Lo), High: pointer(l.Hi)}
		if l.Lag > 0 { // at the same time is no prediction
			lag.P = pointer(l.AdjP)
		}
		out.Lags = append(out.Lags, lag)
		if lag.P == nil {
			continue
		}
		if *lag.P < best || *lag.P == best && math.Abs(l.R) > most {
			best, most, out.LagDays, out.Verdict, out.Words = *lag.P, math.Abs(l.R), lag.Days, NotShown, ""
		}
	}
	if out.Verdict != Unusable {
		out.Effect, out.Spread = effect(series, out.LagDays/s.PeriodDays)
	}
	return out
}

func search(series []linear.Series, n int) (*linear.LagResult, error) {
	return linear.LagCorrelation(series, linear.LagOptions{MaxLag: maxLag, Difference: 1, Draws: n, Seed: seed, Level: Level})
}

// effect regresses changes of the outcome on changes of the driver some periods
// before, within accounts and within periods, by account: the change of the outcome
// that goes with the interquartile range of the driver's changes.
func effect(series []linear.Series, lag int) (validate.Estimate, *float64) {
	e := validate.Estimate{Level: Level, Method: "within accounts and periods, by account", Evidence: validate.OutOfTime}
	var x, y []float64
	var account, period []int
	for a, s := range series {
		dx, dy := linear.Diff(s.X, 1), linear.Diff(s.Y, 1)
		for t := lag; t < len(dy); t++ {
			x, y = append(x, dx[t-lag]), append(y, dy[t])
			account, period = append(account, a), append(period, maxPeriods-len(dy)+t)
		}
	}
	spread := quartiles(x)
	if !(spread > 0) {
		e.Why = "Its changes hardly vary."
		return e, nil
	}
	first := maxPeriods
	for _, t := range period {
		first = min(first, t)
	}
	for i := range period {
		period[i] -= first
	}
	f, err := linear.FixedEffects(x, y, len(y), 1, account, period, nil)
	if err != nil {
		e.Why = "Its changes hardly vary within accounts."
		return e, pointer(spread)
	}
	z := num.ZFor(Level)
	b, se := f.Coef[0]*spread, f.SECluster[0]*spread
	e.N, e.Value, e.Low, e.High = len(y), pointer(b), pointer(b-z*se), pointer(b+z*se)
	return e, pointer(spread)
}

// maxPeriods is more than any series has.
const maxPeriods = 1000
