package churn

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"kept/internal/customer"
)

// Cause says how a life as a customer ended.
type Cause int8

// The causes. Ceased: there is no customer any more who could stay (acquired,
// merged, wound up, insolvent), whatever it thought of the product.
const (
	Stays Cause = iota
	Left
	Ceased
)

// Beginnings of words, and phrases, of the end reasons of customers that are no more.
var (
	ceasedStems   = []string{"acqui", "merge", "insolv", "bankrupt", "liquidat", "ceased", "dissol"}
	ceasedPhrases = []string{"wound up", "winding up", "closed down", "closing down", "out of business", "shut down"}
)

// CauseOf reads the cause from the reason that the record gives for an end.
func CauseOf(reason string) Cause {
	reason = strings.ToLower(reason)
	for word := range strings.FieldsFuncSeq(reason, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if slices.ContainsFunc(ceasedStems, func(stem string) bool { return strings.HasPrefix(word, stem) }) {
			return Ceased
		}
	}
	if slices.ContainsFunc(ceasedPhrases, func(p string) bool { return strings.Contains(reason, p) }) {
		return Ceased
	}
	return Left
}

// CauseAt returns the cause of a departure: that of a subscription that ended
// then, by what is known at the end of the data.
func CauseAt(subs []customer.Subscription, departure, dataEnd time.Time) Cause {
	for i := range subs {
		if r, ok := subs[i].At(dataEnd); ok && r.End.Equal(departure) && CauseOf(r.EndReason) == Ceased {
			return Ceased
		}
	}
	return Left
}
