package evaluate

import (
	"context"
	"math"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/metric"
	"kept/internal/model"
)

// MetricSample is one metric over the accounts that exist at an instant, or over
// their product lines where it has a value per product line.
type MetricSample struct {
	At time.Time
	// Values are by account in the order of the book; NaN where one has none. Ages
	// are of the newest event behind a value in days; negative where there is none.
	Values, Ages []float64
	// Subjects says what each value is of: an account, or an account and a product.
	Subjects []MetricSubject
}

// MetricSubject is what a metric has a value of.
type MetricSubject struct {
	Account id.Account
	Product string // key; empty for the account's own
}

// MetricSamples computes one metric of every account at ascending instants, under
// the model in force or, where it is not nil, under a candidate that is neither
// kept nor cached.
func (e *Engine) MetricSamples(ctx context.Context, candidate *model.Compiled, name string, instants []time.Time) ([]MetricSample, error) {
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return nil, err
	}
	p := s.pass(e.workers)
	if candidate != nil {
		p = p.with(candidate)
	}
	def, ok := p.model.Model.Metric(name)
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no metric %.60q in the model", name)
	}
	out := make([]MetricSample, len(instants))
	for t := range out {
		out[t].At = instants[t]
	}
	const batch = 2048
	for start := 0; start < len(s.book.dossiers); start += batch {
		part := s.book.dossiers[start:min(start+batch, len(s.book.dossiers))]
		values, err := p.measure(ctx, part, []string{name}, instants)
		if err != nil {
			return nil, err
		}
		for t := range instants {
			sample := &out[t]
			for a, d := range part {
				if !d.exists(instants[t]) {
					continue
				}
				products := []string{""}
				if def.Per == "relationship" {
					products = values.Products(a)
				}
				for _, product := range products {
					value, age := math.NaN(), -1.0
					if product != "" {
						if v, ok := values.Relationship(name, a, product, t); ok {
							value, age = v, values.RelationshipAgeDays(name, a, product, t)
						}
					} else if v, ok := values.Account(name, a, t); ok {
						value, age = v, values.AgeDays(name, a, t)
					}
					sample.Values = append(sample.Values, value)
					sample.Ages = append(sample.Ages, age)
					sample.Subjects = append(sample.Subjects, MetricSubject{Account: d.account.ID, Product: product})
				}
			}
		}
	}
	return out, nil
}

// TrySeries computes one metric of a candidate model for one account at ascending
// instants; the candidate is neither kept nor cached.
func (e *Engine) TrySeries(ctx context.Context, candidate *model.Compiled, account id.Account, name string, instants []time.Time) (*metric.Values, error) {
	s, _, err := e.ready(time.Time{})
	if err != nil {
		return nil, err
	}
	at, ok := s.book.index[account]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no account %s", account)
	}
	return s.pass(1).with(candidate).measure(ctx, []*dossier{s.book.dossiers[at]}, []string{name}, instants)
}
