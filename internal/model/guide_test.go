package model

import (
	"errors"
	"os"
	"strings"
	"testing"

	"kept/internal/fault"
)

// TestGuide compiles the metrics of the guide, one of every kind.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/guides/model.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\nkept: 1\nmetrics:\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the guide has no example of the metrics")
	}
	m, err := Parse([]File{{Path: "guide.yaml", Data: []byte("kept: 1\nmetrics:\n" + block)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Compile(); err != nil {
		t.Error(err)
	}
	kinds := map[string]bool{}
	for _, d := range m.Metrics {
		kinds[string(d.Kind)] = true
	}
	if len(kinds) != 24 {
		t.Errorf("the guide has examples of %d kinds: %v", len(kinds), kinds)
	}
}

// TestGolden wants the lines of errors that need more than one definition to see.
func TestGolden(t *testing.T) {
	const text = `kept: 1
metrics:
  - {name: arr, kind: subscription, field: arr}
  - {name: tenure, kind: subscription, field: tenure}
  - name: logins
    kind: count
    where: prop.plan = 'pro'
  - name: odd
    kind: formula
    expr: >-
      1 +
      arr + tenure
  - name: a
    kind: ratio
    of: logins
    over: b
  - {name: b, kind: change, of: logins, when_missing: none}
  - {name: peers, kind: peer, of: tenure, as: percentile, within: segment}
segments:
  - {key: best, title: Best, when: peers > 90}
  - {key: rest, title: Rest}
`
	for _, c := range []struct {
		name     string
		old, new string
		want     []string
	}{
		{"as it stands", "", "", []string{
			"m.yaml:7:22: metrics[logins].where:", "m.yaml:17:33: metrics[b].of:", "m.yaml:17:55: metrics[b].when_missing:",
		}},
		{"units", "where: prop.plan = 'pro'", "window: 28d", []string{"m.yaml:17:55:"}},
		{"circle", "of: logins, when_missing: none", "of: a", []string{"m.yaml:7:22:", "m.yaml:17:33:"}},
	} {
		_, err := Parse([]File{{Path: "m.yaml", Data: []byte(strings.Replace(text, c.old, c.new, 1))}})
		var errs fault.List
		if !errors.As(err, &errs) {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := errs.Error()
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no error at %s in\n%s", c.name, w, got)
			}
		}
	}
	mended := strings.NewReplacer("where: prop.plan = 'pro'", "window: 28d", "when_missing: none", "when_missing: zero").Replace(text)
	_, err := Parse([]File{{Path: "m.yaml", Data: []byte(mended)}})
	const circle = `m.yaml:18:12: metrics[peers].name: the segments depend on "peers", which compares accounts within their segment: break the circle`
	const want = "m.yaml:10:11: metrics[odd].expr: currency and days cannot be added: they count different things (double(x) takes the unit of x away)"
	if err == nil || err.Error() != want+"\n"+circle {
		t.Errorf("got  %v\nwant %s\n%s", err, want, circle)
	}
	mended = strings.Replace(mended, "arr + tenure", "arr", 1)
	_, err = Parse([]File{{Path: "m.yaml", Data: []byte(mended)}})
	if err == nil || err.Error() != circle {
		t.Errorf("got  %v\nwant %s", err, circle)
	}
}
