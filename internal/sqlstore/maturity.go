package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/maturity"
)

// MaturityRating is what one rater answered at one time. Rows are append-only: who
// rates again adds one.
type MaturityRating struct {
	ID            id.Rating        `json:"id"`
	Rater         id.User          `json:"rater"`
	Questionnaire string           `json:"questionnaire"`
	Answers       maturity.Answers `json:"answers"`
	// Notes are the rater's words by the number of the question.
	Notes   map[int]string `json:"notes"`
	RatedAt time.Time      `json:"rated_at"`
}

var (
	ratingTable = table{name: "maturity_rating", columns: []string{"id", "rater_id", "questionnaire", "answers", "notes", "rated_at"}}
	peerTable   = table{name: "maturity_peer", columns: []string{"contributor", "questionnaire", "figures", "learned_at"}, key: []string{"contributor"}}
)

// AddMaturityRating stores a rating as of now and returns it as stored.
func (s *Store) AddMaturityRating(ctx context.Context, r MaturityRating) (MaturityRating, error) {
	if err := checkID("id", r.ID); err != nil {
		return r, err
	}
	if err := r.Answers.Check(); err != nil {
		return r, err
	}
	r.Questionnaire = maturity.Questionnaire
	if r.Notes == nil {
		r.Notes = map[int]string{}
	}
	answers, err := json.Marshal(r.Answers)
	if err != nil {
		return r, fault.Wrap(err, "write the answers")
	}
	notes, err := json.Marshal(r.Notes)
	if err != nil {
		return r, fault.Wrap(err, "write the notes")
	}
	err = s.Write(ctx, func(tx *Tx) error {
		r.RatedAt = tx.now
		return tx.insert(ctx, ratingTable, [][]any{{
			string(r.ID), string(r.Rater), r.Questionnaire, string(answers), string(notes), tx.now.UnixMicro(),
		}})
	})
	return r, err
}

// MaturityRatings lists the answers to today's questionnaire that were given until
// an instant, the oldest first.
func (r reader) MaturityRatings(ctx context.Context, until time.Time) ([]MaturityRating, error) {
	q := from("SELECT id, rater_id, questionnaire, answers, notes, rated_at FROM maturity_rating").
		add(" WHERE questionnaire = ?", maturity.Questionnaire).
		add(" AND rated_at <= ?", until.UnixMicro()).add(" ORDER BY rated_at, id")
	return collect(ctx, r, q, "read the ratings", func(rows *sql.Rows, m *MaturityRating) error {
		var answers, notes string
		if err := rows.Scan(&m.ID, &m.Rater, &m.Questionnaire, &answers, &notes, instant{&m.RatedAt}); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(answers), &m.Answers); err != nil {
			return err
		}
		return json.Unmarshal([]byte(notes), &m.Notes)
	})
}

// PutMaturityPeers stores what other companies told; one that told before is
// replaced when its rating is not older.
func (s *Store) PutMaturityPeers(ctx context.Context, x *maturity.Exchange) error {
	if err := x.Check(); err != nil {
		return err
	}
	return s.Write(ctx, func(tx *Tx) error {
		known, err := tx.MaturityPeers(ctx)
		if err != nil {
			return err
		}
		days := make(map[string]string, len(known))
		for i := range known {
			days[known[i].Contributor] = known[i].Day
		}
		rows := [][]any{}
		for i := range x.Peers {
			p := &x.Peers[i]
			if p.Day < days[p.Contributor] {
				continue
			}
			figures, err := json.Marshal(p)
			if err != nil {
				return fault.Wrap(err, "write the peer")
			}
			rows = append(rows, []any{p.Contributor, x.Questionnaire, string(figures), tx.now.UnixMicro()})
		}
		return tx.insert(ctx, peerTable, rows)
	})
}

// MaturityPeers lists what other companies told of today's questionnaire.
func (r reader) MaturityPeers(ctx context.Context) ([]maturity.Peer, error) {
	q := from("SELECT figures FROM maturity_peer").add(" WHERE questionnaire = ?", maturity.Questionnaire).add(" ORDER BY contributor")
	return collect(ctx, r, q, "read the peers", func(rows *sql.Rows, p *maturity.Peer) error {
		var figures string
		if err := rows.Scan(&figures); err != nil {
			return err
		}
		return json.Unmarshal([]byte(figures), p)
	})
}

// DeleteMaturityPeers forgets what other companies told.
func (s *Store) DeleteMaturityPeers(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "delete the peers", "DELETE FROM maturity_peer")
		return err
	})
}
