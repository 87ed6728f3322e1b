// Package maturity rates how far a company's Customer Success has come: our own
// questionnaire of nine dimensions, several raters, levels, a gate, and the next
// step of the two weakest dimensions. README.md has the rules.
package maturity

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"kept/internal/fault"
)

// NotApplicable is an answer that drops its question out of every mean.
const NotApplicable = -1

// maxAnswer is the highest anchor.
const maxAnswer = 3

// Answers are a rater's answers by the number of the question: 0 to 3, or
// NotApplicable. A question without one is open.
type Answers map[int]int

// Check returns what is wrong with the answers: an unknown question, or an answer
// that is no anchor. None at all is an error too.
func (a Answers) Check() error {
	var list fault.List
	known := map[int]bool{}
	for _, d := range Dimensions() {
		for _, q := range d.Questions {
			known[q.Number] = true
		}
	}
	for _, n := range slices.Sorted(maps.Keys(a)) {
		field := "answers." + strconv.Itoa(n)
		switch v := a[n]; {
		case !known[n]:
			list.Add(field, "there is no question %d: they go from 1 to %d", n, len(known))
		case v < NotApplicable || v > maxAnswer:
			list.Add(field, "%d is no answer: use 0 to 3, or -1 when the question does not apply", v)
		}
	}
	if len(a) == 0 {
		list.Add("answers", "are missing: answer one question at least")
	}
	return list.Err()
}

// Level is 1 Reactive, 2 Informed, 3 Proactive or 4 Outcome-driven; 0 when nothing
// was answered.
type Level int

// Title is the level's name.
func (l Level) Title() string {
	return [...]string{"Not rated", "Reactive", "Informed", "Proactive", "Outcome-driven"}[l]
}

// levelOf returns the level of a score of 0 to 100: one more at 25, at 50 and at 75.
// Scores are means of thirds; what a sum in floating point misses by counts as reached.
func levelOf(score float64) Level {
	const slack = 1e-9
	level := Level(1)
	for _, bound := range []float64{25, 50, 75} {
		if score >= bound-slack {
			level++
		}
	}
	return level
}

// DimensionResult is the rating of one dimension.
type DimensionResult struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	// Score is the mean of the answers as a share of the highest, 0 to 100; nil when
	// no question was answered.
	Score         *float64 `json:"score"`
	Level         Level    `json:"level"`
	LevelTitle    string   `json:"level_title"`
	Answered      int      `json:"answered"`
	NotApplicable int      `json:"not_applicable"`
	Open          int      `json:"open"`
}

// Result is a rating as a whole.
type Result struct {
	Dimensions []DimensionResult `json:"dimensions"`
	// Overall is the mean of the rated dimensions, 0 to 100; nil when there is none.
	Overall    *float64 `json:"overall"`
	Level      Level    `json:"level"`
	LevelTitle string   `json:"level_title"`
	// Ungated is the level that the score alone would give, and HeldBack names the
	// dimensions that hold Level below it.
	Ungated  Level    `json:"ungated_level"`
	HeldBack []string `json:"held_back_by"`
	Answered int      `json:"answered"`
	Open     int      `json:"open"`
}

// Assess rates the answers of one rater. Dimensions count equally.
func Assess(a Answers) Result {
	var out Result
	for _, d := range Dimensions() {
		r := DimensionResult{Key: d.Key, Title: d.Title}
		sum := 0
		for _, q := range d.Questions {
			switch v, ok := a[q.Number]; {
			case !ok:
				r.Open++
			case v == NotApplicable:
				r.NotApplicable++
			default:
				sum += v
				r.Answered++
			}
		}
		if r.Answered > 0 {
			r.set(float64(sum*100) / float64(r.Answered*maxAnswer))
		}
		out.Dimensions = append(out.Dimensions, r)
	}
	return out.close()
}

// Combine rates a company by its raters: each dimension is the mean of those who
// rated it, every rater counting alike however many of its questions applied.
func Combine(raters []Result) Result {
	var out Result
	for i, d := range Dimensions() {
		r := DimensionResult{Key: d.Key, Title: d.Title}
		var sum float64
		n := 0
		for k := range raters {
			from := &raters[k].Dimensions[i]
			r.Answered += from.Answered
			r.NotApplicable += from.NotApplicable
			r.Open += from.Open
			if from.Score != nil {
				sum += *from.Score
				n++
			}
		}
		if n > 0 {
			r.set(sum / float64(n))
		}
		out.Dimensions = append(out.Dimensions, r)
	}
	return out.close()
}

func (r *DimensionResult) set(score float64) {
	r.Score, r.Level = &score, levelOf(score)
}

// close derives what follows from the dimensions.
func (out Result) close() Result {
	out.HeldBack = []string{}
	var sum float64
	n := 0
	lowest, rated := Level(0), false
	for i := range out.Dimensions {
		d := &out.Dimensions[i]
		d.LevelTitle = d.Level.Title()
		out.Answered += d.Answered
		out.Open += d.Open
		if d.Score == nil {
			continue
		}
		sum += *d.Score
		n++
		if slices.Contains(gates, d.Key) && (!rated || d.Level < lowest) {
			lowest, rated = d.Level, true
		}
	}
	if n > 0 {
		overall := sum / float64(n)
		out.Overall, out.Ungated = &overall, levelOf(overall)
		out.Level = out.Ungated
		if rated && out.Level > lowest+1 {
			out.Level = lowest + 1
			for i := range out.Dimensions {
				if d := &out.Dimensions[i]; d.Score != nil && d.Level == lowest && slices.Contains(gates, d.Key) {
					out.HeldBack = append(out.HeldBack, d.Key)
				}
			}
		}
	}
	out.LevelTitle = out.Level.Title()
	return out
}

// Step is what to do next for one question.
type Step struct {
	Dimension string `json:"dimension"`
	Title     string `json:"title"`
	Question  int    `json:"question"`
	Text      string `json:"text"`
	// Now and Next are the anchors that hold (the lowest that a rater chose) and that follow.
	Now   string `json:"now"`
	Next  string `json:"next"`
	Place string `json:"place"`
}

// adviseOn is how many dimensions get advice.
const adviseOn = 2

// Advise returns the next step of each question of the two weakest dimensions that
// is not yet at its highest anchor, in the order of the questionnaire; dimensions of
// one score are taken in that order too. Nothing is advised on what nobody rated.
func Advise(company Result, raters []Answers) []Step {
	weakest := []int{}
	for i := range company.Dimensions {
		if s := company.Dimensions[i].Score; s != nil && *s < 100-1e-9 {
			weakest = append(weakest, i)
		}
	}
	slices.SortStableFunc(weakest, func(a, b int) int {
		x, y := *company.Dimensions[a].Score, *company.Dimensions[b].Score
		switch {
		case math.Abs(x-y) < 1e-9:
			return 0
		case x < y:
			return -1
		}
		return 1
	})
	steps := []Step{}
	all := Dimensions()
	for _, i := range weakest[:min(adviseOn, len(weakest))] {
		d := &all[i]
		for _, q := range d.Questions {
			low, ok := lowestAnswer(q.Number, raters)
			if !ok || low == maxAnswer {
				continue
			}
			steps = append(steps, Step{
				Dimension: d.Key, Title: d.Title, Question: q.Number, Text: q.Text,
				Now: q.Anchors[low], Next: q.Anchors[low+1], Place: d.Place,
			})
		}
	}
	return steps
}

func lowestAnswer(question int, raters []Answers) (int, bool) {
	low, ok := maxAnswer, false
	for _, a := range raters {
		if v, given := a[question]; given && v != NotApplicable {
			low, ok = min(low, v), true
		}
	}
	return low, ok
}

// Gap is how far the raters are apart in one question.
type Gap struct {
	Question  int    `json:"question"`
	Dimension string `json:"dimension"`
	Text      string `json:"text"`
	Low       int    `json:"low"`
	High      int    `json:"high"`
	Raters    int    `json:"raters"`
}

// Gaps lists the questions in which raters differ, the widest first.
func Gaps(raters []Answers) []Gap {
	gaps := []Gap{}
	for _, d := range Dimensions() {
		for _, q := range d.Questions {
			g := Gap{Question: q.Number, Dimension: d.Title, Text: q.Text, Low: maxAnswer}
			for _, a := range raters {
				if v, ok := a[q.Number]; ok && v != NotApplicable {
					g.Low, g.High = min(g.Low, v), max(g.High, v)
					g.Raters++
				}
			}
			if g.Raters > 1 && g.High > g.Low {
				gaps = append(gaps, g)
			}
		}
	}
	slices.SortStableFunc(gaps, func(a, b Gap) int { return (b.High - b.Low) - (a.High - a.Low) })
	return gaps
}
