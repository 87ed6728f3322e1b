package api

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/churn"
)

// ready asks until nothing is being calculated.
func ready(s *site, path string) *churn.Model {
	s.t.Helper()
	for range 3000 {
		out := call[ChurnAnswer](s, http.MethodGet, path, nil, http.StatusOK)
		if out.Calculating != (out.Forecast == nil) {
			s.t.Fatalf("calculating %v, forecast %v", out.Calculating, out.Forecast)
		}
		if !out.Calculating {
			return out.Forecast
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatal("the forecast is not there after a minute")
	return nil
}

func TestChurn(t *testing.T) {
	s := newSiteOver(t, 320, 24)
	first := call[ChurnPage](s, http.MethodGet, "/churn/accounts?limit=5", nil, http.StatusOK)
	if !first.Calculating || len(first.Items) != 5 || first.Items[0].State != churn.StateCalculating || first.Items[0].Probability.Value != nil {
		t.Errorf("at first: %+v", first)
	}
	m := ready(s, "/churn")
	if m.HorizonDays != 90 || m.Status != churn.StatusOK || m.Headline == "" || len(m.Scorecards) != 2 {
		t.Fatalf("%d days, %s: %s", m.HorizonDays, m.Status, m.Refusal)
	}
	list := call[ChurnPage](s, http.MethodGet, "/churn/accounts?limit=500", nil, http.StatusOK)
	if list.Calculating || list.Ready == 0 || int(list.Total) != len(list.Items) {
		t.Errorf("calculating %v, %d ready of %d, %d items", list.Calculating, list.Ready, list.Total, len(list.Items))
	}
	last := 2.
	for _, r := range list.Items {
		p := r.Probability
		switch {
		case p.Value == nil && p.Why == "":
			t.Errorf("%s: no number and no reason", r.Name)
		case p.Value == nil:
			last = -1
		case *p.Value > last || p.Low == nil || p.High == nil || p.N == 0 || p.Events == 0 || p.Evidence == "":
			t.Errorf("%s after %v: %+v", r.Name, last, p)
		default:
			last = *p.Value
		}
	}
	renewals := call[ChurnPage](s, http.MethodGet, "/churn/accounts?renewing=true&limit=500", nil, http.StatusOK)
	if renewals.Total == 0 || renewals.Total >= list.Total {
		t.Errorf("%d renewals of %d accounts", renewals.Total, list.Total)
	}
	at := time.Time{}
	for _, r := range renewals.Items {
		if r.Renewal == nil || r.Renewal.Days > 90 || r.Renewal.At.Before(at) {
			t.Fatalf("%s: %+v after %s", r.Name, r.Renewal, at)
		}
		at = r.Renewal.At
	}
	one := list.Items[0]
	a := call[AccountChurn](s, http.MethodGet, "/accounts/"+string(one.ID)+"/churn", nil, http.StatusOK)
	if a.State != churn.StateReady || *a.Probability.Value != *one.Probability.Value || len(a.Months) != 3 || a.Forecast == nil || a.Forecast.AUC.Value == nil {
		t.Errorf("the page says %+v, the list %v", a, *one.Probability.Value)
	}
	next := call[ChurnPage](s, http.MethodGet, "/churn/accounts?sort=name&limit=3", nil, http.StatusOK)
	more := call[ChurnPage](s, http.MethodGet, "/churn/accounts?sort=name&limit=3&cursor="+next.NextCursor, nil, http.StatusOK)
	if strings.ToLower(next.Items[2].Name) > strings.ToLower(more.Items[0].Name) {
		t.Errorf("%s comes before %s", next.Items[2].Name, more.Items[0].Name)
	}
	for _, segment := range []string{"digital", "growth"} {
		for _, r := range call[ChurnPage](s, http.MethodGet, "/churn/accounts?segment="+segment, nil, http.StatusOK).Items {
			if r.Segment == nil || r.Segment.Key != segment {
				t.Errorf("%s is no account of %s", r.Name, segment)
			}
		}
	}
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/churn?horizon=5d":                                {http.StatusUnprocessableEntity, "30d to 365d"},
		"/churn?horizon=soon":                              {http.StatusUnprocessableEntity, "number of days"},
		"/churn/accounts?horizon=900d":                     {http.StatusUnprocessableEntity, "30d to 365d"},
		"/churn/accounts?sort=colour":                      {http.StatusUnprocessableEntity, "is not a key"},
		"/churn/accounts?cursor=zzz":                       {http.StatusUnprocessableEntity, "cursor"},
		"/churn/accounts?as_of=yesterday":                  {http.StatusUnprocessableEntity, "not an instant"},
		"/accounts/" + string(one.ID) + "/churn?horizon=0": {http.StatusUnprocessableEntity, "out of range"},
		"/accounts/nobody/churn":                           {http.StatusUnprocessableEntity, "id"},
	} {
		w := s.request(http.MethodGet, basePath+path, adminToken, nil)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%s = %d %.300s, want %d with %q", path, w.Code, w.Body, want.status, want.says)
		}
	}
	early := ready(s, "/churn?as_of="+s.company.Truth().Start.AddDate(0, 1, 0).Format(time.DateOnly))
	if early.Status != churn.StatusRefused || !strings.Contains(early.Refusal, "days") {
		t.Errorf("a month into the data: %+v", early.Refusal)
	}
}

func TestSurvival(t *testing.T) {
	s := newSiteOver(t, 120, 24)
	for _, by := range []string{"segment", "cohort", "product_line"} {
		out := call[churn.Survival](s, http.MethodGet, "/survival?by="+by, nil, http.StatusOK)
		if out.Status != churn.StatusOK || string(out.By) != by || len(out.Groups) < 2 || len(out.All.Points) < 12 || out.Headline == "" || out.ModelVersion == 0 {
			t.Errorf("by %s: %s, %d groups, %d points", by, out.Status, len(out.Groups), len(out.All.Points))
		}
		for _, g := range out.Groups {
			if g.Refusal == "" && len(g.Points) == 0 {
				t.Errorf("%s has no curve and no reason", g.Title)
			}
		}
	}
	if out := call[churn.Survival](s, http.MethodGet, "/survival?as_of=1990-01-01", nil, http.StatusOK); out.Status != churn.StatusRefused || out.Refusal == "" || len(out.Groups) != 0 {
		t.Errorf("before all data: %s %s", out.Status, out.Refusal)
	}
	for query, says := range map[string]string{"by=colour": "by", "as_of=x": "not an instant", "known=maybe": "known"} {
		if w := s.request(http.MethodGet, basePath+"/survival?"+query, adminToken, nil); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s = %d %.200s", query, w.Code, w.Body)
		}
	}
}

// BenchmarkChurn measures what pages ask for once the forecast is there, for
// KEPT_BENCH_ACCOUNTS accounts (default 1,000).
func BenchmarkChurn(b *testing.B) {
	n := 1000
	if v, err := strconv.Atoi(os.Getenv("KEPT_BENCH_ACCOUNTS")); err == nil {
		n = v
	}
	s := benchmarkSite{newSiteOver(b, n, 24)}
	start := time.Now()
	for call[ChurnAnswer](s.site, http.MethodGet, "/churn", nil, http.StatusOK).Calculating {
		time.Sleep(100 * time.Millisecond)
	}
	b.Logf("%d accounts: the forecast took %s", n, time.Since(start).Round(100*time.Millisecond))
	list := call[ChurnPage](s.site, http.MethodGet, "/churn/accounts?limit=500", nil, http.StatusOK)
	b.Run("account", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return "/accounts/" + string(list.Items[i%len(list.Items)].ID) + "/churn" })
	})
	sorts := []string{"probability", "-probability", "renewal_at", "-arr", "name"}
	b.Run("renewals", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return "/churn/accounts?renewing=true&limit=100&sort=" + sorts[i%len(sorts)] })
	})
	b.Run("all", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return "/churn/accounts?limit=100&sort=" + sorts[i%len(sorts)] })
	})
	b.Run("survival", func(b *testing.B) {
		s.percentiles(b, func(i int) string { return "/survival?by=" + []string{"segment", "cohort", "product_line"}[i%3] })
	})
}
