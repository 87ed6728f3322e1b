package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/identity"
)

var (
	claimTable = table{
		name:    "account_claim",
		columns: []string{"account_id", "field", "source", "value_type", "value_text", "value_num", "valid_from", "known_at"},
		key:     []string{"account_id", "field", "source"},
	}
	priorityTable = table{name: "source_priority", columns: []string{"field", "source", "position"}}
)

const selectClaim = "SELECT account_id, field, source, value_type, value_text, value_num, valid_from, known_at FROM account_claim"

func scanClaim(rows *sql.Rows, c *identity.Claim) error {
	return rows.Scan(&c.Account, &c.Field, &c.Source, &c.Value.Type, &c.Value.Text, &c.Value.Num, instant{&c.ValidFrom}, instant{&c.KnownAt})
}

func claimValues(c *identity.Claim) []any {
	return []any{
		string(c.Account), c.Field, c.Source, string(c.Value.Type), c.Value.Text, c.Value.Num, micros(c.ValidFrom), micros(c.KnownAt),
	}
}

// claimKey names what one system says about one field.
type claimKey struct {
	account id.Account
	field   string
	source  string
}

func keyOf(c *identity.Claim) claimKey { return claimKey{c.Account, c.Field, c.Source} }

// Priorities implements identity.Store.
func (r reader) Priorities(ctx context.Context) (identity.Priorities, error) {
	type row struct{ field, source string }
	rows, err := collect(ctx, r, from("SELECT field, source FROM source_priority ORDER BY field, position, source"), "read the order of systems",
		func(rows *sql.Rows, v *row) error { return rows.Scan(&v.field, &v.source) })
	out := identity.Priorities{}
	for _, v := range rows {
		out[v.field] = append(out[v.field], v.source)
	}
	return out, err
}

// Claims implements identity.Store: what was noted, and for attributes without a
// note the newest fact of each system. Ordered by account, field and source.
func (r reader) Claims(ctx context.Context, accounts []id.Account) ([]identity.Claim, error) {
	noted, err := collect(ctx, r, in(from(selectClaim), r.d, "WHERE", "account_id", accounts), "read what systems say", scanClaim)
	if err != nil {
		return nil, err
	}
	facts, err := r.Facts(ctx, customer.Filter{Accounts: accounts, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, err
	}
	all := map[claimKey]identity.Claim{}
	for i := range facts { // in the order of their validity: the last one stays
		f := &facts[i]
		if f.ProductID != "" || f.Source == "" || strings.HasPrefix(f.Key, customer.ManualPrefix) {
			continue
		}
		c := identity.Claim{Account: f.AccountID, Field: f.Key, Source: f.Source, Value: f.Value, ValidFrom: f.ValidFrom, KnownAt: f.KnownAt}
		all[keyOf(&c)] = c
	}
	for i := range noted {
		all[keyOf(&noted[i])] = noted[i]
	}
	out := slices.Collect(maps.Values(all))
	slices.SortFunc(out, func(a, b identity.Claim) int {
		return strings.Compare(string(a.Account)+"\x00"+a.Field+"\x00"+a.Source, string(b.Account)+"\x00"+b.Field+"\x00"+b.Source)
	})
	return out, nil
}

// Settle notes what systems say about fields of accounts, and answers for each
// claim whether its value may be stored: whether its system is believed, or says
// the same as the one that is. Accounts that one system alone knows cost nothing.
func (tx *Tx) Settle(ctx context.Context, claims []identity.Claim) ([]bool, error) {
	yes := make([]bool, len(claims))
	for i := range yes {
		yes[i] = true
	}
	contested, err := tx.contested(ctx, claims)
	if err != nil || len(contested) == 0 {
		return yes, err
	}
	order, err := tx.Priorities(ctx)
	if err != nil {
		return nil, err
	}
	accounts := slices.Sorted(maps.Keys(contested))
	have, err := tx.Claims(ctx, accounts)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Accounts(ctx, customer.Filter{Accounts: accounts, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return nil, err
	}
	book := map[claimKey]identity.Claim{}
	for i := range have {
		book[keyOf(&have[i])] = have[i]
	}
	note := map[claimKey]identity.Claim{}
	for i := range rows {
		seed(&rows[i], contested[rows[i].ID], claims, book, note)
	}
	for i := range claims {
		c := claims[i]
		if contested[c.Account] == nil {
			continue
		}
		if was, ok := book[keyOf(&c)]; !ok || was.Value != c.Value {
			c.KnownAt = tx.now // it says so from now on
		} else {
			c.KnownAt = was.KnownAt
		}
		whole(&c.ValidFrom)
		book[keyOf(&c)], note[keyOf(&c)] = c, c
	}
	fields := map[[2]string][]identity.Claim{}
	for _, c := range book {
		k := [2]string{string(c.Account), c.Field}
		fields[k] = append(fields[k], c)
	}
	for i := range claims {
		c := &claims[i]
		if contested[c.Account] == nil {
			continue
		}
		w, ok := order.Believe(c.Field, fields[[2]string{string(c.Account), c.Field}])
		yes[i] = !ok || w.Source == c.Source || w.Value == c.Value
	}
	values := make([][]any, 0, len(note))
	for _, k := range slices.SortedFunc(maps.Keys(note), func(a, b claimKey) int {
		return strings.Compare(string(a.account)+a.field+a.source, string(b.account)+b.field+b.source)
	}) {
		c := note[k]
		values = append(values, claimValues(&c))
	}
	return yes, tx.insert(ctx, claimTable, values)
}

// contested returns the accounts of the claims that more than one system speaks
// of, with the systems that know them.
func (tx *Tx) contested(ctx context.Context, claims []identity.Claim) (map[id.Account][]string, error) {
	speakers := map[id.Account][]string{}
	for i := range claims {
		if c := &claims[i]; !slices.Contains(speakers[c.Account], c.Source) {
			speakers[c.Account] = append(speakers[c.Account], c.Source)
		}
	}
	ids := make([]string, 0, len(speakers))
	for one := range speakers {
		ids = append(ids, string(one))
	}
	refs, err := tx.ExternalRefs(ctx, "account", ids)
	if err != nil {
		return nil, err
	}
	known := map[id.Account][]string{}
	for _, r := range refs {
		if one := id.Account(r.ObjectID); !slices.Contains(known[one], r.Source) {
			known[one] = append(known[one], r.Source)
		}
	}
	type row struct{ account, source string }
	said, err := collect(ctx, tx.reader, in(from("SELECT DISTINCT account_id, source FROM account_claim"), tx.d, "WHERE", "account_id", ids), "find what systems say",
		func(rows *sql.Rows, v *row) error { return rows.Scan(&v.account, &v.source) })
	if err != nil {
		return nil, err
	}
	people, err := collect(ctx, tx.reader, in(from("SELECT DISTINCT account_id, source FROM fact").add(" WHERE source = ?", byPeople), tx.d, "AND", "account_id", ids), "find what people say",
		func(rows *sql.Rows, v *row) error { return rows.Scan(&v.account, &v.source) })
	if err != nil {
		return nil, err
	}
	all := map[id.Account][]string{}
	for account, list := range speakers {
		all[account] = append(slices.Clone(list), known[account]...)
	}
	for _, v := range append(said, people...) {
		all[id.Account(v.account)] = append(all[id.Account(v.account)], v.source)
	}
	out := map[id.Account][]string{}
	for account, list := range all {
		slices.Sort(list)
		if list = slices.Compact(list); len(list) > 1 {
			out[account] = list
		}
	}
	return out, nil
}

// byPeople is the source of what people enter in Kept.
const byPeople = "kept"

// seed notes who said what stands in the fields of an account itself, when that
// was not noted yet: the account was known to one system alone until now.
func seed(a *customer.Account, known []string, claims []identity.Claim, book, note map[claimKey]identity.Claim) {
	for field, value := range map[string]string{identity.FieldName: a.Name, identity.FieldDomain: a.Domain} {
		if value == "" {
			continue
		}
		told, own := false, map[string]bool{}
		for k := range book {
			told = told || k.account == a.ID && k.field == field
		}
		for i := range claims {
			if c := &claims[i]; c.Account == a.ID && c.Field == field {
				own[c.Source] = true
			}
		}
		if told || len(own) == 0 {
			continue
		}
		for _, source := range known {
			if own[source] || source == byPeople {
				continue
			}
			c := identity.Claim{Account: a.ID, Field: field, Source: source, Value: customer.TextValue(value), KnownAt: a.UpdatedAt}
			book[keyOf(&c)], note[keyOf(&c)] = c, c
			break
		}
	}
}

// SetPriorities implements identity.Store.
func (s *Store) SetPriorities(ctx context.Context, p identity.Priorities, user id.User) (changed int, err error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "forget the order of systems", "DELETE FROM source_priority"); err != nil {
			return err
		}
		var rows [][]any
		for _, field := range slices.Sorted(maps.Keys(p)) {
			for i, source := range p[field] {
				rows = append(rows, []any{field, source, i + 1})
			}
		}
		if err := tx.insert(ctx, priorityTable, rows); err != nil {
			return err
		}
		accounts, err := collect(ctx, tx.reader, from("SELECT DISTINCT account_id FROM account_claim ORDER BY account_id"), "find contested accounts",
			func(rows *sql.Rows, v *id.Account) error { return rows.Scan(v) })
		if err != nil {
			return err
		}
		for some := range slices.Chunk(accounts, 500) {
			n, err := tx.enforce(ctx, some, p, user, "the order of systems was changed")
			if err != nil {
				return err
			}
			changed += n
		}
		return nil
	})
	return changed, err
}

// enforce makes the believed value of each field the one that holds, where an
// order of systems says whom to believe.
func (tx *Tx) enforce(ctx context.Context, accounts []id.Account, p identity.Priorities, user id.User, reason string) (int, error) {
	claims, err := tx.Claims(ctx, accounts)
	if err != nil {
		return 0, err
	}
	rows, err := tx.Accounts(ctx, customer.Filter{Accounts: accounts, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return 0, err
	}
	facts, err := tx.Facts(ctx, customer.Filter{Accounts: accounts, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return 0, err
	}
	fields := map[[2]string][]identity.Claim{}
	for _, c := range claims {
		k := [2]string{string(c.Account), c.Field}
		fields[k] = append(fields[k], c)
	}
	history := map[[2]string][]customer.Fact{}
	for _, f := range facts {
		if f.ProductID == "" {
			k := [2]string{string(f.AccountID), f.Key}
			history[k] = append(history[k], f)
		}
	}
	var add []customer.Fact
	n := 0
	for i := range rows {
		a := rows[i]
		for _, field := range []string{identity.FieldName, identity.FieldDomain} {
			w, ok := p.Believe(field, fields[[2]string{string(a.ID), field}])
			if !ok || len(p.Of(field)) == 0 {
				continue
			}
			if at := map[string]*string{identity.FieldName: &a.Name, identity.FieldDomain: &a.Domain}[field]; *at != w.Value.Text {
				*at = w.Value.Text
				n++
			}
		}
		if a != rows[i] {
			if _, err := tx.PutAccounts(ctx, []customer.Account{a}); err != nil {
				return n, err
			}
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(fields), func(a, b [2]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) }) {
		if k[1] == identity.FieldName || k[1] == identity.FieldDomain || len(p.Of(k[1])) == 0 {
			continue
		}
		w, ok := p.Believe(k[1], fields[k])
		if held, holds := customer.Holds(history[k], tx.now); !ok || holds && held.Value == w.Value {
			continue
		}
		add = append(add, customer.Fact{
			AccountID: id.Account(k[0]), Key: k[1], Value: w.Value, ValidFrom: tx.now, KnownAt: tx.now, Source: w.Source, Author: user, Reason: reason + ": " + w.Why,
		})
		n++
	}
	_, err = tx.AddFacts(ctx, add)
	return n, err
}
