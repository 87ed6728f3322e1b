package ingest

import (
	"context"
	"maps"
	"time"

	"kept/internal/customer"
	"kept/internal/id"
)

// The kinds of external references in the record store.
const (
	refAccount      = "account"
	refContact      = "contact"
	refProduct      = "product"
	refSubscription = "subscription"
	refTicket       = "ticket"
	refActivity     = "activity"
)

// account is what later files need to know of an account.
type account struct {
	id       id.Account
	since    time.Time
	firstSub time.Time
	terms    []term
	churns   []churned
}

// term is when a subscription was in force; end is zero while it is.
type term struct {
	product    id.Product
	start, end time.Time
	place      string
}

type churned struct {
	at         time.Time
	reactivate bool
	place      string
}

type product struct {
	id  id.Product
	key string
}

type subscription struct {
	id         id.Subscription
	account    id.Account
	product    product
	start, end time.Time
}

// identities maps the source's ids to what they name. It holds what the run has
// written and what it has looked up, a few hundred bytes an object; events are
// not in it.
type identities struct {
	accounts      map[string]*account
	byID          map[id.Account]*account
	products      map[string]product
	productKeys   map[id.Product]string
	contacts      map[string]id.Contact
	subscriptions map[string]*subscription
	storedSubs    map[id.Subscription]*subscription
	missing       map[string]map[string]bool // kind → externals that nobody knows
}

func newIdentities() *identities {
	return &identities{
		accounts: map[string]*account{}, byID: map[id.Account]*account{}, products: map[string]product{},
		productKeys: map[id.Product]string{}, contacts: map[string]id.Contact{}, subscriptions: map[string]*subscription{},
		missing: map[string]map[string]bool{},
	}
}

func (k *identities) lost(kind, external string) bool { return k.missing[kind][external] }

// maxMissing bounds how many unknown ids are remembered as such; then all are
// forgotten, and asked for again.
const maxMissing = 200_000

func (k *identities) lose(kind, external string) {
	if k.missing[kind] == nil || len(k.missing[kind]) >= maxMissing {
		k.missing[kind] = map[string]bool{}
	}
	k.missing[kind][external] = true
}

// lookUp finds in the store what references name and the run does not know yet.
func (r *runner) lookUp(ctx context.Context, some []*refs) error {
	wanted := map[string]map[string]bool{}
	want := func(kind, external string, known bool) {
		if external == "" || known || r.known.lost(kind, external) {
			return
		}
		if wanted[kind] == nil {
			wanted[kind] = map[string]bool{}
		}
		wanted[kind][external] = true
	}
	k := r.known
	for _, one := range some {
		want(refAccount, one.account, k.accounts[one.account] != nil)
		want(refSubscription, one.subscription, k.subscriptions[one.subscription] != nil)
		_, known := k.products[one.product]
		want(refProduct, one.product, known)
		_, known = k.contacts[one.contact]
		want(refContact, one.contact, known)
	}
	for _, kind := range sortedKeys(wanted) {
		externals := sortedKeys(wanted[kind])
		found, err := r.resolve(ctx, kind, externals)
		if err != nil {
			return err
		}
		if err := r.learn(ctx, kind, externals, found); err != nil {
			return err
		}
	}
	return nil
}

// resolve asks the store in pieces.
func (r *runner) resolve(ctx context.Context, kind string, externals []string) (map[string]string, error) {
	const piece = 1000
	out := make(map[string]string, len(externals))
	for len(externals) > 0 {
		n := min(piece, len(externals))
		found, err := r.reader().Resolve(ctx, r.m.Source, kind, externals[:n])
		if err != nil {
			return nil, err
		}
		maps.Copy(out, found)
		externals = externals[n:]
	}
	return out, nil
}

func (r *runner) learn(ctx context.Context, kind string, externals []string, found map[string]string) error {
	for _, external := range externals {
		to, ok := found[external]
		if !ok {
			r.known.lose(kind, external)
			continue
		}
		switch kind {
		case refAccount:
			a, err := r.storedAccount(ctx, id.Account(to))
			if err != nil {
				return err
			}
			r.known.accounts[external] = a
		case refContact:
			r.known.contacts[external] = id.Contact(to)
		case refProduct:
			key, err := r.productKey(ctx, id.Product(to))
			if err != nil {
				return err
			}
			r.known.products[external] = product{id.Product(to), key}
		case refSubscription:
			s, err := r.storedSubscription(ctx, id.Subscription(to))
			if err != nil {
				return err
			}
			if s == nil {
				r.known.lose(kind, external)
				continue
			}
			r.known.subscriptions[external] = s
		}
	}
	return nil
}

func (r *runner) storedAccount(ctx context.Context, ref id.Account) (*account, error) {
	if a := r.known.byID[ref]; a != nil {
		return a, nil
	}
	stored, err := r.reader().Account(ctx, ref)
	if err != nil {
		return nil, err
	}
	a := &account{id: ref, since: stored.Since}
	r.known.byID[ref] = a
	return a, nil
}

func (r *runner) productKey(ctx context.Context, ref id.Product) (string, error) {
	if key, ok := r.known.productKeys[ref]; ok {
		return key, nil
	}
	all, err := r.reader().Products(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		r.known.productKeys[p.ID] = p.Key
	}
	return r.known.productKeys[ref], nil
}

// storedSubscription finds a subscription of an earlier run. The record is not
// indexed by subscription from outside, so the first question reads them all.
func (r *runner) storedSubscription(ctx context.Context, ref id.Subscription) (*subscription, error) {
	if r.known.storedSubs == nil {
		r.known.storedSubs = map[id.Subscription]*subscription{}
		after := ""
		for {
			page, err := r.reader().Subscriptions(ctx, customer.Filter{Page: customer.Page{After: after, Limit: 10_000}})
			if err != nil {
				return nil, err
			}
			for i := range page {
				s := &page[i]
				key, err := r.productKey(ctx, s.ProductID)
				if err != nil {
					return nil, err
				}
				one := &subscription{id: s.ID, account: s.AccountID, product: product{s.ProductID, key}}
				if n := len(s.Revisions); n > 0 {
					one.start, one.end = s.Revisions[n-1].Start, s.Revisions[n-1].End
				}
				r.known.storedSubs[s.ID] = one
			}
			if len(page) < 10_000 {
				break
			}
			after = string(page[len(page)-1].ID)
		}
	}
	return r.known.storedSubs[ref], nil
}
