package validate

import "fmt"

// Rung is how much a number of departures in the test sets allows to be said
// (statistics.md §3.4).
type Rung string

// The rungs, ascending.
const (
	CountsOnly  Rung = "counts"      // under 5: counts and nothing else
	Descriptive Rung = "descriptive" // 5 to 19: AUC with its interval, described and not claimed
	Basic       Rung = "basic"       // 20 to 49: AUC, Brier, calibration in the large; no "beats"
	Full        Rung = "full"        // 50 to 199: everything, Platt calibration
	Segments    Rung = "segments"    // 200 and more: isotonic, and segments with 20 each
)

// LeastDepartures is how many it takes to say more than counts.
const LeastDepartures = descriptiveFrom

// The least departures of each rung, of a segment, and of a claim to beat.
const (
	descriptiveFrom = 5
	basicFrom       = 20
	fullFrom        = 50
	segmentsFrom    = 200
	segmentFrom     = 20
	beatsFrom       = fullFrom
)

// Climb returns the rung of a number of departures.
func Climb(events int) Rung {
	switch {
	case events < descriptiveFrom:
		return CountsOnly
	case events < basicFrom:
		return Descriptive
	case events < fullFrom:
		return Basic
	case events < segmentsFrom:
		return Full
	}
	return Segments
}

// Ladder is where a validation stands, in words.
type Ladder struct {
	State  Rung `json:"state"`
	Events int  `json:"events"`
	// Allows says what may be said, Next what the next rung needs; empty at the top.
	Allows string `json:"allows"`
	Next   string `json:"next,omitempty"`
	// NextAt is the number of departures of the next rung; 0 at the top.
	NextAt int `json:"next_at,omitempty"`
}

func ladder(events int) Ladder {
	l := Ladder{State: Climb(events), Events: events}
	next := func(at int, what string) {
		l.NextAt = at
		l.Next = fmt.Sprintf("From %d departures (%d more) %s.", at, at-events, what)
	}
	switch l.State {
	case CountsOnly:
		l.Allows = "Fewer than 5 departures: only counts are shown."
		next(descriptiveFrom, "the ranking is described with an interval")
	case Descriptive:
		l.Allows = "5 to 19 departures: the ranking is described with its interval; nothing is claimed."
		next(basicFrom, "the error and level of the probabilities are judged, too")
	case Basic:
		l.Allows = "20 to 49 departures: ranking, error and level of the probabilities; no claim that one score beats another."
		next(fullFrom, "the calibration slope is judged, and scores may be compared")
	case Full:
		l.Allows = "50 to 199 departures: everything but the isotonic curve and segments."
		next(segmentsFrom, "segments with 20 departures each are judged on their own")
	case Segments:
		l.Allows = "200 departures or more: everything, the isotonic curve, and segments with at least 20."
	}
	return l
}

// at reports whether a rung reaches another.
func (r Rung) at(least Rung) bool {
	order := map[Rung]int{CountsOnly: 0, Descriptive: 1, Basic: 2, Full: 3, Segments: 4}
	return order[r] >= order[least]
}
