package churn

import (
	"math"

	"kept/internal/stats/num"
	"kept/internal/validate"
)

// Forecaster is the hazard as a back-test judges it: fitted on the training rows
// of each fold and nothing else.
type Forecaster struct {
	Facts []Facts // by row of the data set
	Cause []Cause // of those that left
	k     int
	len   float64
}

// NewForecaster joins the rows of a data set with their facts and causes.
func NewForecaster(d *validate.Dataset, facts []Facts, cause []Cause) Forecaster {
	k, length := periods(d.Spec.Horizon)
	return Forecaster{Facts: facts, Cause: cause, k: k, len: length}
}

// landmarks are the rows of a view. Where a leak check makes a row leave that
// stayed, the month in which it does says nothing.
func (f Forecaster) landmarks(v validate.View) *Landmarks {
	n := len(v.Rows)
	m := &Landmarks{Facts: make([]Facts, n), Days: make([]float64, n), Cause: make([]Cause, n), Account: make([]int32, n)}
	for i, r := range v.Rows {
		row := &v.Data.Rows[r]
		m.Facts[i], m.Account[i] = f.Facts[r], row.Account
		if !v.Left[i] {
			continue
		}
		m.Cause[i] = Left
		if row.Left {
			m.Cause[i], m.Days[i] = max(f.Cause[r], Left), row.Days
			continue
		}
		m.Days[i] = (float64(int(r)*7919%f.k) + .5) * f.len
	}
	return m
}

// Forecast implements validate.Forecaster. A fold with too few departures to
// learn from has no forecast.
func (f Forecaster) Forecast(train, test validate.View) validate.Forecast {
	n := len(test.Rows)
	out := validate.Forecast{Risk: make([]float64, n), P: make([]float64, n)}
	fit, err := fit(f.landmarks(train), f.k, f.len, fullFit)
	if err != nil {
		for i := range out.Risk {
			out.Risk[i], out.P[i] = math.NaN(), math.NaN()
		}
		return out
	}
	row := make([]float64, fit.width())
	for i, r := range test.Rows {
		p := fit.risk(row, &f.Facts[r])
		out.P[i], out.Risk[i] = p, num.Logit(p)
	}
	return out
}
