package sqlstore

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/identity"
)

// SplitAccount implements identity.Store.
func (s *Store) SplitAccount(ctx context.Context, of id.Account, source, name string, user id.User, note string) (identity.Merge, error) {
	m := identity.Merge{Kind: identity.Parted, Keep: of, Source: source, State: identity.Done, UserID: user, Note: note}
	err := s.Write(ctx, func(tx *Tx) error {
		a, err := tx.Account(ctx, of)
		if err != nil {
			return err
		}
		refs, err := tx.ExternalRefs(ctx, "account", []string{string(of)})
		if err != nil {
			return err
		}
		mine := func(r customer.ExternalRef) bool { return r.Source == source }
		switch {
		case !slices.ContainsFunc(refs, mine):
			return fault.At("source", "%.60q does not know this account: choose one of the systems on its page", source)
		case !slices.ContainsFunc(refs, func(r customer.ExternalRef) bool { return r.Source != source }):
			return fault.New(fault.Conflict, "%s is the only system that knows this account: nothing would be left of it", source)
		}
		if name = strings.TrimSpace(name); name == "" {
			name = a.Name + " (" + source + ")"
		}
		b := customer.Account{Name: name, Since: a.Since, ParentID: a.ParentID}
		if m.ID, err = id.New[id.Merge](tx.now, rand.Reader); err != nil {
			return err
		}
		if b.ID, err = id.New[id.Account](tx.now, rand.Reader); err != nil {
			return err
		}
		if _, err := tx.PutAccounts(ctx, []customer.Account{b}); err != nil {
			return err
		}
		tx.touch(of)
		m.Drop, m.DecidedAt = b.ID, tx.now
		m.Moved = &identity.Moved{Dropped: b, Before: a, After: a, Rows: map[string][]string{}}
		if err := tx.take(ctx, m.Moved, of, b.ID, source); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "move claims", "UPDATE account_claim SET account_id = $1 WHERE account_id = $2 AND source = $3", string(b.ID), string(of), source); err != nil {
			return err
		}
		if err := tx.putMerge(ctx, &m); err != nil {
			return err
		}
		return tx.moveEvents(ctx, m.ID)
	})
	return m, err
}

// UndoMerge implements identity.Store.
func (s *Store) UndoMerge(ctx context.Context, ref id.Merge, user id.User) (identity.Merge, error) {
	var m identity.Merge
	err := s.Write(ctx, func(tx *Tx) (err error) {
		if m, err = tx.Merge(ctx, ref); err != nil {
			return err
		}
		if m.State != identity.Done || m.Moved == nil {
			return fault.New(fault.Conflict, "the merge is %s: only what was done can be undone", m.State)
		}
		if _, err := tx.Account(ctx, m.Keep); err != nil {
			if fault.Is(err, fault.NotFound) {
				return fault.New(fault.Conflict, "the account that stayed was merged into another one since: undo that first")
			}
			return err
		}
		if m.Kind == identity.Parted {
			err = tx.rejoin(ctx, &m)
		} else {
			err = tx.part(ctx, &m)
		}
		if err != nil {
			return err
		}
		m.State, m.UndoneAt, m.UserID = identity.Undone, tx.now, user
		if err := tx.putMerge(ctx, &m); err != nil {
			return err
		}
		return tx.moveEvents(ctx, m.ID)
	})
	return m, err
}

// part undoes a merge: the account comes back with what it had, as far as that is
// still where the merge put it. What came since stays with the account that was kept.
func (tx *Tx) part(ctx context.Context, m *identity.Merge) error {
	keep, drop, was := m.Keep, m.Drop, m.Moved
	if _, err := tx.Account(ctx, drop); !fault.Is(err, fault.NotFound) {
		if err == nil {
			err = fault.New(fault.Conflict, "there is an account %s again already", drop)
		}
		return err
	}
	tx.touch(keep)
	tx.touch(drop)
	back := was.Dropped
	if back.ParentID != none {
		if _, err := tx.Account(ctx, back.ParentID); err != nil {
			back.ParentID = none // its parent is gone meanwhile
		}
	}
	if err := tx.insert(ctx, accountTable, [][]any{{
		string(back.ID), back.Name, null(back.ParentID), back.Domain, micros(back.Since), micros(back.ChurnedAt), micros(back.CreatedAt), micros(back.UpdatedAt),
	}}); err != nil {
		return err
	}
	for _, seq := range was.Added {
		if _, err := tx.exec(ctx, "take an added fact back", "DELETE FROM fact WHERE seq = $1 AND account_id = $2", seq, string(keep)); err != nil {
			return err
		}
	}
	if err := tx.restore(ctx, m); err != nil {
		return err
	}
	if err := tx.putBack(ctx, was.Aside); err != nil {
		return err
	}
	var values [][]any
	for _, r := range was.Doubles {
		values = append(values, []any{string(r.ID), string(r.AccountID), string(r.ProductID), micros(r.Since)})
	}
	if err := tx.insert(ctx, relationshipTable, values); err != nil {
		return err
	}
	for i := range was.Seeds {
		c := &was.Seeds[i]
		if _, err := tx.exec(ctx, "take a claim back", "DELETE FROM account_claim WHERE account_id = $1 AND field = $2 AND source = $3", string(c.Account), c.Field, c.Source); err != nil {
			return err
		}
	}
	values = nil
	for i := range was.Claims {
		values = append(values, claimValues(&was.Claims[i]))
	}
	if err := tx.insert(ctx, claimTable, values); err != nil {
		return err
	}
	return tx.revert(ctx, was)
}

// putBack stores facts with the sequences that they had: merges before this one know
// by them what they added and moved.
func (tx *Tx) putBack(ctx context.Context, facts []customer.Fact) error {
	columns := append([]string{"seq"}, factTable.columns...)
	params := make([]string, len(columns))
	for i := range params {
		params[i] = "$" + strconv.Itoa(i+1)
	}
	text := "INSERT INTO fact (" + strings.Join(columns, ", ") + ") " + tx.d.overriding + "VALUES (" + strings.Join(params, ", ") + ")"
	for i := range facts {
		if _, err := tx.exec(ctx, "put a fact back", text, append([]any{facts[i].Seq}, factValues(&facts[i])...)...); err != nil {
			return err
		}
	}
	return nil
}

// restore moves rows back that are still where they were put.
func (tx *Tx) restore(ctx context.Context, m *identity.Merge) error {
	origin, to := m.Keep, m.Drop
	if m.Kind == identity.Parted {
		origin, to = m.Drop, m.Keep
	}
	for _, name := range slices.Sorted(maps.Keys(recordTables)) {
		if err := tx.give(ctx, name, m.Moved.Rows[name], origin, to); err != nil {
			return err
		}
	}
	if err := tx.giveFacts(ctx, m.Moved.Facts, origin, to); err != nil {
		return err
	}
	if err := tx.giveRefs(ctx, m.Moved.Refs, origin, to); err != nil {
		return err
	}
	return tx.adopt(ctx, m.Moved.Children, origin, to)
}

// revert gives the kept account the fields back that the merge changed and nobody since.
func (tx *Tx) revert(ctx context.Context, was *identity.Moved) error {
	now, err := tx.Account(ctx, was.Before.ID)
	if err != nil {
		return err
	}
	next := now
	if now.Name == was.After.Name {
		next.Name = was.Before.Name
	}
	if now.Domain == was.After.Domain {
		next.Domain = was.Before.Domain
	}
	if now.ParentID == was.After.ParentID {
		next.ParentID = was.Before.ParentID
	}
	if now.Since.Equal(was.After.Since) {
		next.Since = was.Before.Since
	}
	if now.ChurnedAt.Equal(was.After.ChurnedAt) {
		next.ChurnedAt = was.Before.ChurnedAt
	}
	updated := tx.now
	if now == was.After {
		updated = was.Before.UpdatedAt
	}
	return tx.overwrite(ctx, &next, updated)
}

// rejoin undoes a split: what it took comes back, with whatever the new account
// got since, and the new account goes.
func (tx *Tx) rejoin(ctx context.Context, m *identity.Merge) error {
	if _, err := tx.Account(ctx, m.Drop); err != nil {
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "the account that the split brought was merged since: undo that first")
		}
		return err
	}
	tx.touch(m.Keep)
	tx.touch(m.Drop)
	if err := tx.restore(ctx, m); err != nil {
		return err
	}
	rest := &identity.Moved{Rows: map[string][]string{}}
	if err := tx.doubles(ctx, rest, m.Keep, m.Drop); err != nil {
		return err
	}
	if err := tx.take(ctx, rest, m.Drop, m.Keep, ""); err != nil {
		return err
	}
	claims, err := collect(ctx, tx.reader, from(selectClaim).add(" WHERE account_id = ?", string(m.Drop)), "read what systems say", scanClaim)
	if err != nil {
		return err
	}
	values := make([][]any, 0, len(claims))
	for i := range claims {
		claims[i].Account = m.Keep
		values = append(values, claimValues(&claims[i]))
	}
	if _, err := tx.exec(ctx, "move claims", "DELETE FROM account_claim WHERE account_id = $1", string(m.Drop)); err != nil {
		return err
	}
	if err := tx.insert(ctx, claimTable, values); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "delete the account of the split", "DELETE FROM account WHERE id = $1", string(m.Drop))
	return err
}
