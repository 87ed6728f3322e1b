package drivers

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"kept/internal/stats/glm"
	"kept/internal/stats/num"
	"kept/internal/validate"
)

// leadDays is the step between leads, and leads how many there are: what is known
// now, four, eight and twelve weeks before the horizon begins.
const (
	leadDays = 28
	leads    = 4
)

// Ahead is how far beyond the horizon outcomes have to be known.
const Ahead = (leads - 1) * leadDays * validate.Day

// leastDepartures in the test sets, without which nothing is claimed; the rung on
// which a validation begins to judge (statistics.md §3.4).
const leastDepartures = 20

// Departure says which metrics of the data set predict who leaves. Its plan looks
// Ahead further than the horizon, and its features are the metrics.
func Departure(d *validate.Dataset, metrics []Metric) (*Report, error) {
	horizon := d.Spec.Horizon - Ahead
	r := &Report{
		Outcome: "left", OutcomeTitle: "who leaves", AsOf: d.AsOf, ModelVersion: d.ModelVersion, HorizonDays: int(horizon / validate.Day), PeriodDays: leadDays,
		Notes: []string{}, Drivers: []Driver{}, Rows: len(d.Rows),
	}
	if d.Plan.Why != "" || len(d.Rows) == 0 {
		r.Refusal = d.Plan.Why
		if r.Refusal == "" {
			r.Refusal = "No account was paying at any cut-off."
		}
		r.headline(0)
		return r, nil
	}
	seen := map[int32]bool{}
	for i := range d.Rows {
		seen[d.Rows[i].Account] = true
	}
	r.Accounts = len(seen)
	l := newLabels(d, horizon)
	if r.Departures = l.inTests(d); r.Departures < leastDepartures {
		r.Refusal = fmt.Sprintf("%s can be judged out of time, and it takes %d to say what predicts them.", plural(r.Departures, "departure"), leastDepartures)
		r.headline(0)
		return r, nil
	}
	r.Drivers = make([]Driver, len(metrics))
	var wait sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wait.Go(func() {
			for j := range next {
				r.Drivers[j] = l.driver(d, j, metrics[j])
			}
		})
	}
	for j := range metrics {
		next <- j
	}
	close(next)
	wait.Wait()
	r.Notes = append(r.Notes, "Each metric alone, judged on accounts and days that it was not fitted on, against saying the same of everybody.")
	return r, r.correct(departureWords)
}

func departureWords(d *Driver) string {
	e := d.Effect
	if d.Verdict == NotShown {
		return "It does not predict who leaves, as far as the data can show."
	}
	if e.Value == nil {
		return fmt.Sprintf("It predicts who leaves, %s.", ago(d.LagDays))
	}
	spread := "half of the accounts' spread more"
	if *e.Value >= 1 {
		return fmt.Sprintf("More of it predicts leaving: %s goes with %s the odds, %s.", spread, times(*e.Value), ago(d.LagDays))
	}
	return fmt.Sprintf("Less of it predicts leaving: %s goes with %s the odds, %s.", spread, times(*e.Value), ago(d.LagDays))
}

// labels are the outcomes by lead: left[k][r] tells whether the account of a row
// left within the horizon that begins k leads later; skip[k][r] that it was gone
// by then, or had not paid.
type labels struct {
	left, skip [leads][]bool
}

func newLabels(d *validate.Dataset, horizon time.Duration) *labels {
	l := &labels{}
	for k := range leads {
		l.left[k], l.skip[k] = make([]bool, len(d.Rows)), make([]bool, len(d.Rows))
		for r := range d.Rows {
			row := &d.Rows[r]
			life := &d.Accounts[row.Account].Life
			from := d.Plan.CutOffs[row.CutOff].Add(time.Duration(k*leadDays) * validate.Day)
			_, gone := life.Leaves(from, horizon)
			l.left[k][r] = gone
			l.skip[k][r] = k > 0 && !life.AtRisk(from)
		}
	}
	return l
}

// inTests counts the departures of the test sets at no lead, each once.
func (l *labels) inTests(d *validate.Dataset) int {
	seen := map[string]bool{}
	b := validate.Walk(d, base{l, 0}, l.left[0])
	for _, f := range b.Folds {
		if len(f.Train) == 0 {
			continue
		}
		for _, r := range f.Test {
			row := &d.Rows[r]
			if !l.left[0][r] {
				continue
			}
			at, _ := d.Accounts[row.Account].Life.Leaves(d.Plan.CutOffs[row.CutOff], d.Spec.Horizon)
			seen[fmt.Sprint(row.Account, at.Unix())] = true
		}
	}
	return len(seen)
}

// base forecasts the rate of the training rows for everybody.
type base struct {
	l    *labels
	lead int
}

// Forecast implements validate.Forecaster.
func (b base) Forecast(train, test validate.View) validate.Forecast {
	n, events := 0, 0
	for i, r := range train.Rows {
		if !b.l.skip[b.lead][r] {
			n++
			if train.Left[i] {
				events++
			}
		}
	}
	p := math.NaN()
	if n > 0 {
		p = (float64(events) + .5) / (float64(n) + 1)
	}
	out := validate.Forecast{Risk: make([]float64, len(test.Rows)), P: make([]float64, len(test.Rows))}
	for i := range test.Rows {
		out.P[i] = p
	}
	return out
}

// alone forecasts from one metric.
type alone struct {
	l             *labels
	lead, feature int
}

// leastFit is the least departures of a training window to fit a slope on.
const leastFit = 5

// Forecast implements validate.Forecaster.
func (a alone) Forecast(train, test validate.View) validate.Forecast {
	rows, left := a.rows(train)
	f, ok := fitAlone(train.Data, a.feature, rows, left)
	if !ok {
		return base{a.l, a.lead}.Forecast(train, test)
	}
	out := validate.Forecast{Risk: make([]float64, len(test.Rows)), P: make([]float64, len(test.Rows))}
	var z [2]float64
	for i, r := range test.Rows {
		out.P[i] = num.Expit(f.fit.Coef[0] + num.Dot(f.row(z[:0], test.Data.At(int(r), a.feature)), f.fit.Coef[1:]))
	}
	return out
}

func (a alone) rows(v validate.View) (rows []int32, left []float64) {
	for i, r := range v.Rows {
		if a.l.skip[a.lead][r] {
			continue
		}
		y := 0.0
		if v.Left[i] {
			y = 1
		}
		rows, left = append(rows, r), append(left, y)
	}
	return rows, left
}

// single is a logistic regression on one metric, cut off at the outer hundredths and in
// units of its spread, and on its absence where there is enough of it.
type single struct {
	low, high, middle, spread float64
	missing                   bool
	fit                       *glm.Fit
	x                         []float64
}

func (s *single) row(z []float64, v float64) []float64 {
	gone := 0.0
	x := 0.0
	if math.IsNaN(v) {
		gone = 1
	} else {
		x = (min(max(v, s.low), s.high) - s.middle) / s.spread
	}
	if z = append(z, x); s.missing {
		z = append(z, gone)
	}
	return z
}

func (s *single) options() glm.Options {
	// Wide, and enough to keep a slope finite where a metric separates a few rows.
	sd := []float64{2.5}
	if s.missing {
		sd = append(sd, 2.5)
	}
	return glm.Options{PriorSD: sd}
}

const leastMissing = 20

func fitAlone(d *validate.Dataset, feature int, rows []int32, left []float64) (*single, bool) {
	events := num.Sum(left)
	if events < leastFit || float64(len(left))-events < leastFit {
		return nil, false
	}
	var values []float64
	for _, r := range rows {
		if v := d.At(int(r), feature); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	if len(values) < 2*leastFit {
		return nil, false
	}
	slices.Sort(values)
	s := &single{low: num.QuantileSorted(values, .01), high: num.QuantileSorted(values, .99), middle: num.QuantileSorted(values, .5), spread: quartiles(values)}
	if !(s.spread > 0) {
		return nil, false
	}
	gone := len(rows) - len(values)
	s.missing = gone >= leastMissing && len(values) >= leastMissing
	p := 1
	if s.missing {
		p = 2
	}
	s.x = make([]float64, 0, len(rows)*p)
	for _, r := range rows {
		s.x = s.row(s.x, d.At(int(r), feature))
	}
	var err error
	s.fit, err = glm.Logistic(s.x, left, len(rows), p, s.options())
	return s, err == nil
}

// driver judges one metric at every lead.
func (l *labels) driver(d *validate.Dataset, j int, m Metric) Driver {
	out := Driver{Metric: m.Key, Title: m.Title, Unit: m.Unit, Lags: []Lag{}, Verdict: Unusable}
	none := validate.Estimate{Level: Level, Why: "It cannot be estimated from these data."}
	out.Effect = none
	all := validate.View{Data: d}
	for r := range d.Rows {
		all.Rows = append(all.Rows, int32(r)) //nolint:gosec // rows are far fewer than 2^31
	}
	best := math.Inf(1)
	for k := range leads {
		all.Left = l.left[k]
		rows, left := alone{l, k, j}.rows(all)
		f, ok := fitAlone(d, j, rows, left)
		if !ok {
			continue
		}
		lag := l.gain(d, j, k)
		if lag.P == nil {
			continue
		}
		out.Lags = append(out.Lags, lag)
		if *lag.P < best {
			best, out.LagDays, out.Verdict = *lag.P, lag.Days, NotShown
			out.Spread = pointer(f.spread)
			out.Effect = f.odds(d, rows, left)
		}
	}
	if out.Verdict == Unusable {
		out.Words = "It has too few values, or always the same."
	}
	return out
}

// odds is by how many times the odds of leaving change with the spread of the
// metric, with an interval by account.
func (s *single) odds(d *validate.Dataset, rows []int32, left []float64) validate.Estimate {
	e := validate.Estimate{Level: Level, N: len(rows), Events: int(num.Sum(left)), Method: "logistic, sandwich by account", Evidence: validate.OutOfTime}
	cluster := make([]int, len(rows))
	for i, r := range rows {
		cluster[i] = int(d.Rows[r].Account)
	}
	cov, err := glm.RobustCov(s.fit, s.x, left, s.options(), cluster)
	if err != nil {
		e.Why = "Its interval cannot be computed."
		return e
	}
	b, se := s.fit.Coef[1], math.Sqrt(cov[len(s.fit.Coef)+1])
	z := num.ZFor(Level)
	e.Value, e.Low, e.High = pointer(math.Exp(b)), pointer(math.Exp(b-z*se)), pointer(math.Exp(b+z*se))
	return e
}

// gain is what a metric takes off the log loss per account and cut-off, out of
// time, and the chance of as much without any relation.
func (l *labels) gain(d *validate.Dataset, feature, lead int) Lag {
	out := Lag{Days: lead * leadDays}
	with := validate.Walk(d, alone{l, lead, feature}, l.left[lead])
	without := validate.Walk(d, base{l, lead}, l.left[lead])
	sums, ns := map[int32]float64{}, map[int32]float64{}
	total := 0.0
	for k := range with.Folds {
		a, b := &with.Folds[k], &without.Folds[k]
		for i, r := range a.Test {
			if l.skip[lead][r] || math.IsNaN(a.P[i]) || math.IsNaN(b.P[i]) {
				continue
			}
			g := loss(b.P[i], l.left[lead][r]) - loss(a.P[i], l.left[lead][r])
			account := d.Rows[r].Account
			sums[account] += g
			ns[account]++
			total += g
			out.N++
		}
	}
	if out.N == 0 || len(sums) < 3 {
		return out
	}
	mean := total / float64(out.N)
	v := 0.0
	// In the order of accounts: sums of floats depend on it.
	for a := range int32(len(d.Accounts)) { //nolint:gosec // far fewer than 2^31
		if n := ns[a]; n > 0 {
			e := sums[a] - n*mean
			v += e * e
		}
	}
	g := float64(len(sums))
	se := math.Sqrt(v*g/(g-1)) / float64(out.N)
	if !(se > 0) {
		return out
	}
	z := num.ZFor(Level)
	out.Value, out.Low, out.High = pointer(mean), pointer(mean-z*se), pointer(mean+z*se)
	out.P = pointer(num.NormCDF(-mean / se))
	return out
}

func loss(p float64, left bool) float64 {
	p = min(max(p, 1e-9), 1-1e-9)
	if left {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}
