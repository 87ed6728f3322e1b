package ingest

import (
	"context"
	"slices"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// correct makes known from now what restates a fact of an earlier import: another
// value for the same thing from the same instant on. Everything else is taken as
// known from when it holds, so that an import of history can be looked at day by
// day; but what a score was computed from is not rewritten. A row that says itself
// since when it is known keeps that.
func (r *runner) correct(ctx context.Context, items []item[factRow]) error {
	type place struct {
		account id.Account
		product id.Product
		key     string
		from    int64
	}
	at := func(f *customer.Fact) place { return place{f.AccountID, f.ProductID, f.Key, f.ValidFrom.UnixMicro()} }
	accounts := map[id.Account]bool{}
	for i := range items {
		if f := &items[i].obj; !f.told {
			accounts[f.AccountID] = true
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	ids := make([]id.Account, 0, len(accounts))
	for a := range accounts {
		ids = append(ids, a)
	}
	slices.Sort(ids)
	stored, err := r.reader().Facts(ctx, customer.Filter{Accounts: ids, Page: customer.Page{Limit: customer.Everything}})
	if err != nil {
		return err
	}
	newest := map[place]*customer.Fact{} // the last of a place is the one known last
	for i := range stored {
		newest[at(&stored[i])] = &stored[i]
	}
	for i := range items {
		f := &items[i].obj
		old := newest[at(&f.Fact)]
		switch {
		case f.told || old == nil:
		case old.Value == f.Value && old.ValidTo.Equal(f.ValidTo):
			f.KnownAt = old.KnownAt // a repetition: nothing is learned
		default:
			f.KnownAt = later(r.now.Truncate(time.Microsecond), f.ValidFrom)
		}
	}
	return nil
}
