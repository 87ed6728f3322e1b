package api

import (
	"context"
	"fmt"
	"net/http"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/validate"
)

type learnedPath struct {
	Key string `path:"key" maxLength:"100"`
	AsOfParam
	LearnedParams
}

// LearnedParams say from what weights are learned; package app takes them from flags.
type LearnedParams struct {
	Horizon  string `query:"horizon" maxLength:"10" default:"90d" doc:"How far ahead the score is asked to see: 7d to 730d." example:"90d"`
	Grace    string `query:"grace" maxLength:"10" default:"30d" doc:"How long a lapse may last before it counts as leaving: 0d to 180d."`
	Outcome  string `query:"outcome" maxLength:"200" default:"auto" doc:"What counts as leaving: left, event:NAME, or auto."`
	Accounts int    `query:"accounts" minimum:"0" maximum:"1000" default:"50" doc:"How many of the riskiest accounts are listed with their learned score."`
}

type adoptInput struct {
	Key  string `path:"key" maxLength:"100"`
	Body struct {
		BaseVersion int64  `json:"base_version" doc:"The version on which the weights were learned; another one in force is a conflict."`
		Note        string `json:"note,omitempty" maxLength:"1000"`
		Horizon     string `json:"horizon,omitempty" maxLength:"10"`
		Grace       string `json:"grace,omitempty" maxLength:"10"`
		Outcome     string `json:"outcome,omitempty" maxLength:"200"`
	}
}

// LearnedWeights is what the data say about the weights of a scorecard.
type LearnedWeights struct {
	validate.Learning
	AccountsTotal int `json:"accounts_total"`
	// Proposal is the scorecard with the learned weights, to preview and to adopt;
	// absent where nothing was learned.
	Proposal *health.Scorecard `json:"proposal,omitempty"`
	// WhyNot says why there is no proposal although weights were learned.
	WhyNot string `json:"why_not,omitempty"`
}

func (s *Server) learnedRoutes() {
	const tag = "model"
	get(s, endpoint{id: "get-learned-weights", method: http.MethodGet, path: "/scorecards/{key}/learned", tag: tag, need: canRead, summary: "What the data say about the weights of a scorecard"}, s.learned)
	get(s, endpoint{id: "adopt-learned-weights", method: http.MethodPost, path: "/scorecards/{key}/learned/adopt", tag: tag, need: canModel, status: http.StatusCreated, summary: "Make a model version with the learned weights; going back to the version before undoes it"}, s.adopt)
}

// Spec reads the parameters for a scorecard as of an instant ("" is now).
func (p LearnedParams) Spec(key, asOf string) (validate.Spec, error) {
	return ValidationParams{Horizon: p.Horizon, Grace: p.Grace, Outcome: p.Outcome, History: string(validate.Recomputed)}.Spec(key, asOf)
}

func (s *Server) learned(ctx context.Context, in *learnedPath) (LearnedWeights, error) {
	spec, err := in.Spec(in.Key, in.AsOf)
	if err != nil {
		return LearnedWeights{}, err
	}
	l, err := s.opt.Engine.Learn(ctx, spec)
	if err != nil {
		return LearnedWeights{}, err
	}
	return LearnedOf(l, in.Accounts), nil
}

// LearnedOf puts learned weights into the words of the API, with the riskiest
// accounts.
func LearnedOf(l *evaluate.Learned, accounts int) LearnedWeights {
	out := LearnedWeights{Learning: *l.Learning, AccountsTotal: len(l.Accounts), Proposal: l.Proposal}
	out.Accounts = out.Accounts[:min(accounts, len(out.Accounts))]
	if l.Learned && l.Proposal == nil {
		out.WhyNot = "The scorecard is no weighted mean, so that learned weights have no place in it: see what they say, and change it by hand."
	}
	return out
}

// adopt saves the learned weights as a new version, through the same path as the
// editor.
func (s *Server) adopt(ctx context.Context, in *adoptInput) (ModelVersion, error) {
	b := &in.Body
	version, _ := s.opt.Engine.Model()
	if b.BaseVersion != version {
		return ModelVersion{}, fault.New(fault.Conflict, "the weights were learned on version %d of the model, and version %d is in force: look at the learned weights again", b.BaseVersion, version)
	}
	spec, err := LearnedParams{Horizon: b.Horizon, Grace: b.Grace, Outcome: b.Outcome}.Spec(in.Key, "")
	if err != nil {
		return ModelVersion{}, err
	}
	l, err := s.opt.Engine.Learn(ctx, spec)
	if err != nil {
		return ModelVersion{}, err
	}
	switch {
	case !l.Learned:
		return ModelVersion{}, fault.New(fault.Invalid, "nothing was learned: %s", l.Why)
	case l.Proposal == nil:
		return ModelVersion{}, fault.New(fault.Invalid, "the scorecard is no weighted mean: learned weights have no place in it")
	}
	put := &putScorecardInput{Key: in.Key}
	put.Body.Scorecard, put.Body.BaseVersion = *l.Proposal, b.BaseVersion
	if put.Body.Note = b.Note; b.Note == "" {
		put.Body.Note = fmt.Sprintf("Learned weights of %s, from %d departures", l.Title, l.Departures)
	}
	return s.saveScorecard(ctx, put)
}
