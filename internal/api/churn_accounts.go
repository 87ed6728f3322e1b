package api

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/churn"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/validate"
)

type churnAccountsInput struct {
	Paged
	AsOfParam
	ChurnParams
	Renewing bool   `query:"renewing" doc:"Only accounts of which a subscription ends within the horizon."`
	Sort     string `query:"sort" maxLength:"40" doc:"probability (of the renewal when only renewals are listed), renewal_at, arr, score or name, with - before it for descending. Absent: renewal_at for renewals, -probability otherwise."`
	Owner    string `query:"owner" maxLength:"800" doc:"Comma list of user ids; me for the caller, none for no owner."`
	Segment  string `query:"segment" maxLength:"400" doc:"Comma list of segment keys."`
}

// maxAssessed is how many lists of assessments are kept.
const maxAssessed = 8

type assessedKey struct {
	orderKey
	horizon  time.Duration
	forecast *churn.Model // which they were made with
}

// assessed is one paying account of a snapshot.
type assessed struct {
	row int32
	churn.Assessment
}

// assess says of every paying account how probable it is that it leaves.
func (s *Server) assess(ctx context.Context, v *view, p AsOfParam, spec churn.Spec) ([]assessed, error) {
	m, err := v.forecast(ctx, p, spec)
	if err != nil {
		return nil, err
	}
	key := assessedKey{orderKey: v.orderKey(""), horizon: spec.Horizon, forecast: m}
	return s.assessed.get(key, func() ([]assessed, error) {
		var out []assessed
		for i := range v.Rows {
			facts, contract := v.ChurnFacts(i)
			r := &v.Rows[i]
			if !contract.Paying && (!contract.Unrecorded || r.Status == evaluate.StatusChurned) || r.Scorecard == "" {
				continue
			}
			a := churn.Assess(m, spec.Horizon, facts, contract, v.AsOf)
			a.Months, a.Effects = nil, nil           // a list shows neither
			out = append(out, assessed{int32(i), a}) //nolint:gosec // accounts are far fewer than 2^31
		}
		return out, nil
	})
}

func (s *Server) churnAccounts(ctx context.Context, in *churnAccountsInput) (ChurnPage, error) {
	out := ChurnPage{Notes: []string{}}
	out.Items = []ChurnRow{}
	spec, err := in.Spec()
	if err != nil {
		return out, err
	}
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	out.Stamp, out.HorizonDays = v.stamp(), int(spec.Horizon/(24*time.Hour))
	all, err := s.assess(ctx, v, in.AsOfParam, spec)
	if err != nil {
		return out, err
	}
	rows, err := in.choose(ctx, v, all, out.HorizonDays)
	if err != nil {
		return out, err
	}
	if err := in.order(v, rows); err != nil {
		return out, err
	}
	for _, a := range rows {
		switch a.State {
		case churn.StateReady:
			out.Ready++
		case churn.StateCalculating:
			out.Calculating = true
		default:
			if !slices.Contains(out.Notes, a.Refusal) {
				out.Notes = append(out.Notes, a.Refusal)
			}
		}
	}
	cut, err := page(rows, in.Paged, "churn", in.AsOf, in.Known, in.Model, in.Horizon, in.Sort, in.Owner, in.Segment, strconv.FormatBool(in.Renewing))
	if err != nil {
		return out, err
	}
	out.Total, out.NextCursor = cut.Total, cut.NextCursor
	for _, a := range cut.Items {
		out.Items = append(out.Items, v.churnRow(a))
	}
	return out, nil
}

func (v *view) churnRow(a *assessed) ChurnRow {
	r := &v.Rows[a.row]
	out := ChurnRow{
		ID: r.Account.ID, Name: r.Account.Name, Owner: v.user(r.Owner), Score: finite(r.Score), Band: v.chip(r.Scorecard, r.Band), ARR: amount(r.ARR),
		Scorecard: r.Scorecard, State: a.State, Refusal: a.Refusal, Probability: a.Probability, Renewal: a.Renewal,
	}
	if r.Segment != "" {
		out.Segment = &KeyTitle{Key: r.Segment, Title: titleOr(v.look.segments[r.Segment], r.Segment)}
	}
	return out
}

// choose returns the rows that were asked for.
func (in *churnAccountsInput) choose(ctx context.Context, v *view, all []assessed, horizon int) ([]*assessed, error) {
	owner := in.Owner
	if strings.Contains(owner, meKey) {
		parts := strings.Split(owner, ",")
		for i := range parts {
			if strings.TrimSpace(parts[i]) == meKey {
				parts[i] = callerOf(ctx).me()
			}
		}
		owner = strings.Join(parts, ",")
	}
	owners, err := oneOf("owner", owner)
	if err != nil {
		return nil, err
	}
	segments, err := oneOf("segment", in.Segment)
	if err != nil {
		return nil, err
	}
	var out []*assessed
	for i := range all {
		a := &all[i]
		r := &v.Rows[a.row]
		switch {
		case in.Renewing && (a.Renewal == nil || a.Renewal.Days > horizon):
		case owners != nil && !owners[cmp.Or(string(r.Owner), noneKey)]:
		case segments != nil && !segments[cmp.Or(r.Segment, noneKey)]:
		default:
			out = append(out, a)
		}
	}
	return out, nil
}

// order sorts rows; what is missing comes last in both directions.
func (in *churnAccountsInput) order(v *view, rows []*assessed) error {
	sort := in.Sort
	if sort == "" {
		sort = "-probability"
		if in.Renewing {
			sort = "renewal_at"
		}
	}
	name, desc := strings.CutPrefix(sort, "-")
	missing := math.NaN()
	value := func(e validate.Estimate) float64 {
		if e.Value == nil {
			return missing
		}
		return *e.Value
	}
	number := map[string]func(a *assessed) float64{
		"probability": func(a *assessed) float64 {
			if in.Renewing && a.Renewal != nil {
				return value(a.Renewal.Probability)
			}
			return value(a.Probability)
		},
		"renewal_at": func(a *assessed) float64 {
			if a.Renewal == nil {
				return missing
			}
			return float64(a.Renewal.At.Unix())
		},
		"arr": func(a *assessed) float64 {
			if v.Rows[a.row].ARR.Currency == "" {
				return missing
			}
			return v.Rows[a.row].ARR.Major()
		},
		"score": func(a *assessed) float64 { return v.Rows[a.row].Score },
	}[name]
	if number == nil && name != "name" {
		return fault.At("sort", "%.40q is not a key: use probability, renewal_at, arr, score or name, with - before it for descending", name)
	}
	keys := make([]float64, len(rows))
	texts := make([]string, len(rows))
	at := make([]int32, len(rows))
	for i, a := range rows {
		at[i] = int32(i) //nolint:gosec // accounts are far fewer than 2^31
		texts[i] = strings.ToLower(v.Rows[a.row].Account.Name)
		if number != nil {
			keys[i] = number(a)
		}
	}
	by, tie := byNumber(keys, desc), byText(texts, number == nil && desc)
	slices.SortFunc(at, func(a, b int32) int { return cmp.Or(by(a, b), tie(a, b), cmp.Compare(a, b)) })
	sorted := make([]*assessed, len(rows))
	for i, k := range at {
		sorted[i] = rows[k]
	}
	copy(rows, sorted)
	return nil
}
