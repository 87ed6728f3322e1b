package api

import (
	"context"
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/validate"
)

// ValidationParams say what a validation asks; package app takes them from flags.
type ValidationParams struct {
	Horizon  string `query:"horizon" maxLength:"10" default:"90d" doc:"How far ahead the score is asked to see: 7d to 730d." example:"90d"`
	Grace    string `query:"grace" maxLength:"10" default:"30d" doc:"How long a lapse may last before it counts as leaving: 0d to 180d."`
	Outcome  string `query:"outcome" maxLength:"200" default:"auto" doc:"What counts as leaving: left (the last paid subscription ended), event:NAME, or auto (left, unless nobody left and churn events are on record)."`
	History  string `query:"history" enum:"recomputed,recorded" default:"recomputed" doc:"Judge the scorecard in force on what was known at each instant, or what was said at the time."`
	Capacity int    `query:"capacity" minimum:"0" maximum:"10000000" doc:"Accounts that the team can look after within the horizon; 0 takes as many as were in the worst band."`
	From     string `query:"from" maxLength:"40" doc:"Only cut-offs from this day on."`
	PastFrom string `query:"past_from" maxLength:"40" doc:"After a deliberate back-fill: leave evaluations recorded before this day out of the comparison with the rebuilt past."`
}

type validationPath struct {
	Key string `path:"key" maxLength:"100"`
	AsOfParam
	ValidationParams
}

func (s *Server) validationRoutes() {
	get(s, endpoint{
		id: "validate-scorecard", method: http.MethodGet, path: "/scorecards/{key}/validation", tag: "model", need: canRead,
		summary: "Does the scorecard predict who leaves? A back-test with its evidence",
	}, s.validation)
}

func (s *Server) validation(ctx context.Context, in *validationPath) (validate.Report, error) {
	spec, err := in.Spec(in.Key, in.AsOf)
	if err != nil {
		return validate.Report{}, err
	}
	version, _ := s.opt.Engine.Model()
	var changed time.Time
	stored, err := s.opt.Product.Model(ctx, version)
	switch {
	case err == nil:
		changed = stored.CreatedAt
	case !fault.Is(err, fault.NotFound):
		return validate.Report{}, err
	}
	r, err := s.opt.Engine.Validate(ctx, spec, changed)
	if err != nil {
		return validate.Report{}, err
	}
	return *r, nil
}

// Spec reads the parameters for a scorecard as of an instant ("" is now).
func (p ValidationParams) Spec(key, asOf string) (validate.Spec, error) {
	spec := validate.Spec{Scorecard: key, Outcome: p.Outcome, History: validate.History(p.History), Capacity: p.Capacity}
	var err error
	if spec.AsOf, err = parseInstant("as_of", asOf); err != nil {
		return spec, err
	}
	if spec.From, err = parseInstant("from", p.From); err != nil {
		return spec, err
	}
	if spec.PastFrom, err = parseInstant("past_from", p.PastFrom); err != nil {
		return spec, err
	}
	if p.Horizon != "" {
		if spec.Horizon, err = validate.ParseDays("horizon", p.Horizon); err != nil {
			return spec, err
		}
	}
	if p.Grace != "" {
		if spec.Grace, err = validate.ParseDays("grace", p.Grace); err != nil {
			return spec, err
		}
		if spec.Grace == 0 {
			spec.Grace = validate.NoGrace
		}
	}
	return spec.Check()
}
