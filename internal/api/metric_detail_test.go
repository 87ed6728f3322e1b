package api

import (
	"math"
	"net/http"
	"strings"
	"testing"
)

func TestMetricDetail(t *testing.T) {
	s := newSite(t, 40)
	list := call[NumberList[CatalogueMetric]](s, http.MethodGet, "/metrics", nil, 200)
	used := 0
	for i := range list.Items {
		row := &list.Items[i]
		d := call[MetricDetail](s, http.MethodGet, "/metrics/"+row.Name, nil, 200)
		counted, last := 0, d.Trend[len(d.Trend)-1]
		for _, b := range d.Histogram {
			counted += b.Count
		}
		if len(d.Trend) != trendWeeks || counted != int(math.Round(d.Coverage*float64(d.Subjects))) || last.Coverage != d.Coverage {
			t.Errorf("%s: %d weeks, %d counted of %v x %d, last week %v", row.Name, len(d.Trend), counted, d.Coverage, d.Subjects, last.Coverage)
		}
		// The list and the page say the same.
		if row.Per != "relationship" && (d.Coverage != row.Coverage || (row.Distribution != nil && *d.Distribution != *row.Distribution)) {
			t.Errorf("%s: %v here, %v in the list", row.Name, d.Coverage, row.Coverage)
		}
		if row.Per == "relationship" && d.Subjects <= 40 {
			t.Errorf("%s: %d product lines", row.Name, d.Subjects)
		}
		used += len(d.UsedBy)
	}
	if used == 0 {
		t.Error("no metric is used")
	}
	if w := s.request(http.MethodGet, basePath+"/metrics/no_such", adminToken, nil); w.Code != 404 || !strings.Contains(w.Body.String(), "no metric") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestHistogram(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		values []float64
		bins   int
		first  HistogramBin
	}{
		"nothing":       {[]float64{nan}, 0, HistogramBin{}},
		"one value":     {[]float64{3, 3, nan}, 1, HistogramBin{From: 3, To: 3, Count: 2}},
		"whole numbers": {[]float64{1, 1, 2, 4}, 4, HistogramBin{From: 1, To: 2, Count: 2}},
		"many wholes":   {[]float64{0, 10, 47}, bins, HistogramBin{From: 0, To: 2, Count: 1}},
		"shares":        {[]float64{0, .5, 1}, bins, HistogramBin{From: 0, To: 1.0 / bins, Count: 1}},
	} {
		got := histogram(c.values)
		if len(got) != c.bins || c.bins > 0 && got[0] != c.first {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTryMetric(t *testing.T) {
	s := newSite(t, 40)
	account := string(s.company.Accounts()[0].ID)
	try := func(name, text string) MetricTrial {
		t.Helper()
		return call[MetricTrial](s, http.MethodPost, "/metrics/"+name+"/try", map[string]any{"yaml": text, "account": account}, 200)
	}
	var count CatalogueMetric
	used := ""
	for _, m := range call[NumberList[CatalogueMetric]](s, http.MethodGet, "/metrics", nil, 200).Items {
		if m.Kind == "count" && m.Window == "28d" && m.Where == "" && m.Per == "" && m.Product == "" && m.Offset == "" {
			count = m
		}
		if len(m.UsedBy) > 0 {
			used = m.Name
		}
	}
	if count.Name == "" {
		t.Fatal("the default model counts nothing over 28 days")
	}
	text := func(window string) string {
		return "name: " + count.Name + "\nkind: count\nevents: [" + strings.Join(count.Events, ", ") + "]\nwindow: " + window + "\nempty: zero\n"
	}
	same := try(count.Name, text("28d"))
	if len(same.Errors) > 0 || same.Now == nil || same.Account == nil || len(same.Account.Series) != trendWeeks {
		t.Fatalf("%+v", same)
	}
	longer := try(count.Name, text("84d"))
	if longer.Changed == 0 || longer.Distribution.P50 <= same.Distribution.P50 || !strings.Contains(longer.InWords, "84 days") {
		t.Errorf("84 days change %d, median %v and %v, %q", longer.Changed, same.Distribution, longer.Distribution, longer.InWords)
	}
	if *longer.Account.Value < *longer.Account.Now {
		t.Errorf("fewer in 84 days (%v) than in 28 (%v)", *longer.Account.Value, *longer.Account.Now)
	}
	// A metric that is not there yet.
	fresh := try("quiet_days", "name: quiet_days\nkind: recency\nevents: [login]\n")
	if len(fresh.Errors) > 0 || fresh.Now != nil || fresh.Changed != fresh.Subjects || fresh.Subjects == 0 {
		t.Errorf("a new one: %+v", fresh)
	}
	// Nothing of it is kept.
	if d := call[MetricDetail](s, http.MethodGet, "/metrics/"+count.Name, nil, 200); *d.Distribution != *same.Now.Distribution {
		t.Errorf("the metric in force has become %v from %v", d.Distribution, same.Now.Distribution)
	}
	if w := s.request(http.MethodGet, basePath+"/metrics/quiet_days", adminToken, nil); w.Code != 404 {
		t.Errorf("the tried metric exists: %d", w.Code)
	}

	for what, c := range map[string]struct {
		text  string
		line  int
		words string
	}{
		"unknown key":   {"name: " + count.Name + "\nkind: count\nevent: [login]\n", 3, "event"},
		"unknown kind":  {"name: " + count.Name + "\nkind: tally\n", 2, "tally"},
		"bad window":    {"name: " + count.Name + "\nkind: count\nevents: [login]\nwindow: 28 days\n", 4, "28 days"},
		"bad condition": {"name: " + count.Name + "\nkind: count\nevents: [login]\nwindow: 28d\nwhere: value >\n", 5, ""},
		"a circle":      {"name: " + count.Name + "\nkind: formula\nexpr: " + count.Name + " + 1.0\n", 3, "circle"},
		"no YAML":       {"name: [", 1, ""},
		"two metrics":   {"name: a\nkind: tenure\n- name: b\n", 0, ""},
		"no metric":     {"# nothing", 0, ""},
	} {
		got := try(count.Name, c.text)
		found := false
		for _, e := range got.Errors {
			found = found || (c.line == 0 || e.Line == c.line) && strings.Contains(e.Message, c.words)
		}
		if !found {
			t.Errorf("%s: %+v", what, got.Errors)
		}
	}
	if got := try(used, "name: renamed_away\nkind: count\nevents: [login]\nwindow: 28d\n"); len(got.Errors) == 0 || !strings.Contains(got.Errors[0].Message, "elsewhere in the model") {
		t.Errorf("what others use was renamed: %+v", got.Errors)
	}
	if w := s.request(http.MethodPost, basePath+"/metrics/x/try", adminToken, map[string]any{"yaml": strings.Repeat("x", 20_001)}); w.Code != 422 {
		t.Errorf("a long text: %d", w.Code)
	}
	if w := s.request(http.MethodPost, basePath+"/metrics/"+count.Name+"/try", adminToken, map[string]any{"yaml": text("28d"), "account": "acc_06eanm1mqii7ooifklcbj0q9"}); w.Code != 422 || !strings.Contains(w.Body.String(), "account") {
		t.Errorf("an unknown account: %d %s", w.Code, w.Body)
	}
}
