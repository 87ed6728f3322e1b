package revenue

import (
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

// Doubt is something about a subscription that a figure rests on and that is
// probably wrong.
type Doubt struct {
	Account      int             `json:"-"` // index
	Subscription id.Subscription `json:"subscription_id"`
	Kind         DoubtKind       `json:"kind"`
	At           time.Time       `json:"at"`
	// Counted says whether figures include it all the same.
	Counted bool `json:"counted"`
}

// DoubtKind names what is doubtful.
type DoubtKind string

// What is doubted, and what figures do about it.
const (
	NegativeAmount  DoubtKind = "negative_amount"   // counts for nothing
	NoAmount        DoubtKind = "no_amount"         // counts for nothing
	NegativeSeats   DoubtKind = "negative_seats"    // counts: seats decide only about price rises
	EndsBeforeStart DoubtKind = "ends_before_start" // never in force
	UnknownCurrency DoubtKind = "unknown_currency"  // left out: no rate converts it
	Duplicate       DoubtKind = "duplicate"         // counts: the same product, amount and start twice
	Jump            DoubtKind = "jump"              // counts: a hundred times more, or less, than before
)

// jump is the factor between two revisions that is doubted.
const jump = 100

// Doubts lists what is doubtful about subscriptions as known at an instant, by
// account. Currencies are doubted when a policy converts and no rate is known.
func Doubts(accounts [][]customer.Subscription, known time.Time, p Policy, rates *Rates) []Doubt {
	var out []Doubt
	p.KnownAt = known
	d := dueFinder{counter: counter{Policy: p, rates: rates}}
	for a, subs := range accounts {
		type term struct {
			product id.Product
			money   money.Amount
			start   time.Time
		}
		seen := map[term]bool{}
		for i := range subs {
			s := &subs[i]
			add := func(kind DoubtKind, at time.Time, counted bool) {
				if n := len(out); n > 0 && out[n-1].Account == a && out[n-1].Subscription == s.ID && out[n-1].Kind == kind {
					return // once is enough
				}
				out = append(out, Doubt{a, s.ID, kind, at, counted})
			}
			rows := d.known(s)
			for n, r := range rows {
				switch {
				case r.ARR.Minor < 0:
					add(NegativeAmount, r.ValidFrom, false)
				case r.ARR.Minor == 0 && !r.Trial:
					add(NoAmount, r.ValidFrom, false)
				}
				if r.Seats < 0 {
					add(NegativeSeats, r.ValidFrom, true)
				}
				if !r.End.IsZero() && r.End.Before(r.Start) {
					add(EndsBeforeStart, r.ValidFrom, false)
				}
				if p.Exchange != OneCurrency && rates != nil && !d.counts(r.ARR.Currency) {
					add(UnknownCurrency, r.ValidFrom, false)
				}
				if n > 0 && far(rows[n-1].ARR, r.ARR) {
					add(Jump, r.ValidFrom, true)
				}
			}
			if len(rows) > 0 && rows[0].ARR.Minor > 0 {
				t := term{s.ProductID, rows[0].ARR, rows[0].Start}
				if seen[t] {
					add(Duplicate, rows[0].ValidFrom, true)
				}
				seen[t] = true
			}
		}
	}
	return out
}

func far(a, b money.Amount) bool {
	if a.Currency != b.Currency || a.Minor <= 0 || b.Minor <= 0 {
		return false
	}
	return a.Minor/jump >= b.Minor || b.Minor/jump >= a.Minor
}
