package validate

import (
	"cmp"
	"math"
	"slices"
)

// pool is the test rows of all folds that have a score, with what the figures need.
type pool struct {
	rows    []int32 // of the data set
	risk    []float64
	p       []float64 // NaN where the fold could not calibrate
	y       []bool
	arr     []float64
	cluster []int32 // account
	fold    []int32
	events  int // distinct departures
	// calibrated rows: indices into the above.
	calibrated       []int
	calibratedEvents int
}

func (b *Backtest) pool() *pool {
	var out pool
	for k := range b.Folds {
		f := &b.Folds[k]
		for i, r := range f.Test {
			if math.IsNaN(f.Risk[i]) {
				continue
			}
			row := &b.Data.Rows[r]
			out.rows = append(out.rows, r)
			out.risk = append(out.risk, f.Risk[i])
			out.p = append(out.p, f.P[i])
			out.y = append(out.y, row.Left)
			out.arr = append(out.arr, max(row.ARR, 0))
			out.cluster = append(out.cluster, row.Account)
			out.fold = append(out.fold, int32(k)) //nolint:gosec // a handful
			if !math.IsNaN(f.P[i]) {
				out.calibrated = append(out.calibrated, len(out.rows)-1)
			}
		}
	}
	all := make([]int, len(out.rows))
	for i := range all {
		all[i] = i
	}
	out.events = b.Data.departures(out.rows, all)
	out.calibratedEvents = b.Data.departures(out.rows, out.calibrated)
	return &out
}

// departures counts the distinct departures behind rows: with overlapping
// horizons one departure follows several cut-offs.
func (d *Dataset) departures(rows []int32, which []int) int {
	return d.departuresAt(rows, which, func(i int) (float64, bool) {
		r := &d.Rows[rows[i]]
		return r.Days, r.Left
	})
}

// departuresAt is departures, where after says whether and how many days after its
// cut-off the account of a row left.
func (d *Dataset) departuresAt(rows []int32, which []int, after func(i int) (days float64, left bool)) int {
	type departure struct {
		account int32
		at      int64
	}
	seen := map[departure]bool{}
	for _, i := range which {
		if days, left := after(i); left {
			r := &d.Rows[rows[i]]
			seen[departure{r.Account, d.Plan.CutOffs[r.CutOff].Unix() + int64(math.Round(days*86400))}] = true
		}
	}
	return len(seen)
}

// riskiest is the order of falling risk, ties as they come.
func riskiest(risk []float64) []int {
	order := make([]int, len(risk))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(risk[b], risk[a]) })
	return order
}

// selectTop marks, fold by fold, how much of each row belongs to the riskiest:
// 1, 0, or a part where a tie straddles the limit. limit is a number of accounts
// by fold.
func (p *pool) selectTop(limit func(rows int) float64) []float64 {
	out := make([]float64, len(p.rows))
	for from := 0; from < len(p.rows); {
		to := from
		for to < len(p.rows) && p.fold[to] == p.fold[from] {
			to++
		}
		order := riskiest(p.risk[from:to])
		room := limit(to - from)
		for i := 0; i < len(order) && room > 0; {
			j := i
			for j < len(order) && p.risk[from+order[j]] == p.risk[from+order[i]] {
				j++
			}
			part := min(1, room/float64(j-i))
			for _, at := range order[i:j] {
				out[from+at] = part
			}
			room -= float64(j - i)
			i = j
		}
		from = to
	}
	return out
}

// equalBins numbers calibrated rows by bins of equal count in p; rows of equal p
// share a bin. It returns the bin of each calibrated row.
func (p *pool) equalBins(most int) (bins []int, n int) {
	order := slices.Clone(p.calibrated)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.p[a], p.p[b]) })
	place := map[int]int{}
	for k, i := range order {
		bin := k * most / len(order)
		if k > 0 && p.p[i] == p.p[order[k-1]] {
			bin = place[order[k-1]]
		}
		place[i] = bin
	}
	// Number without gaps.
	renumber := map[int]int{}
	bins = make([]int, len(p.calibrated))
	for _, i := range order {
		if _, ok := renumber[place[i]]; !ok {
			renumber[place[i]] = len(renumber)
		}
	}
	for k, i := range p.calibrated {
		bins[k] = renumber[place[i]]
	}
	return bins, len(renumber)
}
