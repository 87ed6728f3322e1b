package api

import (
	"context"
	"net/http"

	"kept/internal/churn"
)

type survivalInput struct {
	AsOfParam
	By string `query:"by" enum:"segment,cohort,product_line" default:"segment" doc:"How lives are grouped: by the segment in which an account was first seen, by the quarter of its start, or by product line."`
}

func (s *Server) survivalRoutes() {
	get(s, endpoint{id: "get-survival", method: http.MethodGet, path: "/survival", tag: "churn", need: canRead, summary: "How long customers stay, by group, with those at risk"}, s.survival)
}

func (s *Server) survival(ctx context.Context, in *survivalInput) (churn.Survival, error) {
	by, err := churn.ParseBy(in.By)
	if err != nil {
		return churn.Survival{}, err
	}
	asOf, err := in.instant()
	if err != nil {
		return churn.Survival{}, err
	}
	lens, err := s.lens(ctx, in.AsOfParam, asOf)
	if err != nil {
		return churn.Survival{}, err
	}
	out, err := s.opt.Engine.Through(lens).Survival(ctx, by, asOf)
	if err != nil {
		return churn.Survival{}, err
	}
	return *out, nil
}
