package churn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"kept/internal/id"
	"kept/internal/stats/num"
	"kept/internal/validate"
)

// truth is a hazard that the tests know: log-odds of leaving in a month.
type truth struct{ base, due, term, score float64 }

var usual = truth{base: -6.5, due: 4, term: 1, score: -.5}

// draw makes the facts of an account: yearly or monthly terms, some without end.
func draw(r *rand.Rand) Facts {
	f := Facts{Score: math.Round(50 + 20*r.NormFloat64()), Segment: []string{"large", "small"}[r.IntN(2)], Tenure: 3 * r.Float64(), BoundIn: math.NaN(), TermDays: math.NaN()}
	f.Score = min(max(f.Score, 0), 100)
	switch u := r.Float64(); {
	case u < .1: // nothing binds
	case u < .35:
		f.TermDays, f.BoundIn = month, 1+r.Float64()*(month-1)
	default:
		f.TermDays, f.BoundIn = 365, 1+r.Float64()*364
	}
	return f
}

func (h truth) hazard(f *Facts, k int, length float64) float64 {
	eta := h.base + h.score*(f.Score-50)/10
	if due, _, _ := f.due(k, length); due {
		eta += h.due + h.term*math.Log(f.TermDays/month/12)
	}
	return num.Expit(eta)
}

// left is the true probability of leaving within k months.
func (h truth) left(f *Facts, k int, length float64) float64 {
	stay := 1.0
	for m := 1; m <= k; m++ {
		stay *= 1 - h.hazard(f, m, length)
	}
	return 1 - stay
}

// landmarks draws accounts, each at as many snapshots, and what became of them.
func (h truth) landmarks(r *rand.Rand, accounts, snapshots, k int, length float64) *Landmarks {
	m := &Landmarks{}
	for a := range accounts {
		for range snapshots {
			f := draw(r)
			m.add(r, h, f, int32(a), k, length)
		}
	}
	return m
}

func (m *Landmarks) add(r *rand.Rand, h truth, f Facts, account int32, k int, length float64) {
	days, cause := math.NaN(), Stays
	for j := 1; j <= k; j++ {
		if r.Float64() < h.hazard(&f, j, length) {
			days, cause = (float64(j-1)+.5)*length, Left
			break
		}
	}
	m.Facts, m.Days, m.Cause, m.Account = append(m.Facts, f), append(m.Days, days), append(m.Cause, cause), append(m.Account, account)
}

// made is a data set of accounts at cut-offs with the outcomes of a true hazard.
func made(h truth, accounts, cutOffs int, seed uint64) (*validate.Dataset, []Facts, []Cause) {
	r := rand.New(rand.NewPCG(seed, 3))
	began := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	d := &validate.Dataset{
		Spec:      validate.Spec{Scorecard: "made", Horizon: DefaultHorizon, Grace: validate.DefaultGrace, Outcome: validate.OutcomeLeft, History: validate.Recomputed},
		DataStart: began, DataEnd: began.AddDate(0, 0, 91*cutOffs+200), Bands: []validate.Band{{Key: "red"}, {Key: "green"}},
	}
	d.AsOf = d.DataEnd
	k, length := periods(d.Spec.Horizon)
	for c := range cutOffs {
		d.Plan.CutOffs = append(d.Plan.CutOffs, began.AddDate(0, 0, 60+91*c))
	}
	d.Plan.Step = 91 * validate.Day
	for a := range accounts {
		d.Accounts = append(d.Accounts, validate.Account{ID: id.Account(fmt.Sprintf("acc_%d", a)), Life: validate.Life{Spans: []validate.Span{{Start: began.AddDate(-1, 0, 0)}}}})
	}
	m := &Landmarks{}
	for c, t := range d.Plan.CutOffs {
		for a := range accounts {
			f := draw(r)
			m.add(r, h, f, int32(a), k, length)
			i := len(m.Facts) - 1
			row := validate.Row{Account: int32(a), CutOff: int32(c), Score: f.Score, Segment: f.Segment, ARR: 1000, Days: m.Days[i], Left: m.Cause[i] != Stays}
			if row.Left {
				life := &d.Accounts[a].Life
				life.Departures = append(life.Departures, t.Add(time.Duration(row.Days*24)*time.Hour))
			}
			d.Rows = append(d.Rows, row)
		}
	}
	d.Proof.Planted = validate.Comparison{Compared: 1, Note: "One account was planted."}
	d.Proof.Rebuilt = validate.Comparison{Compared: 1, Note: "One score was rebuilt."}
	return d, m.Facts, m.Cause
}
