package churn

import (
	"math"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/money"
)

// Contract is what was known of an account's paid terms at an instant.
type Contract struct {
	// Paying: a paid subscription is in force; Unrecorded: none is on record at all.
	Paying, Unrecorded bool
	// NextEnd is the nearest end of a subscription in force, NextARR what ends then;
	// zero when none ends.
	NextEnd time.Time
	NextARR money.Amount
	// Bound is how far all that is signed reaches, renewals signed early included:
	// only there can the account leave as a whole. Zero: a subscription runs on
	// without end, or nothing is on record.
	Bound time.Time
	// Term is the length of the term that ends at Bound.
	Term time.Duration
	// Notice: what ends at Bound will not renew by itself.
	Notice bool
}

// signedGap is how far apart an end and the start of its signed renewal may lie.
const signedGap = 24 * time.Hour

// ContractAt reads the terms from subscriptions, as known at t. Trials are none.
func ContractAt(subs []customer.Subscription, t time.Time) Contract {
	c := Contract{Unrecorded: len(subs) == 0}
	var later []customer.Revision
	take := func(r customer.Revision) {
		switch {
		case r.End.IsZero():
			c.Bound, c.Term, c.Notice = time.Time{}, -1, false
		case c.Term < 0:
		case r.End.After(c.Bound):
			c.Bound, c.Term, c.Notice = r.End, r.End.Sub(r.Start), !r.AutoRenew
		case r.End.Equal(c.Bound):
			c.Notice = c.Notice && !r.AutoRenew
		}
	}
	for i := range subs {
		r, ok := subs[i].At(t)
		switch {
		case !ok || r.Trial || !r.End.IsZero() && !r.End.After(t) || !r.End.IsZero() && !r.End.After(r.Start):
		case r.Start.After(t):
			later = append(later, r)
		default:
			c.Paying = true
			take(r)
			if r.End.IsZero() {
				continue
			}
			switch {
			case c.NextEnd.IsZero() || r.End.Before(c.NextEnd):
				c.NextEnd, c.NextARR = r.End, r.ARR
			case r.End.Equal(c.NextEnd) && r.ARR.Currency == c.NextARR.Currency:
				c.NextARR.Minor += r.ARR.Minor
			}
		}
	}
	slices.SortFunc(later, func(a, b customer.Revision) int { return a.Start.Compare(b.Start) })
	for _, r := range later {
		if c.Paying && c.Term >= 0 && !r.Start.After(c.Bound.Add(signedGap)) {
			take(r)
		}
	}
	if c.Term < 0 {
		c.Term = 0
	}
	return c
}

// Facts are what a forecast may know of an account at a snapshot.
type Facts struct {
	Card    string  // key of the scorecard
	Score   float64 // 0–100; NaN for none
	Segment string
	Tenure  float64 // years as a customer
	// BoundIn is days to Contract.Bound, NaN when nothing binds; TermDays the
	// length of the term that ends there.
	BoundIn, TermDays float64
	Notice            bool
}

// FactsAt joins what a snapshot knows with the contract.
func FactsAt(card string, score float64, segment string, since, t time.Time, c Contract) Facts {
	f := Facts{Card: card, Score: score, Segment: segment, Tenure: max(0, days(t.Sub(since))/365.25), BoundIn: math.NaN(), TermDays: math.NaN(), Notice: c.Notice}
	if !c.Bound.IsZero() {
		f.BoundIn, f.TermDays = days(c.Bound.Sub(t)), max(1, days(c.Term))
	}
	return f
}

func days(d time.Duration) float64 { return d.Hours() / 24 }

// due returns whether an end of term falls into month k (1 …) of the given
// length, whether it is the first one, and the months from k to the next end
// (0 when due, NaN when nothing binds). Beyond what is signed, terms of the same
// length are assumed to follow.
func (f *Facts) due(k int, length float64) (due, first bool, wait float64) {
	if math.IsNaN(f.BoundIn) {
		return false, false, math.NaN()
	}
	const hair = 1e-9
	at := f.BoundIn
	if begin := float64(k-1) * length; at <= begin+hair {
		first = false
		n := math.Floor((begin+hair-at)/f.TermDays) + 1
		at += n * f.TermDays
	} else {
		first = true
	}
	in := math.Ceil(at/length - hair)
	if in < 1 {
		in = 1
	}
	if int(min(in, 1e6)) <= k {
		return true, first, 0
	}
	return false, false, in - float64(k)
}
