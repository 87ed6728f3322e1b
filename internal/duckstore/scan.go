package duckstore

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"kept/internal/id"
	"kept/internal/usage"
)

// accountFilter returns the SQL condition for the accounts (empty means all
// attributed), and false when none of them has events.
func (s *Store) accountFilter(accounts []id.Account) (string, bool) {
	if len(accounts) == 0 {
		return "account <> 0", true
	}
	var list []string
	for _, a := range accounts {
		if code, ok := s.words.code(wordAccount, string(a)); ok && code != 0 {
			list = append(list, strconv.FormatUint(uint64(code), 10))
		}
	}
	return "account IN (" + strings.Join(list, ", ") + ")", len(list) > 0
}

// Scan implements usage.Store; fn must not call the store.
func (s *Store) Scan(ctx context.Context, accounts []id.Account, fn func([]usage.Event) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	where, some := s.accountFilter(accounts)
	if !some {
		return nil
	}
	// The order is that of the accounts' texts: their ranks sort as fast as codes.
	query := `SELECT e.account, epoch_us(happened_at), epoch_us(known_at), name, actor, product, coalesce(value, 'nan'::DOUBLE)
		FROM (SELECT * FROM event WHERE ` + where + `) e
		JOIN (SELECT code, row_number() OVER (ORDER BY text) AS rank FROM account) a ON a.code = e.account
		ORDER BY a.rank, happened_at, value NULLS FIRST`
	var events []usage.Event
	err := s.rawRead(func(r *rawConn) error {
		return r.stream(ctx, query, func(c rawChunk) error {
			words := s.words.dictionary()
			account, at, known := column[uint32](c, 0), column[int64](c, 1), column[int64](c, 2)
			name, actor, product := column[uint32](c, 3), column[uint32](c, 4), column[uint32](c, 5)
			value := column[float64](c, 6)
			events = events[:0]
			for i := range account {
				e := usage.Event{
					At: time.UnixMicro(at[i]).UTC(), KnownAt: time.UnixMicro(known[i]).UTC(),
					Account: words.Accounts[account[i]], Product: words.Products[product[i]],
					Actor: words.Actors[actor[i]], Name: words.Names[name[i]],
				}
				if !math.IsNaN(value[i]) {
					e.Value, e.HasValue = value[i], true
				}
				events = append(events, e)
			}
			return fn(events)
		})
	})
	return failed(ctx, err, "scan events")
}
