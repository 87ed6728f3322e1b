package duckstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/usage"
)

// Attribute implements usage.Store.
func (s *Store) Attribute(ctx context.Context, actor string, account id.Account) (int64, error) {
	if err := usage.CheckAttribution(actor, account); err != nil {
		return 0, err
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	code, ok := s.words.code(wordActor, actor)
	if !ok {
		return 0, nil
	}
	n, err := s.count(ctx, fmt.Sprintf("account = 0 AND actor = %d", code))
	if err != nil || n == 0 {
		return 0, failed(ctx, err, "count the events of an actor")
	}
	added := s.words.adding()
	to := added.code(wordAccount, string(account))
	err = s.inTx(ctx, func(w *rawConn) error {
		if err := added.store(w); err != nil {
			return err
		}
		return w.exec(ctx, fmt.Sprintf("UPDATE event SET account = %d, mark = %d WHERE account = 0 AND actor = %d", to, s.mark+1, code))
	}, added.publish)
	if err != nil {
		return 0, failed(ctx, err, "attribute the events of an actor")
	}
	s.mark++
	return n, nil
}

// Erase implements usage.Store. It also removes the recorded evaluations of the
// account, and the words of actors that have no event left, and it rewrites the
// file's free space as far as a checkpoint does.
func (s *Store) Erase(ctx context.Context, account id.Account) (int64, error) {
	if account == "" {
		return 0, fault.At("account", "is empty: say whose events are to be erased")
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	// The copy of the projection names the account as well.
	if err := s.dropKept(); err != nil {
		return 0, err
	}
	var n int64
	var orphans []uint32
	err := s.inTx(ctx, func(w *rawConn) (err error) {
		n, orphans, err = s.eraseRows(ctx, w, account)
		return err
	}, func() { s.words.forget(wordActor, orphans) })
	if err != nil {
		return 0, failed(ctx, err, "erase an account")
	}
	if n > 0 {
		s.mark++
	}
	return n, failed(ctx, s.writer.exec(ctx, "CHECKPOINT"), "write the erasure to the file")
}

// eraseRows deletes what is known of an account and returns the number of
// events and the actors whose names are gone.
func (s *Store) eraseRows(ctx context.Context, w *rawConn, account id.Account) (n int64, orphans []uint32, err error) {
	if err := w.exec(ctx, "DELETE FROM evaluation WHERE account = "+quote(string(account))); err != nil {
		return 0, nil, err
	}
	code, ok := s.words.code(wordAccount, string(account))
	if !ok {
		return 0, nil, nil
	}
	where := fmt.Sprintf("account = %d", code)
	if n, err = s.count(ctx, where); err != nil || n == 0 {
		return 0, nil, err
	}
	if orphans, err = actorsOnlyOf(ctx, w, code); err != nil {
		return 0, nil, err
	}
	for _, q := range []string{
		"DELETE FROM event_move WHERE hash IN (SELECT hash FROM event WHERE " + where + ")",
		"DELETE FROM event WHERE " + where,
		fmt.Sprintf("INSERT INTO erasure VALUES (%d, %d)", code, s.mark+1),
		"UPDATE actor SET text = '' WHERE code IN (" + codeList(orphans) + ")",
	} {
		if err := w.exec(ctx, q); err != nil {
			return 0, nil, err
		}
	}
	return n, orphans, nil
}

// actorsOnlyOf returns the actors that have events of this account and of no other.
func actorsOnlyOf(ctx context.Context, w *rawConn, account uint32) ([]uint32, error) {
	var out []uint32
	query := fmt.Sprintf(`SELECT DISTINCT actor FROM event WHERE account = %[1]d AND actor <> 0
		EXCEPT SELECT DISTINCT actor FROM event WHERE account <> %[1]d`, account)
	err := w.stream(ctx, query, func(c rawChunk) error {
		out = append(out, column[uint32](c, 0)...)
		return nil
	})
	return out, err
}

// codeList returns the codes for an SQL IN, never empty: no word has code 0.
func codeList(codes []uint32) string {
	var b strings.Builder
	b.WriteString("0")
	for _, c := range codes {
		b.WriteString(", ")
		b.WriteString(strconv.FormatUint(uint64(c), 10))
	}
	return b.String()
}

func (s *Store) count(ctx context.Context, where string) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM event WHERE "+where).Scan(&n)
	return n, err
}
