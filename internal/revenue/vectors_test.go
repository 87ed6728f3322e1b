package revenue

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/testfix"
)

type parts struct {
	Name                                                    string
	Begin, New, Expansion, Reactivation, Contraction, Churn float64
	Logos, Lost                                             int
	BeginARR                                                float64 `json:"begin_arr_thousand"`
	ChurnedARR                                              float64 `json:"churned_arr_thousand"`
	Base, Renewed                                           float64
	DuePeriod                                               string `json:"due_period"`
	ClosedPeriod                                            string `json:"closed_period"`
	Period                                                  string
	Amount                                                  float64
}

type vector struct {
	ID, System string
	Inputs     struct {
		parts
		Op             string
		Cohort         parts
		Segments       []parts
		Periods        []parts
		Due, Closed    []parts
		Available      float64 `json:"available_to_renew"`
		Losses         float64 `json:"losses_and_downsell"`
		AtRisk         float64 `json:"at_risk"`
		RetainedAtRisk float64 `json:"retained_of_at_risk"`
		LostAmount     float64 `json:"lost"`
		Flagged        float64 `json:"flagged_of_lost"`
		Forecast       float64
		ClosedAmount   json.RawMessage `json:"closed"`
		Exposed        float64
		Expiring       float64
		Booked         float64 `json:"booked_total"`
		Early          float64 `json:"of_which_early_for_later_periods"`
		Late           float64 `json:"of_which_late_from_earlier_periods"`
		Terms          []float64
		EndBeforeChurn float64 `json:"end_same_customers_before_churn"`
		ARR            float64 `json:"arr"`
		LostLogos      int     `json:"lost_logos"`
		LostARR        float64 `json:"lost_arr"`
		T0, T1         map[string]float64
		Monthly        []float64
		MonthlyGRR     float64 `json:"monthly_grr"`
		Customers      float64
		Margin         float64 `json:"gross_margin"`
		ChurnAnnual    float64 `json:"churn_annual"`
		Discount       float64 `json:"discount_rate"`
		Spending       float64 `json:"sales_marketing"`
		NewLogos       int     `json:"new_logos"`
		NewARR         float64 `json:"new_arr"`
		ARPA           float64 `json:"arpa_annual"`
		CAC            float64
		ARPAMonth      float64 `json:"arpa_month"`
		ARRPerAccount  float64 `json:"arr_per_account"`
		LostCustomers  int     `json:"lost_customers"`
		End            float64
		TotalRevenue   float64 `json:"total_revenue"`
		ChurnedRevenue float64 `json:"churned_revenue"`
		ChurnMonth     float64 `json:"churn_month"`
		LateRenewal    string  `json:"late_renewal"`
	}
	Expected  map[string]any
	Tolerance struct{ Abs, Rel float64 }
}

// elsewhere are operations of the same system that other packages answer: surveys,
// pay, and a multiplication.
var elsewhere = []string{"nps", "nps_from_ratings", "nps_interval_wald", "csat_top_box", "linear_bonus", "product"}

// TestVectors runs the revenue, retention and CAC vectors of the shared references
// through the functions that the product uses. An operation that is not known is a
// failure.
func TestVectors(t *testing.T) {
	raw, err := os.ReadFile(testfix.Shared(t, "domain", "test-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, one := range list {
		var head struct {
			ID, System string
			Inputs     struct{ Op string }
		}
		if err := json.Unmarshal(one, &head); err != nil {
			t.Fatal(err)
		}
		if head.System != "measures" || slices.Contains(elsewhere, head.Inputs.Op) {
			continue
		}
		n++
		t.Run(head.ID, func(t *testing.T) { run(t, one) })
	}
	if n < 34 {
		t.Errorf("%d vectors were run, want at least 34", n)
	}
}

func run(t *testing.T, raw json.RawMessage) {
	var v vector
	// Some keys have two types, by operation: what does not fit is not needed there.
	if err := json.Unmarshal(raw, &v); err != nil && v.Inputs.Op == "" {
		t.Fatal(err)
	}
	got := plain(t, answer(t, &v))
	for key, want := range v.Expected {
		if key == "reject" {
			for name, wrong := range want.(map[string]any) {
				if have, ok := got[name]; ok && near(have, wrong, v.Tolerance.Abs, v.Tolerance.Rel) {
					t.Errorf("%s is %v, which is the known mistake", name, have)
				}
			}
			continue
		}
		if !near(got[key], want, v.Tolerance.Abs, v.Tolerance.Rel) {
			t.Errorf("%s: got %v, want %v", key, got[key], want)
		}
	}
}

func near(got, want any, abs, rel float64) bool {
	switch w := want.(type) {
	case float64:
		g, ok := got.(float64)
		return ok && math.Abs(g-w) <= abs+rel*math.Abs(w)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !near(g[i], w[i], abs, rel) {
				return false
			}
		}
		return true
	case map[string]any:
		g, ok := got.(map[string]any)
		for k := range w {
			if !ok || !near(g[k], w[k], abs, rel) {
				return false
			}
		}
		return true
	}
	return got == want
}

func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

type values map[string]any

func minor(x float64) int64 { return int64(math.Round(x * 1e4)) }

// book makes accounts with the movements between day 1 and day 9: one that leaves,
// one that shrinks, one that grows, one that is new, one that is back, one that
// stays.
func book(p parts) [][]customer.Subscription {
	flat := minor(p.Begin) - minor(p.Churn) - 2*minor(p.Contraction) - 1
	shrinks := then(sub(0, 0, 2*minor(p.Contraction)), 5, func(r *customer.Revision) { r.ARR.Minor = minor(p.Contraction) })
	grows := then(sub(0, 0, 1), 5, func(r *customer.Revision) { r.ARR.Minor = 1 + minor(p.Expansion) })
	back := list(sub(-9, -5, 7), sub(5, 0, minor(p.Reactivation)))
	return [][]customer.Subscription{list(sub(0, 5, minor(p.Churn))), list(shrinks), list(grows), list(sub(5, 0, minor(p.New))), back, list(sub(0, 0, flat))}
}

func answer(t *testing.T, v *vector) values {
	in := &v.Inputs
	switch in.Op {
	case "retention_components":
		m := bridge(t, book(in.parts), Policy{}, nil, 1, 9).Total[0].Measures
		return values{"grr": m.GRR, "nrr": m.NRR}
	case "reject_values":
		// The movements of the whole year, and those of the opening accounts alone:
		// what new accounts did in their first year is in the bridge only.
		accounts := book(parts{Begin: in.Begin, Expansion: in.Cohort.Expansion, Contraction: in.Cohort.Contraction, Churn: in.Cohort.Churn, Reactivation: in.Reactivation})
		newcomer := minor(in.New)
		accounts = append(accounts, list(sub(5, 0, newcomer)))
		m := bridge(t, accounts, Policy{}, nil, 1, 9).Total[0].Measures
		return values{"grr": m.GRR, "nrr": m.NRR}
	case "retention_components_by_segment":
		return bySegment(t, in.Segments)
	case "arr_bridge":
		l := bridge(t, book(in.parts), Policy{}, nil, 1, 9).Total[0].Line
		return values{"end": float64(l.ClosingMinor) / 1e4, "quick_ratio_strict": l.QuickRatio, "quick_ratio_with_reactivation": QuickRatio(in.New+in.Reactivation, in.Expansion, in.Contraction, in.Churn)}
	case "arr_bridge_series":
		return series(t, in.Begin, in.Periods)
	case "logo_retention":
		return logos(t, in.Segments)
	case "renewal_rate":
		gross, _ := Renewal(in.Available, in.Available-in.Losses, 0, 0)
		return values{"gross_renewal_rate": gross}
	case "renewal_operations":
		var closed float64
		if err := json.Unmarshal(in.ClosedAmount, &closed); err != nil {
			t.Fatal(err)
		}
		save, _ := Renewal(in.AtRisk, in.RetainedAtRisk, 0, 0)
		detection, _ := Renewal(in.LostAmount, in.Flagged, 0, 0)
		accuracy, bias := ForecastAccuracy(in.Forecast, closed)
		return values{"save_rate": save, "detection_rate": detection, "forecast_accuracy": accuracy, "forecast_bias": bias}
	case "renewal_versus_retention":
		return renewalAndRetention(t, in.Base, in.Exposed, in.Renewed)
	case "renewal_rate_by_period":
		return lateRenewal(t)
	case "in_quarter_renewal_rate":
		return inQuarter(in.Expiring, in.Booked, in.Early, in.Late)
	case "sum":
		return available(t, in.Terms)
	case "renewal_rate_series":
		var gross, net []*float64
		for _, p := range in.Periods {
			g, n := Renewal(p.Base, p.Renewed, p.Expansion, p.Contraction)
			gross, net = append(gross, g), append(net, n)
		}
		return values{"gross": gross, "net": net}
	case "nrr_endpoint":
		accounts := [][]customer.Subscription{
			list(then(sub(0, 0, minor(in.Begin)-minor(in.Churn)), 5, func(r *customer.Revision) { r.ARR.Minor = minor(in.EndBeforeChurn) - minor(in.Churn) })),
			list(sub(0, 5, minor(in.Churn))),
		}
		return values{"nrr": bridge(t, accounts, Policy{}, nil, 1, 9).Total[0].Measures.NRR}
	case "logo_versus_dollar":
		m := bridge(t, leavers(in.Logos, in.LostLogos, minor(in.ARR), minor(in.LostARR)), Policy{}, nil, 1, 9).Total[0].Measures
		return values{"logo_retention": m.LogoRetention, "dollar_retention": m.NRR}
	case "cohort_endpoints":
		return endpoints(t, in.T0, in.T1)
	case "annualise_churn":
		var out []float64
		for _, m := range in.Monthly {
			out = append(out, Annual(m))
		}
		return values{"annual": out}
	case "annualise_retention":
		return values{"annual_grr": 1 - Annual(1-in.MonthlyGRR)}
	case "ltv":
		arpa := CAC(in.ARR, int(in.Customers))
		return values{"arpa_annual": arpa, "ltv_no_margin": LTV(*arpa, 1, in.ChurnAnnual, 0), "ltv": LTV(*arpa, in.Margin, in.ChurnAnnual, 0), "ltv_discounted": LTV(*arpa, in.Margin, in.ChurnAnnual, in.Discount)}
	case "cac":
		cac := CAC(in.Spending, in.NewLogos)
		ltv, discounted := LTV(in.ARPA, in.Margin, in.ChurnAnnual, 0), LTV(in.ARPA, in.Margin, in.ChurnAnnual, in.Discount)
		return values{
			"cac_per_logo": cac, "new_cac_ratio": CACRatio(in.Spending, in.NewARR), "payback_months": PaybackMonths(in.Spending, in.NewARR/12, in.Margin),
			"ltv_to_cac": CACRatio(*ltv, *cac), "ltv_discounted_to_cac": CACRatio(*discounted, *cac),
		}
	case "cac_payback":
		return values{"payback_months": PaybackMonths(in.CAC, in.ARPAMonth, in.Margin)}
	case "ltv_to_cac":
		ltv := LTV(in.ARRPerAccount, in.Margin, in.ChurnAnnual, 0)
		return values{"ltv": ltv, "ltv_to_cac": CACRatio(*ltv, in.CAC)}
	case "ltv_simple":
		return values{"ltv": LTV(in.ARPAMonth, in.Margin, in.ChurnMonth, 0)}
	case "customer_churn":
		accounts := leavers(int(in.Begin), int(in.LostAmount), minor(in.Begin), minor(in.LostAmount))
		for range int(in.New) {
			accounts = append(accounts, list(sub(5, 0, minor(1))))
		}
		return values{"churn_rate": 1 - *bridge(t, accounts, Policy{}, nil, 1, 9).Total[0].Measures.LogoRetention}
	case "revenue_retention":
		m := bridge(t, book(parts{Begin: in.TotalRevenue, Churn: in.ChurnedRevenue}), Policy{}, nil, 1, 9).Total[0].Measures
		return values{"revenue_churn": 1 - *m.GRR, "revenue_retention": m.GRR}
	}
	t.Fatalf("operation %q is not known", in.Op)
	return nil
}

func bySegment(t *testing.T, segments []parts) values {
	var accounts [][]customer.Subscription
	var of []int
	var names []string
	for i, s := range segments {
		names = append(names, s.Name)
		for _, a := range book(s) {
			accounts, of = append(accounts, a), append(of, i)
		}
	}
	table, err := Bridge(accounts, []time.Time{day(1), day(9)}, Grouping{names, func(a, _ int) int { return of[a] }}, Policy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows []values
	for g, name := range names {
		m := table.Rows[0][g].Measures
		rows = append(rows, values{"name": name, "grr": m.GRR, "nrr": m.NRR})
	}
	m := table.Total[0].Measures
	return values{"segments": rows, "total": values{"grr": m.GRR, "nrr": m.NRR}}
}

func series(t *testing.T, begin float64, periods []parts) values {
	var ends, strict, with []any
	for _, p := range periods {
		p.Begin = begin
		l := bridge(t, book(p), Policy{}, nil, 1, 9).Total[0].Line
		begin = float64(l.ClosingMinor) / 1e4
		ends, strict = append(ends, begin), append(strict, l.QuickRatio)
		with = append(with, QuickRatio(p.New+p.Reactivation, p.Expansion, p.Contraction, p.Churn))
	}
	return values{"end": ends, "quick_ratio_strict": strict, "quick_ratio_with_reactivation": with}
}

// leavers are accounts of which the first leave on day 5; what they pay is shared
// equally, the rest of a division with the first of each.
func leavers(n, lost int, arr, lostARR int64) [][]customer.Subscription {
	var out [][]customer.Subscription
	share := func(total int64, of, i int) int64 {
		if i == 0 {
			return total - total/int64(of)*int64(of-1)
		}
		return total / int64(of)
	}
	for i := range lost {
		out = append(out, list(sub(0, 5, share(lostARR, lost, i))))
	}
	for i := range n - lost {
		out = append(out, list(sub(0, 0, share(arr-lostARR, n-lost, i))))
	}
	return out
}

func logos(t *testing.T, segments []parts) values {
	var rows []values
	all := [][]customer.Subscription{}
	index := func(m *Measures) float64 {
		opening, lost := float64(m.OpeningMinor)/float64(m.AccountsOpening), float64(m.LostMinor)/float64(m.AccountsChurned)
		return lost / opening
	}
	for _, s := range segments {
		accounts := leavers(s.Logos, s.Lost, minor(s.BeginARR), minor(s.ChurnedARR))
		all = append(all, accounts...)
		m := bridge(t, accounts, Policy{}, nil, 1, 9).Total[0].Measures
		rows = append(rows, values{"name": s.Name, "logo_retention": m.LogoRetention, "churned_size_index": index(&m)})
	}
	m := bridge(t, all, Policy{}, nil, 1, 9).Total[0].Measures
	return values{"segments": rows, "total": values{"logo_retention": m.LogoRetention, "churned_size_index": index(&m)}}
}

func endpoints(t *testing.T, t0, t1 map[string]float64) values {
	var accounts [][]customer.Subscription
	for name, arr := range t1 {
		s := sub(5, 0, minor(arr))
		if t0[name] > 0 {
			s = then(sub(0, 0, minor(t0[name])), 5, func(r *customer.Revision) { r.ARR.Minor = minor(arr) })
		}
		accounts = append(accounts, list(s))
	}
	m := bridge(t, accounts, Policy{}, nil, 1, 9).Total[0].Measures
	return values{"nrr": m.NRR, "grr": m.GRR, "logo_retention": m.LogoRetention}
}

// ends is a subscription that ends on a day, and its renewal, known on another.
func ends(name string, on, known int, due, renewed float64) []customer.Subscription {
	old := sub(-300, on, minor(due))
	old.ID = id.Subscription(name)
	next := sub(on, 0, minor(renewed))
	next.ID, next.RenewalOf = old.ID+"_next", old.ID
	next.Revisions[0].KnownAt = day(known)
	return list(old, next)
}

func dueIn(t *testing.T, accounts [][]customer.Subscription, from, to int) []Due {
	t.Helper()
	terms, err := DueBetween(accounts, day(from), day(to), day(400), Policy{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

func lateRenewal(t *testing.T) values {
	// Due at the end of January and of February; both closed in February.
	terms := dueIn(t, [][]customer.Subscription{ends("jan", 20, 40, 100, 100), ends("feb", 50, 51, 100, 100)}, 0, 90)
	rate := func(from, to int) *float64 { return RatesOf(terms, day(from), day(to), ByClose).Gross }
	return values{"jan": rate(0, 31), "feb": rate(31, 59), "quarter": rate(0, 90)}
}

func inQuarter(expiring, booked, early, late float64) values {
	var accounts [][]customer.Subscription
	inside := booked - early - late
	accounts = append(accounts,
		ends("inside", 50, 50, inside, inside), ends("later", 150, 60, early, early), ends("earlier", -10, 20, late, late),
		list(sub(-300, 70, minor(expiring-inside))))
	terms, err := DueBetween(accounts, day(-90), day(200), day(400), Policy{}, nil)
	if err != nil {
		panic(err)
	}
	return values{
		"apparent_rate":   RatesOf(terms, day(0), day(90), ByClose).Gross,
		"in_quarter_rate": RatesOf(terms, day(0), day(90), InPeriod).Gross,
	}
}

func available(t *testing.T, terms []float64) values {
	var accounts [][]customer.Subscription
	for i, x := range terms {
		accounts = append(accounts, ends(fmt.Sprint("s", i), 10+i, 10+i, x, x))
	}
	r := RatesOf(dueIn(t, accounts, 0, 90), day(0), day(90), ByDue)
	return values{"available_to_renew": float64(r.DueMinor) / 1e4}
}

// renewalAndRetention measures both families on the same accounts.
func renewalAndRetention(t *testing.T, base, exposed, renewed float64) values {
	accounts := [][]customer.Subscription{
		list(sub(-300, 0, minor(base-exposed))), ends("renewed", 10, 10, renewed, renewed), list(sub(-300, 10, minor(exposed-renewed))),
	}
	accounts[0][0].Revisions[0].End = time.Time{}
	return values{
		"renewal_rate":   RatesOf(dueIn(t, accounts, 1, 90), day(1), day(90), ByDue).Gross,
		"retention_rate": bridge(t, accounts, Policy{}, nil, 1, 90).Total[0].Measures.GRR,
	}
}
