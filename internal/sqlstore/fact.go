package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
)

var (
	factTable = table{
		name: "fact",
		columns: []string{
			"account_id", "product_id", "key", "value_type", "value_text", "value_num",
			"valid_from", "valid_to", "known_at", "source", "author", "reason",
		},
	}
	attributeTable = table{name: "attribute_def", columns: []string{"key", "title", "type", "unit"}, key: []string{"key"}}
)

const selectFact = "SELECT seq, account_id, product_id, key, value_type, value_text, value_num, " +
	"valid_from, valid_to, known_at, source, author, reason FROM fact"

func scanFact(rows *sql.Rows, f *customer.Fact) error {
	return rows.Scan(&f.Seq, &f.AccountID, &f.ProductID, &f.Key, &f.Value.Type, &f.Value.Text, &f.Value.Num,
		instant{&f.ValidFrom}, instant{&f.ValidTo}, instant{&f.KnownAt}, &f.Source, &f.Author, &f.Reason)
}

const factOrder = "account_id, product_id, key, valid_from, known_at, seq"

// Facts implements customer.Reader. After is the Seq of the last fact read.
func (r reader) Facts(ctx context.Context, f customer.Filter) ([]customer.Fact, error) {
	q := from(selectFact).accounts(r.d, "WHERE", "account_id", f)
	if f.After != "" {
		last, err := r.factPosition(ctx, f.After)
		if err != nil {
			return nil, err
		}
		word := " WHERE"
		if f.Accounts != nil {
			word = " AND"
		}
		q.add(word+" ("+factOrder+") > (?, ?, ?, ?, ?, ?)", string(last.AccountID), string(last.ProductID), last.Key,
			last.ValidFrom.UnixMicro(), last.KnownAt.UnixMicro(), last.Seq)
	}
	q, err := q.add(" ORDER BY " + factOrder).limit(f.Page)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the facts", scanFact)
}

func (r reader) factPosition(ctx context.Context, after string) (customer.Fact, error) {
	seq, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return customer.Fact{}, fault.At("cursor", "%q is not the sequence of a fact: start from the first page", after)
	}
	found, err := collect(ctx, r, from(selectFact).add(" WHERE seq = ?", seq), "find the page", scanFact)
	if err == nil && len(found) == 0 {
		return customer.Fact{}, fault.At("cursor", "there is no fact %d to go on after: start from the first page", seq)
	}
	return first(found, err, "there is no such fact")
}

// factKey names the history of one thing.
type factKey struct {
	account id.Account
	product id.Product
	key     string
}

// AddFacts implements customer.Writer: Created says that nothing held before,
// Updated that another value did. A fact without KnownAt is known from now.
func (tx *Tx) AddFacts(ctx context.Context, rows []customer.Fact) ([]customer.Outcome, error) {
	rows = slices.Clone(rows)
	accounts, products := map[string]struct{}{}, map[string]struct{}{}
	for i := range rows {
		if err := tx.checkFact(&rows[i], i); err != nil {
			return nil, err
		}
		accounts[string(rows[i].AccountID)] = struct{}{}
		if p := rows[i].ProductID; p != "" {
			products[string(p)] = struct{}{}
		}
	}
	history, err := tx.histories(ctx, rows)
	if err != nil {
		return nil, err
	}
	if err := tx.checkFactRefs(ctx, rows, accounts, products); err != nil {
		return nil, err
	}
	outcomes := make([]customer.Outcome, len(rows))
	var values [][]any
	for i, f := range rows {
		k := factKey{f.AccountID, f.ProductID, f.Key}
		at, held, holds := holding(history[k], f.ValidFrom, f.KnownAt)
		switch {
		case !holds && f.Value.IsZero(),
			holds && held.Value == f.Value && held.ValidTo.Equal(f.ValidTo):
			outcomes[i] = customer.Unchanged
			continue
		case !holds || held.Value.IsZero():
			outcomes[i] = customer.Created
		default:
			outcomes[i] = customer.Updated
		}
		history[k] = slices.Insert(history[k], at, f)
		values = append(values, factValues(&f))
		tx.touch(f.AccountID)
	}
	return outcomes, tx.insert(ctx, factTable, values)
}

func (tx *Tx) checkFact(f *customer.Fact, i int) error {
	if f.KnownAt.IsZero() {
		f.KnownAt = tx.now
	}
	whole(&f.ValidFrom)
	whole(&f.ValidTo)
	whole(&f.KnownAt)
	if err := required(rowField("facts", i, "account_id"), string(f.AccountID), needsAccount); err != nil {
		return err
	}
	if err := required(rowField("facts", i, "key"), f.Key, "it says what the fact is about"); err != nil {
		return err
	}
	if err := requiredAt(rowField("facts", i, "valid_from"), f.ValidFrom, "a fact holds from an instant on"); err != nil {
		return err
	}
	if !f.ValidTo.IsZero() && !f.ValidFrom.Before(f.ValidTo) {
		return errRow("facts", i, "valid_to", "is not after valid_from; leave it out when the fact holds until further notice")
	}
	if err := f.Value.Check(rowField("facts", i, "value")); err != nil {
		return err
	}
	return checkTextAt(factValues(f), factTable.columns, "facts", i)
}

func (tx *Tx) checkFactRefs(ctx context.Context, rows []customer.Fact, accounts, products map[string]struct{}) error {
	lostAccounts, err := tx.missing(ctx, "account", accounts)
	if err != nil {
		return err
	}
	lostProducts, err := tx.missing(ctx, "product", products)
	if err != nil || len(lostAccounts)+len(lostProducts) == 0 {
		return err
	}
	for i, f := range rows {
		if _, ok := lostAccounts[string(f.AccountID)]; ok {
			return errRow("facts", i, "account_id", "there is no account %q: store it first", string(f.AccountID))
		}
		if _, ok := lostProducts[string(f.ProductID)]; ok {
			return errRow("facts", i, "product_id", "there is no product %q: store it first", string(f.ProductID))
		}
	}
	return nil
}

// histories loads what is stored about the things that the rows are about, in
// SortFacts order.
func (tx *Tx) histories(ctx context.Context, rows []customer.Fact) (map[factKey][]customer.Fact, error) {
	keys, accounts := map[string]struct{}{}, map[id.Account]struct{}{}
	for i := range rows {
		keys[rows[i].Key], accounts[rows[i].AccountID] = struct{}{}, struct{}{}
	}
	keyList, accountList := setList(keys), setList(accounts)
	out := map[factKey][]customer.Fact{}
	for len(accountList) > 0 {
		n := min(len(accountList), chunkIDs)
		q := in(from(selectFact), tx.d, "WHERE", "account_id", accountList[:n])
		found, err := collect(ctx, tx.reader, in(q, tx.d, "AND", "key", keyList).add(" ORDER BY "+factOrder), "read the facts", scanFact)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			k := factKey{f.AccountID, f.ProductID, f.Key}
			out[k] = append(out[k], f)
		}
		accountList = accountList[n:]
	}
	return out, nil
}

// holding returns where a new fact with the instants goes in the history, and
// the fact that holds at validAt as known at knownAt, if any.
func holding(history []customer.Fact, validAt, knownAt time.Time) (at int, held customer.Fact, holds bool) {
	at = len(history)
	for at > 0 {
		last := &history[at-1]
		if last.ValidFrom.After(validAt) || last.ValidFrom.Equal(validAt) && last.KnownAt.After(knownAt) {
			at--
			continue
		}
		break
	}
	for i := at - 1; i >= 0; i-- {
		f := &history[i]
		if !f.KnownAt.After(knownAt) && (f.ValidTo.IsZero() || validAt.Before(f.ValidTo)) {
			return at, *f, true
		}
	}
	return at, customer.Fact{}, false
}

func factValues(f *customer.Fact) []any {
	return []any{
		string(f.AccountID), string(f.ProductID), f.Key, string(f.Value.Type), f.Value.Text, f.Value.Num,
		micros(f.ValidFrom), micros(f.ValidTo), micros(f.KnownAt), f.Source, string(f.Author), f.Reason,
	}
}

// AttributeDefs implements customer.Reader, ordered by key.
func (r reader) AttributeDefs(ctx context.Context) ([]customer.AttributeDef, error) {
	return collect(ctx, r, from("SELECT key, title, type, unit FROM attribute_def ORDER BY key"), "read the attributes",
		func(rows *sql.Rows, a *customer.AttributeDef) error {
			return rows.Scan(&a.Key, &a.Title, &a.Type, &a.Unit)
		})
}

// PutAttributeDefs implements customer.Writer.
func (tx *Tx) PutAttributeDefs(ctx context.Context, rows []customer.AttributeDef) error {
	newest := map[string]int{}
	for i, a := range rows {
		if err := required(rowField("attributes", i, "key"), a.Key, "it names the attribute"); err != nil {
			return err
		}
		if err := oneOf(rowField("attributes", i, "type"), a.Type, customer.Text, customer.Number, customer.Bool, customer.Date); err != nil {
			return err
		}
		newest[a.Key] = i
	}
	var values [][]any
	for i, a := range rows {
		if newest[a.Key] == i {
			values = append(values, []any{a.Key, a.Title, string(a.Type), a.Unit})
		}
	}
	return tx.insert(ctx, attributeTable, values)
}

// setList returns the members of a set, in no order.
func setList[T ~string](set map[T]struct{}) []T {
	out := make([]T, 0, len(set))
	for one := range set {
		out = append(out, one)
	}
	return out
}
