package api

import (
	"context"
	"net/http"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/identity"
)

type mergesInput struct {
	State string `query:"state" enum:"proposed,done,rejected,undone" doc:"Absent for all."`
	Paged
}

type mergeInput struct {
	Body struct {
		Keep string `json:"keep" maxLength:"40" doc:"The account that stays."`
		Drop string `json:"drop" maxLength:"40" doc:"The account that becomes part of it."`
		Note string `json:"note,omitempty" maxLength:"1000"`
	}
}

type acceptInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Keep string `json:"keep,omitempty" maxLength:"40" doc:"Which of the two stays; absent for the proposed one."`
		Note string `json:"note,omitempty" maxLength:"1000"`
	}
}

type rejectInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Note string `json:"note,omitempty" maxLength:"1000"`
	}
}

type splitInput struct {
	Body struct {
		Account string `json:"account" maxLength:"40"`
		Source  string `json:"source" minLength:"1" maxLength:"200" doc:"The system whose part of the account becomes an account of its own."`
		Name    string `json:"name,omitempty" maxLength:"200" doc:"Absent for the account's name and the system."`
		Note    string `json:"note,omitempty" maxLength:"1000"`
	}
}

type prioritiesInput struct {
	Body SourceOrders
}

func (s *Server) identityRoutes() {
	const tag, base = "data", "/identity"
	get(s, endpoint{id: "list-merges", method: http.MethodGet, path: base + "/merges", tag: tag, need: canRead, summary: "Accounts that may be one, and what was decided"}, s.merges)
	get(s, endpoint{id: "propose-merges", method: http.MethodPost, path: base + "/propose", tag: tag, need: canData, summary: "Look for accounts that may be one, now"}, s.proposeMerges)
	get(s, endpoint{id: "create-merge", method: http.MethodPost, path: base + "/merges", tag: tag, need: canData, status: http.StatusCreated, summary: "Merge two accounts"}, s.createMerge)
	get(s, endpoint{id: "get-merge", method: http.MethodGet, path: base + "/merges/{id}", tag: tag, need: canRead, summary: "Both accounts side by side, and what the merge makes of them"}, s.merge)
	get(s, endpoint{id: "accept-merge", method: http.MethodPost, path: base + "/merges/{id}/accept", tag: tag, need: canData, summary: "Merge the two accounts of a proposal"}, s.acceptMerge)
	get(s, endpoint{id: "reject-merge", method: http.MethodPost, path: base + "/merges/{id}/reject", tag: tag, need: canData, summary: "Say that the two accounts are two; they are not proposed again"}, s.rejectMerge)
	get(s, endpoint{id: "undo-merge", method: http.MethodPost, path: base + "/merges/{id}/undo", tag: tag, need: canData, summary: "Take a merge or a split back; what came since stays"}, s.undoMerge)
	get(s, endpoint{id: "create-split", method: http.MethodPost, path: base + "/splits", tag: tag, need: canData, status: http.StatusCreated, summary: "Take what one system knows out of an account"}, s.createSplit)
	get(s, endpoint{id: "get-source-orders", method: http.MethodGet, path: base + "/orders", tag: tag, need: canRead, summary: "Which system is believed about which field"}, s.sourceOrders)
	get(s, endpoint{id: "replace-source-orders", method: http.MethodPut, path: base + "/orders", tag: tag, need: canData, summary: "Set which system is believed; what wins now holds at once"}, s.replaceSourceOrders)
	get(s, endpoint{id: "list-account-fields", method: http.MethodGet, path: "/accounts/{id}/fields", tag: "accounts", need: canRead, summary: "What each system says about the account's fields, who is believed, and why"}, s.accountFields)
}

func (s *Server) merges(ctx context.Context, in *mergesInput) (List[MergeRow], error) {
	found, err := s.opt.Identity.Merges(ctx, identity.State(in.State))
	if err != nil {
		return List[MergeRow]{}, err
	}
	some, err := page(found, in.Paged, "merges", in.State)
	if err != nil {
		return List[MergeRow]{}, err
	}
	rows, err := s.mergeRows(ctx, some.Items)
	return List[MergeRow]{Items: orEmpty(rows), NextCursor: some.NextCursor, Total: some.Total}, err
}

func (s *Server) proposeMerges(ctx context.Context, _ *none) (Proposed, error) {
	n, err := s.opt.Identity.ProposeMerges(ctx)
	return Proposed{Waiting: n}, err
}

func (s *Server) createMerge(ctx context.Context, in *mergeInput) (MergeDetail, error) {
	keep, err := id.Parse[id.Account]("keep", in.Body.Keep)
	if err != nil {
		return MergeDetail{}, err
	}
	drop, err := id.Parse[id.Account]("drop", in.Body.Drop)
	if err != nil {
		return MergeDetail{}, err
	}
	return s.makeMerge(ctx, keep, drop, in.Body.Note)
}

func (s *Server) makeMerge(ctx context.Context, keep, drop id.Account, note string) (MergeDetail, error) {
	m, err := s.opt.Identity.MakeMerge(ctx, identity.Merge{Keep: keep, Drop: drop, Note: note, UserID: callerOf(ctx).UserID})
	if err != nil {
		return MergeDetail{}, err
	}
	return s.decided(ctx, &m, "merge")
}

// decided audits a decision and answers with what it made.
func (s *Server) decided(ctx context.Context, m *identity.Merge, verb string) (MergeDetail, error) {
	if err := s.audit(ctx, verb, "identity", string(m.ID), ""); err != nil {
		return MergeDetail{}, err
	}
	if _, err := s.opt.Engine.Refresh(ctx); err != nil {
		return MergeDetail{}, err
	}
	return s.mergeDetail(ctx, m)
}

func (s *Server) findMerge(ctx context.Context, ref string) (identity.Merge, error) {
	one, err := id.Parse[id.Merge]("id", ref)
	if err != nil {
		return identity.Merge{}, err
	}
	return s.opt.Identity.Merge(ctx, one)
}

func (s *Server) merge(ctx context.Context, in *idPath) (MergeDetail, error) {
	m, err := s.findMerge(ctx, in.ID)
	if err != nil {
		return MergeDetail{}, err
	}
	return s.mergeDetail(ctx, &m)
}

func (s *Server) acceptMerge(ctx context.Context, in *acceptInput) (MergeDetail, error) {
	m, err := s.findMerge(ctx, in.ID)
	if err != nil {
		return MergeDetail{}, err
	}
	if m.State == identity.Done || m.Kind == identity.Parted {
		return MergeDetail{}, fault.New(fault.Conflict, "this was done already")
	}
	keep, drop := m.Keep, m.Drop
	switch id.Account(in.Body.Keep) {
	case "", keep:
	case drop:
		keep, drop = drop, keep
	default:
		return MergeDetail{}, fault.At("keep", "%.40q is neither of the two accounts", in.Body.Keep)
	}
	return s.makeMerge(ctx, keep, drop, in.Body.Note)
}

func (s *Server) rejectMerge(ctx context.Context, in *rejectInput) (MergeDetail, error) {
	m, err := s.findMerge(ctx, in.ID)
	if err != nil {
		return MergeDetail{}, err
	}
	if m, err = s.opt.Identity.RejectMerge(ctx, m.ID, callerOf(ctx).UserID, in.Body.Note); err != nil {
		return MergeDetail{}, err
	}
	return s.decided(ctx, &m, "reject")
}

func (s *Server) undoMerge(ctx context.Context, in *idPath) (MergeDetail, error) {
	m, err := s.findMerge(ctx, in.ID)
	if err != nil {
		return MergeDetail{}, err
	}
	if m, err = s.opt.Identity.UndoMerge(ctx, m.ID, callerOf(ctx).UserID); err != nil {
		return MergeDetail{}, err
	}
	return s.decided(ctx, &m, "undo")
}

func (s *Server) createSplit(ctx context.Context, in *splitInput) (MergeDetail, error) {
	account, err := id.Parse[id.Account]("account", in.Body.Account)
	if err != nil {
		return MergeDetail{}, err
	}
	m, err := s.opt.Identity.SplitAccount(ctx, account, in.Body.Source, in.Body.Name, callerOf(ctx).UserID, in.Body.Note)
	if err != nil {
		return MergeDetail{}, err
	}
	return s.decided(ctx, &m, "split")
}

func (s *Server) sourceOrders(ctx context.Context, _ *none) (SourceOrders, error) {
	p, err := s.opt.Identity.Priorities(ctx)
	return ordersOf(p), err
}

func (s *Server) replaceSourceOrders(ctx context.Context, in *prioritiesInput) (SourceOrders, error) {
	p := identity.Priorities{}
	for _, o := range in.Body.Items {
		if _, twice := p[o.Field]; twice {
			return SourceOrders{}, fault.At("items", "%.60q has two orders", o.Field)
		}
		p[o.Field] = o.Sources
	}
	n, err := s.opt.Identity.SetPriorities(ctx, p, callerOf(ctx).UserID)
	if err != nil {
		return SourceOrders{}, err
	}
	if err := s.audit(ctx, "order", "identity", "", ""); err != nil {
		return SourceOrders{}, err
	}
	out := ordersOf(p)
	out.Changed = n
	_, err = s.opt.Engine.Refresh(ctx)
	return out, err
}

func (s *Server) accountFields(ctx context.Context, in *idPath) (List[FieldRow], error) {
	account, err := id.Parse[id.Account]("id", in.ID)
	if err != nil {
		return List[FieldRow]{}, err
	}
	a, err := s.opt.Records.Account(ctx, account)
	if err != nil {
		return List[FieldRow]{}, err
	}
	claims, facts, order, err := s.whatIsSaid(ctx, account)
	if err != nil {
		return List[FieldRow]{}, err
	}
	return all(s.fieldRows(ctx, &a, claims, facts, order)), nil
}
