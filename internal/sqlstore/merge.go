package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"maps"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/identity"
)

// recordTables belong to an account by account_id; the value is the kind of their
// external ids, empty for what no system names.
var recordTables = map[string]string{
	"contact": "contact", "subscription": "subscription", "ticket": "ticket", "activity": "activity", "relationship": "", "health_override": "",
}

// MakeMerge implements identity.Store.
func (s *Store) MakeMerge(ctx context.Context, m identity.Merge) (identity.Merge, error) {
	err := s.Write(ctx, func(tx *Tx) error {
		if m.Keep == m.Drop {
			return fault.At("drop", "is the account that is kept: name another one")
		}
		stored, err := tx.pair(ctx, m.Keep, m.Drop)
		if err != nil {
			return err
		}
		if stored != nil {
			if stored.State == identity.Done || stored.Kind == identity.Parted {
				return fault.New(fault.Conflict, "the two accounts were merged or split already: undo that")
			}
			m.ID, m.Score, m.Reasons, m.CreatedAt = stored.ID, stored.Score, stored.Reasons, stored.CreatedAt
		} else if m.ID, err = id.New[id.Merge](tx.now, rand.Reader); err != nil {
			return err
		}
		m.Kind, m.State, m.DecidedAt, m.UndoneAt = identity.Joined, identity.Done, tx.now, time.Time{}
		if m.Moved, err = tx.join(ctx, m.Keep, m.Drop, m.UserID); err != nil {
			return err
		}
		// Other proposals about the account that is gone mean nothing any more.
		if _, err := tx.exec(ctx, "forget proposals", "DELETE FROM account_merge WHERE state = $1 AND id <> $2 AND (keep_id = $3 OR drop_id = $3)",
			string(identity.Proposed), string(m.ID), string(m.Drop)); err != nil {
			return err
		}
		if err := tx.putMerge(ctx, &m); err != nil {
			return err
		}
		return tx.moveEvents(ctx, m.ID)
	})
	return m, err
}

// pair returns the merge of two accounts, in either direction; nil when there is none.
func (tx *Tx) pair(ctx context.Context, a, b id.Account) (*identity.Merge, error) {
	rows, err := collect(ctx, tx.reader, from(selectMerge).add(" WHERE keep_id = ? AND drop_id = ? OR keep_id = ? AND drop_id = ?", string(a), string(b), string(b), string(a)),
		"look for the merge", scanMerge)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// join gives everything of one account to another and deletes the first.
func (tx *Tx) join(ctx context.Context, keep, drop id.Account, user id.User) (*identity.Moved, error) {
	a, err := tx.Account(ctx, keep)
	if err != nil {
		return nil, err
	}
	b, err := tx.Account(ctx, drop)
	if err != nil {
		return nil, err
	}
	if err := tx.notAbove(ctx, &a, &b); err != nil {
		return nil, err
	}
	tx.touch(keep)
	tx.touch(drop)
	order, err := tx.Priorities(ctx)
	if err != nil {
		return nil, err
	}
	m := &identity.Moved{Dropped: b, Before: a, Rows: map[string][]string{}}
	before, err := tx.Facts(ctx, customer.Filter{Accounts: []id.Account{keep, drop}, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, err
	}
	if err := tx.doubles(ctx, m, keep, drop); err != nil {
		return nil, err
	}
	if err := tx.noteClaims(ctx, m, &a, &b); err != nil {
		return nil, err
	}
	if err := tx.asideFacts(ctx, m, before); err != nil {
		return nil, err
	}
	if err := tx.take(ctx, m, drop, keep, ""); err != nil {
		return nil, err
	}
	if m.After, err = tx.settled(ctx, &a, &b); err != nil {
		return nil, err
	}
	if _, err := tx.exec(ctx, "delete the merged account", "DELETE FROM account WHERE id = $1", string(drop)); err != nil {
		return nil, err
	}
	last, err := scalar[int64](ctx, tx.reader, "find the newest fact", "SELECT COALESCE(MAX(seq), 0) FROM fact")
	if err != nil {
		return nil, err
	}
	if _, err := tx.enforce(ctx, []id.Account{keep}, order, user, "two accounts were merged"); err != nil {
		return nil, err
	}
	if m.Added, err = collect(ctx, tx.reader, from("SELECT seq FROM fact").add(" WHERE account_id = ? AND seq > ? ORDER BY seq", string(keep), last), "read the added facts",
		func(rows *sql.Rows, v *int64) error { return rows.Scan(v) }); err != nil {
		return nil, err
	}
	m.After, err = tx.Account(ctx, keep)
	return m, err
}

// notAbove refuses to delete an account that stands above the one that is kept
// with others between: the hierarchy would become a circle.
func (tx *Tx) notAbove(ctx context.Context, keep, drop *customer.Account) error {
	for at, depth := keep.ParentID, 0; at != none && depth < 1000; depth++ {
		if at == drop.ID && depth > 0 {
			return fault.New(fault.Conflict, "%s stands above %s in the hierarchy: merge the other way round", drop.Name, keep.Name)
		}
		up, err := tx.Account(ctx, at)
		if err != nil {
			return err
		}
		at = up.ParentID
	}
	return nil
}

// settled stores what the kept account is after the merge: its own fields, and the
// other's where it has none.
func (tx *Tx) settled(ctx context.Context, a, b *customer.Account) (customer.Account, error) {
	next := *a
	if next.Domain == "" {
		next.Domain = b.Domain
	}
	if next.Since.IsZero() || !b.Since.IsZero() && b.Since.Before(next.Since) {
		next.Since = b.Since
	}
	switch {
	case a.ChurnedAt.IsZero() || b.ChurnedAt.IsZero():
		next.ChurnedAt = time.Time{}
	case b.ChurnedAt.After(a.ChurnedAt):
		next.ChurnedAt = b.ChurnedAt
	}
	switch {
	case a.ParentID == b.ID:
		next.ParentID = b.ParentID
	case a.ParentID == none && b.ParentID != a.ID:
		next.ParentID = b.ParentID
	}
	return next, tx.overwrite(ctx, &next, tx.now)
}

func (tx *Tx) overwrite(ctx context.Context, a *customer.Account, updated time.Time) error {
	_, err := tx.exec(ctx, "store the account", "UPDATE account SET name = $1, parent_id = $2, domain = $3, since = $4, churned_at = $5, updated_at = $6 WHERE id = $7",
		a.Name, null(a.ParentID), a.Domain, micros(a.Since), micros(a.ChurnedAt), updated.UnixMicro(), string(a.ID))
	return err
}

// doubles sets relationships aside that both accounts have.
func (tx *Tx) doubles(ctx context.Context, m *identity.Moved, keep, drop id.Account) error {
	rows, err := tx.Relationships(ctx, customer.Filter{Accounts: []id.Account{keep, drop}, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return err
	}
	has := map[id.Product]bool{}
	for _, r := range rows {
		if r.AccountID == keep {
			has[r.ProductID] = true
		}
	}
	for _, r := range rows {
		if r.AccountID == drop && has[r.ProductID] {
			m.Doubles = append(m.Doubles, r)
			if _, err := tx.exec(ctx, "set a relationship aside", "DELETE FROM relationship WHERE id = $1", string(r.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}

// asideFacts sets facts aside that are about what the kept account has facts about
// itself: two histories of one thing would contradict each other. What the systems
// say now lives on as their claims.
func (tx *Tx) asideFacts(ctx context.Context, m *identity.Moved, all []customer.Fact) error {
	type subject struct {
		product id.Product
		key     string
	}
	own := map[subject]bool{}
	for _, f := range all {
		if f.AccountID == m.Before.ID {
			own[subject{f.ProductID, f.Key}] = true
		}
	}
	for _, f := range all {
		if f.AccountID == m.Dropped.ID && own[subject{f.ProductID, f.Key}] {
			m.Aside = append(m.Aside, f)
			if _, err := tx.exec(ctx, "set a fact aside", "DELETE FROM fact WHERE seq = $1", f.Seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteClaims writes down what every system says about both accounts, and gives the
// claims of the one that goes to the one that stays, unless the same system speaks
// of that as well.
func (tx *Tx) noteClaims(ctx context.Context, m *identity.Moved, a, b *customer.Account) error {
	said, err := tx.Claims(ctx, []id.Account{a.ID, b.ID})
	if err != nil {
		return err
	}
	noted, err := collect(ctx, tx.reader, in(from(selectClaim), tx.d, "WHERE", "account_id", []id.Account{a.ID, b.ID}), "read what systems say", scanClaim)
	if err != nil {
		return err
	}
	stored, has := map[claimKey]bool{}, map[claimKey]bool{}
	for i := range noted {
		stored[keyOf(&noted[i])] = true
		if noted[i].Account == b.ID {
			m.Claims = append(m.Claims, noted[i])
		}
	}
	for _, one := range []*customer.Account{a, b} {
		fields := map[string]bool{}
		for i := range said {
			fields[string(said[i].Account)+said[i].Field] = true
		}
		refs, err := tx.ExternalRefs(ctx, "account", []string{string(one.ID)})
		if err != nil {
			return err
		}
		for field, value := range map[string]string{identity.FieldName: one.Name, identity.FieldDomain: one.Domain} {
			if value != "" && len(refs) > 0 && !fields[string(one.ID)+field] {
				said = append(said, identity.Claim{Account: one.ID, Field: field, Source: refs[0].Source, Value: customer.TextValue(value), KnownAt: one.UpdatedAt})
			}
		}
	}
	for i := range said {
		if said[i].Account == a.ID {
			has[keyOf(&said[i])] = true
		}
	}
	var values [][]any
	for _, c := range said {
		if c.Account == b.ID {
			c.Account = a.ID
			if has[keyOf(&c)] {
				continue
			}
		} else if stored[keyOf(&c)] {
			continue
		}
		has[keyOf(&c)] = true
		m.Seeds = append(m.Seeds, c)
		values = append(values, claimValues(&c))
	}
	if _, err := tx.exec(ctx, "move claims", "DELETE FROM account_claim WHERE account_id = $1", string(b.ID)); err != nil {
		return err
	}
	return tx.insert(ctx, claimTable, values)
}

// take gives records, facts, external ids and children of one account to another;
// with a source only what that system names or says.
func (tx *Tx) take(ctx context.Context, m *identity.Moved, origin, to id.Account, source string) error {
	for _, name := range slices.Sorted(maps.Keys(recordTables)) {
		kind := recordTables[name]
		q := from("SELECT id FROM "+name).add(" WHERE account_id = ?", string(origin))
		if source != "" {
			if kind == "" {
				continue
			}
			q.add(" AND id IN (SELECT object_id FROM external_ref WHERE kind = ? AND source = ?)", kind, source)
		}
		ids, err := collect(ctx, tx.reader, q.add(" ORDER BY id"), "read what moves", func(rows *sql.Rows, v *string) error { return rows.Scan(v) })
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			continue
		}
		m.Rows[name] = append(m.Rows[name], ids...)
		if err := tx.give(ctx, name, ids, origin, to); err != nil {
			return err
		}
	}
	q := from("SELECT seq FROM fact").add(" WHERE account_id = ?", string(origin))
	if source != "" {
		q.add(" AND source = ?", source)
	}
	seqs, err := collect(ctx, tx.reader, q.add(" ORDER BY seq"), "read the facts that move", func(rows *sql.Rows, v *int64) error { return rows.Scan(v) })
	if err != nil {
		return err
	}
	m.Facts = append(m.Facts, seqs...)
	if err := tx.giveFacts(ctx, seqs, origin, to); err != nil {
		return err
	}
	refs, err := tx.ExternalRefs(ctx, "account", []string{string(origin)})
	if err != nil {
		return err
	}
	for _, r := range refs {
		if source == "" || r.Source == source {
			m.Refs = append(m.Refs, r)
		}
	}
	if err := tx.giveRefs(ctx, m.Refs, origin, to); err != nil || source != "" {
		return err
	}
	m.Children, err = collect(ctx, tx.reader, from("SELECT id FROM account").add(" WHERE parent_id = ? AND id <> ? ORDER BY id", string(origin), string(to)), "read the children",
		func(rows *sql.Rows, v *id.Account) error { return rows.Scan(v) })
	if err != nil {
		return err
	}
	return tx.adopt(ctx, m.Children, origin, to)
}

// give moves those of the rows that are still with the first account.
func (tx *Tx) give(ctx context.Context, name string, ids []string, origin, to id.Account) error {
	for some := range slices.Chunk(ids, chunkIDs) {
		q := in(from("UPDATE "+name).add(" SET account_id = ? WHERE account_id = ?", string(to), string(origin)), tx.d, "AND", "id", some)
		if _, err := tx.exec(ctx, "move records", q.text.String(), q.args...); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) giveFacts(ctx context.Context, seqs []int64, origin, to id.Account) error {
	for _, seq := range seqs {
		if _, err := tx.exec(ctx, "move facts", "UPDATE fact SET account_id = $1 WHERE account_id = $2 AND seq = $3", string(to), string(origin), seq); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) giveRefs(ctx context.Context, refs []customer.ExternalRef, origin, to id.Account) error {
	for _, r := range refs {
		if _, err := tx.exec(ctx, "move external ids", "UPDATE external_ref SET object_id = $1 WHERE kind = 'account' AND source = $2 AND external = $3 AND object_id = $4",
			string(to), r.Source, r.External, string(origin)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) adopt(ctx context.Context, children []id.Account, origin, to id.Account) error {
	for _, child := range children {
		tx.touch(child)
		if _, err := tx.exec(ctx, "move children", "UPDATE account SET parent_id = $1 WHERE id = $2 AND parent_id = $3", string(to), string(child), string(origin)); err != nil {
			return err
		}
	}
	return nil
}
