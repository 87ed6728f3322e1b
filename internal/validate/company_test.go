package validate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"kept/internal/id"
	"kept/internal/stats/num"
)

var began = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// made is a data set with known truth: at each cut-off every account has an
// independent latent risk, and leaves with P = logistic(intercept + slope·risk).
// The score is 50 − 15·(risk + noise). An account that left stays on the list,
// as if it had come back.
type made struct {
	accounts, cutOffs       int
	intercept, slope, noise float64
	seed                    uint64
}

func (m made) data() (d *Dataset, risk []float64) {
	r := rand.New(rand.NewPCG(m.seed, 7))
	d = &Dataset{
		Spec:      Spec{Scorecard: "made", Horizon: DefaultHorizon, Grace: DefaultGrace, Outcome: OutcomeLeft, History: Recomputed},
		DataStart: began, DataEnd: began.AddDate(0, 0, 91*m.cutOffs+200),
		Bands:    []Band{{Key: "red", Title: "At risk", Color: "red"}, {Key: "yellow", Title: "Watch"}, {Key: "green", Title: "Healthy"}},
		Features: []Feature{{Key: "noise", Title: "Noise"}},
	}
	d.AsOf = d.DataEnd
	for k := range m.cutOffs {
		d.Plan.CutOffs = append(d.Plan.CutOffs, began.AddDate(0, 0, 60+91*k))
	}
	d.Plan.Step = 91 * Day
	for t := began; !t.After(d.DataEnd); t = t.Add(7 * Day) {
		d.Plan.Weeks = append(d.Plan.Weeks, t)
	}
	for a := range m.accounts {
		d.Accounts = append(d.Accounts, Account{ID: id.Account(fmt.Sprintf("acc_%d", a)), Name: fmt.Sprintf("Account %d", a), Life: Life{Spans: []Span{{Start: began.AddDate(-1, 0, 0)}}}})
	}
	for range d.Plan.Weeks {
		d.Weekly = append(d.Weekly, make([]float64, m.accounts))
		d.WeeklyBand = append(d.WeeklyBand, make([]int8, m.accounts))
		d.AtRisk = append(d.AtRisk, make([]bool, m.accounts))
	}
	for k, t := range d.Plan.CutOffs {
		for a := range m.accounts {
			x := r.NormFloat64()
			s := min(max(50-15*(x+m.noise*r.NormFloat64()), 0), 100)
			row := Row{Account: int32(a), CutOff: int32(k), Score: s, Band: bandOfScore(s), ARR: 1000 * math.Exp(r.NormFloat64()), Days: math.NaN(), Segment: "all"}
			row.ARRAfter, row.BandAfter = row.ARR, row.Band
			if r.Float64() < num.Expit(m.intercept+m.slope*x) {
				row.Left, row.Days, row.ARRAfter, row.BandAfter = true, 1+math.Floor(r.Float64()*89), 0, GoneBand
				life := &d.Accounts[a].Life
				life.Departures = append(life.Departures, t.Add(time.Duration(row.Days)*Day))
			}
			for w, u := range d.Plan.Weeks {
				if !u.Before(t.Add(-30*Day)) && u.Before(t.Add(61*Day)) {
					d.Weekly[w][a], d.WeeklyBand[w][a], d.AtRisk[w][a] = s, row.Band, true
				} else if k == 0 {
					d.Weekly[w][a], d.WeeklyBand[w][a] = math.NaN(), NoBand
				}
			}
			d.Rows = append(d.Rows, row)
			d.X = append(d.X, r.NormFloat64())
			risk = append(risk, x)
		}
	}
	d.Proof.Planted = Comparison{Compared: 1, Note: "One account was planted."}
	d.Proof.Rebuilt = Comparison{Compared: 1, Note: "One score was rebuilt."}
	return d, risk
}

func bandOfScore(s float64) int8 {
	switch {
	case s < 35:
		return 0
	case s < 60:
		return 1
	}
	return 2
}

// column is a forecaster that ranks by given values and calibrates as the hand
// score is calibrated.
type columnForecast []float64

func (c columnForecast) Forecast(train, test View) Forecast {
	pick := func(v View) []float64 {
		out := make([]float64, len(v.Rows))
		for i, r := range v.Rows {
			out[i] = c[r]
		}
		return out
	}
	return Calibrated(pick(train), train.Left, pick(test))
}
