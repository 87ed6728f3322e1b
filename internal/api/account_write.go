package api

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"kept/internal/access"
	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

// manualSource marks what people enter here.
const manualSource = "kept"

// refresh lets the caller read what they wrote: the evaluation follows the
// record on its own, and a little later.
func (s *Server) refresh(ctx context.Context) error {
	_, err := s.opt.Engine.Refresh(ctx)
	return err
}

func (s *Server) createAccount(ctx context.Context, in *newAccountInput) (AccountDetail, error) {
	now := s.clock.Now()
	since, err := parseInstant("since", in.Body.Since)
	if err != nil {
		return AccountDetail{}, err
	}
	if since.IsZero() || since.After(now) {
		return AccountDetail{}, fault.At("since", "is missing or in the future: give the day on which the company became a customer")
	}
	a := customer.Account{Name: strings.TrimSpace(in.Body.Name), Domain: strings.TrimSpace(in.Body.Domain), Since: since, CreatedAt: now, UpdatedAt: now}
	if a.ID, err = id.New[id.Account](now, rand.Reader); err != nil {
		return AccountDetail{}, err
	}
	if a.Name == "" {
		return AccountDetail{}, fault.At("name", "is empty: give the account a name")
	}
	if in.Body.ParentID != "" {
		if a.ParentID, err = id.Parse[id.Account]("parent_id", in.Body.ParentID); err != nil {
			return AccountDetail{}, err
		}
	}
	err = s.opt.Records.InTx(ctx, func(tx customer.Tx) error {
		if a.ParentID != "" {
			if _, err := tx.Account(ctx, a.ParentID); err != nil {
				return asField(err, "parent_id")
			}
		}
		if _, err := tx.PutAccounts(ctx, []customer.Account{a}); err != nil {
			return err
		}
		if e := in.Body.External; e != nil {
			return tx.PutExternalRefs(ctx, []customer.ExternalRef{{Source: e.Source, Kind: "account", External: e.External, ObjectID: string(a.ID)}})
		}
		return nil
	})
	if err != nil {
		return AccountDetail{}, err
	}
	if err := s.audit(ctx, "create", "account", string(a.ID), ""); err != nil {
		return AccountDetail{}, err
	}
	return s.fresh(ctx, a.ID)
}

// fresh returns an account as it is after a change.
func (s *Server) fresh(ctx context.Context, account id.Account) (AccountDetail, error) {
	if err := s.refresh(ctx); err != nil {
		return AccountDetail{}, err
	}
	v, at, err := s.locate(ctx, string(account), AsOfParam{})
	if err != nil {
		return AccountDetail{}, err
	}
	return s.detail(ctx, v, at)
}

// asField makes "there is no such thing" the mistake of one field of the input.
func asField(err error, field string) error {
	if fault.Is(err, fault.NotFound) {
		return fault.At(field, "there is no such thing: choose one that exists")
	}
	return err
}

func (s *Server) changeAccount(ctx context.Context, in *changeAccountInput) (AccountDetail, error) {
	ref, err := id.Parse[id.Account]("id", in.ID)
	if err != nil {
		return AccountDetail{}, err
	}
	facts, err := s.changeFacts(ctx, ref, in)
	if err != nil {
		return AccountDetail{}, err
	}
	err = s.opt.Records.InTx(ctx, func(tx customer.Tx) error {
		a, err := tx.Account(ctx, ref)
		if err != nil {
			return err
		}
		if err := change(ctx, tx, &a, in); err != nil {
			return err
		}
		a.UpdatedAt = s.clock.Now()
		if _, err := tx.PutAccounts(ctx, []customer.Account{a}); err != nil {
			return err
		}
		_, err = tx.AddFacts(ctx, facts)
		return err
	})
	if err != nil {
		return AccountDetail{}, err
	}
	if err := s.audit(ctx, "change", "account", string(ref), ""); err != nil {
		return AccountDetail{}, err
	}
	return s.fresh(ctx, ref)
}

// maxDepth bounds the hierarchy of accounts.
const maxDepth = 20

func change(ctx context.Context, tx customer.Tx, a *customer.Account, in *changeAccountInput) error {
	if in.Body.Name != nil {
		if a.Name = strings.TrimSpace(*in.Body.Name); a.Name == "" {
			return fault.At("name", "is empty: give the account a name")
		}
	}
	if in.Body.Domain != nil {
		a.Domain = strings.TrimSpace(*in.Body.Domain)
	}
	if in.Body.ParentID == nil {
		return nil
	}
	a.ParentID = ""
	if *in.Body.ParentID == "" {
		return nil
	}
	parent, err := id.Parse[id.Account]("parent_id", *in.Body.ParentID)
	if err != nil {
		return err
	}
	for up, depth := parent, 0; up != ""; depth++ {
		if up == a.ID || depth > maxDepth {
			return fault.At("parent_id", "would make the account its own ancestor: choose another parent")
		}
		above, err := tx.Account(ctx, up)
		if err != nil {
			return asField(err, "parent_id")
		}
		up = above.ParentID
	}
	a.ParentID = parent
	return nil
}

// changeFacts returns the facts that a change of owner or stage writes.
func (s *Server) changeFacts(ctx context.Context, ref id.Account, in *changeAccountInput) ([]customer.Fact, error) {
	var facts []customer.Fact
	if in.Body.OwnerID != nil {
		val := customer.Value{}
		if *in.Body.OwnerID != "" {
			user, err := id.Parse[id.User]("owner_id", *in.Body.OwnerID)
			if err != nil {
				return nil, err
			}
			u, err := s.opt.Access.Store.User(ctx, user)
			if err != nil {
				return nil, asField(err, "owner_id")
			}
			if u.Disabled || !access.Can(u.Role, access.Read) {
				return nil, fault.At("owner_id", "%s is disabled: choose another owner", u.Name)
			}
			val = customer.TextValue(string(user))
		}
		facts = append(facts, s.fact(ctx, ref, customer.FactOwner, val))
	}
	if in.Body.Stage != nil {
		if !slices.Contains(customer.Stages(), customer.Stage(*in.Body.Stage)) {
			return nil, fault.At("stage", "%q is not a stage: use one of %q", *in.Body.Stage, customer.Stages())
		}
		facts = append(facts, s.fact(ctx, ref, customer.FactStage, customer.TextValue(*in.Body.Stage)))
	}
	return facts, nil
}

// fact returns a fact that the caller states, from now on.
func (s *Server) fact(ctx context.Context, account id.Account, key string, val customer.Value) customer.Fact {
	now := s.clock.Now()
	return customer.Fact{AccountID: account, Key: key, Value: val, ValidFrom: now, KnownAt: now, Source: manualSource, Author: callerOf(ctx).UserID}
}
