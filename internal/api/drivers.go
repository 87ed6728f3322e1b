package api

import (
	"context"
	"net/http"

	"kept/internal/drivers"
	"kept/internal/evaluate"
	"kept/internal/validate"
)

// DriverParams say what a search for drivers asks; package app takes them from flags.
type DriverParams struct {
	Outcome string `query:"outcome" maxLength:"100" default:"left" doc:"What is to be predicted: left (who leaves), or the name of a metric whose changes are."`
	Horizon string `query:"horizon" maxLength:"10" default:"90d" doc:"For left: how far ahead, 7d to 730d."`
	Event   string `query:"event" maxLength:"200" default:"auto" doc:"For left: what counts as leaving: left, event:NAME, or auto."`
}

type driversInput struct {
	AsOfParam
	DriverParams
}

func (s *Server) driverRoutes() {
	get(s, endpoint{id: "list-drivers", method: http.MethodGet, path: "/drivers", tag: "model", need: canRead, summary: "Which metrics predict an outcome, how long before it, and how much"}, s.drivers)
}

// Query reads the parameters as of an instant ("" is now).
func (p DriverParams) Query(asOf string) (evaluate.DriverQuery, error) {
	q := evaluate.DriverQuery{Outcome: p.Outcome}
	spec, err := ValidationParams{Horizon: p.Horizon, Outcome: p.Event}.Spec("", asOf)
	if err != nil {
		return q, err
	}
	q.AsOf = spec.AsOf
	if q.Outcome == "" || q.Outcome == validate.OutcomeLeft {
		q.Outcome, q.Horizon, q.Event = validate.OutcomeLeft, spec.Horizon, spec.Outcome
	}
	return q, nil
}

func (s *Server) drivers(ctx context.Context, in *driversInput) (drivers.Report, error) {
	q, err := in.Query(in.AsOf)
	if err != nil {
		return drivers.Report{}, err
	}
	r, err := s.opt.Engine.Drivers(ctx, q)
	if err != nil {
		return drivers.Report{}, err
	}
	return *r, nil
}
