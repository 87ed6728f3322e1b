package usage

import (
	"cmp"
	"context"
	"math"
	"slices"

	"kept/internal/id"
)

// arrival is an event that the projection does not have yet.
type arrival struct {
	account      uint32
	time, micro  uint32
	known        uint32
	label, actor uint32
	value        float64
}

// merge returns a snapshot with the events that the store has taken in since, and
// the accounts that these belong to; c itself when there are none. It returns
// false when more than storing events has happened.
func (c *Columns) merge(ctx context.Context, store Store, fast ChangeScanner) (*Columns, []id.Account, bool, error) {
	var in []arrival
	t := translation{dict: c.dict}
	mark, only, err := fast.ScanNew(ctx, c.mark, func(chunk *ColumnChunk) error {
		c.dict.mu.Lock()
		defer c.dict.mu.Unlock()
		for i, code := range chunk.Account {
			sec, known, err := seconds(chunk.Time[i], chunk.Known[i])
			if err != nil {
				return err
			}
			in = append(in, arrival{
				account: c.dict.account(chunk.Dict.Accounts[code]), time: sec, micro: chunk.Micro[i], known: known,
				label: t.label(chunk, i), actor: t.actor(chunk, i), value: finite(chunk.Value[i]),
			})
		}
		return nil
	})
	switch {
	case err != nil || !only:
		return nil, nil, false, err
	case mark == c.mark:
		return c, nil, true, nil
	case len(in) == 0:
		same := *c
		same.mark = mark
		return &same, nil, true, nil
	}
	slices.SortStableFunc(in, func(a, b arrival) int {
		// cmp.Compare puts NaN, which stands for none, before every number.
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.time, b.time), cmp.Compare(a.micro, b.micro), cmp.Compare(a.value, b.value))
	})
	b := newColumnBuilder(c.size.full)
	touched := map[uint32]bool{}
	var again []id.Account // accounts in which the order of events is not known
	for len(in) > 0 {
		n := 1
		for n < len(in) && in[n].account == in[0].account {
			n++
		}
		account := in[0].account
		touched[account] = true
		ok, err := c.mergeRun(b, account, in[:n])
		if err != nil {
			return nil, nil, false, err
		}
		if !ok {
			again = append(again, c.dict.id(account))
		}
		in = in[n:]
	}
	if len(again) > 0 {
		if err := c.dict.scan(ctx, store, again, mark, b); err != nil {
			return nil, nil, false, err
		}
	}
	next, err := c.splice(b, touched, mark)
	if err != nil {
		return nil, nil, false, err
	}
	accounts := make([]id.Account, 0, len(touched))
	for n := range touched {
		accounts = append(accounts, c.dict.id(n))
	}
	slices.Sort(accounts)
	return next, accounts, true, nil
}

func (d *dictionary) id(account uint32) id.Account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.ids[account]
}

// mergeRun appends the events of an account with the new ones among them. It
// returns false when a new one falls into a second of old ones whose microseconds
// are not known, so that only the store can tell the order.
func (c *Columns) mergeRun(b *columnBuilder, account uint32, in []arrival) (bool, error) {
	var old span
	if int(account) < len(c.spans) {
		old = c.spans[account]
	}
	r := old.run()
	var edge []uint32
	if old.more != nil {
		edge = old.more.edge
	}
	lastSecond := r.Len() - len(edge) // rows from here on have known microseconds
	at := 0
	for i := range in {
		at += sort32(r.Time[at:], in[i].time)
		if at < lastSecond && r.Time[at] == in[i].time {
			return false, nil
		}
	}
	if err := b.begin(account); err != nil {
		return false, err
	}
	at = 0
	for i := range in {
		a := &in[i]
		to := at + sort32(r.Time[at:], a.time)
		for to < r.Len() && r.Time[to] == a.time && !a.precedes(&r, to, edge[to-lastSecond]) {
			to++
		}
		b.copyRows(&r, at, to)
		at = to
		b.time, b.known = append(b.time, a.time), append(b.known, a.known)
		b.actor, b.label = append(b.actor, a.actor), append(b.label, a.label)
		b.value = append(b.value, a.value)
	}
	b.copyRows(&r, at, r.Len())
	b.more[account] = &more{edge: newEdge(&r, edge, in)}
	return true, nil
}

// sort32 returns how many of the ascending times lie before t; mostly all do.
func sort32(times []uint32, t uint32) int {
	if n := len(times); n == 0 || times[n-1] < t {
		return n
	}
	n, _ := slices.BinarySearch(times, t)
	return n
}

// precedes reports whether the event comes before row i, of the same second.
func (a *arrival) precedes(r *Run, i int, micro uint32) bool {
	v, ok := r.Number(i)
	if !ok {
		v = math.NaN()
	}
	return cmp.Or(cmp.Compare(a.micro, micro), cmp.Compare(a.value, v)) < 0
}

// newEdge returns the microseconds of the rows of the last second after a merge,
// in their order, and nil when they are not all known.
func newEdge(r *Run, edge []uint32, in []arrival) []uint32 {
	last := in[len(in)-1].time
	var out []uint32
	if n := r.Len(); n > 0 && r.Time[n-1] >= last {
		if r.Time[n-1] > last {
			return slices.Clone(edge)
		}
		// The last second has old rows, so their microseconds are known.
		out = append(out, edge...)
	}
	for i := range in {
		if in[i].time == last {
			out = append(out, in[i].micro)
		}
	}
	slices.Sort(out)
	return out
}
