package churn

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kept/internal/validate"
)

// speak says what the forecast is worth, in words.
func (m *Model) speak() {
	b := &m.Backtest
	auc := b.Metrics.AUC
	skill := b.Metrics.BrierSkill
	m.Headline = "The forecast tells those who leave from those who stay."
	if m.Evidence == validate.Described {
		m.Headline = "A first forecast: described, not claimed."
	}
	if b.Verdict == validate.VerdictTooFew {
		m.say("Tested on %s only: the ranking is described (AUC %s, %s to %s) and nothing is claimed. %s", count(b.Ladder.Events, "departure"), two(*auc.Value), two(*auc.Low), two(*auc.High), b.Ladder.Next)
	} else {
		m.say("In the back-test it ranked an account that left above one that stayed %s of the time (%s to %s; chance is 50 %%), on %s that lay ahead of all it knew.", percent(*auc.Value), percent(*auc.Low), percent(*auc.High), count(auc.Events, "departure"))
		if skill.Value != nil && *skill.Low <= 0 {
			m.say("That its probabilities are better than the share of all is not shown yet (Brier skill %s, %s to %s).", two(*skill.Value), two(*skill.Low), two(*skill.High))
		}
	}
	if e := b.Metrics.Expected; e.Value != nil {
		switch m.offLevel() {
		case "high":
			m.say("It said more departures than came: %s times as many (%s to %s). Read the probabilities as too high.", two(*e.Value), two(*e.Low), two(*e.High))
		case "low":
			m.say("It said fewer departures than came: %s of them (%s to %s). Read the probabilities as too low.", percent(*e.Value), percent(*e.Low), percent(*e.High))
		default:
			m.say("It said %s times as many departures as came (%s to %s): the level is right as far as the data tell.", two(*e.Value), two(*e.Low), two(*e.High))
		}
	}
	if s := b.Metrics.Slope; s.Value != nil {
		switch {
		case *s.High < 1:
			m.say("High probabilities were too high and low ones too low (calibration slope %s, %s to %s).", two(*s.Value), two(*s.Low), two(*s.High))
		case *s.Low > 1:
			m.say("Probabilities were too close to the average (calibration slope %s, %s to %s).", two(*s.Value), two(*s.Low), two(*s.High))
		}
	}
	if c := m.Ceased; c.Value != nil && c.Events > 0 {
		m.say("%d of %d departures were customers that are no more (acquired, merged, wound up), by the reasons on record.", c.Events, c.N)
	}
}

func (m *Model) say(format string, args ...any) {
	m.Sentences = append(m.Sentences, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func three(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }

func two(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// percent writes a share, with a decimal where it is small.
func percent(f float64) string {
	p := 100 * f
	if p < 10 && p != math.Trunc(p) {
		return strconv.FormatFloat(p, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + " %"
}

func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}
