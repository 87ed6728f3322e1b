package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/money"
)

var (
	subscriptionTable = table{
		name: "subscription", columns: []string{"id", "account_id", "product_id", "renewal_of", "plan"}, key: []string{"id"},
	}
	revisionTable = table{
		name: "subscription_revision",
		columns: []string{
			"subscription_id", "valid_from", "known_at", "arr_minor", "currency", "seats", "start_at", "end_at",
			"auto_renew", "trial", "end_reason",
		},
	}
)

const (
	selectSubscription = "SELECT id, account_id, product_id, renewal_of, plan FROM subscription"
	selectRevision     = "SELECT subscription_id, valid_from, known_at, arr_minor, currency, seats, start_at, end_at, " +
		"auto_renew, trial, end_reason FROM subscription_revision"
)

func scanSubscription(rows *sql.Rows, s *customer.Subscription) error {
	return rows.Scan(&s.ID, &s.AccountID, maybe[id.Product]{&s.ProductID}, maybe[id.Subscription]{&s.RenewalOf}, &s.Plan)
}

type revisionRow struct {
	of id.Subscription
	customer.Revision
}

func scanRevision(rows *sql.Rows, r *revisionRow) error {
	return rows.Scan(&r.of, instant{&r.ValidFrom}, instant{&r.KnownAt}, &r.ARR.Minor, &r.ARR.Currency, &r.Seats,
		instant{&r.Start}, instant{&r.End}, &r.AutoRenew, &r.Trial, &r.EndReason)
}

// Subscriptions implements customer.Reader.
func (r reader) Subscriptions(ctx context.Context, f customer.Filter) ([]customer.Subscription, error) {
	q, err := from(selectSubscription).add(" WHERE id > ?", f.After).accounts(r.d, "AND", "account_id", f).add(" ORDER BY id").limit(f.Page)
	if err != nil {
		return nil, err
	}
	rows, err := collect(ctx, r, q, "read the subscriptions", scanSubscription)
	if err != nil {
		return nil, err
	}
	return rows, r.addRevisions(ctx, rows)
}

// addRevisions fills in the revisions of the subscriptions, oldest first.
func (r reader) addRevisions(ctx context.Context, subs []customer.Subscription) error {
	for len(subs) > 0 {
		n := min(len(subs), chunkIDs)
		at := make(map[id.Subscription]*customer.Subscription, n)
		wanted := make([]id.Subscription, n)
		for i := range n {
			wanted[i], at[subs[i].ID] = subs[i].ID, &subs[i]
		}
		q := in(from(selectRevision), r.d, "WHERE", "subscription_id", wanted).add(" ORDER BY subscription_id, valid_from, known_at, seq")
		revisions, err := collect(ctx, r, q, "read the revisions of subscriptions", scanRevision)
		if err != nil {
			return err
		}
		for _, rev := range revisions {
			sub := at[rev.of]
			sub.Revisions = append(sub.Revisions, rev.Revision)
			sub.Current = rev.Revision
		}
		subs = subs[n:]
	}
	return nil
}

// PutSubscriptions implements customer.Writer. A subscription without Revisions
// brings its Current as the only one. A revision without ValidFrom holds from
// its Start, one without KnownAt is known from now. A revision is added unless
// the newest one stored for its ValidFrom, as known at its KnownAt, says the same.
func (tx *Tx) PutSubscriptions(ctx context.Context, rows []customer.Subscription) ([]customer.Outcome, error) {
	var added []revisionRow
	// merge keeps the revisions that add something, in order.
	merge := func(old, sub *customer.Subscription) (grew bool) {
		given := sub.Revisions
		sub.Revisions = nil
		if old != nil {
			sub.Revisions = slices.Clone(old.Revisions)
		}
		for _, rev := range given {
			if at, says := place(sub.Revisions, rev); !says {
				sub.Revisions = slices.Insert(sub.Revisions, at, rev)
				added = append(added, revisionRow{sub.ID, rev})
				grew = true
			}
		}
		return grew
	}
	outcomes, err := put(ctx, tx, kind[customer.Subscription]{
		list:  "subscriptions",
		table: subscriptionTable,
		id:    func(s *customer.Subscription) string { return string(s.ID) },
		check: func(s *customer.Subscription, field func(string) string) error {
			if err := required(field("account_id"), string(s.AccountID), needsAccount); err != nil {
				return err
			}
			return tx.checkRevisions(s, field)
		},
		load: func(ctx context.Context, ids []string) ([]customer.Subscription, error) {
			found, err := collect(ctx, tx.reader, in(from(selectSubscription), tx.d, "WHERE", "id", ids), "read the subscriptions", scanSubscription)
			if err != nil {
				return nil, err
			}
			return found, tx.addRevisions(ctx, found)
		},
		same: func(old, s *customer.Subscription) bool {
			grew := merge(old, s)
			return !grew && old.AccountID == s.AccountID && old.ProductID == s.ProductID && old.RenewalOf == s.RenewalOf && old.Plan == s.Plan
		},
		created: func(s *customer.Subscription) { merge(nil, s) },
		refs: []ref[customer.Subscription]{
			{"account", "account_id", func(s *customer.Subscription) string { return string(s.AccountID) }},
			{"product", "product_id", func(s *customer.Subscription) string { return string(s.ProductID) }},
			{"subscription", "renewal_of", func(s *customer.Subscription) string { return string(s.RenewalOf) }},
		},
		account: func(s *customer.Subscription) id.Account { return s.AccountID },
		values: func(s *customer.Subscription) []any {
			return []any{string(s.ID), string(s.AccountID), null(s.ProductID), null(s.RenewalOf), s.Plan}
		},
	}, rows)
	if err != nil {
		return nil, err
	}
	values := make([][]any, len(added))
	for i, r := range added {
		values[i] = revisionValues(r.of, r.Revision)
	}
	return outcomes, tx.insert(ctx, revisionTable, values)
}

func revisionValues(of id.Subscription, r customer.Revision) []any {
	return []any{
		string(of), micros(r.ValidFrom), micros(r.KnownAt), r.ARR.Minor, string(r.ARR.Currency), r.Seats,
		micros(r.Start), micros(r.End), r.AutoRenew, r.Trial, r.EndReason,
	}
}

// checkRevisions fills in what a revision leaves out and refuses bad ones.
func (tx *Tx) checkRevisions(s *customer.Subscription, field func(string) string) error {
	s.Revisions = slices.Clone(s.Revisions)
	if len(s.Revisions) == 0 && s.Current != (customer.Revision{}) {
		s.Revisions = []customer.Revision{s.Current}
	}
	for i := range s.Revisions {
		r := &s.Revisions[i]
		if r.ValidFrom.IsZero() {
			r.ValidFrom = r.Start
		}
		if r.KnownAt.IsZero() {
			r.KnownAt = tx.now
		}
		if err := requiredAt(field("start"), r.Start, "a subscription has a first day"); err != nil {
			return err
		}
		whole(&r.ValidFrom)
		whole(&r.KnownAt)
		whole(&r.Start)
		whole(&r.End)
		if !r.End.IsZero() && r.End.Before(r.Start) {
			return fault.At(field("end"), "is before the start; swap them or leave the end out")
		}
		if r.ARR.Currency == "" && r.ARR.Minor != 0 {
			return fault.At(field("arr.currency"), "is missing: say which money it is, such as USD")
		}
		if r.ARR.Currency != "" {
			c, err := money.ParseCurrency(field("arr.currency"), string(r.ARR.Currency))
			if err != nil {
				return err
			}
			r.ARR.Currency = c
		}
		if err := checkText(field("end_reason"), []any{r.EndReason}); err != nil {
			return err
		}
	}
	return nil
}

// place returns where a revision goes in the order of (valid from, known at),
// after those equal to it, and whether the one before it, for the same valid
// from, says the same.
func place(stored []customer.Revision, r customer.Revision) (at int, says bool) {
	at = len(stored)
	for i, s := range stored {
		if s.ValidFrom.After(r.ValidFrom) || s.ValidFrom.Equal(r.ValidFrom) && s.KnownAt.After(r.KnownAt) {
			at = i
			break
		}
	}
	if at == 0 || !stored[at-1].ValidFrom.Equal(r.ValidFrom) {
		return at, false
	}
	return at, sameRevision(stored[at-1], r)
}

// sameRevision compares what two revisions say, whenever that was known.
func sameRevision(a, b customer.Revision) bool {
	return a.ARR == b.ARR && a.Seats == b.Seats && a.Start.Equal(b.Start) && a.End.Equal(b.End) &&
		a.AutoRenew == b.AutoRenew && a.Trial == b.Trial && a.EndReason == b.EndReason
}
