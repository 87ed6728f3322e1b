package drivers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kept/internal/id"
	"kept/internal/stats/num"
	"kept/internal/validate"
)

var began = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func metrics(n int) []Metric {
	var out []Metric
	for j := range n {
		out = append(out, Metric{Key: fmt.Sprintf("m%d", j), Title: fmt.Sprintf("Metric %d", j)})
	}
	return out
}

// panel is a made-up world of which the truth is known: changes of metric 0 move
// metric 1 two periods later, metric 2 moves with metric 1 at once, and the rest
// are walks of their own. All grow, which must not count.
func panel(accounts, periods, all int, strength float64, seed uint64) *Series {
	r := rand.New(rand.NewPCG(seed, 3))
	s := &Series{PeriodDays: 28, Metrics: metrics(all)}
	for range accounts {
		change := make([]float64, periods)
		values := make([][]float64, periods)
		level := make([]float64, all)
		for t := range periods {
			change[t] = r.NormFloat64()
			values[t] = make([]float64, all)
			for j := range all {
				d := r.NormFloat64() + .3
				switch j {
				case 0:
					d = change[t] + .3
				case 1:
					if t >= 2 {
						d += strength * change[t-2]
					}
				}
				level[j] += d
				values[t][j] = level[j]
			}
			values[t][2] = values[t][1] + .3*r.NormFloat64()
		}
		s.Accounts = append(s.Accounts, values)
	}
	return s
}

func driver(t *testing.T, r *Report, key string) *Driver {
	t.Helper()
	for i := range r.Drivers {
		if r.Drivers[i].Metric == key {
			return &r.Drivers[i]
		}
	}
	t.Fatalf("no driver %s: %s", key, r.Refusal)
	return nil
}

func TestOutcome(t *testing.T) {
	r, err := Outcome(panel(120, 18, 12, .5, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	d := driver(t, r, "m0")
	if d.Verdict != Predicts || d.LagDays != 56 || d.Effect.Value == nil || *d.Effect.Low <= 0 || *d.Effect.High < *d.Effect.Value || !strings.Contains(d.Words, "8 weeks later") {
		t.Errorf("the planted driver: %+v", d)
	}
	// The coefficient is .5, and the interquartile range of a standard normal 1.349.
	if math.Abs(*d.Effect.Value-.5*1.349) > .15 {
		t.Errorf("effect %v, want about %v", *d.Effect.Value, .5*1.349)
	}
	false0 := 0
	for i := range r.Drivers {
		one := &r.Drivers[i]
		if one.Metric == "m1" {
			t.Error("the outcome is its own driver")
		}
		if one.Metric != "m0" && one.Verdict == Predicts {
			false0++
		}
		if one.Lags[0].Days != 0 || one.Lags[0].P != nil {
			t.Errorf("%s predicts at the same time: %+v", one.Metric, one.Lags[0])
		}
	}
	if false0 > 1 || r.Tests != 11*maxLag || !strings.Contains(r.Headline, "predict") {
		t.Errorf("%d false drivers of %d tests: %s", false0, r.Tests, r.Headline)
	}
	again, err := Outcome(panel(120, 18, 12, .5, 1), 1)
	if err != nil || fmt.Sprint(again.Drivers[0].Lags[2].Q == nil, *again.Drivers[0].Effect.Value) != fmt.Sprint(r.Drivers[0].Lags[2].Q == nil, *r.Drivers[0].Effect.Value) {
		t.Errorf("the same data give another report: %v", err)
	}
}

func TestOutcomeRefuses(t *testing.T) {
	for name, s := range map[string]*Series{
		"three accounts": panel(3, 18, 4, .5, 1),
		"short":          panel(100, 7, 4, .5, 1),
		"none":           panel(0, 18, 4, .5, 1),
	} {
		r, err := Outcome(s, 1)
		if err != nil || r.Refusal == "" || len(r.Drivers) != 0 || !strings.Contains(r.Headline, "cannot say") {
			t.Errorf("%s: %q, %v", name, r.Refusal, err)
		}
	}
	s := panel(60, 12, 6, .5, 1)
	for a := range s.Accounts {
		for p := range s.Accounts[a] {
			v := s.Accounts[a][p]
			v[3], v[4], v[5] = 7, math.NaN(), math.Inf(1)
		}
	}
	r, err := Outcome(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"m3", "m4", "m5"} {
		if d := driver(t, r, key); d.Verdict != Unusable || d.Words == "" {
			t.Errorf("%s: %+v", key, d)
		}
	}
}

// departures is a data set in which metric 0 falls before an account leaves,
// metric 1 is often missing and tells something, and the rest are noise.
func departures(accounts, features int, slope float64, seed uint64) *validate.Dataset {
	r := rand.New(rand.NewPCG(seed, 5))
	const horizon = 90 * validate.Day
	d := &validate.Dataset{Spec: validate.Spec{Horizon: horizon + Ahead}, DataStart: began}
	const cuts = 7
	for k := range cuts {
		d.Plan.CutOffs = append(d.Plan.CutOffs, began.AddDate(0, 0, 91*k))
	}
	for j := range features {
		d.Features = append(d.Features, validate.Feature{Key: fmt.Sprintf("m%d", j)})
	}
	for a := range accounts {
		life := validate.Life{}
		latent := r.NormFloat64()
		var left time.Time
		for k := range cuts {
			at := d.Plan.CutOffs[k]
			if !left.IsZero() && !at.Before(left) {
				break
			}
			row := validate.Row{Account: int32(a), CutOff: int32(k), Days: math.NaN()}
			latent = .7*latent + .7*r.NormFloat64()
			for j := range features {
				v := r.NormFloat64()
				switch {
				case j == 0:
					v = latent + .2*v
				case j == 1 && r.Float64() < .4:
					v = math.NaN()
				case j == 1:
					v += .8 * latent
				}
				d.X = append(d.X, v)
			}
			d.Rows = append(d.Rows, row)
			if left.IsZero() && r.Float64() < num.Expit(-2.6-slope*latent) {
				left = at.AddDate(0, 0, 1+r.IntN(88))
			}
		}
		end := left
		life.Spans = []validate.Span{{Start: began.AddDate(-1, 0, 0), End: end}}
		if !left.IsZero() {
			life.Departures = []time.Time{left}
		}
		d.Accounts = append(d.Accounts, validate.Account{ID: id.Account(fmt.Sprint("acc_", a)), Life: life})
	}
	byCut(d)
	return d
}

// byCut puts rows in their order.
func byCut(d *validate.Dataset) {
	f := len(d.Features)
	var rows []validate.Row
	var x []float64
	for k := range d.Plan.CutOffs {
		for i, r := range d.Rows {
			if int(r.CutOff) == k {
				rows, x = append(rows, r), append(x, d.X[i*f:(i+1)*f]...)
			}
		}
	}
	d.Rows, d.X = rows, x
}

func TestDeparture(t *testing.T) {
	r, err := Departure(departures(500, 10, 1.2, 1), metrics(10))
	if err != nil {
		t.Fatal(err)
	}
	if r.Refusal != "" || r.Departures < 40 || r.HorizonDays != 90 || r.Tests != 10*leads {
		t.Fatalf("%q: %d departures, %d tests", r.Refusal, r.Departures, r.Tests)
	}
	strong, partial := driver(t, r, "m0"), driver(t, r, "m1")
	if strong.Verdict != Predicts || strong.LagDays != 0 || *strong.Effect.High >= 1 || *strong.Effect.Low <= 0 || !strings.Contains(strong.Words, "Less of it") {
		t.Errorf("the planted driver: %+v", strong)
	}
	if partial.Verdict != Predicts {
		t.Errorf("the driver with missing values: %+v", partial)
	}
	for i := range r.Drivers {
		if d := &r.Drivers[i]; d.Metric > "m1" && d.Verdict == Predicts {
			t.Errorf("noise predicts: %+v", d)
		}
	}
	if r.Drivers[0].Metric != "m0" {
		t.Errorf("the first is %s", r.Drivers[0].Metric)
	}
}

func TestDepartureRefuses(t *testing.T) {
	none := departures(100, 3, 1, 2)
	none.Plan.Why = "The data span two days."
	nobody := departures(100, 3, 1, 2)
	for a := range nobody.Accounts {
		nobody.Accounts[a].Life.Departures = nil
	}
	for name, d := range map[string]*validate.Dataset{"no plan": none, "nobody left": nobody, "three accounts": departures(3, 3, 1, 2), "no rows": {Spec: none.Spec}} {
		r, err := Departure(d, metrics(3))
		if err != nil || r.Refusal == "" || len(r.Drivers) != 0 {
			t.Errorf("%s: %q, %v", name, r.Refusal, err)
		}
	}
	bad := departures(400, 5, 1, 3)
	for r := range bad.Rows {
		bad.X[5*r+2], bad.X[5*r+3], bad.X[5*r+4] = 1, math.NaN(), math.Inf(1)
	}
	r, err := Departure(bad, metrics(5))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"m2", "m3", "m4"} {
		if d := driver(t, r, key); d.Verdict != Unusable {
			t.Errorf("%s: %+v", key, d)
		}
	}
	for i := range r.Drivers {
		for _, l := range r.Drivers[i].Lags {
			for _, v := range []*float64{l.Value, l.Low, l.High, l.P, l.Q} {
				if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
					t.Errorf("%s: %v", r.Drivers[i].Metric, *v)
				}
			}
		}
	}
}

// BenchmarkFalseDrivers repeats both on worlds without any relation, and with the
// planted one: how often anything, and how often the planted one, is said to predict.
func BenchmarkFalseDrivers(b *testing.B) {
	const runs = 60
	for b.Loop() {
		for _, c := range []struct {
			name             string
			strength, slope  float64
			wantOut, wantDep string
		}{{"none", 0, 0, "", ""}, {"planted", .3, 1, "m0", "m0"}} {
			anyOut, anyDep, hitOut, hitDep := 0, 0, 0, 0
			for seed := range uint64(runs) {
				count := func(r *Report, err error, planted string) (other, hit int) {
					if err != nil {
						b.Fatal(err)
					}
					for i := range r.Drivers {
						if d := &r.Drivers[i]; d.Verdict == Predicts {
							if d.Metric == planted {
								hit = 1
							} else if d.Metric != "m1" && d.Metric != "m2" {
								other = 1
							}
						}
					}
					return other, hit
				}
				r, err := Outcome(panel(80, 16, 10, c.strength, 50+seed), 1)
				o, h := count(r, err, c.wantOut)
				anyOut, hitOut = anyOut+o, hitOut+h
				r, err = Departure(departures(300, 10, c.slope, 50+seed), metrics(10))
				o, h = count(r, err, c.wantDep)
				anyDep, hitDep = anyDep+o, hitDep+h
			}
			b.ReportMetric(float64(anyOut)/runs, c.name+"_series_false")
			b.ReportMetric(float64(anyDep)/runs, c.name+"_departure_false")
			if c.strength > 0 {
				b.ReportMetric(float64(hitOut)/runs, c.name+"_series_found")
				b.ReportMetric(float64(hitDep)/runs, c.name+"_departure_found")
			}
		}
	}
}
