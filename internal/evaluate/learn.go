package evaluate

import (
	"context"

	"kept/internal/health"
	"kept/internal/validate"
)

// keptLearned is how many sets of learned weights stay in memory.
const keptLearned = 8

// Learned is what the data say about the weights of a scorecard, and the scorecard
// with the learned ones; nil where nothing was learned, or where the scorecard is
// no weighted mean.
type Learned struct {
	*validate.Learning
	Proposal *health.Scorecard
}

// Learn learns the weights of a scorecard from what happened, always on what was
// known at each cut-off, and keeps the answer until the data or the model change.
// The errors are those of Dataset.
func (e *Engine) Learn(ctx context.Context, spec validate.Spec) (*Learned, error) {
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
		asOf = day(asOf) // as of validations
	}
	spec.Scorecard, spec.AsOf, spec.History = card.Key(), asOf.UTC(), validate.Recomputed
	spec.From, spec.PastFrom = spec.From.UTC(), spec.PastFrom.UTC()
	key := validationKey{spec: spec, generation: s.generation, version: s.version}
	return e.learned.get(ctx, key, func() (*Learned, error) {
		// A request that goes away must not spoil the work for those who wait.
		d, err := e.dataset(context.WithoutCancel(ctx), s, spec, asOf)
		if err != nil {
			return nil, err
		}
		out := &Learned{Learning: validate.Learn(d)}
		shares := make([]float64, len(out.Weights))
		for i := range out.Weights {
			shares[i] = out.Weights[i].Learned
		}
		if next, ok := health.Reweigh(card.Definition(), shares); ok && out.Learned {
			out.Proposal = &next
		}
		return out, nil
	})
}
