package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/sqlstore"
)

type newOverrideInput struct {
	AccountPath
	Body struct {
		Scorecard string   `json:"scorecard,omitempty" maxLength:"100" doc:"Absent for whichever scorecard the account has."`
		Band      string   `json:"band,omitempty" maxLength:"100"`
		Score     *float64 `json:"score,omitempty" minimum:"0" maximum:"100"`
		Reason    string   `json:"reason" minLength:"3" maxLength:"1000"`
		ExpiresAt string   `json:"expires_at" maxLength:"40" doc:"RFC 3339 or YYYY-MM-DD, at most a year ahead."`
	}
}

type overridePath struct {
	AccountPath
	OverrideID string `path:"oid" maxLength:"40"`
}

func (s *Server) overrideRoutes() {
	get(s, endpoint{id: "list-account-overrides", method: http.MethodGet, path: "/accounts/{id}/overrides", tag: "accounts", need: canRead, summary: "Overrides of an account's health, newest first"}, s.overrides)
	get(s, endpoint{id: "create-account-override", method: http.MethodPost, path: "/accounts/{id}/overrides", tag: "accounts", need: canEdit, status: http.StatusCreated, summary: "Override an account's health until a date"}, s.createOverride)
	act(s, endpoint{id: "end-account-override", method: http.MethodDelete, path: "/accounts/{id}/overrides/{oid}", tag: "accounts", need: canEdit, summary: "Lift an override"}, s.endOverride)
}

// maxOverride is how long an override may hold: a judgement that is older needs
// to be made again.
const maxOverride = 366 * day

func (s *Server) overrides(ctx context.Context, in *AccountPath) (List[OverrideRow], error) {
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return List[OverrideRow]{}, err
	}
	found, err := s.opt.Product.Overrides(ctx, []id.Account{account})
	if err != nil {
		return List[OverrideRow]{}, err
	}
	slices.Reverse(found)
	rows := make([]OverrideRow, len(found))
	for i := range found {
		rows[i] = s.overrideRow(ctx, &found[i])
	}
	return all(rows), nil
}

// existing checks that there is such an account.
func (s *Server) existing(ctx context.Context, ref string) (id.Account, error) {
	account, err := id.Parse[id.Account]("id", ref)
	if err != nil {
		return "", err
	}
	_, err = s.opt.Records.Account(ctx, account)
	return account, err
}

func (s *Server) overrideRow(ctx context.Context, o *sqlstore.OverrideRow) OverrideRow {
	author := Ref{ID: o.Author, Name: s.names.of(ctx, id.User(o.Author))}
	if author.Name == "" {
		author.Name = o.Author
	}
	return OverrideRow{
		ID: o.ID, Scorecard: o.Scorecard, Band: o.Band, Score: o.Score, Author: author, Reason: o.Reason,
		CreatedAt: o.CreatedAt, ExpiresAt: o.ExpiresAt, EndedAt: o.EndedAt, InForce: o.InForce(s.clock.Now()),
	}
}

func (s *Server) createOverride(ctx context.Context, in *newOverrideInput) (OverrideRow, error) {
	var out OverrideRow
	v, at, err := s.locate(ctx, in.ID, AsOfParam{})
	if err != nil {
		return out, err
	}
	now := s.clock.Now().Truncate(time.Microsecond)
	expires, err := parseInstant("expires_at", in.Body.ExpiresAt)
	if err != nil {
		return out, err
	}
	if !expires.After(now) || expires.Sub(now) > maxOverride {
		return out, fault.At("expires_at", "has to lie in the future and within a year: an override is a judgement of today")
	}
	card := in.Body.Scorecard
	if card == "" {
		card = v.Rows[at].Scorecard
	}
	def, ok := v.look.cards[card]
	if !ok {
		return out, fault.At("scorecard", "there is no scorecard %.60q", card)
	}
	if (in.Body.Band == "") == (in.Body.Score == nil) {
		return out, fault.At("band", "give a band or a score, and exactly one of them")
	}
	if in.Body.Band != "" && !slices.ContainsFunc(def.Bands, func(b health.Band) bool { return b.Key == in.Body.Band }) {
		return out, fault.At("band", "the scorecard %s has no band %.60q", card, in.Body.Band)
	}
	author := string(callerOf(ctx).UserID)
	if author == "" {
		author = callerOf(ctx).Name
	}
	row := sqlstore.OverrideRow{AccountID: v.Rows[at].Account.ID, Scorecard: in.Body.Scorecard, Override: health.Override{
		Band: in.Body.Band, Score: in.Body.Score, Author: author, Reason: in.Body.Reason, CreatedAt: now, ExpiresAt: expires,
	}}
	if row.ID, err = id.New[id.Override](now, rand.Reader); err != nil {
		return out, err
	}
	if err := s.opt.Product.PutOverride(ctx, row); err != nil {
		return out, err
	}
	if err := s.audit(ctx, "override", "account", string(row.AccountID), ""); err != nil {
		return out, err
	}
	return s.overrideRow(ctx, &row), s.refresh(ctx)
}

func (s *Server) endOverride(ctx context.Context, in *overridePath) error {
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return err
	}
	ref, err := id.Parse[id.Override]("oid", in.OverrideID)
	if err != nil {
		return err
	}
	found, err := s.opt.Product.Overrides(ctx, []id.Account{account})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(found, func(o sqlstore.OverrideRow) bool { return o.ID == ref }) {
		return fault.New(fault.NotFound, "the account has no override %q", string(ref))
	}
	if err := s.opt.Product.EndOverride(ctx, ref, s.clock.Now()); err != nil {
		return err
	}
	if err := s.audit(ctx, "end_override", "account", string(account), ""); err != nil {
		return err
	}
	return s.refresh(ctx)
}
