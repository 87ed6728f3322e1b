package duckstore

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"strings"
	"time"

	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
)

// Record implements evaluate.History in one transaction.
func (s *Store) Record(ctx context.Context, rows []evaluate.Record) (int, error) {
	for i := range rows {
		if err := checkRecord(i, &rows[i]); err != nil {
			return 0, err
		}
	}
	if len(rows) == 0 {
		return 0, ctx.Err()
	}
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.end()
	s.write.Lock()
	defer s.write.Unlock()
	stored, err := s.recorded(ctx, rows)
	if err != nil {
		return 0, failed(ctx, err, "look for evaluations that are recorded already")
	}
	var fresh []*evaluate.Record
	for i := range rows {
		k := keyOf(&rows[i])
		if !stored[k] {
			stored[k] = true
			fresh = append(fresh, &rows[i])
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	err = s.inTx(ctx, func(w *rawConn) error {
		app, err := w.appender("evaluation")
		if err != nil {
			return err
		}
		err = app.fill(len(fresh), func(c appendChunk, from, count int) {
			fillRecords(c, fresh[from:from+count])
		})
		if err != nil {
			app.abandon()
			return err
		}
		return app.close()
	}, nil)
	if err != nil {
		return 0, failed(ctx, err, "record evaluations")
	}
	return len(fresh), nil
}

func checkRecord(i int, r *evaluate.Record) error {
	field := "records[" + strconv.Itoa(i) + "]"
	switch {
	case r.Account == "":
		return fault.At(field+".account", "is empty")
	case r.AsOf.IsZero() || r.RecordedAt.IsZero():
		return fault.At(field+".as_of", "and recorded_at must both be set")
	case r.Origin != evaluate.Scheduled && r.Origin != evaluate.Backfill:
		return fault.At(field+".origin", "%q is not an origin: use scheduled or backfill", r.Origin)
	}
	return nil
}

// recordKey is what makes a recorded evaluation unique.
type recordKey struct {
	account id.Account
	asOf    int64
	version int64
	origin  evaluate.Origin
}

func keyOf(r *evaluate.Record) recordKey {
	return recordKey{r.Account, r.AsOf.UnixMicro(), r.ModelVersion, r.Origin}
}

// recorded returns the keys that are stored at the instants of the rows.
func (s *Store) recorded(ctx context.Context, rows []evaluate.Record) (map[recordKey]bool, error) {
	instants := map[int64]bool{}
	var list []string
	for i := range rows {
		if at := rows[i].AsOf.UnixMicro(); !instants[at] {
			instants[at] = true
			list = append(list, timestamp(rows[i].AsOf))
		}
	}
	found := map[recordKey]bool{}
	query := "SELECT account, epoch_us(as_of), model_version, origin FROM evaluation WHERE as_of IN (" + strings.Join(list, ", ") + ")"
	err := s.writer.stream(ctx, query, func(c rawChunk) error {
		accounts, asOf, version, origins := c.texts(0), column[int64](c, 1), column[int64](c, 2), c.texts(3)
		for i := range accounts {
			found[recordKey{id.Account(accounts[i]), asOf[i], version[i], evaluate.Origin(origins[i])}] = true
		}
		return nil
	})
	return found, err
}

func fillRecords(c appendChunk, rows []*evaluate.Record) {
	asOf, recorded, version := column[int64](c.rawChunk, 1), column[int64](c.rawChunk, 2), column[int64](c.rawChunk, 4)
	score, coverage, arr := column[float64](c.rawChunk, 7), column[float64](c.rawChunk, 9), column[int64](c.rawChunk, 10)
	for i, r := range rows {
		c.setText(0, i, string(r.Account))
		asOf[i], recorded[i], version[i] = r.AsOf.UnixMicro(), r.RecordedAt.UnixMicro(), r.ModelVersion
		c.setText(3, i, string(r.Origin))
		c.setText(5, i, r.Scorecard)
		c.setText(6, i, r.Segment)
		if math.IsNaN(r.Score) {
			c.setNull(7, i)
		} else {
			score[i] = r.Score
		}
		c.setText(8, i, r.Band)
		coverage[i], arr[i] = r.Coverage, r.ARRMinor
		c.setText(11, i, string(r.Detail))
	}
}

// Records implements evaluate.History.
func (s *Store) Records(ctx context.Context, q evaluate.HistoryQuery) ([]evaluate.Record, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	where := []string{"true"}
	var args []any
	if len(q.Accounts) > 0 {
		marks := make([]string, len(q.Accounts))
		for i, a := range q.Accounts {
			marks[i] = "?"
			args = append(args, string(a))
		}
		where = append(where, "account IN ("+strings.Join(marks, ", ")+")")
	}
	if !q.From.IsZero() {
		where = append(where, "as_of >= "+timestampUp(q.From))
	}
	if !q.To.IsZero() {
		where = append(where, "as_of <= "+timestamp(q.To))
	}
	detail := "NULL"
	if q.WithDetail {
		detail = "detail"
	}
	rows, err := s.db.QueryContext(ctx, `SELECT account, epoch_us(as_of), epoch_us(recorded_at), origin, model_version, scorecard, segment, score, band, coverage, arr_minor, `+
		detail+" FROM evaluation WHERE "+strings.Join(where, " AND ")+" ORDER BY account, as_of, recorded_at", args...)
	if err != nil {
		return nil, failed(ctx, err, "read recorded evaluations")
	}
	defer func() { _ = rows.Close() }()
	out := []evaluate.Record{}
	for rows.Next() {
		var r evaluate.Record
		var asOf, recorded int64
		var score sql.NullFloat64
		err := rows.Scan((*string)(&r.Account), &asOf, &recorded, (*string)(&r.Origin), &r.ModelVersion, &r.Scorecard, &r.Segment, &score, &r.Band, &r.Coverage, &r.ARRMinor, &r.Detail)
		if err != nil {
			return nil, failed(ctx, err, "read recorded evaluations")
		}
		r.AsOf, r.RecordedAt = time.UnixMicro(asOf).UTC(), time.UnixMicro(recorded).UTC()
		r.Score = math.NaN()
		if score.Valid {
			r.Score = score.Float64
		}
		out = append(out, r)
	}
	return out, failed(ctx, rows.Err(), "read recorded evaluations")
}

// RecordedInstants implements evaluate.History.
func (s *Store) RecordedInstants(ctx context.Context) ([]time.Time, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	rows, err := s.db.QueryContext(ctx, "SELECT DISTINCT epoch_us(as_of) AS instant FROM evaluation ORDER BY instant")
	if err != nil {
		return nil, failed(ctx, err, "list recorded instants")
	}
	defer func() { _ = rows.Close() }()
	out := []time.Time{}
	for rows.Next() {
		var at int64
		if err := rows.Scan(&at); err != nil {
			return nil, failed(ctx, err, "list recorded instants")
		}
		out = append(out, time.UnixMicro(at).UTC())
	}
	return out, failed(ctx, rows.Err(), "list recorded instants")
}
