package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
)

type explanationInput struct {
	ID string `path:"id" maxLength:"200" doc:"The account's id, an external id, or its exact name."`
	AsOfParam
	CompareTo string `query:"compare_to" maxLength:"40" doc:"A second instant, before as_of; absent for none."`
	Scorecard string `query:"scorecard" maxLength:"100" doc:"A scorecard of accounts, whether it applies or not; absent for the one that applies."`
}

func (s *Server) explanationRoutes() {
	get(s, endpoint{id: "explain-score", method: http.MethodGet, path: "/accounts/{id}/explanation", tag: "accounts", need: canRead, summary: "An account's score at one instant or two, down to the events and facts"}, s.explanation)
	get(s, endpoint{id: "get-corrections", method: http.MethodGet, path: "/corrections", tag: "accounts", need: canRead, summary: "How much became known after an instant about the time up to it"}, s.correctionTotal)
}

func (s *Server) explanation(ctx context.Context, in *explanationInput) (Explanation, error) {
	asOf, err := in.instant()
	if err != nil {
		return Explanation{}, err
	}
	before, err := parseInstant("compare_to", in.CompareTo)
	if err != nil {
		return Explanation{}, err
	}
	lens, err := s.lens(ctx, in.AsOfParam, asOf)
	if err != nil {
		return Explanation{}, err
	}
	x := Explainer{Engine: s.opt.Engine.Through(lens), Records: s.opt.Records, Names: s.names.all(ctx)}
	return x.Explain(ctx, ExplainQuery{Account: in.ID, AsOf: asOf, Before: before, Scorecard: in.Scorecard, Known: lens.Known})
}

func (s *Server) correctionTotal(_ context.Context, in *AsOfParam) (CorrectionTotal, error) {
	asOf, err := in.instant()
	if err != nil {
		return CorrectionTotal{}, err
	}
	if asOf.IsZero() {
		asOf = s.opt.Engine.Now()
	}
	t, err := s.opt.Engine.Through(evaluate.Lens{}).CorrectionTotal(asOf)
	return CorrectionTotal{AsOf: asOf, Accounts: t.Accounts, Facts: t.Facts, Revisions: t.Revisions, Events: t.Events}, err
}

// Explainer explains scores; the API and the command line share it.
type Explainer struct {
	Engine  *evaluate.Engine // looked at through a lens
	Records customer.Reader
	Names   map[id.User]string
}

// ExplainQuery names a score. Account is an id, an external id or an exact name;
// a zero Before compares with nothing.
type ExplainQuery struct {
	Account      string
	AsOf, Before time.Time
	Scorecard    string
	Known        evaluate.Known
}

// Explain explains a score down to the events and facts behind it.
func (x Explainer) Explain(ctx context.Context, q ExplainQuery) (Explanation, error) {
	var out Explanation
	account, err := x.resolve(ctx, q.Account)
	if err != nil {
		return out, err
	}
	if q.AsOf.IsZero() {
		q.AsOf = x.Engine.Now()
	}
	if !q.Before.IsZero() && !q.Before.Before(q.AsOf) {
		return out, fault.At("compare_to", "is not before as_of: choose an earlier day")
	}
	after, err := x.Engine.HealthBy(ctx, account.ID, q.Scorecard, q.AsOf)
	if err != nil {
		return out, err
	}
	version, m := x.Engine.Model()
	v := &view{
		Snapshot: &evaluate.Snapshot{AsOf: after.AsOf, ModelVersion: version},
		engine:   x.Engine, known: q.Known, model: m, look: lookOf(m), names: x.Names,
	}
	out.Stamp, out.Account = v.stamp(), Ref{ID: string(account.ID), Name: account.Name}
	if out.After, err = v.explained(ctx, account.ID, &after); err != nil {
		return out, err
	}
	out.Relationships, out.Sentence = v.relationships(&after), out.After.Result.Words
	if out.Corrections, err = v.corrections(account.ID); err != nil || q.Before.IsZero() {
		return out, err
	}
	return out, x.compare(ctx, v, account.ID, &after, q, &out)
}

func (x Explainer) compare(ctx context.Context, v *view, account id.Account, after *evaluate.AccountHealth, q ExplainQuery, out *Explanation) error {
	both, err := x.Engine.CompareBy(ctx, account, q.Scorecard, q.Before, q.AsOf)
	if err != nil {
		return err
	}
	out.Sentence = v.sentence(&both)
	change := v.change(both.Change, &after.Result)
	out.Change = &change
	if both.Before == nil {
		return nil
	}
	then := *v
	then.Snapshot = &evaluate.Snapshot{AsOf: both.Before.AsOf, ModelVersion: v.ModelVersion}
	before, err := then.explained(ctx, account, both.Before)
	out.Before = &before
	return err
}

// resolve finds an account by id, external id or exact name.
func (x Explainer) resolve(ctx context.Context, ref string) (customer.Account, error) {
	if account, err := id.Parse[id.Account]("id", ref); err == nil {
		return x.Records.Account(ctx, account)
	}
	all, err := x.Records.Accounts(ctx, customer.Filter{Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return customer.Account{}, err
	}
	ids := make([]string, len(all))
	at := make(map[string]int, len(all))
	for i := range all {
		ids[i] = string(all[i].ID)
		at[ids[i]] = i
	}
	refs, err := x.Records.ExternalRefs(ctx, "account", ids)
	if err != nil {
		return customer.Account{}, err
	}
	found := map[int]bool{}
	for _, r := range refs {
		if i, ok := at[r.ObjectID]; ok && r.External == ref {
			found[i] = true
		}
	}
	byExternal := len(found) > 0
	for i := range all {
		if !byExternal && strings.EqualFold(all[i].Name, ref) {
			found[i] = true
		}
	}
	switch len(found) {
	case 0:
		return customer.Account{}, fault.New(fault.NotFound, "there is no account with the id, external id or name %.60q", ref)
	case 1:
		for i := range found {
			return all[i], nil
		}
	}
	return customer.Account{}, fault.At("account", "%.60q means %d accounts: use the id, which begins with acc_", ref, len(found))
}

func (v *view) explained(ctx context.Context, account id.Account, h *evaluate.AccountHealth) (ExplainedAt, error) {
	out := ExplainedAt{AsOf: h.AsOf, Scorecard: v.scorecardHead(&h.Result), Result: v.result(&h.Result), Measures: []MeasureRows{}}
	for i := range h.Result.Contributions {
		k := &h.Result.Contributions[i]
		row := MeasureRows{Measure: k.Measure}
		if k.Metric == "" {
			row.Why = MetricWhy{Title: "Conditions", Events: []string{}, Facts: []FactRef{}, Rows: []EventRows{}, Inputs: []MetricWhy{}, Formula: k.Case}
			out.Measures = append(out.Measures, row)
			continue
		}
		why, err := v.engine.Why(ctx, account, k.Metric, "", v.AsOf)
		if err != nil {
			return out, err
		}
		if row.Why, err = v.why(account, why); err != nil {
			return out, err
		}
		out.Measures = append(out.Measures, row)
	}
	return out, nil
}

func (v *view) relationships(h *evaluate.AccountHealth) []RelationshipHealth {
	out := []RelationshipHealth{}
	for i := range h.Relationships {
		r := &h.Relationships[i]
		out = append(out, RelationshipHealth{Product: r.Product, Title: titleOr(r.Title, r.Product), Scorecard: v.scorecardHead(&r.Result), Result: v.result(&r.Result)})
	}
	return out
}

func (v *view) corrections(account id.Account) ([]Correction, error) {
	found, err := v.engine.Corrections(account, v.AsOf)
	if err != nil {
		return nil, err
	}
	out := []Correction{}
	for _, c := range found {
		title := titleOr("", strings.TrimPrefix(c.Key, customer.ManualPrefix))
		if c.Kind == evaluate.CorrectedSubscription {
			title = "Subscription"
		}
		out = append(out, Correction{
			Kind: c.Kind, Key: c.Key, Title: title, Product: c.Product, Count: c.Count,
			HeldFrom: c.HeldFrom, KnownFirst: c.KnownFirst, KnownLast: c.KnownLast, Before: c.Before, Now: c.Now,
		})
	}
	return out, nil
}
