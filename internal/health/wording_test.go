package health_test

import (
	"testing"
	"time"

	"kept/internal/health"
)

func voice() health.Words {
	titles := map[string][2]string{
		"logins":      {"Logins, 28 days", "logins"},
		"escalations": {"Escalated tickets", ""},
		"nps":         {"NPS", ""},
		"csat":        {"CSAT", ""},
		"utilisation": {"Licence utilisation", "ratio"},
	}
	return health.Words{
		Since:   time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC),
		Measure: func(key string) (string, string) { return titles[key][0], titles[key][1] },
	}
}

func curve(name string, weight float64, pts ...health.Point) health.Measure {
	return health.Measure{Key: name, Metric: name, Weight: weight, Points: pts}
}

func storyCard() health.Scorecard {
	return health.Scorecard{
		Key: "c", Bands: threeBands(),
		Groups: []health.Group{
			{Key: "usage", Weight: 60, Measures: []health.Measure{
				curve("logins", 30, health.Point{X: 0, Score: 0}, health.Point{X: 100, Score: 100}),
				curve("utilisation", 30, health.Point{X: 0, Score: 0}, health.Point{X: 1, Score: 100}),
			}},
			{Key: "voice", Weight: 40, Measures: []health.Measure{
				curve("escalations", 20, health.Point{X: 0, Score: 100}, health.Point{X: 4, Score: 0}),
				curve("nps", 10, health.Point{X: 0, Score: 0}, health.Point{X: 10, Score: 100}),
				curve("csat", 10, health.Point{X: 1, Score: 0}, health.Point{X: 5, Score: 100}),
			}},
		},
	}
}

func TestSentence(t *testing.T) {
	v := func(vals ...float64) []*float64 {
		out := make([]*float64, len(vals))
		for i := range vals {
			if vals[i] != -1 {
				out[i] = &vals[i]
			}
		}
		return out
	}
	card := storyCard()
	for _, c := range []struct {
		name          string
		before, after []*float64
		change        func(*health.Scorecard)
		want          string
	}{
		{
			name: "two causes", before: v(100, 0.5, 0, 8, 4), after: v(60, 0.5, 2, 8, 4),
			want: "Fell 22 points since 1 June 2024, green to yellow: logins, 28 days down 40 % (−12), escalated tickets 0 → 2 (−10).",
		},
		{
			name: "a value is lost", before: v(100, 0.5, 0, 6, 4.2), after: v(100, 0.5, 0, -1, 4.2),
			want: "Rose 3.3 points since 1 June 2024; the weight of NPS went to escalated tickets and CSAT because no value is known (+3.3).",
		},
		{
			name: "nothing moved", before: v(80, 0.5, 0, 6, 4), after: v(80, 0.5, 0, 6, 4),
			want: "Unchanged at 73 since 1 June 2024.",
		},
		{
			name: "ratio and rest", before: v(50, 0.62, 1, 6, 4), after: v(50, 0.48, 1, 7, 4.4),
			want: "Fell 2.2 points since 1 June 2024: licence utilisation 62 % → 48 % (−4.2), CSAT 4 → 4.4 (+1), NPS 6 → 7 (+1).",
		},
		{
			name: "no score before", before: v(-1, -1, -1, -1, -1), after: v(50, 0.5, 1, 6, 4),
			want: "Scores 59 (yellow); there was no score on 1 June 2024: no measure has a value.",
		},
		{
			name: "no score now", before: v(50, 0.5, 1, 6, 4), after: v(-1, -1, -1, 6, 4),
			want: "No score any more; it was 59 (yellow) on 1 June 2024: only 20 % of the weight has a value, and the scorecard asks for 50 %.",
		},
		{
			name: "never a score", before: v(-1, -1, -1, -1, -1), after: v(-1, -1, -1, -1, -1),
			want: "No score, neither on 1 June 2024 nor now: no measure has a value.",
		},
		{
			name: "a cap begins", before: v(100, 1, 0, 8, 4), after: v(100, 1, 0, 8, 4),
			change: func(s *health.Scorecard) {
				s.Exceptions = []health.Exception{{Key: "red", Title: "the CSM sees red", When: "true", Cap: new(49.0)}}
			},
			want: "Fell 47 points since 1 June 2024, green to red: capped now: the CSM sees red (−47).",
		},
		{
			name: "the weights change", before: v(100, 0, 0, 8, 4), after: v(100, 0, 0, 8, 4),
			change: func(s *health.Scorecard) {
				s.Groups = []health.Group{s.Groups[0], s.Groups[1]}
				s.Groups[0].Weight = 40
				s.Groups[1].Weight = 60
			},
			want: "Rose 7.8 points since 1 June 2024; the weights changed (+7.8).",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			after := card
			if c.change != nil {
				c.change(&after)
			}
			got := health.Explain(score(t, card, c.before), score(t, after, c.after)).Sentence(voice())
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSentenceOfAnotherScorecard(t *testing.T) {
	a, b := storyCard(), storyCard()
	b.Key = "d"
	b.Groups = b.Groups[:1]
	vals := []*float64{new(100.0), new(0.5), new(0.0), new(6.0), new(4.2)}
	got := health.Explain(score(t, a, vals), score(t, b, vals[:2])).Sentence(voice())
	if want := "Fell 4 points since 1 June 2024; another scorecard applies (−4)."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSentenceOfAnOverride(t *testing.T) {
	card := compile(t, storyCard())
	s := health.Subject{AsOf: asOf, AgeDays: 400, Inputs: known([]*float64{new(100.0), new(0.5), new(0.0), new(6.0), new(4.2)})}
	before := card.Score(s)
	s.Overrides = []health.Override{{Band: "red", Author: "Ann", Reason: "the sponsor left", CreatedAt: asOf.AddDate(0, 0, -1), ExpiresAt: asOf.AddDate(0, 1, 0)}}
	got := health.Explain(before, card.Score(s)).Sentence(voice())
	want := "Unchanged at 79 since 1 June 2024, green to red; set to red by hand now: Ann: the sponsor left."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = health.Explain(card.Score(s), before).Sentence(voice())
	want = "Unchanged at 79 since 1 June 2024, red to green; set to red by hand no more: Ann: the sponsor left."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWordsOfACard(t *testing.T) {
	def := storyCard()
	def.Groups[0].Measures[0].Title = "Logins"
	card := compile(t, def)
	inputs := card.Inputs(func(name string) health.Input { return health.Input{Value: 50, Has: name == "logins"} })
	if len(inputs) != 5 || !inputs[0].Has || inputs[1].Has {
		t.Errorf("inputs %+v", inputs)
	}
	title, unit := card.Words(asOf, func(metric string) string { return "unit of " + metric }).Measure("logins")
	if title != "Logins" || unit != "unit of logins" {
		t.Errorf("%s, %s", title, unit)
	}
}
