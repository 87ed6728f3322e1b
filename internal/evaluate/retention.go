package evaluate

import (
	"time"

	"kept/internal/customer"
	"kept/internal/revenue"
)

// Retention measures revenue and accounts between two instants, over every
// account of the record. The errors are those of revenue.Retention.
func (e *Engine) Retention(from, to time.Time, p revenue.Policy) (revenue.Measures, error) {
	s, _, err := e.ready(from)
	if err != nil {
		return revenue.Measures{}, err
	}
	accounts := make([][]customer.Subscription, len(s.book.dossiers))
	for i, d := range s.book.dossiers {
		accounts[i] = d.subscriptions
	}
	return revenue.Retention(accounts, from, to, p)
}
