package health

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Words is what a sentence about a change needs beside the change.
type Words struct {
	Since time.Time
	// Measure returns the title of a measure and the unit of its metric; nil, or
	// an empty title, means the key with spaces.
	Measure func(key string) (title, unit string)
	// Max is how many causes are named; 0 means 3. The rest is given as a sum, so
	// that the numbers of the sentence add up.
	Max int
}

// Sentence says a change in plain words: "Fell 12 points since 1 June 2024,
// green to yellow: logins down 40 % (−8), escalated tickets 0 → 2 (−4).".
func (c Change) Sentence(w Words) string {
	since := w.Since.Format("2 January 2006")
	switch {
	case c.Before == nil && c.After == nil:
		return fmt.Sprintf("No score, neither on %s nor now: %s.", since, c.ReasonAfter)
	case c.Before == nil:
		return fmt.Sprintf("Scores %s (%s); there was no score on %s: %s.", scoreText(*c.After), c.BandAfter, since, c.ReasonBefore)
	case c.After == nil:
		return fmt.Sprintf("No score any more; it was %s (%s) on %s: %s.", scoreText(*c.Before), c.BandBefore, since, c.ReasonAfter)
	}
	head := fmt.Sprintf("Unchanged at %s since %s", scoreText(*c.After), since)
	if delta := *c.Delta; math.Abs(delta) >= 0.05 {
		verb := "Rose"
		if delta < 0 {
			verb = "Fell"
		}
		head = fmt.Sprintf("%s %s since %s", verb, plural(amount(math.Abs(delta)), "point"), since)
	}
	if c.BandBefore != c.BandAfter {
		head += fmt.Sprintf(", %s to %s", c.BandBefore, c.BandAfter)
	}
	causes, notes := c.causes(w)
	if len(causes) > 0 {
		head += ": " + strings.Join(causes, ", ")
	}
	if len(notes) > 0 {
		head += "; " + strings.Join(notes, "; ")
	}
	return head + "."
}

type cause struct {
	text   string
	points float64
}

// causes returns what moved the score, largest first, and what else is worth
// knowing (weights that moved, bands that were forced).
func (c Change) causes(w Words) (out, notes []string) {
	var all []cause
	net := 0.0 // of weights that moved, and of measures that came and went
	for _, m := range c.Measures {
		if m.Kind == Moved {
			net += m.Weight
			if m.Value != 0 {
				all = append(all, cause{w.moved(m), m.Value})
			}
			continue
		}
		net += m.Points
	}
	for _, a := range c.Adjustments {
		switch {
		case a.PointsPico != 0:
			all = append(all, cause{a.words(), a.Points})
		case a.Before != a.After:
			notes = append(notes, a.words())
		}
	}
	if text := c.weights(w); text != "" {
		if math.Abs(net) >= 0.05 {
			text += fmt.Sprintf(" (%s)", signed(net))
		}
		notes = append([]string{text}, notes...)
		net = 0
	}
	slices.SortStableFunc(all, func(a, b cause) int {
		switch {
		case math.Abs(a.points) > math.Abs(b.points):
			return -1
		case math.Abs(a.points) < math.Abs(b.points):
			return 1
		default:
			return strings.Compare(a.text, b.text)
		}
	})
	limit := w.Max
	if limit == 0 {
		limit = 3
	}
	for i, x := range all {
		if i < limit && math.Abs(x.points) >= 0.05 {
			out = append(out, fmt.Sprintf("%s (%s)", x.text, signed(x.points)))
			continue
		}
		net += x.points
	}
	if math.Abs(net) >= 0.05 {
		out = append(out, fmt.Sprintf("everything else (%s)", signed(net)))
	}
	return out, notes
}

// weights says which measures came and went and who took or gave the weight.
func (c Change) weights(w Words) string {
	var gone, came, added, removed, gained []string
	why := ""
	moved := false
	for _, m := range c.Measures {
		switch m.Kind {
		case Vanished:
			gone, why = append(gone, w.title(m.Measure)), m.Why
		case Appeared:
			came = append(came, w.title(m.Measure))
		case Added:
			added = append(added, w.title(m.Measure))
		case Removed:
			removed = append(removed, w.title(m.Measure))
		case Absent:
		case Moved:
			if m.EffectiveAfter > m.EffectiveBefore+1e-9 {
				gained = append(gained, w.title(m.Measure))
			}
			moved = moved || math.Abs(m.EffectiveAfter-m.EffectiveBefore) > 1e-9
		}
	}
	var parts []string
	if c.CardChanged {
		parts = append(parts, "another scorecard applies")
	}
	if len(added) > 0 && !c.CardChanged {
		parts = append(parts, "the scorecard now has "+list(added))
	}
	if len(removed) > 0 && !c.CardChanged {
		parts = append(parts, "the scorecard lost "+list(removed))
	}
	if len(gone) > 0 {
		to := "the other measures"
		if n := len(gained); n > 0 && n <= 2 {
			to = list(gained)
		}
		text := fmt.Sprintf("the weight of %s went to %s", list(gone), to)
		if len(gone) == 1 && why != "" {
			text += " because " + why
		} else if len(gone) > 1 {
			text += " because they do not count any more"
		}
		parts = append(parts, text)
	}
	if len(came) > 0 {
		parts = append(parts, list(came)+plain(len(came), " counts now", " count now"))
	}
	if len(parts) == 0 && moved {
		parts = append(parts, "the weights changed")
	}
	return strings.Join(parts, ", ")
}

func (w Words) title(key string) string {
	title := ""
	if w.Measure != nil {
		title, _ = w.Measure(key)
	}
	if title == "" {
		title = strings.ReplaceAll(key, "_", " ")
	}
	return midSentence(title)
}

// moved says how the value behind a measure moved.
func (w Words) moved(m MeasureChange) string {
	title := w.title(m.Measure)
	unit := ""
	if w.Measure != nil {
		_, unit = w.Measure(m.Measure)
	}
	switch {
	case m.ValueBefore == nil && m.ValueAfter == nil:
		return title + ", assumed"
	case m.ValueBefore == nil:
		return fmt.Sprintf("%s now known: %s", title, valueText(*m.ValueAfter, unit))
	case m.ValueAfter == nil:
		return title + " no longer known"
	}
	a, b := *m.ValueBefore, *m.ValueAfter
	switch {
	case a == b:
		return "the curve of " + title + " changed"
	case unit != "ratio" && unit != "days" && a >= 10 && b >= 0 && b < 10*a:
		way := "up"
		if b < a {
			way = "down"
		}
		return fmt.Sprintf("%s %s %s", title, way, percent(math.Abs(b-a)/a))
	default:
		return fmt.Sprintf("%s %s → %s", title, valueText(a, unit), valueText(b, unit))
	}
}

func (a AdjustmentMove) words() string {
	switch {
	case a.Before && a.After:
		return fmt.Sprintf("%s: %s", a.what(), a.Why)
	case a.After:
		return fmt.Sprintf("%s now: %s", a.what(), a.Why)
	default:
		return fmt.Sprintf("%s no more: %s", a.what(), a.Why)
	}
}

func (a AdjustmentMove) what() string {
	switch a.Kind {
	case AdjustCap:
		return "capped"
	case AdjustFloor:
		return "held up"
	case AdjustForceBand:
		return "forced to " + a.Band
	case AdjustOverrideBand:
		return "set to " + a.Band + " by hand"
	case AdjustStart:
		return "starting value"
	case AdjustRounding:
		return "rounding"
	case AdjustClamp:
		return "held within the scale"
	case AdjustRelationships:
		return "rolled up from the relationships"
	case AdjustHierarchy:
		return "rolled up from the child accounts"
	default:
		return "set by hand"
	}
}

// midSentence lowers the first letter of a title unless it begins an acronym or
// a name that is written that way (NPS, CSM sentiment).
func midSentence(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	if unicode.IsUpper(first) && (unicode.IsUpper(second) || unicode.IsDigit(second)) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

func plain(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func plural(n, noun string) string {
	if n == "1" {
		return n + " " + noun
	}
	return n + " " + noun + "s"
}

// amount writes points: whole from 10 on, else to a tenth.
func amount(v float64) string {
	if v >= 9.95 {
		return strconv.FormatFloat(math.Floor(v+0.5), 'f', 0, 64)
	}
	return strconv.FormatFloat(math.Floor(v*10+0.5)/10, 'f', -1, 64)
}

func signed(v float64) string {
	if v < 0 {
		return "−" + amount(-v)
	}
	return "+" + amount(v)
}

func scoreText(s float64) string { return strconv.Itoa(Display(s)) }

// valueText writes a metric value to three significant digits, large ones whole.
func valueText(v float64, unit string) string {
	if unit == "ratio" {
		return percent(v)
	}
	a := math.Abs(v)
	switch {
	case v == math.Trunc(v) && a < 1e15:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case a >= 100 && a < 1e15:
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	default:
		r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
		if err != nil {
			return strconv.FormatFloat(v, 'g', 3, 64)
		}
		return strconv.FormatFloat(r, 'f', -1, 64)
	}
}
