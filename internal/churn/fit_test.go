package churn

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestCoverage: over simulated companies whose hazard is known, the intervals of
// single accounts hold the true probability as often as they say, and the
// probabilities are right on average.
func TestCoverage(t *testing.T) {
	const runs, accounts, snapshots, k, length = 150, 300, 5, 3, 30.0
	r := rand.New(rand.NewPCG(1, 1))
	var probe []Facts
	for range 60 {
		probe = append(probe, draw(r))
	}
	held, told, were := 0, 0.0, 0.0
	for range runs {
		f, err := fit(usual.landmarks(r, accounts, snapshots, k, length), k, length, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range probe {
			p, want := f.predict(&probe[i]), usual.left(&probe[i], k, length)
			if p.Low <= want && want <= p.High {
				held++
			}
			told, were = told+p.Left, were+want
		}
	}
	// Monte-Carlo error of the share: below .01, as the runs are independent.
	if share := float64(held) / float64(runs*len(probe)); share < .92 || share > .985 {
		t.Errorf("%.3f of the 95 %% intervals hold the truth", share)
	} else {
		t.Logf("%.3f of the 95 %% intervals hold the truth", share)
	}
	if ratio := told / were; ratio < .95 || ratio > 1.05 {
		t.Errorf("%.3f departures are said for each one that is true", ratio)
	} else {
		t.Logf("%.3f departures are said for each one that is true", ratio)
	}
}

// TestThinned: a fit on a part of the months of those who stayed, weighted, says
// nearly what the whole one says.
func TestThinned(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	m := usual.landmarks(r, 6000, 2, 3, 30)
	whole, err := fit(m, 3, 30, 0)
	if err != nil {
		t.Fatal(err)
	}
	part, err := fit(m, 3, 30, 8000)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for range 200 {
		f := draw(r)
		a, b := whole.risk(make([]float64, whole.width()), &f), part.risk(make([]float64, part.width()), &f)
		worst = max(worst, math.Abs(math.Log(a/b)))
	}
	if worst > .35 {
		t.Errorf("probabilities differ by a factor of up to %.2f", math.Exp(worst))
	}
}

func TestSame(t *testing.T) {
	a, err := fit(usual.landmarks(rand.New(rand.NewPCG(3, 3)), 300, 4, 3, 30), 3, 30, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := fit(usual.landmarks(rand.New(rand.NewPCG(3, 3)), 300, 4, 3, 30), 3, 30, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("the same data give another fit")
	}
}

// TestPrediction: what a prediction says of itself holds together.
func TestPrediction(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	f, err := fit(usual.landmarks(r, 400, 5, 3, 30), 3, 30, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		facts := draw(r)
		p := f.predict(&facts)
		before, ceased := 0.0, 0.0
		for i, m := range p.Months {
			want := 1 - (1-before)*(1-m.Hazard)
			if math.Abs(m.Left-want) > 1e-12 || m.Left < before || !(m.Low <= m.Left && m.Left <= m.High) || m.Low < 0 || m.High > 1 {
				t.Fatalf("month %d of %+v", i+1, p)
			}
			before = m.Left
		}
		if p.Left != before || p.Ceased < ceased || p.Ceased > p.Left {
			t.Fatalf("%+v", p)
		}
		if by, ok := p.By(31); !ok || by.Month != 2 {
			t.Fatalf("by day 31: %+v", by)
		}
		if _, ok := p.By(91); ok {
			t.Fatal("beyond the horizon there is no probability")
		}
	}
	due := Facts{Score: 20, BoundIn: 20, TermDays: 365}
	p := f.predict(&due)
	if len(p.Effects) == 0 || p.Effects[0].Key != "renewal" || p.Effects[0].Odds < 2 {
		t.Errorf("what moves an account whose renewal is due: %+v", p.Effects)
	}
	calm := Facts{Score: 20, BoundIn: 300, TermDays: 365}
	if q := f.predict(&calm); q.Left*3 > p.Left {
		t.Errorf("%.3f without and %.3f with a renewal due", q.Left, p.Left)
	}
}

// TestBadInput: what cannot be learned from is refused in words.
func TestBadInput(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	good := func() *Landmarks { return usual.landmarks(r, 300, 5, 3, 30) }
	for name, c := range map[string]struct {
		spoil func(m *Landmarks)
		says  string
	}{
		"nothing":      {func(m *Landmarks) { *m = Landmarks{} }, "from 10 on"},
		"all censored": {func(m *Landmarks) { clear(m.Cause) }, "0 departures"},
		"one class": {func(m *Landmarks) {
			for i := range m.Cause {
				m.Cause[i], m.Days[i] = Left, 10
			}
		}, "every account left"},
		"three accounts": {func(m *Landmarks) {
			m.Facts, m.Days, m.Cause, m.Account = m.Facts[:3], m.Days[:3], m.Cause[:3], m.Account[:3]
			m.Cause[0], m.Days[0] = Left, 5
		}, "departures: from 10 on"},
		"NaN days": {func(m *Landmarks) {
			for i := range m.Cause {
				if m.Cause[i] == Left {
					m.Days[i] = math.NaN()
				}
			}
		}, "a positive number"},
		"NaN tenure": {func(m *Landmarks) { m.Facts[7].Tenure = math.NaN() }, "finite number"},
		"uneven":     {func(m *Landmarks) { m.Days = m.Days[1:] }, "landmarks"},
	} {
		m := good()
		c.spoil(m)
		_, err := fit(m, 3, 30, 0)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.says)
		}
	}
	// No score, no renewal, one account all over, perfect separation: an answer without NaN.
	for name, spoil := range map[string]func(m *Landmarks){
		"no renewals": func(m *Landmarks) {
			for i := range m.Facts {
				m.Facts[i].BoundIn, m.Facts[i].TermDays = math.NaN(), math.NaN()
			}
		},
		"no scores": func(m *Landmarks) {
			for i := range m.Facts {
				m.Facts[i].Score = math.NaN()
			}
		},
		"separated": func(m *Landmarks) {
			for i := range m.Facts {
				m.Facts[i].Score = 90
				if m.Cause[i] == Left {
					m.Facts[i].Score = 10
				}
			}
		},
		"duplicated": func(m *Landmarks) {
			for i := range m.Facts {
				m.Facts[i] = m.Facts[0]
			}
		},
	} {
		m := good()
		spoil(m)
		f, err := fit(m, 3, 30, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range m.Facts {
			p := f.predict(&m.Facts[i])
			if !(p.Left > 0 && p.Left < 1 && p.Low <= p.Left && p.Left <= p.High) {
				t.Fatalf("%s: %+v", name, p)
			}
		}
	}
	one := good()
	clear(one.Account)
	if _, err := fit(one, 3, 30, 0); err == nil || !strings.Contains(err.Error(), "one cluster") {
		t.Errorf("one account all over: %v", err)
	}
}
