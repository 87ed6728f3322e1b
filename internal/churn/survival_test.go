package churn

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/testfix"
	"kept/internal/validate"
)

// table reads a CSV of the reference cases as numbers by column.
func table(t *testing.T, name string) map[string][]float64 {
	t.Helper()
	file, err := os.Open(filepath.Join(testfix.Shared(t, "golden", "stats"), "data", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for c, name := range rows[0] {
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[c], 64)
			if err != nil {
				v = math.NaN()
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

func expected(t *testing.T, id string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testfix.Shared(t, "golden", "stats"), "cases", id+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &struct{ Expected any }{into}); err != nil {
		t.Fatal(err)
	}
}

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.9f, want %.9f", what, got, want)
	}
}

func estimate(t *testing.T, by By, of []Stretch) *Survival {
	t.Helper()
	s, err := Estimate(by, t0, Window{Start: t0.AddDate(-3, 0, 0), End: t0}, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(s); err != nil {
		t.Fatalf("a number that JSON has not: %v", err)
	}
	return s
}

func (c *Curve) month(t *testing.T, m int) CurvePoint {
	t.Helper()
	for _, p := range c.Points {
		if p.Month == m {
			return p
		}
	}
	t.Fatalf("%s has no month %d", c.Title, m)
	return CurvePoint{}
}

// TestReferenceLung reads a published data set as lives whose 12th month is day
// 365: curve, limits and log-rank test are those of R's survival.
func TestReferenceLung(t *testing.T) {
	lung := table(t, "lung.csv")
	var of []Stretch
	for i, days := range lung["time"] {
		s := Stretch{Exit: days * 12 * month / 365, Group: strconv.Itoa(int(lung["sex"][i]))}
		if lung["event"][i] == 1 {
			s.Cause = Left
		}
		of = append(of, s)
	}
	s := estimate(t, BySegment, of)
	year := s.All.month(t, 12)
	// statistics.md §11: S(365) = .40924, log-log (.33871, .47838).
	near(t, "S(365)", year.Stay, .40924, 5e-6)
	near(t, "its lower limit", year.Low, .33871, 5e-6)
	near(t, "its upper limit", year.High, .47838, 5e-6)
	near(t, "χ²", *s.Test.ChiSq, 10.3267419548856, 1e-8)
	near(t, "p", *s.Test.P, .00131116452035549, 1e-10)
	near(t, "median", *s.All.Median.Value*365/12, 310, 1e-9)
	near(t, "its lower limit on the log-log scale", *s.All.Median.Low*365/12, 284, 1e-9)
	near(t, "its upper limit on the log-log scale", *s.All.Median.High*365/12, 361, 1e-9)
	if s.All.Departures != 165 || s.Test.DF != 1 || len(s.Groups) != 2 || year.Ended != nil {
		t.Errorf("%d departures, %d degrees of freedom, %d groups", s.All.Departures, s.Test.DF, len(s.Groups))
	}
	// The restricted mean of 600 days, by sex: 600 days are 24 months.
	var km map[string]struct {
		RMST struct{ Value, SE float64 }
	}
	expected(t, "km_lung_by_sex", &km)
	for i := range of {
		of[i].Exit *= 365.0 / 12 / month * 24 * month / 600
	}
	s = estimate(t, BySegment, of)
	if s.RestrictedTo != 24 {
		t.Fatalf("restricted to %v months", s.RestrictedTo)
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		want := km[g.Key].RMST
		if want.Value == 0 {
			t.Fatalf("the reference has no restricted mean of group %q", g.Key)
		}
		near(t, "restricted mean", *g.Mean.Value*600/24, want.Value, 1e-6)
		near(t, "its limit", *g.Mean.Low*600/24, want.Value-z95*want.SE, 1e-6)
	}
}

// TestReferenceCompeting: shares by cause are those of R's survival.
func TestReferenceCompeting(t *testing.T) {
	data := table(t, "mgus2_cr.csv")
	var of []Stretch
	for i, m := range data["time"] {
		of = append(of, Stretch{Exit: m * month, Cause: Cause(data["status"][i])})
	}
	var want map[string]struct {
		At     []int
		Pstate [][]float64
		SE     [][]float64
	}
	expected(t, "cr_mgus2", &want)
	s := estimate(t, BySegment, of)
	for i, at := range want["all"].At {
		if at > maxMonths {
			continue
		}
		p := s.All.month(t, at)
		near(t, "stay", p.Stay, want["all"].Pstate[i][0], 1e-9)
		for k := range 2 {
			share, se := want["all"].Pstate[i][k+1], want["all"].SE[i][k+1]
			near(t, "share", p.Ended[k].Share, share, 1e-9)
			l := math.Log1p(-share)
			near(t, "its limit", p.Ended[k].High, 1-math.Exp(l*math.Exp(z95*se/((1-share)*-l))), 1e-6)
		}
	}
}

// TestReferenceDelayed: with delayed entry the curve is R's, given that the
// account was there when ten were watched.
func TestReferenceDelayed(t *testing.T) {
	data := table(t, "sim_subscriptions_left_truncated.csv")
	var want map[string]struct {
		Time, Surv []float64
		Risk       []float64 `json:"n_risk"`
	}
	expected(t, "km_left_truncated", &want)
	golden := want["all"]
	surv := func(at float64) float64 {
		i, exact := slices.BinarySearch(golden.Time, at)
		if !exact {
			i--
		}
		if i < 0 {
			return 1
		}
		return golden.Surv[i]
	}
	var of []Stretch
	for i, exit := range data["exit"] {
		s := Stretch{Entry: data["entry"][i] * month, Exit: exit * month}
		if data["event"][i] == 1 {
			s.Cause = Left
		}
		of = append(of, s)
	}
	s := estimate(t, BySegment, of)
	if s.All.FromMonth <= 0 || s.All.Late == 0 {
		t.Fatalf("from month %v, %d late", s.All.FromMonth, s.All.Late)
	}
	for _, p := range s.All.Points {
		near(t, "S given the start", p.Stay, surv(float64(p.Month)+1e-9)/surv(s.All.FromMonth+1e-9), 1e-9)
	}
}

// byHand: 12 lives. Day 45: one leaves. Day 100: one leaves, one is bought. Day 110:
// two are censored. Day 200: one leaves. Six are there at day 400.
func byHand() []Stretch {
	of := []Stretch{{Exit: 45, Cause: Left}, {Exit: 100, Cause: Left}, {Exit: 100, Cause: Ceased}, {Exit: 110}, {Exit: 110}, {Exit: 200, Cause: Left}}
	for range 6 {
		of = append(of, Stretch{Exit: 400})
	}
	return of
}

func TestByHand(t *testing.T) {
	s := estimate(t, BySegment, byHand())
	for _, c := range []struct {
		month                      int
		stay, left, ceased         float64
		risk, departures, censored int
	}{
		{0, 1, 0, 0, 12, 0, 0},
		{1, 1, 0, 0, 12, 0, 0},
		{2, 11. / 12, 1. / 12, 0, 11, 1, 0},
		{3, 11. / 12, 1. / 12, 0, 11, 0, 0},
		{4, 9. / 12, 2. / 12, 1. / 12, 7, 2, 2}, // 11/12 · 9/11
		{6, 9. / 12, 2. / 12, 1. / 12, 7, 0, 0},
		{7, 9. / 12 * 6 / 7, 2./12 + 9./12/7, 1. / 12, 6, 1, 0},
		{13, 9. / 12 * 6 / 7, 2./12 + 9./12/7, 1. / 12, 6, 0, 0},
	} {
		p := s.All.month(t, c.month)
		near(t, "stay", p.Stay, c.stay, 1e-12)
		near(t, "left", p.Ended[0].Share, c.left, 1e-12)
		near(t, "ceased", p.Ended[1].Share, c.ceased, 1e-12)
		if p.AtRisk != c.risk || p.Departures != c.departures || p.Censored != c.censored || p.Thin != (c.risk < 10) {
			t.Errorf("month %d: %+v", c.month, p)
		}
		if sum := p.Stay + p.Ended[0].Share + p.Ended[1].Share; math.Abs(sum-1) > 1e-12 {
			t.Errorf("month %d: the shares add up to %v", c.month, sum)
		}
	}
	// At month 1 nobody has left: the lower limit is .025^(1/12).
	near(t, "limit before the first departure", s.All.month(t, 1).Low, math.Pow(.025, 1./12), 1e-12)
	// One who is seen from day 150 on is among 8 at day 200.
	s = estimate(t, BySegment, append(byHand(), Stretch{Entry: 150, Exit: 400}))
	near(t, "with delayed entry", s.All.month(t, 7).Stay, 9./12*7/8, 1e-12)
	if p := s.All.month(t, 4); p.AtRisk != 7 || s.All.Late != 1 {
		t.Errorf("month 4 with delayed entry: %+v, %d late", p, s.All.Late)
	}
}

func TestSurvivalBadInput(t *testing.T) {
	for name, of := range map[string][]Stretch{
		"backwards": {{Entry: 10, Exit: 5}},
		"NaN":       {{Entry: math.NaN(), Exit: 5}},
		"endless":   {{Exit: math.Inf(1)}},
		"cause":     {{Exit: 5, Cause: 7}},
		"before":    {{Entry: -3, Exit: 5}},
	} {
		if _, err := Estimate(BySegment, t0, Window{}, of, nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for name, of := range map[string][]Stretch{"nobody": nil, "three": {{Exit: 5, Cause: Left}, {Exit: 9}, {Exit: 12}}} {
		s := estimate(t, ByCohort, of)
		if s.Status != StatusRefused || !strings.Contains(s.Refusal, "at no time were 10 watched") || s.Test.Refusal == "" || len(s.Groups) != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	// All censored: a curve at 1 with its limit, and no test.
	var calm []Stretch
	for i := range 24 {
		calm = append(calm, Stretch{Exit: 400, Group: []string{"a", "b"}[i%2]})
	}
	s := estimate(t, BySegment, calm)
	if p := s.Groups[0].month(t, 6); p.Stay != 1 || p.High != 1 || p.Low <= 0 || p.Low >= 1 {
		t.Errorf("all censored: %+v", p)
	}
	if s.Test.P != nil || !strings.Contains(s.Test.Refusal, "0 departures") || s.Groups[0].Mean.Value != nil || s.Groups[0].Median.Value != nil {
		t.Errorf("all censored: %+v", s.Test)
	}
}

// TestProducts: how a product ended tells the customer's departure from its own.
func TestProducts(t *testing.T) {
	end := in(500)
	subs := []customer.Subscription{term("a", 0, 100, false), term("a", 110, 200, false)} // a late renewal in between
	stays := []Span{{Start: in(0)}}
	got := ProductSpans(subs, stays, 30*validate.Day, end)
	if len(got) != 1 || !got[0].Left.Equal(in(200)) || got[0].Cause != Dropped {
		t.Errorf("given up: %+v", got)
	}
	leaves := []Span{{Start: in(0), End: in(205), Left: in(205), Cause: Left}}
	if got := ProductSpans(subs, leaves, 30*validate.Day, end); got[0].Cause != WithAll {
		t.Errorf("left with the customer: %+v", got)
	}
	leaves[0].Cause = Ceased
	if got := ProductSpans(subs, leaves, 30*validate.Day, end); got[0].Cause != ProdGone {
		t.Errorf("the customer is no more: %+v", got)
	}
	if got := ProductSpans([]customer.Subscription{term("a", 0, 100, false), term("a", 200, 0, true)}, stays, 30*validate.Day, end); len(got) != 2 || got[1].Cause != Stays {
		t.Errorf("bought again later: %+v", got)
	}
}

// TestWindow: what the data cannot tell is not counted.
func TestWindow(t *testing.T) {
	at := func(text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		return must(time.Parse(time.DateOnly, text))
	}
	w := WindowOf(at("2025-01-01"), at("2026-03-03"), 30*validate.Day) // known up to 2026-02-01
	for name, c := range map[string]struct {
		start, end, left string
		entry, exit      float64 // months
		cause            Cause
		seen             bool
	}{
		"runs on":              {"2025-08-01", "", "", 0, 6, Stays, true},
		"began before":         {"2024-01-01", "", "", 12, 25, Stays, true},
		"left after a year":    {"2025-02-01", "2026-02-01", "2026-02-01", 0, 12, Left, true},
		"a leap year":          {"2024-01-31", "2025-01-31", "2025-01-31", 11 + 1./31, 12, Left, true},
		"half a month":         {"2025-04-01", "2025-05-16", "2025-05-16", 0, 1 + 15./31, Left, true},
		"left before the data": {"2024-05-01", "2024-12-01", "2024-12-01", 0, 0, Stays, false},
		"left too lately":      {"2025-02-01", "2026-02-10", "2026-02-10", 0, 12, Stays, true},
		"ended, no departure":  {"2025-02-01", "2025-04-01", "", 0, 2, Stays, true},
		"began too lately":     {"2026-02-20", "", "", 0, 0, Stays, false},
	} {
		got, seen := w.Cut(at(c.start), at(c.end), at(c.left), Left)
		if seen != c.seen || seen && (math.Abs(got.Entry/month-c.entry) > 1e-9 || math.Abs(got.Exit/month-c.exit) > 1e-9 || got.Cause != c.cause) {
			t.Errorf("%s: %+v %v, want %+v", name, got, seen, c)
		}
	}
	// A term of a year has ended when the curve comes to twelve months, to the last bit.
	if s, _ := w.Cut(at("2025-01-15"), at("2026-01-15"), at("2026-01-15"), Left); s.Exit != 12*month {
		t.Errorf("a year ends at %v, not at %v", s.Exit, 12*month)
	}
	if q := Quarter(in(200)); q != "2026-Q3" {
		t.Errorf("quarter %s", q)
	}
}
