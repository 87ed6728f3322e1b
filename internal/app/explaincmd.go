package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"kept/internal/api"
	"kept/internal/fault"
	"kept/internal/id"
)

// explain prints one account's score down to the rows, at one instant or two.
func (c *scoresCmd) explain(ctx context.Context, e *env) error {
	if err := c.Remote.Resolve(); err != nil {
		return err
	}
	instants, err := api.ParseInstants("--as-of", c.AsOf, e.clock.Now())
	if err != nil {
		return err
	}
	if len(instants) > 2 {
		return fault.At("--as-of", "names %d instants: --explain takes one, or two to compare", len(instants))
	}
	x, err := c.explanation(ctx, e, instants)
	if err != nil {
		return asFlag(err, "scorecard")
	}
	if c.JSON {
		return printJSON(e, x)
	}
	return printExplanation(e.Out, x)
}

func (c *scoresCmd) explanation(ctx context.Context, e *env, instants []time.Time) (*api.Explanation, error) {
	var out api.Explanation
	if c.Server != "" {
		q := url.Values{}
		if c.AsOf != "" {
			q.Set("as_of", instants[len(instants)-1].Format(time.RFC3339))
		}
		for key, value := range map[string]string{"scorecard": c.Scorecard, "known": c.Known, "model": c.Model} {
			if value != "" {
				q.Set(key, value)
			}
		}
		if len(instants) == 2 {
			q.Set("compare_to", instants[0].Format(time.RFC3339))
		}
		err := e.client(&c.Remote).call(ctx, http.MethodGet, "/accounts/"+url.PathEscape(c.Explain)+"/explanation?"+q.Encode(), nil, &out)
		return &out, err
	}
	err := e.with(ctx, &c.Stores, func(in *instance) error {
		if err := in.load(ctx); err != nil {
			return err
		}
		q := api.ExplainQuery{Account: c.Explain, Scorecard: c.Scorecard}
		if c.AsOf != "" {
			q.AsOf = instants[len(instants)-1]
		}
		if len(instants) == 2 {
			q.Before = instants[0]
		}
		lens, err := api.LensOf(ctx, in.records, c.Known, c.Model, q.AsOf, nil)
		if err != nil {
			return err
		}
		q.Known = lens.Known
		users, err := in.records.Users(ctx)
		if err != nil {
			return err
		}
		names := map[id.User]string{}
		for i := range users {
			names[users[i].ID] = users[i].Name
		}
		x := api.Explainer{Engine: in.engine.Through(lens), Records: in.records, Names: names}
		out, err = x.Explain(ctx, q)
		return err
	})
	return &out, err
}

// printExplanation writes an explanation for a person.
func printExplanation(w io.Writer, x *api.Explanation) error {
	var b strings.Builder
	known := ""
	if x.Known != "" {
		known = ", as corrected since"
	}
	fmt.Fprintf(&b, "%s, as of %s%s, model version %d\n%s\n", x.Account.Name, instantText(x.AsOf), known, x.ModelVersion, x.Sentence)
	if x.Change != nil {
		fmt.Fprintf(&b, "%s\n", x.After.Result.Words)
	}
	if err := writeChange(&b, x); err != nil {
		return err
	}
	if x.Before != nil {
		fmt.Fprintf(&b, "\n== %s ==\n", instantText(x.Before.AsOf))
		if err := writeEnd(&b, x.Before); err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n== %s ==\n", instantText(x.After.AsOf))
	}
	if err := writeEnd(&b, &x.After); err != nil {
		return err
	}
	for _, r := range x.Relationships {
		fmt.Fprintf(&b, "\n%s: %s\n", r.Title, r.Result.Words)
	}
	if len(x.Corrections) > 0 {
		b.WriteString("\nBecame known after " + instantText(x.AsOf) + " (--known now counts it):\n")
		for _, c := range x.Corrections {
			fmt.Fprintf(&b, "  %s %s: %d, known from %s on", c.Kind, c.Title, c.Count, instantText(c.KnownFirst))
			if c.Before != c.Now {
				fmt.Fprintf(&b, ", %s → %s", orNone(c.Before), orNone(c.Now))
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return fault.Wrap(err, "write the explanation")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func instantText(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2 January 2006")
	}
	return t.Format("2 January 2006 15:04 UTC")
}

// writeChange lists what moved the score, the largest first.
func writeChange(b *strings.Builder, x *api.Explanation) error {
	if x.Change == nil || x.Change.Delta == nil {
		return nil
	}
	type part struct {
		name, how string
		points    float64
	}
	var parts []part
	for _, m := range x.Change.Measures {
		if m.Points != 0 {
			how := string(m.Kind)
			if m.Kind == "moved" {
				how = fmt.Sprintf("value %s, weight %s", signedNumber(m.Value), signedNumber(m.Weight))
			}
			parts = append(parts, part{m.Title, how, m.Points})
		}
	}
	for _, a := range x.Change.Adjustments {
		if a.Points != 0 {
			parts = append(parts, part{a.Why, a.Kind, a.Points})
		}
	}
	slices.SortStableFunc(parts, func(p, q part) int {
		switch a, c := max(p.points, -p.points), max(q.points, -q.points); {
		case a > c:
			return -1
		case a < c:
			return 1
		}
		return 0
	})
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nWhat changed\tPoints\tOf it\n")
	for _, p := range parts {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", p.name, signedNumber(p.points), p.how)
	}
	fmt.Fprintf(t, "  Sum\t%s\t\n", signedNumber(*x.Change.Delta))
	return fault.Wrap(t.Flush(), "write the explanation")
}

// writeEnd writes one instant: what the score is made of, who took the weight of
// what is missing, and the rows behind each value.
func writeEnd(b *strings.Builder, end *api.ExplainedAt) error {
	r := &end.Result
	fmt.Fprintf(b, "\nScorecard %s: %s\n", end.Scorecard.Title, end.Scorecard.Why)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "Measure\tValue\tScore\tShare\tPoints\n")
	group := ""
	for i := range r.Contributions {
		k := &r.Contributions[i]
		if k.Group != group {
			group = k.Group
			fmt.Fprintf(t, "%s\t\t\t\t\n", k.GroupTitle)
		}
		score, points, share := "–", "–", "–"
		if k.Score != nil {
			score, points, share = plainNumber(*k.Score), strconv.FormatFloat(k.Points, 'f', 2, 64), percentText(k.Effective)
			if r.Combine == "points" {
				share = "×" + plainNumber(k.Effective)
			}
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", k.Title, valueText(k.Value, k.Unit), score, share, points)
	}
	for _, a := range r.Adjustments {
		points := signedNumber(a.Points)
		if a.Band != "" && a.Points == 0 {
			points = "→ " + a.Band
		}
		fmt.Fprintf(t, "%s: %s\t\t\t\t%s\n", a.Kind, a.Why, points)
	}
	score := "none: " + r.Reason
	if r.Score != nil {
		score = plainNumber(*r.Score) + " " + r.Band
		if r.Scale != nil && r.Shown != nil {
			score += fmt.Sprintf(" (%s of %s)", plainNumber(*r.Shown), plainNumber(r.Scale.Max))
		}
	}
	fmt.Fprintf(t, "Score\t\t\t\t%s\n", score)
	if err := t.Flush(); err != nil {
		return fault.Wrap(err, "write the explanation")
	}
	for _, roll := range r.Rolled {
		fmt.Fprintf(b, "%s, %s:\n", roll.Axis, roll.Why)
		for _, p := range roll.Parts {
			score := "no score"
			if p.Score != nil {
				score = plainNumber(*p.Score) + " " + p.Band
			}
			fmt.Fprintf(b, "  %s: %s, share %s, %s points\n", p.Title, score, percentText(p.Share), plainNumber(p.Points))
		}
	}
	for _, one := range r.Redistribution {
		fmt.Fprintf(b, "%s\n", one.Words)
	}
	b.WriteString("\nBehind the values\n")
	for i := range end.Measures {
		writeRows(b, r.Contributions[i].Title, &end.Measures[i].Why, 1)
	}
	return nil
}

func writeRows(b *strings.Builder, title string, w *api.MetricWhy, depth int) {
	pad := strings.Repeat("  ", depth)
	fmt.Fprintf(b, "%s%s: %s", pad, title, valueText(w.Value, w.Unit))
	if w.Formula != "" {
		fmt.Fprintf(b, " = %s", w.Formula)
	}
	if w.Note != "" {
		fmt.Fprintf(b, " (%s)", w.Note)
	}
	b.WriteString("\n")
	for _, r := range w.Rows {
		if r.Count == 0 && len(w.Rows) > 1 {
			continue // the JSON has all of them
		}
		name := r.Name
		if name == "" {
			name = "all events"
		}
		some := ""
		if r.Some {
			some = ", of which the metric reads some"
		}
		fmt.Fprintf(b, "%s  %d × %s%s: /api/v1/events?%s\n", pad, r.Count, name, some, r.Query)
	}
	for _, f := range w.Facts {
		fmt.Fprintf(b, "%s  %s = %s since %s", pad, f.Key, f.Value, instantText(f.ValidFrom))
		if f.Source != "" {
			fmt.Fprintf(b, ", from %s", f.Source)
		}
		b.WriteString("\n")
	}
	for i := range w.Inputs {
		writeRows(b, w.Inputs[i].Title, &w.Inputs[i], depth+1)
	}
}

func plainNumber(f float64) string {
	s := strconv.FormatFloat(f, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func signedNumber(f float64) string {
	s := plainNumber(f)
	if s == "-0" {
		s = "0"
	}
	if f > 0 && s != "0" {
		return "+" + s
	}
	return s
}

func percentText(share float64) string { return plainNumber(share*100) + " %" }

func valueText(v *float64, unit string) string {
	switch {
	case v == nil:
		return "missing"
	case unit == "ratio":
		return percentText(*v)
	case unit != "":
		return plainNumber(*v) + " " + unit
	}
	return plainNumber(*v)
}
