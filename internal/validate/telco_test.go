package validate

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"kept/internal/stats/glm"
	"kept/internal/testfix"
)

// logisticColumns is a plain logistic regression of the features of a data set.
type logisticColumns struct{ t *testing.T }

func (l logisticColumns) Forecast(train, test View) Forecast {
	p := len(train.Data.Features)
	design := func(v View) []float64 {
		x := make([]float64, 0, len(v.Rows)*p)
		for _, r := range v.Rows {
			x = append(x, v.Data.X[int(r)*p:(int(r)+1)*p]...)
		}
		return x
	}
	fit, err := glm.Logistic(design(train), zeroOne(train.Left), len(train.Rows), p, glm.Options{PriorSD: []float64{10}})
	if err != nil {
		l.t.Fatal(err)
	}
	out := fit.Predict(design(test), len(test.Rows))
	return Forecast{Risk: out, P: out}
}

// TestTelcoPublished runs ten random folds of the IBM Telco table: logistic
// regression is known to reach an AUC of about .845 there. It checks the pooling,
// the figures and their intervals on data that others have published about.
func TestTelcoPublished(t *testing.T) {
	file, err := os.Open(testfix.Shared(t, "data", "telco-ibm", "Telco-Customer-Churn.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	d := telco(t, rows)
	const k = 10
	order := rand.New(rand.NewPCG(4, 2)).Perm(len(d.Rows))
	b := &Backtest{Data: d}
	for fold := range k {
		f := Fold{}
		for i, r := range order {
			if i%k == fold {
				f.Test = append(f.Test, int32(r))
			} else {
				f.Train = append(f.Train, int32(r))
			}
		}
		slices.Sort(f.Test)
		train := View{Data: d, Rows: f.Train}
		for _, r := range f.Train {
			train.Left = append(train.Left, d.Rows[r].Left)
		}
		f.Forecast = logisticColumns{t}.Forecast(train, View{Data: d, Rows: f.Test})
		b.Folds = append(b.Folds, f)
	}
	p := b.pool()
	got := rankOf(p.risk, p.y, p.cluster)
	low, high := got.interval()
	t.Logf("AUC %.4f (%.4f to %.4f), %d of %d left", got.auc, low, high, p.events, len(p.rows))
	if math.Abs(got.auc-.845) > .005 || p.events != 1869 {
		t.Errorf("AUC %.4f with %d departures, published about .845 with 1,869", got.auc, p.events)
	}
	r := &Report{Ladder: ladder(p.events)}
	d.Plan.CutOffs = d.Plan.CutOffs[:1]
	r.figures(d, b, p)
	m := r.Metrics
	t.Logf("Brier %.4f, skill %.3f, slope %.3f (%.3f to %.3f), expected/observed %.3f, lift %.2f", *m.Brier.Value, *m.BrierSkill.Value, *m.Slope.Value, *m.Slope.Low, *m.Slope.High, *m.Expected.Value, *r.Lift[0].Lift.Value)
	if *m.Slope.Low > 1 || *m.Slope.High < 1 || math.Abs(*m.Expected.Value-1) > .02 || math.Abs(*m.Brier.Value-.135) > .003 {
		t.Errorf("slope %v, expected/observed %v, Brier %v", *m.Slope.Value, *m.Expected.Value, *m.Brier.Value)
	}
}

// telco is the table as one cut-off, its texts as indicators.
func telco(t *testing.T, rows [][]string) *Dataset {
	t.Helper()
	d := &Dataset{Spec: Spec{Horizon: 30 * Day}, Plan: Plan{CutOffs: backwards(began, began, Day)}}
	type indicator struct{ column, value string }
	var indicators []indicator
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for _, name := range rows[0] {
		if slices.Contains([]string{"customerID", "tenure", "MonthlyCharges", "TotalCharges", "Churn"}, name) {
			continue
		}
		seen := []string{}
		for _, row := range rows[1:] {
			if v := row[at[name]]; !slices.Contains(seen, v) {
				seen = append(seen, v)
			}
		}
		for _, v := range seen[1:] {
			indicators = append(indicators, indicator{name, v})
		}
	}
	d.Features = make([]Feature, 3+len(indicators))
	for i, row := range rows[1:] {
		d.Accounts = append(d.Accounts, Account{})
		out := Row{Account: int32(i), Left: row[at["Churn"]] == "Yes", Days: math.NaN(), ARR: 1}
		if out.Left {
			out.Days = 15
		}
		d.Rows = append(d.Rows, out)
		for _, name := range []string{"tenure", "MonthlyCharges", "TotalCharges"} {
			v, err := strconv.ParseFloat(row[at[name]], 64)
			if err != nil {
				v = 0 // eleven customers of less than a month have no total yet
			}
			d.X = append(d.X, v/map[string]float64{"tenure": 24, "MonthlyCharges": 30, "TotalCharges": 2000}[name])
		}
		for _, one := range indicators {
			v := 0.0
			if row[at[one.column]] == one.value {
				v = 1
			}
			d.X = append(d.X, v)
		}
	}
	return d
}
