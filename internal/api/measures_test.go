package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kept/internal/customer"
	"kept/internal/revenue"
)

func TestMeasures(t *testing.T) {
	s := newSite(t, 40)
	got := call[revenue.Measures](s, http.MethodGet, "/measures?from=2025-03-01&to=2026-03-01", nil, http.StatusOK)
	rows := must[[]customer.Subscription](t)(s.records.Subscriptions(t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}}))
	at := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	accounts, minor := map[string]bool{}, int64(0)
	for i := range rows {
		if r, ok := rows[i].At(at); ok && r.InForce(at) && !r.Trial {
			accounts[string(rows[i].AccountID)] = true
			minor += r.ARR.Minor
		}
	}
	if len(accounts) < 10 || got.AccountsOpening != len(accounts) || got.OpeningMinor != minor || got.NRR == nil || *got.NRR <= 0 {
		t.Errorf("%+v, want %d accounts with %d", got, len(accounts), minor)
	}
	for query, want := range map[string]string{
		"": "from", "?from=2025-03-01": "to", "?from=2025-03-01&to=2025-03-01": "does not come after", "?from=x&to=2025-03-01": "not an instant",
		"?from=2025-03-01&to=2026-03-01&currency=EURO": "currency", "?from=2025-03-01&to=2026-03-01&by=owner": "by",
	} {
		w := s.request(http.MethodGet, basePath+"/measures"+query, adminToken, nil)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
}
