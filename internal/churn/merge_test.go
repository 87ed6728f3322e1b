package churn

import (
	"math"
	"testing"

	"kept/internal/validate"
)

// TestMerge: two scorecards become one data set that is in order and loses nothing.
func TestMerge(t *testing.T) {
	whole, facts, cause := made(usual, 300, 8, 9)
	for range whole.Plan.CutOffs {
		whole.Plan.Weeks = append(whole.Plan.Weeks, whole.Plan.CutOffs[len(whole.Plan.Weeks)])
		whole.Weekly, whole.WeeklyBand, whole.AtRisk = append(whole.Weekly, make([]float64, 300)), append(whole.WeeklyBand, make([]int8, 300)), append(whole.AtRisk, make([]bool, 300))
	}
	// Accounts with an even number are under one scorecard, the others under another.
	var sets []*validate.Dataset
	for part, key := range []string{"even", "odd"} {
		d := *whole
		d.Spec.Scorecard, d.Title, d.Features = key, key, []validate.Feature{{Key: "f" + key, Title: "F"}}
		d.Rows, d.X, d.Weekly, d.WeeklyBand, d.AtRisk = nil, nil, nil, nil, nil
		for _, r := range whole.Rows {
			if int(r.Account)%2 == part {
				d.Rows, d.X = append(d.Rows, r), append(d.X, float64(r.Account))
			}
		}
		for range d.Plan.Weeks {
			scores, bands, on := make([]float64, 300), make([]int8, 300), make([]bool, 300)
			for a := range 300 {
				scores[a], bands[a], on[a] = math.NaN(), validate.NoBand, a%2 == part
				if on[a] {
					scores[a], bands[a] = float64(a), 1
				}
			}
			d.Weekly, d.WeeklyBand, d.AtRisk = append(d.Weekly, scores), append(d.WeeklyBand, bands), append(d.AtRisk, on)
		}
		d.LateKnown = 1 + part
		sets = append(sets, &d)
	}
	d, cards := Merge(sets)
	if len(d.Rows) != len(whole.Rows) || len(cards) != len(d.Rows) || len(d.Features) != 2 || len(d.X) != 2*len(d.Rows) || len(d.Bands) != 4 || d.LateKnown != 3 || d.Proof.Planted.Compared != 2 {
		t.Fatalf("%d rows, %d features, %d bands, %d late, %d planted", len(d.Rows), len(d.Features), len(d.Bands), d.LateKnown, d.Proof.Planted.Compared)
	}
	for i := range d.Rows {
		got, want := d.Rows[i], whole.Rows[i]
		part := int(got.Account) % 2
		if got.Account != want.Account || got.CutOff != want.CutOff || got.Left != want.Left || got.Band != int8(2*part) || cards[i] != sets[part].Spec.Scorecard {
			t.Fatalf("row %d: %+v under %s, want %+v", i, got, cards[i], want)
		}
		if d.At(i, part) != float64(got.Account) || !math.IsNaN(d.At(i, 1-part)) {
			t.Fatalf("row %d: inputs %v and %v", i, d.At(i, 0), d.At(i, 1))
		}
	}
	for a := range 300 {
		if d.Weekly[3][a] != float64(a) || !d.AtRisk[3][a] || d.WeeklyBand[3][a] != int8(1+2*(a%2)) {
			t.Fatalf("account %d in week 3: %v %v %v", a, d.Weekly[3][a], d.AtRisk[3][a], d.WeeklyBand[3][a])
		}
	}
	for i := range facts {
		facts[i].Card = cards[i]
	}
	m := Build(d, facts, cause)
	if m.Status != StatusOK || len(m.Scorecards) != 2 {
		t.Fatalf("%s %s", m.Status, m.Refusal)
	}
	own := 0
	for _, w := range m.Weights {
		if w.Key == "scorecard" {
			own++
		}
	}
	if own != 4 {
		t.Errorf("%d weights of scorecards, want a level and a slope for each", own)
	}
}
