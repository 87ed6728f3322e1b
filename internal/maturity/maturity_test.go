package maturity

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// every answers each question with one anchor.
func every(v int) Answers {
	a := Answers{}
	for n := 1; n <= 20; n++ {
		a[n] = v
	}
	return a
}

func TestQuestionnaire(t *testing.T) {
	next := 1
	for _, d := range Dimensions() {
		for _, q := range d.Questions {
			if q.Number != next {
				t.Errorf("%s has question %d where %d is due", d.Key, q.Number, next)
			}
			next++
			for i, anchor := range q.Anchors {
				if anchor == "" {
					t.Errorf("question %d has no anchor %d", q.Number, i)
				}
			}
		}
	}
	if next != 21 || len(Dimensions()) != 9 {
		t.Errorf("%d questions in %d dimensions", next-1, len(Dimensions()))
	}
}

// The levels of the specification: 1 + [>=25] + [>=50] + [>=75].
func TestAssess(t *testing.T) {
	for v, want := range map[int]Level{0: 1, 1: 2, 2: 3, 3: 4} {
		r := Assess(every(v))
		if r.Level != want || math.Abs(*r.Overall-float64(v)*100/3) > 1e-9 || len(r.HeldBack) != 0 {
			t.Errorf("all %d: level %d, overall %v, held back by %v", v, r.Level, *r.Overall, r.HeldBack)
		}
	}
	// Two questions of four anchors: 1 and 2 make exactly the half.
	r := Assess(Answers{7: 1, 8: 2})
	roi := r.Dimensions[2]
	if *roi.Score != 50 || roi.Level != 3 || roi.Answered != 2 {
		t.Errorf("half: %+v", roi)
	}
	if r.Dimensions[0].Score != nil || r.Dimensions[0].Open != 3 || r.Dimensions[0].Level != 0 {
		t.Errorf("open: %+v", r.Dimensions[0])
	}
	if nothing := Assess(Answers{}); nothing.Overall != nil || nothing.Level != 0 || nothing.LevelTitle != "Not rated" {
		t.Errorf("nothing: %+v", nothing)
	}
}

func TestNotApplicableDropsOut(t *testing.T) {
	r := Assess(Answers{9: NotApplicable, 10: 3})
	if d := r.Dimensions[3]; *d.Score != 100 || d.NotApplicable != 1 || d.Answered != 1 {
		t.Errorf("%+v", d)
	}
	r = Assess(Answers{9: NotApplicable, 10: NotApplicable, 7: 0, 8: 0})
	if d := r.Dimensions[3]; d.Score != nil || *r.Overall != 0 {
		t.Errorf("a dimension that does not apply counts: %+v, overall %v", d, *r.Overall)
	}
}

// However good the rest, the overall level is at most one above the lowest of
// segmentation, health and measures.
func TestGate(t *testing.T) {
	a := every(3)
	a[4], a[5], a[6] = 0, 0, 0
	r := Assess(a)
	if r.Ungated != 4 || r.Level != 2 || strings.Join(r.HeldBack, " ") != "health" {
		t.Errorf("level %d of %d, held back by %v", r.Level, r.Ungated, r.HeldBack)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a := Answers{}
		for n := 1; n <= 20; n++ {
			if v := rng.IntN(6) - 1; v <= maxAnswer {
				a[n] = v
			}
		}
		r := Assess(a)
		for _, d := range r.Dimensions {
			if d.Score != nil && (d.Key == "segmentation" || d.Key == "health" || d.Key == "measures") && r.Level > d.Level+1 {
				t.Fatalf("level %d although %s is at %d: %v", r.Level, d.Key, d.Level, a)
			}
		}
		if r.Level > r.Ungated || (r.Level < r.Ungated) != (len(r.HeldBack) > 0) {
			t.Fatalf("level %d of %d, held back by %v", r.Level, r.Ungated, r.HeldBack)
		}
		// A better answer never lowers the level.
		for n, v := range a {
			if v >= 0 && v < maxAnswer {
				a[n]++
				if better := Assess(a); better.Level < r.Level || *better.Overall < *r.Overall-1e-9 {
					t.Fatalf("a better answer to %d lowers %d to %d", n, r.Level, better.Level)
				}
				a[n]--
			}
		}
	}
}

func TestCombine(t *testing.T) {
	// Each rater counts alike, however many of the questions applied to them.
	one, two := Assess(Answers{1: 3, 2: 3, 3: 3}), Assess(Answers{1: 0})
	r := Combine([]Result{one, two})
	if d := r.Dimensions[0]; *d.Score != 50 || d.Level != 3 || d.Answered != 4 {
		t.Errorf("%+v", d)
	}
	if none := Combine(nil); none.Overall != nil || len(none.Dimensions) != 9 {
		t.Errorf("no raters: %+v", none)
	}
}

func TestAdvise(t *testing.T) {
	a := every(3)
	a[15], a[16] = 0, 1 // funding is the lowest
	a[18] = 2           // capacity the next
	steps := Advise(Assess(a), []Answers{a})
	if len(steps) != 3 || steps[0].Question != 15 || steps[1].Question != 16 || steps[2].Question != 18 {
		t.Fatalf("%+v", steps)
	}
	if s := steps[1]; s.Now != "There is a ratio" || s.Next != "Marginal cost per ARR" || s.Place != "/operate/funding" {
		t.Errorf("%+v", s)
	}
	if steps := Advise(Assess(every(3)), []Answers{every(3)}); len(steps) != 0 {
		t.Errorf("nothing is left, and yet: %+v", steps)
	}
	if steps := Advise(Assess(Answers{}), nil); len(steps) != 0 {
		t.Errorf("nobody rated, and yet: %+v", steps)
	}
}

func TestGaps(t *testing.T) {
	gaps := Gaps([]Answers{{1: 0, 2: 1, 5: 3}, {1: 3, 2: 2, 5: 3}, {2: NotApplicable}})
	if len(gaps) != 2 || gaps[0].Question != 1 || gaps[0].High-gaps[0].Low != 3 || gaps[1].Question != 2 || gaps[1].Raters != 2 {
		t.Errorf("%+v", gaps)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		answers Answers
		want    string
	}{
		"none":             {Answers{}, "answer one question"},
		"unknown question": {Answers{21: 1}, "answers.21"},
		"no anchor":        {Answers{3: 4}, "answers.3"},
		"below":            {Answers{3: -2}, "answers.3"},
	} {
		if err := c.answers.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Answers{1: NotApplicable, 20: 3}).Check(); err != nil {
		t.Error(err)
	}
}
