package health

import "kept/internal/fault"

// Migration counts accounts by band at t0 (rows, best band first) and by band at
// t1, followed by one column for those that churned meanwhile. The scores are
// those recorded at the time (frameworks.md §2.4).
type Migration [][]int

// Check reports a matrix that is not n bands × (n bands + churned) of counts ≥ 0.
func (m Migration) Check() error {
	if len(m) == 0 {
		return fault.At("matrix", "is empty: it needs one row a band")
	}
	for i, row := range m {
		if len(row) != len(m)+1 {
			return fault.At("matrix", "row %d has %d columns: with %d bands it needs %d, the last for churned", i, len(row), len(m), len(m)+1)
		}
		for j, n := range row {
			if n < 0 {
				return fault.At("matrix", "row %d column %d is %d: counts are not negative", i, j, n)
			}
		}
	}
	return nil
}

// Rows returns the accounts of each band at t0.
func (m Migration) Rows() []int {
	out := make([]int, len(m))
	for i, row := range m {
		for _, n := range row {
			out[i] += n
		}
	}
	return out
}

// Columns returns the accounts of each band at t1, and last the churned.
func (m Migration) Columns() []int {
	if len(m) == 0 {
		return nil
	}
	out := make([]int, len(m[0]))
	for _, row := range m {
		for j, n := range row {
			out[j] += n
		}
	}
	return out
}

// ChurnRates returns the share of each band at t0 that churned; nil where the
// band was empty.
func (m Migration) ChurnRates() []*float64 {
	out := make([]*float64, len(m))
	rows := m.Rows()
	for i, row := range m {
		out[i] = ratio(row[len(row)-1], rows[i])
	}
	return out
}

// Lift is the churn rate of the worst band over that of the best; nil when
// either is unknown or the best never churned.
func (m Migration) Lift() *float64 {
	r := m.ChurnRates()
	if len(r) == 0 || r[0] == nil || *r[0] == 0 || r[len(r)-1] == nil {
		return nil
	}
	return new(*r[len(r)-1] / *r[0])
}

// Recovery is the share of the worst band that moved up.
func (m Migration) Recovery() *float64 {
	last := len(m) - 1
	if last < 0 {
		return nil
	}
	up := 0
	for j := range last {
		up += m[last][j]
	}
	return ratio(up, m.Rows()[last])
}

// Degradation is the share of the best band that left it, churn included.
func (m Migration) Degradation() *float64 {
	if len(m) == 0 {
		return nil
	}
	all := m.Rows()[0]
	return ratio(all-m[0][0], all)
}

// UnforecastChurn is the share of the churned that came from the best band.
func (m Migration) UnforecastChurn() *float64 {
	if len(m) == 0 {
		return nil
	}
	return ratio(m[0][len(m)], m.Columns()[len(m)])
}

// NetBestFlow is the accounts that entered the best band less those that left it
// for another one; churn is left out.
func (m Migration) NetBestFlow() int {
	flow := 0
	for i := 1; i < len(m); i++ {
		flow += m[i][0] - m[0][i]
	}
	return flow
}

// Prediction is how well a band foretold churn; a part is nil when its
// denominator is 0.
type Prediction struct {
	Precision *float64 `json:"precision"` // of the band's accounts, the share that churned
	Recall    *float64 `json:"recall"`    // of the churned, the share that was in the band
	F1        *float64 `json:"f1"`
}

// Predict reads a row of the matrix as "these will churn".
func (m Migration) Predict(row int) (Prediction, error) {
	if row < 0 || row >= len(m) {
		return Prediction{}, fault.At("row", "there is no row %d: the matrix has %d", row, len(m))
	}
	churned := m[row][len(m)]
	all, gone := m.Rows()[row], m.Columns()[len(m)]
	return Prediction{
		Precision: ratio(churned, all),
		Recall:    Recall(churned, gone),
		F1:        ratio(2*churned, all+gone),
	}, nil
}

// Recall is the share of the churned accounts that were red before; nil when
// none churned.
func Recall(redBefore, churned int) *float64 { return ratio(redBefore, churned) }

func ratio(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

// Weights checks weights that must add up to a number (a scheme of percentages)
// and returns their sum, whether it holds, and the shares of the sum: a scheme
// that adds up to 140 is refused, or used as shares and said to be so.
func Weights(weights []float64, mustSumTo float64) (sum float64, valid bool, shares []float64) {
	for _, w := range weights {
		sum += w
	}
	for _, w := range weights {
		shares = append(shares, share(w, sum))
	}
	return sum, snap(sum/mustSumTo) == 1 && sum <= mustSumTo*(1+1/pico), shares
}
