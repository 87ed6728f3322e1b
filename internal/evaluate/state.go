package evaluate

import (
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

// standing is what the record says of an account at an instant, before any
// metric: who owns it, where it stands, what it pays.
type standing struct {
	owner     id.User
	stage     customer.Stage
	arr       money.Amount
	seats     int64
	renewalAt time.Time
	active    bool
	status    Status
}

// stand reads the standing from facts and subscriptions, as known at asOf.
func (d *dossier) stand(asOf time.Time) standing {
	var s standing
	trial := false
	if f, ok := customer.Holds(d.owner, asOf); ok {
		s.owner = id.User(f.Value.Text)
	}
	if f, ok := customer.Holds(d.stage, asOf); ok {
		s.stage = customer.Stage(f.Value.Text)
	}
	for i := range d.subscriptions {
		r, ok := d.subscriptions[i].At(asOf)
		if !ok || !r.InForce(asOf) {
			continue
		}
		if r.Trial {
			trial = true
			continue
		}
		s.active = true
		s.seats += r.Seats
		// Amounts of another currency than the first are left out here and come
		// with the currency policies of the revenue measures.
		if s.arr.Currency == "" {
			s.arr.Currency = r.ARR.Currency
		}
		if s.arr.Currency == r.ARR.Currency {
			s.arr.Minor += r.ARR.Minor
		}
		if !r.End.IsZero() && (s.renewalAt.IsZero() || r.End.Before(s.renewalAt)) {
			s.renewalAt = r.End
		}
	}
	switch left := d.account.ChurnedAt; {
	case s.active:
		s.status = StatusActive
	case trial:
		s.status = StatusTrial
	case !left.IsZero() && !left.After(asOf) || s.stage == customer.StageChurned:
		s.status = StatusChurned
	default:
		s.status = StatusInactive
	}
	return s
}

// fact returns the account's own fact of a key that holds at asOf.
func (d *dossier) fact(key string, asOf time.Time) (customer.Fact, bool) {
	return customer.Holds(d.history(key), asOf)
}

// history returns the account's own facts of a key, oldest first.
func (d *dossier) history(key string) []customer.Fact { return d.histories[key] }

// exists reports whether the account is one at asOf.
func (d *dossier) exists(asOf time.Time) bool { return !d.account.Since.After(asOf) }
