package api

import (
	"context"
	"net/http"
	"time"

	"kept/internal/churn"
	"kept/internal/validate"
)

// ChurnParams say how far a forecast looks ahead.
type ChurnParams struct {
	Horizon string `query:"horizon" maxLength:"10" default:"90d" doc:"How far ahead: 30d to 365d." example:"90d"`
}

type accountChurnInput struct {
	AccountPath
	AsOfParam
	ChurnParams
}

type churnInput struct {
	AsOfParam
	ChurnParams
}

func (s *Server) churnRoutes() {
	get(s, endpoint{id: "get-account-churn", method: http.MethodGet, path: "/accounts/{id}/churn", tag: "accounts", need: canRead, summary: "How probable it is that an account leaves"}, s.accountChurn)
	get(s, endpoint{id: "get-churn-forecast", method: http.MethodGet, path: "/churn", tag: "churn", need: canRead, summary: "The churn forecast with its back-test"}, s.churn)
	get(s, endpoint{id: "list-churn-accounts", method: http.MethodGet, path: "/churn/accounts", tag: "churn", need: canRead, summary: "Paying accounts or renewals, with the probability that each leaves"}, s.churnAccounts)
}

// Spec reads the parameters of a forecast.
func (p ChurnParams) Spec() (churn.Spec, error) {
	var spec churn.Spec
	if p.Horizon != "" {
		var err error
		if spec.Horizon, err = validate.ParseDays("horizon", p.Horizon); err != nil {
			return spec, err
		}
	}
	return spec.Check()
}

// forecast returns the forecast as of the view; nil while it is calculated.
func (v *view) forecast(ctx context.Context, p AsOfParam, spec churn.Spec) (*churn.Model, error) {
	if p.AsOf != "" {
		spec.AsOf = v.AsOf
	}
	return v.engine.Forecast(ctx, spec, false)
}

func (s *Server) accountChurn(ctx context.Context, in *accountChurnInput) (AccountChurn, error) {
	var out AccountChurn
	spec, err := in.Spec()
	if err != nil {
		return out, err
	}
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return out, err
	}
	out.Stamp = v.stamp()
	row := &v.Rows[at]
	var m *churn.Model
	if row.Scorecard != "" {
		if m, err = v.forecast(ctx, in.AsOfParam, spec); err != nil {
			return out, err
		}
	}
	facts, contract := v.ChurnFacts(at)
	out.Assessment = churn.Assess(m, spec.Horizon, facts, contract, v.AsOf)
	if row.Scorecard == "" && out.State == churn.StateCalculating {
		out.State, out.Refusal = churn.StateRefused, "No scorecard applies to the account, and the forecast builds on one."
		out.Probability.Why = out.Refusal
	}
	out.Forecast = headOf(m)
	return out, nil
}

func headOf(m *churn.Model) *ForecastHead {
	if m == nil {
		return nil
	}
	b := &m.Backtest.Metrics
	return &ForecastHead{
		Scorecards: m.Scorecards, AsOf: m.AsOf, Status: m.Status, Headline: m.Headline, Sentences: m.Sentences, Learned: m.Learned,
		BaseRate: m.BaseRate, AUC: b.AUC, BrierSkill: b.BrierSkill, Slope: b.Slope, Expected: b.Expected,
	}
}

func (s *Server) churn(ctx context.Context, in *churnInput) (ChurnAnswer, error) {
	var out ChurnAnswer
	spec, err := in.Spec()
	if err != nil {
		return out, err
	}
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	out.Stamp, out.HorizonDays = v.stamp(), int(spec.Horizon/(24*time.Hour))
	out.Forecast, err = v.forecast(ctx, in.AsOfParam, spec)
	out.Calculating = out.Forecast == nil
	return out, err
}
