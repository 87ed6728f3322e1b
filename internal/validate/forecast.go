package validate

import (
	"math"

	"kept/internal/stats/num"
)

// View is some rows of a data set. Left holds their outcomes, which may be
// permuted; it is nil where a forecaster must not know them.
type View struct {
	Data *Dataset
	Rows []int32
	Left []bool
}

// Forecast is what a forecaster says of the rows of a view: Risk ranks them
// (greater is more likely to leave; NaN is no opinion), P is the probability of
// leaving within the horizon (NaN where it cannot be said).
type Forecast struct{ Risk, P []float64 }

// Forecaster is a score under test. It fits whatever it fits (knots, scalers,
// calibration, weights) on the training view and nothing else.
type Forecaster interface {
	Forecast(train, test View) Forecast
}

// HandScore is the scorecard as it stands, with a probability beside it that is
// Platt-calibrated inside the training window.
type HandScore struct{}

// Forecast implements Forecaster.
func (HandScore) Forecast(train, test View) Forecast {
	risk := func(v View) []float64 {
		out := make([]float64, len(v.Rows))
		for i, r := range v.Rows {
			out[i] = -v.Data.Rows[r].Score
		}
		return out
	}
	return Calibrated(risk(train), train.Left, risk(test))
}

// minTraining is the least departures in a training window for probabilities.
const minTraining = 5

// Calibrated ranks by risk and turns it into probabilities by Platt's method,
// fitted on the training risks with a slope of at least 0. Without enough
// departures to fit on, the probabilities are NaN.
func Calibrated(train []float64, left []bool, test []float64) Forecast {
	out := Forecast{Risk: test, P: make([]float64, len(test))}
	for i := range out.P {
		out.P[i] = math.NaN()
	}
	x, y := make([]float64, 0, len(train)), make([]bool, 0, len(train))
	events := 0
	for i, r := range train {
		if !math.IsNaN(r) {
			x, y = append(x, r), append(y, left[i])
			if left[i] {
				events++
			}
		}
	}
	if events < minTraining || len(x)-events < minTraining {
		return out
	}
	intercept, slope := platt(x, y)
	for i, r := range test {
		if !math.IsNaN(r) {
			out.P[i] = num.Expit(intercept + slope*r)
		}
	}
	return out
}

// Fold is one cut-off of a back-test.
type Fold struct {
	CutOff int
	Train  []int32 // rows whose horizon had passed at the cut-off
	Test   []int32
	Forecast
}

// Backtest is a forecaster judged fold by fold.
type Backtest struct {
	Data  *Dataset
	Folds []Fold
}

// folds cuts the rows into walk-forward folds: the test rows of a cut-off, and
// for training those whose horizon has ended by then (the embargo).
func folds(d *Dataset) []Fold {
	starts := make([]int, len(d.Plan.CutOffs)+1)
	for i := range d.Rows {
		starts[d.Rows[i].CutOff+1]++
	}
	for k := range d.Plan.CutOffs {
		starts[k+1] += starts[k]
	}
	out := make([]Fold, len(d.Plan.CutOffs))
	for k, t := range d.Plan.CutOffs {
		f := Fold{CutOff: k}
		for r := starts[k]; r < starts[k+1]; r++ {
			f.Test = append(f.Test, int32(r)) //nolint:gosec // rows are far fewer than 2^31
		}
		for j := range k {
			if d.Plan.CutOffs[j].Add(d.Spec.Horizon).After(t) {
				break
			}
			for r := starts[j]; r < starts[j+1]; r++ {
				f.Train = append(f.Train, int32(r)) //nolint:gosec // as above
			}
		}
		out[k] = f
	}
	return out
}

// Walk runs a forecaster through the folds. left replaces the outcomes of the
// rows that it trains on; nil takes the true ones.
func Walk(d *Dataset, f Forecaster, left []bool) *Backtest {
	b := &Backtest{Data: d, Folds: folds(d)}
	truth := func(r int32) bool {
		if left != nil {
			return left[r]
		}
		return d.Rows[r].Left
	}
	for k := range b.Folds {
		fold := &b.Folds[k]
		train := View{Data: d, Rows: fold.Train, Left: make([]bool, len(fold.Train))}
		for i, r := range fold.Train {
			train.Left[i] = truth(r)
		}
		fold.Forecast = f.Forecast(train, View{Data: d, Rows: fold.Test})
	}
	return b
}
