package evaluate

import (
	"context"
	"time"

	"kept/internal/validate"
)

// keptValidations is how many reports stay in memory; one takes some 50 KB.
const keptValidations = 64

type validationKey struct {
	spec       validate.Spec
	generation int64
	version    int64
	changed    int64
}

// Validate judges a scorecard by what happened, and keeps the report until the
// data or the model change. changed is when the model version in force was
// saved; zero when that is unknown.
func (e *Engine) Validate(ctx context.Context, spec validate.Spec, changed time.Time) (*validate.Report, error) {
	spec, err := spec.Check()
	if err != nil {
		return nil, err
	}
	s, asOf, err := e.ready(spec.AsOf)
	if err != nil {
		return nil, err
	}
	card, err := s.card(spec.Scorecard)
	if err != nil {
		return nil, err
	}
	if spec.AsOf.IsZero() {
		// Outcomes are counted in days: a report of this morning serves all day.
		asOf = day(asOf)
	}
	spec.Scorecard, spec.AsOf = card.Key(), asOf.UTC()
	spec.From, spec.PastFrom = spec.From.UTC(), spec.PastFrom.UTC()
	key := validationKey{spec: spec, generation: s.generation, version: s.version, changed: changed.Unix()}
	return e.validations.get(ctx, key, func() (*validate.Report, error) {
		// A request that goes away must not spoil the work for those who wait.
		d, err := e.dataset(context.WithoutCancel(ctx), s, spec, asOf)
		if err != nil {
			return nil, err
		}
		d.Changed = changed
		return validate.Run(d, validate.HandScore{}), nil
	})
}
