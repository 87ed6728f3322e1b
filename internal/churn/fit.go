package churn

import (
	"math"

	"kept/internal/fault"
	"kept/internal/stats/glm"
	"kept/internal/stats/num"
)

// Landmarks are accounts at snapshots with what became of them within a horizon.
type Landmarks struct {
	Facts   []Facts
	Days    []float64 // to the departure; ignored for those that stayed
	Cause   []Cause
	Account []int32 // rows of one account belong together
}

// fitted is a hazard with its uncertainty.
type fitted struct {
	layout
	coef []float64 // intercept first
	cov  []float64
	mean []float64 // of the columns over the months in which departures were possible
	// ceased is the share of departures of customers that are no more, at an end of
	// term and off it (vertical modelling: Nicolaie, van Houwelingen & Putter 2010).
	ceased         [2]float64
	rows, accounts int
	events         int
}

// fullFit is how many account-months the fits of a back-test take whole; of more,
// they take all with a departure and a part of the others, weighted. Nobody asks
// those for intervals. The fit that is kept takes all.
const fullFit = 15_000

// fit estimates the hazard of leaving in each month: a logistic regression on one
// row per account, snapshot and month up to the departure, with normal priors. The
// covariance takes accounts as the unit: H⁻¹(B + P)H⁻¹ with B the clustered outer
// product of scores and P the precision of the priors. With most above zero it
// takes a part of the months (see fullFit), and has no covariance.
func fit(m *Landmarks, k int, length float64, most int) (*fitted, error) {
	n := len(m.Facts)
	if len(m.Days) != n || len(m.Cause) != n || len(m.Account) != n {
		return nil, num.Invalid("landmarks", "%d facts, %d days, %d causes and %d accounts", n, len(m.Days), len(m.Cause), len(m.Account))
	}
	time, event := make([]float64, n), make([]bool, n)
	horizon := float64(k) * length
	out := &fitted{rows: n}
	for i := range n {
		time[i] = horizon * (1 - 1e-12)
		if t := m.Facts[i].Tenure; math.IsNaN(t) || math.IsInf(t, 0) {
			return nil, num.Invalid("tenure", "row %d has been a customer for %v years: a finite number is needed", i, t)
		}
		if m.Cause[i] == Stays {
			continue
		}
		if !(m.Days[i] > 0) || math.IsInf(m.Days[i], 0) {
			return nil, num.Invalid("days", "row %d left after %v days: a positive number is needed", i, m.Days[i])
		}
		time[i], event[i] = min(time[i], m.Days[i]*(1-1e-12)), true
		out.events++
	}
	if out.events < fewestToLearn {
		return nil, fault.New(fault.Invalid, "%d departures: from %d on a forecast is learned", out.events, fewestToLearn)
	}
	if out.events == n {
		return nil, fault.New(fault.Invalid, "every account left: without any that stayed there is nothing to tell apart")
	}
	seen := map[int32]struct{}{}
	for _, a := range m.Account {
		seen[a] = struct{}{}
	}
	out.accounts = len(seen)
	out.layout = newLayout(k, length, m.Facts, out.events)
	rows, err := glm.Expand(time, event, nil, length, k)
	if err != nil {
		return nil, err
	}
	return out, out.estimate(m, rows, most)
}

func (f *fitted) estimate(m *Landmarks, rows *glm.Periods, most int) error {
	p := f.width()
	stay, step := len(rows.Row)-f.events, 1
	if most > 0 && len(rows.Row) > most {
		step = max(1, stay/max(most, 10*f.events))
	}
	x := make([]float64, 0, (f.events+stay/step+1)*p)
	var y, w []float64
	var cluster []int
	row := make([]float64, p)
	var at [2]struct{ all, ceased float64 }
	f.mean = make([]float64, p)
	total, turn := 0.0, 0
	for i, r := range rows.Row {
		weight := 1.0
		if rows.Y[i] == 0 && step > 1 {
			turn++
			if turn%step != 0 {
				continue
			}
			weight = float64(step)
		}
		due := f.fill(row, &m.Facts[r], rows.Period[i])
		if rows.Y[i] == 1 {
			g := 0
			if due {
				g = 1
			}
			at[g].all++
			if m.Cause[r] == Ceased {
				at[g].ceased++
			}
		}
		x, y, w = append(x, row...), append(y, rows.Y[i]), append(w, weight)
		cluster = append(cluster, int(m.Account[r]))
		for j, v := range row {
			f.mean[j] += weight * v
		}
		total += weight
	}
	for j := range f.mean {
		f.mean[j] /= total
	}
	// Both kinds of months lean towards the share over all, by the weight of two departures.
	all := (at[0].ceased + at[1].ceased) / (at[0].all + at[1].all)
	for g := range at {
		f.ceased[g] = (at[g].ceased + 2*all) / (at[g].all + 2)
	}
	o := glm.Options{Weights: w}
	o.PriorMean, o.PriorSD, o.Names = f.priors()
	g, err := glm.Logistic(x, y, len(y), p, o)
	if err != nil {
		return err
	}
	f.coef = g.Coef
	if most > 0 {
		return nil // it is asked for risks alone
	}
	robust, err := glm.RobustCov(g, x, y, o, cluster)
	if err != nil {
		return err
	}
	// H⁻¹PH⁻¹ = H⁻¹ − H⁻¹·information·H⁻¹.
	shrunk := num.Sandwich(g.Cov, g.Info, len(g.Coef))
	f.cov = make([]float64, len(robust))
	for i := range robust {
		f.cov[i] = robust[i] + max0(g.Cov[i]-shrunk[i], i, len(g.Coef))
	}
	for _, v := range f.cov {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fault.New(fault.Invalid, "the uncertainty of the forecast cannot be computed from these data")
		}
	}
	return nil
}

// max0 keeps rounding from making a variance negative.
func max0(v float64, i, k int) float64 {
	if i%(k+1) == 0 {
		return max(v, 0)
	}
	return v
}
