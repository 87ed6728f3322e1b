package evaluate

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/customer"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/metric"
)

// loadBatch is how many accounts are read from the record store at once.
const loadBatch = 2000

// AccountOverride is a manual decision about one account under one scorecard;
// an empty Scorecard means whichever applies.
type AccountOverride struct {
	Account   id.Account
	Scorecard string
	health.Override
}

// Overrides reads manual decisions; nil accounts means all.
type Overrides interface {
	HealthOverrides(ctx context.Context, accounts []id.Account) ([]AccountOverride, error)
}

// dossier is all that an evaluation needs to know of one account from the
// record. It is immutable: a change makes a new one.
type dossier struct {
	account       customer.Account
	relationships []customer.Relationship
	subscriptions []customer.Subscription
	terms         *metric.Terms   // the same, prepared
	facts         []customer.Fact // in customer.SortFacts order
	overrides     []AccountOverride
	// histories are the account's own facts by key; see indexFacts.
	histories    map[string][]customer.Fact
	owner, stage []customer.Fact
	// moves are the moments at which the standing can change, ascending; see stand.
	moves []int64
}

// book is every account known, at one moment. It is immutable: refresh makes a
// new one that shares what did not change. An account keeps its position for
// the life of the process, so that columns computed earlier stay aligned.
type book struct {
	seq      int64 // newest change of the record store that it contains
	dossiers []*dossier
	index    map[id.Account]int32
	products map[id.Product]customer.Product
	// productKeys has the key of each product, as metrics name it, and titles the
	// name by that key.
	productKeys map[id.Product]string
	titles      map[string]string

	correcting sync.Once
	right      *book // see corrected

	family sync.Once
	kids   map[id.Account][]*dossier // see children
}

// refreshed returns a book with the changes since b, and the positions of the
// accounts that changed. It returns b itself when there are none.
func (b *book) refreshed(ctx context.Context, records customer.Store, overrides Overrides) (*book, []int32, error) {
	changed, seq, err := records.Changes(ctx, b.seq)
	if err != nil {
		return nil, nil, err
	}
	if seq == b.seq && len(changed) == 0 {
		return b, nil, nil
	}
	products, err := records.Products(ctx)
	if err != nil {
		return nil, nil, err
	}
	next := &book{seq: seq, dossiers: slices.Clone(b.dossiers), index: b.index, products: map[id.Product]customer.Product{}, productKeys: map[id.Product]string{}, titles: map[string]string{}}
	for _, p := range products {
		next.products[p.ID], next.productKeys[p.ID], next.titles[p.Key] = p, p.Key, p.Name
	}
	batches := slices.Collect(slices.Chunk(changed, loadBatch))
	loaded, err := loadAll(ctx, records, overrides, batches)
	if err != nil {
		return nil, nil, err
	}
	var touched []int32
	for _, batch := range loaded {
		touched = append(touched, next.put(batch)...)
	}
	return next, touched, nil
}

// loadAll reads the batches with all processors, and returns them in their order.
func loadAll(ctx context.Context, records customer.Store, overrides Overrides, batches [][]id.Account) ([][]*dossier, error) {
	out, errs := make([][]*dossier, len(batches)), make([]error, len(batches))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batches)) {
		group.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(batches); n = int(next.Add(1)) - 1 {
				if out[n], errs[n] = loadDossiers(ctx, records, overrides, batches[n]); errs[n] != nil {
					next.Store(int64(len(batches))) // the rest is of no use
				}
			}
		})
	}
	group.Wait()
	return out, errors.Join(errs...)
}

// put places dossiers, copying the index before the first new account.
func (b *book) put(loaded []*dossier) []int32 {
	copied := false
	touched := make([]int32, 0, len(loaded))
	for _, d := range loaded {
		at, known := b.index[d.account.ID]
		if !known {
			if !copied {
				b.index, copied = cloneIndex(b.index, len(loaded)), true
			}
			at = int32(len(b.dossiers)) //nolint:gosec // accounts are far fewer than 2^31
			b.index[d.account.ID] = at
			b.dossiers = append(b.dossiers, nil)
		}
		b.dossiers[at] = d
		touched = append(touched, at)
	}
	return touched
}

func cloneIndex(m map[id.Account]int32, more int) map[id.Account]int32 {
	out := make(map[id.Account]int32, len(m)+more)
	maps.Copy(out, m)
	return out
}

// loadDossiers reads the accounts and everything about them.
func loadDossiers(ctx context.Context, records customer.Store, overrides Overrides, ids []id.Account) ([]*dossier, error) {
	by := make(map[id.Account]*dossier, len(ids))
	var out []*dossier
	everything := customer.Filter{Accounts: ids, Page: customer.Page{Limit: customer.Everything}}
	accounts, err := records.Accounts(ctx, everything)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		d := &dossier{account: a}
		by[a.ID] = d
		out = append(out, d)
	}
	for _, ref := range ids {
		if by[ref] == nil { // it was merged into another one
			out = append(out, &dossier{account: customer.Account{ID: ref, Since: never}})
		}
	}
	relationships, err := records.Relationships(ctx, everything)
	if err != nil {
		return nil, err
	}
	for _, r := range relationships {
		if d := by[r.AccountID]; d != nil {
			d.relationships = append(d.relationships, r)
		}
	}
	subscriptions, err := records.Subscriptions(ctx, everything)
	if err != nil {
		return nil, err
	}
	for _, s := range subscriptions {
		if d := by[s.AccountID]; d != nil {
			d.subscriptions = append(d.subscriptions, s)
		}
	}
	facts, err := records.Facts(ctx, everything)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		if d := by[f.AccountID]; d != nil {
			d.facts = append(d.facts, f)
		}
	}
	for _, d := range out {
		d.prepare()
	}
	return out, addOverrides(ctx, overrides, ids, by)
}

// never is since when an account is one that no longer is: its position stays, and
// it exists at no instant that anybody asks about.
var never = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// prepare computes what is asked for again and again.
func (d *dossier) prepare() {
	d.indexFacts()
	d.terms = metric.PrepareTerms(d.subscriptions)
	d.moves = d.terms.Moves()
	for _, facts := range [][]customer.Fact{d.owner, d.stage} {
		for i := range facts {
			d.moves = append(d.moves, metric.Nanos(facts[i].ValidFrom), metric.Nanos(facts[i].KnownAt), metric.Nanos(facts[i].ValidTo))
		}
	}
	d.moves = append(d.moves, metric.Nanos(d.account.ChurnedAt))
	slices.Sort(d.moves)
	d.moves = slices.Clip(slices.Compact(d.moves))
}

// indexFacts prepares history. Facts are sorted by product before key, and those
// of the account itself come first.
func (d *dossier) indexFacts() {
	d.histories = map[string][]customer.Fact{}
	for from := 0; from < len(d.facts) && d.facts[from].ProductID == ""; {
		key, to := d.facts[from].Key, from+1
		for to < len(d.facts) && d.facts[to].ProductID == "" && d.facts[to].Key == key {
			to++
		}
		d.histories[key] = d.facts[from:to:to]
		from = to
	}
	d.owner, d.stage = d.histories[customer.FactOwner], d.histories[customer.FactStage]
}

func addOverrides(ctx context.Context, overrides Overrides, ids []id.Account, by map[id.Account]*dossier) error {
	if overrides == nil {
		return nil
	}
	rows, err := overrides.HealthOverrides(ctx, ids)
	if err != nil {
		return err
	}
	for _, o := range rows {
		if d := by[o.Account]; d != nil {
			d.overrides = append(d.overrides, o)
		}
	}
	return nil
}
