package churn

import (
	"cmp"
	"math"
	"slices"

	"kept/internal/validate"
)

// Merge joins the data sets of several scorecards of one engine into one of all
// customers, and names the scorecard of each row. They have the accounts and the
// plan in common, and an account is under one scorecard at a time. Inputs of
// another scorecard are missing; bands stand one scorecard after the other.
func Merge(sets []*validate.Dataset) (*validate.Dataset, []string) {
	d := *sets[0]
	d.Spec.Scorecard, d.Title = "", "All customers"
	d.Rows, d.X, d.Features, d.Bands = nil, nil, nil, nil
	d.LateKnown, d.Proof = 0, validate.Proof{}
	d.Weekly, d.WeeklyBand, d.AtRisk = nil, nil, nil
	type place struct{ set, row int }
	var at []place
	for i, s := range sets {
		for r := range s.Rows {
			at = append(at, place{i, r})
		}
	}
	slices.SortStableFunc(at, func(a, b place) int {
		x, y := &sets[a.set].Rows[a.row], &sets[b.set].Rows[b.row]
		return cmp.Or(cmp.Compare(x.CutOff, y.CutOff), cmp.Compare(x.Account, y.Account))
	})
	bands, features := make([]int8, len(sets)), make([]int, len(sets))
	for i, s := range sets {
		bands[i], features[i] = int8(min(len(d.Bands), 100)), len(d.Features) //nolint:gosec // bounded
		d.Bands = append(d.Bands, s.Bands...)
		for _, f := range s.Features {
			if len(sets) > 1 {
				f.Title = s.Title + ": " + f.Title
			}
			d.Features = append(d.Features, f)
		}
		d.LateKnown += s.LateKnown
		d.Proof.Planted = added(d.Proof.Planted, s.Proof.Planted)
		d.Proof.Rebuilt = added(d.Proof.Rebuilt, s.Proof.Rebuilt)
	}
	width := len(d.Features)
	d.X = make([]float64, 0, len(at)*width)
	cards := make([]string, 0, len(at))
	for _, p := range at {
		s := sets[p.set]
		row := s.Rows[p.row]
		row.Band, row.BandAfter = shifted(row.Band, bands[p.set]), shifted(row.BandAfter, bands[p.set])
		d.Rows = append(d.Rows, row)
		cards = append(cards, s.Spec.Scorecard)
		from := len(d.X)
		for range width {
			d.X = append(d.X, missing)
		}
		own := len(s.Features)
		copy(d.X[from+features[p.set]:], s.X[p.row*own:(p.row+1)*own])
	}
	for w := range d.Plan.Weeks {
		weekOf(&d, sets, bands, w)
	}
	return &d, cards
}

// weekOf takes each account's week from the scorecard that it was under.
func weekOf(d *validate.Dataset, sets []*validate.Dataset, bands []int8, w int) {
	n := len(d.Accounts)
	scores, in, on := make([]float64, n), make([]int8, n), make([]bool, n)
	for a := range n {
		scores[a], in[a] = missing, validate.NoBand
		for i, s := range sets {
			if w < len(s.AtRisk) && s.AtRisk[w][a] {
				scores[a], in[a], on[a] = s.Weekly[w][a], shifted(s.WeeklyBand[w][a], bands[i]), true
				break
			}
		}
	}
	d.Weekly, d.WeeklyBand, d.AtRisk = append(d.Weekly, scores), append(d.WeeklyBand, in), append(d.AtRisk, on)
}

var missing = math.NaN()

// shifted numbers a band of one scorecard among those of all.
func shifted(band, by int8) int8 {
	if band < 0 {
		return band
	}
	return band + by
}

func added(a, b validate.Comparison) validate.Comparison {
	a.Compared += b.Compared
	a.Different += b.Different
	a.Example, a.Note = cmp.Or(a.Example, b.Example), cmp.Or(a.Note, b.Note)
	return a
}
