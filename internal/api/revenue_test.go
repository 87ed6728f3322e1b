package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kept/internal/revenue"
)

// TestBridge wants periods that go on where the one before ended, groups that add
// up, accounts behind every bar, and the same figures as the measures.
func TestBridge(t *testing.T) {
	s := newSite(t, 40)
	const span = "?from=2025-03-01&to=2026-03-01"
	got := call[RevenueBridge](s, http.MethodGet, "/revenue/bridge"+span+"&by=segment", nil, http.StatusOK)
	if len(got.Periods) != 12 || len(got.Instants) != 13 || len(got.Trailing) != 13 || len(got.Group) < 2 || got.Currency == "" {
		t.Fatalf("%d periods, %d instants, %d groups in %q", len(got.Periods), len(got.Instants), len(got.Group), got.Currency)
	}
	measures := call[revenue.Measures](s, http.MethodGet, "/measures"+span, nil, http.StatusOK)
	if m := got.Whole.Measures; m.OpeningMinor != measures.OpeningMinor || *m.NRR != *measures.NRR || m.AccountsChurned != measures.AccountsChurned || m.AccountsOpening < 10 {
		t.Errorf("bridge %+v, measures %+v", m, measures)
	}
	for i, p := range got.Periods {
		var closing int64
		for _, g := range got.Group {
			closing += g.Closing[i]
		}
		if closing != p.Row.Line.ClosingMinor {
			t.Errorf("period %d: the groups close with %d, the total with %d", i, closing, p.Row.Line.ClosingMinor)
		}
		if i > 0 && p.Row.Line.OpeningMinor != got.Periods[i-1].Row.Line.ClosingMinor {
			t.Errorf("period %d does not open with what the one before closed with", i)
		}
	}
	if last := got.Trailing[12]; *last.NRR != *measures.NRR {
		t.Errorf("trailing NRR %v, want %v", *last.NRR, *measures.NRR)
	}
	inForce := 0
	for _, o := range got.Others {
		if o.InForce {
			inForce++
		}
	}
	if len(got.Others) != 10 || inForce != 5 || len(got.Switches) < 8 {
		t.Errorf("%d others, %d in force, %d switches", len(got.Others), inForce, len(got.Switches))
	}
	for _, by := range []string{"owner", "cohort", "product"} {
		b := call[RevenueBridge](s, http.MethodGet, "/revenue/bridge"+span+"&step=quarter&by="+by, nil, http.StatusOK)
		if len(b.Periods) != 5 || len(b.Group) == 0 || b.Group[0].Title == "" || b.Whole.Line.Churned != got.Whole.Line.Churned || *b.Whole.Measures.NRR != *got.Whole.Measures.NRR {
			t.Errorf("by %s: %d periods, %d groups", by, len(b.Periods), len(b.Group))
		}
	}
	churned := call[List[RevenueMovement]](s, http.MethodGet, "/revenue/movements"+span+"&kind=churn&by=segment", nil, http.StatusOK)
	var lost int64
	for _, m := range churned.Items {
		lost += m.Line.ChurnMinor
		if m.Account.Name == "" || m.Group.Title == "" {
			t.Errorf("%+v has no names", m)
		}
	}
	if lost != got.Whole.Line.ChurnMinor || int(churned.Total) != got.Whole.Line.Churned || lost == 0 {
		t.Errorf("%d accounts lost %d; the bar has %d and %d", churned.Total, lost, got.Whole.Line.Churned, got.Whole.Line.ChurnMinor)
	}
}

func TestBridgeRefuses(t *testing.T) {
	s := newSite(t, 4)
	for query, want := range map[string]string{
		"": "from", "from=2025-03-01": "to", "from=2025-03-01&to=2025-02-01": "does not come after", "from=2025-03-01&to=2033-02-01": "still to come",
		"from=2025-03-01&to=2026-03-01&by=planet": "by", "from=2025-03-01&to=2026-03-01&step=day": "step", "from=2005-03-01&to=2026-03-01": "more than 120 periods",
		"from=2025-03-01&to=2026-03-01&overlap=maybe": "overlap", "from=2025-03-01&to=2026-03-01&currency=EURO": "currency",
	} {
		for _, path := range []string{"/revenue/bridge?", "/revenue/movements?"} {
			if strings.Contains(path, "movements") && (strings.Contains(query, "step") || strings.Contains(want, "periods")) {
				continue
			}
			w := s.request(http.MethodGet, basePath+path+query, adminToken, nil)
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s%q: %d %s", path, query, w.Code, w.Body)
			}
		}
	}
	if got := call[List[RevenueMovement]](s, http.MethodGet, "/revenue/movements?from=2025-03-01&to=2026-03-01&group="+url.QueryEscape("'; drop"), nil, http.StatusOK); got.Total != 0 {
		t.Errorf("%d accounts of an unknown group", got.Total)
	}
}
