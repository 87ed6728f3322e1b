package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/identity"
	"kept/internal/jobs"
)

var _ identity.Store = (*Store)(nil)

var mergeTable = table{
	name:    "account_merge",
	columns: []string{"id", "kind", "source", "keep_id", "drop_id", "state", "score", "reasons", "moved", "note", "user_id", "created_at", "decided_at", "undone_at"},
	key:     []string{"id"},
	keep:    []string{"created_at"},
}

const selectMerge = "SELECT id, kind, source, keep_id, drop_id, state, score, reasons, moved, note, user_id, created_at, decided_at, undone_at FROM account_merge"

func scanMerge(rows *sql.Rows, m *identity.Merge) error {
	var reasons, moved string
	err := rows.Scan(&m.ID, &m.Kind, &m.Source, &m.Keep, &m.Drop, &m.State, &m.Score, &reasons, &moved, &m.Note, &m.UserID,
		instant{&m.CreatedAt}, instant{&m.DecidedAt}, instant{&m.UndoneAt})
	if err != nil {
		return err //nolint:wrapcheck // collect says what was read
	}
	if moved != "" {
		m.Moved = &identity.Moved{}
		if err := json.Unmarshal([]byte(moved), m.Moved); err != nil {
			return fault.Wrap(err, "read what a merge moved")
		}
	}
	return fault.Wrap(json.Unmarshal([]byte(reasons), &m.Reasons), "read the reasons of a merge")
}

func (tx *Tx) putMerge(ctx context.Context, m *identity.Merge) error {
	if m.Reasons == nil {
		m.Reasons = []identity.Reason{}
	}
	reasons, err := json.Marshal(m.Reasons)
	if err != nil {
		return fault.Wrap(err, "store a merge")
	}
	moved := ""
	if m.Moved != nil {
		raw, err := json.Marshal(m.Moved)
		if err != nil {
			return fault.Wrap(err, "store what a merge moved")
		}
		moved = string(raw)
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = tx.now
	}
	if len(m.Note) > 1000 {
		return fault.At("note", "is longer than 1,000 bytes")
	}
	return tx.insert(ctx, mergeTable, [][]any{{
		string(m.ID), string(m.Kind), m.Source, string(m.Keep), string(m.Drop), string(m.State), m.Score, string(reasons), moved, m.Note, string(m.UserID),
		micros(m.CreatedAt), micros(m.DecidedAt), micros(m.UndoneAt),
	}})
}

// Merge implements identity.Store.
func (r reader) Merge(ctx context.Context, ref id.Merge) (identity.Merge, error) {
	rows, err := collect(ctx, r, from(selectMerge).add(" WHERE id = ?", string(ref)), "read the merge", scanMerge)
	return first(rows, err, "there is no merge %q", string(ref))
}

// Merges implements identity.Store.
func (r reader) Merges(ctx context.Context, state identity.State) ([]identity.Merge, error) {
	q := from(selectMerge)
	switch state {
	case "":
		q.add(" ORDER BY id DESC")
	case identity.Proposed:
		q.add(" WHERE state = ? ORDER BY score DESC, id", string(state))
	case identity.Done, identity.Rejected, identity.Undone:
		q.add(" WHERE state = ? ORDER BY decided_at DESC, id DESC", string(state))
	default:
		return nil, fault.At("state", "%.40q is not a state: use proposed, done, rejected or undone", string(state))
	}
	return collect(ctx, r, q, "read the merges", scanMerge)
}

// ProposeMerges implements identity.Store.
func (s *Store) ProposeMerges(ctx context.Context) (int, error) {
	var found []identity.Proposal
	err := s.View(ctx, func(r customer.Reader) error {
		list, err := candidates(ctx, r)
		found = identity.Propose(list)
		return err
	})
	if err != nil {
		return 0, err
	}
	waiting := 0
	err = s.Write(ctx, func(tx *Tx) error {
		stored, err := tx.Merges(ctx, "")
		if err != nil {
			return err
		}
		known := map[[2]id.Account]*identity.Merge{}
		for i := range stored {
			known[pairOf(stored[i].Keep, stored[i].Drop)] = &stored[i]
		}
		holds := map[id.Merge]bool{}
		for i := range found {
			p := &found[i]
			m := known[pairOf(p.Keep, p.Drop)]
			if m != nil && m.State != identity.Proposed {
				continue // somebody has decided
			}
			waiting++
			if m == nil {
				m = &identity.Merge{Kind: identity.Joined, State: identity.Proposed}
				if m.ID, err = id.New[id.Merge](tx.now, rand.Reader); err != nil {
					return err
				}
			}
			holds[m.ID] = true
			if m.Keep == p.Keep && m.Score == p.Score && slices.Equal(m.Reasons, p.Reasons) {
				continue
			}
			m.Keep, m.Drop, m.Score, m.Reasons = p.Keep, p.Drop, p.Score, p.Reasons
			if err := tx.putMerge(ctx, m); err != nil {
				return err
			}
		}
		for i := range stored {
			if m := &stored[i]; m.State == identity.Proposed && !holds[m.ID] {
				if _, err := tx.exec(ctx, "forget a proposal", "DELETE FROM account_merge WHERE id = $1", string(m.ID)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return waiting, err
}

// pairOf is the same for both directions.
func pairOf(a, b id.Account) [2]id.Account {
	if a > b {
		a, b = b, a
	}
	return [2]id.Account{a, b}
}

// candidates reads what is known of every account for matching.
func candidates(ctx context.Context, r customer.Reader) ([]identity.Candidate, error) {
	everything := customer.Filter{Page: customer.Page{Limit: customer.Everything}}
	refs, err := r.ExternalRefs(ctx, "account", nil)
	if err != nil {
		return nil, err
	}
	accounts, err := r.Accounts(ctx, everything)
	if err != nil {
		return nil, err
	}
	at := make(map[id.Account]int, len(accounts))
	out := make([]identity.Candidate, len(accounts))
	for i := range accounts {
		a := &accounts[i]
		at[a.ID] = i
		out[i] = identity.Candidate{ID: a.ID, Name: a.Name, Domain: a.Domain, Since: a.Since}
	}
	for _, e := range refs {
		if i, ok := at[id.Account(e.ObjectID)]; ok {
			if !slices.Contains(out[i].Sources, e.Source) {
				out[i].Sources = append(out[i].Sources, e.Source)
			}
			out[i].External = append(out[i].External, e.External)
		}
	}
	contacts, err := r.Contacts(ctx, everything)
	if err != nil {
		return nil, err
	}
	for i := range contacts {
		_, domain, ok := strings.Cut(contacts[i].Email, "@")
		if n, known := at[contacts[i].AccountID]; ok && known && !slices.Contains(out[n].Emails, domain) {
			out[n].Emails = append(out[n].Emails, domain)
		}
	}
	return out, nil
}

// RejectMerge implements identity.Store.
func (s *Store) RejectMerge(ctx context.Context, ref id.Merge, user id.User, note string) (identity.Merge, error) {
	var m identity.Merge
	err := s.Write(ctx, func(tx *Tx) (err error) {
		if m, err = tx.Merge(ctx, ref); err != nil {
			return err
		}
		if m.State != identity.Proposed {
			return fault.New(fault.Conflict, "the merge is %s and waits for nobody", m.State)
		}
		m.State, m.UserID, m.Note, m.DecidedAt = identity.Rejected, user, note, tx.now
		return tx.putMerge(ctx, &m)
	})
	return m, err
}

// moveEvents queues the move of the events, in the transaction of the merge.
func (tx *Tx) moveEvents(ctx context.Context, ref id.Merge) error {
	raw, err := identity.JobPayload(ref)
	if err != nil {
		return err
	}
	j := jobs.Job{Kind: identity.MoveJob, Payload: raw}
	if j.ID, err = id.New[id.Job](tx.now, rand.Reader); err != nil {
		return err
	}
	return tx.Enqueue(ctx, j)
}
