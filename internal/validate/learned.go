package validate

import (
	"math"
	"slices"

	"kept/internal/fault"
	"kept/internal/stats/glm"
	"kept/internal/stats/num"
)

// pointsPerLogOdds is A of statistics.md §1.1: ten points halve the odds of leaving.
const pointsPerLogOdds = 10 / math.Ln2

// learnFrom is the least departures to learn weights from (statistics.md §2).
const learnFrom = 10

// missingFrom is how many rows with and without a value it takes for the absence
// of a value to be a signal of its own.
const missingFrom = 20

// LearnedScore is the logistic model around the team's own weights, averaged over
// how far they may be wrong (statistics.md §2). Where a training window has too
// few departures to learn from, it is the hand-made score.
type LearnedScore struct{}

// Forecast implements Forecaster.
func (LearnedScore) Forecast(train, test View) Forecast {
	m, err := learn(train)
	if err != nil {
		return HandScore{}.Forecast(train, test)
	}
	out := Forecast{Risk: make([]float64, len(test.Rows)), P: make([]float64, len(test.Rows))}
	for i, r := range test.Rows {
		parts := test.Data.parts(int(r))
		if !known(parts) {
			out.Risk[i], out.P[i] = math.NaN(), math.NaN()
			continue
		}
		eta := m.eta(parts)
		out.Risk[i], out.P[i] = eta, num.Expit(eta)
	}
	return out
}

// parts returns the scores of the measures of a row.
func (d *Dataset) parts(row int) []float64 { return d.P[row*len(d.Parts) : (row+1)*len(d.Parts)] }

func known(parts []float64) bool {
	return slices.ContainsFunc(parts, func(v float64) bool { return !math.IsNaN(v) })
}

// input is one column of the model: the score of a part, or that it has none.
type input struct {
	part     int
	missing  bool
	mean, sd float64
}

// value is the standardised input, greater for more risk; a missing score is
// neutral in its own column, and counts in the one for missing values.
func (in *input) value(parts []float64) float64 {
	v := parts[in.part]
	if in.missing {
		x := 0.0
		if math.IsNaN(v) {
			x = 1
		}
		return (x - in.mean) / in.sd
	}
	if math.IsNaN(v) {
		return 0
	}
	return (in.mean - v) / in.sd
}

// learnedModel is a fit with what it takes to apply it.
type learnedModel struct {
	inputs []input
	hand   []float64 // m: the team's weights in log-odds, per input
	fit    *glm.BMA
	rows   int
	events int // rows that left
}

// inputsOf standardises the parts on the rows of a view. Parts without a value,
// or always with the same, have no column.
func inputsOf(v View) []input {
	d := v.Data
	var out []input
	for j := range d.Parts {
		var values []float64
		for _, r := range v.Rows {
			if s := d.P[int(r)*len(d.Parts)+j]; !math.IsNaN(s) {
				values = append(values, s)
			}
		}
		if len(values) == 0 {
			continue
		}
		if mean, sd := moments(values); sd > 1e-9 {
			out = append(out, input{part: j, mean: mean, sd: sd})
		}
		gone := len(v.Rows) - len(values)
		if gone >= missingFrom && len(values) >= missingFrom {
			share := float64(gone) / float64(len(v.Rows))
			out = append(out, input{part: j, missing: true, mean: share, sd: math.Sqrt(share * (1 - share))})
		}
	}
	return out
}

// learn fits the model on a view with outcomes. The errors say in words why
// nothing can be learned.
func learn(v View) (*learnedModel, error) {
	d := v.Data
	if len(d.Parts) == 0 {
		return nil, fault.New(fault.Invalid, "Weights are learned on scores that are recomputed: what was recorded at the time has no measures.")
	}
	var rows []int32
	var y []float64
	events := 0
	for i, r := range v.Rows {
		if !known(d.parts(int(r))) {
			continue
		}
		rows = append(rows, r)
		if v.Left[i] {
			events++
			y = append(y, 1)
		} else {
			y = append(y, 0)
		}
	}
	switch {
	case events < learnFrom:
		return nil, fault.New(fault.Invalid, "There is too little to learn from: %s on record, and it takes %d. Until then your own weights are the best there are.", left(events), learnFrom)
	case len(rows)-events < learnFrom:
		return nil, fault.New(fault.Invalid, "Only %s stayed: there is nothing to compare those who left with.", atCutOffs(len(rows)-events))
	}
	m := &learnedModel{inputs: inputsOf(View{Data: d, Rows: rows}), rows: len(rows), events: events}
	if !slices.ContainsFunc(m.inputs, func(in input) bool { return !in.missing }) {
		return nil, fault.New(fault.Invalid, "Every measure has the same score for every account: there is nothing to learn from.")
	}
	p := len(m.inputs)
	z := make([]float64, 0, len(rows)*p)
	for _, r := range rows {
		z = m.design(z, d.parts(int(r)))
	}
	signs := make([]float64, p)
	m.hand = make([]float64, p)
	for j, in := range m.inputs {
		if in.missing {
			continue
		}
		// Ten points of the hand-made score are taken to halve the odds; how far that
		// is so is the slope s of the model.
		m.hand[j] = d.Parts[in.part].Share * in.sd / pointsPerLogOdds
		signs[j] = 1
	}
	fit, err := glm.PriorAverage(z, y, m.hand, len(rows), p, glm.BMAOptions{SignCheck: signs})
	if err != nil {
		return nil, err
	}
	m.fit = fit
	return m, nil
}

func (m *learnedModel) design(z, parts []float64) []float64 {
	for j := range m.inputs {
		z = append(z, m.inputs[j].value(parts))
	}
	return z
}

// eta is the log-odds of leaving.
func (m *learnedModel) eta(parts []float64) float64 {
	out := m.fit.Coef[0]
	for j := range m.inputs {
		out += m.fit.Coef[j+1] * m.inputs[j].value(parts)
	}
	return out
}

// pico is how many units of a contribution make one point.
const pico = 1e12

// points is the additive score: 50 plus the contributions of the parts, exactly,
// before it is kept within 0 to 100 (statistics.md §1.1). The contribution of a
// part is that of its score and of having none.
func (m *learnedModel) points(parts []float64, n int) (score float64, contributions []int64) {
	contributions = make([]int64, n)
	for j := range m.inputs {
		in := &m.inputs[j]
		contributions[in.part] += int64(math.Round(-pointsPerLogOdds * m.fit.Coef[j+1] * in.value(parts) * pico))
	}
	total := int64(50 * pico)
	for _, c := range contributions {
		total += c
	}
	return min(max(float64(total)/pico, 0), 100), contributions
}

// spread is the standard error of the score in points.
func (m *learnedModel) spread(parts []float64) float64 {
	return pointsPerLogOdds * m.fit.LinearSE(m.design(nil, parts))
}
