package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"time"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
	"kept/internal/outbound"
)

var _ outbound.Store = (*Store)(nil)

var webhookTable = table{
	name:    "webhook",
	columns: []string{"id", "name", "url", "kinds", "sealed", "paused", "created_at", "updated_at"},
	key:     []string{"id"},
	keep:    []string{"created_at"},
}

const selectWebhook = "SELECT id, name, url, kinds, sealed, paused, created_at, updated_at FROM webhook"

func scanWebhook(rows *sql.Rows, w *outbound.Webhook) error {
	var kinds string
	if err := rows.Scan(&w.ID, &w.Name, &w.URL, &kinds, &w.Sealed, &w.Paused, instant{&w.CreatedAt}, instant{&w.UpdatedAt}); err != nil {
		return err //nolint:wrapcheck // collect says what was read
	}
	return fault.Wrap(json.Unmarshal([]byte(kinds), &w.Kinds), "read the kinds")
}

// PutWebhook implements outbound.Store. A second one with the same name is a Conflict.
func (s *Store) PutWebhook(ctx context.Context, w outbound.Webhook) error {
	if err := checkID("id", w.ID); err != nil {
		return err
	}
	kinds, err := json.Marshal(w.Kinds)
	if err != nil {
		return fault.Wrap(err, "store the kinds")
	}
	return s.Write(ctx, func(tx *Tx) error {
		same, err := collect(ctx, tx.reader, from("SELECT id FROM webhook").add(" WHERE name = ? AND id <> ?", w.Name, string(w.ID)), "look for the name",
			func(rows *sql.Rows, v *string) error { return rows.Scan(v) })
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return &fault.Error{Kind: fault.Conflict, Field: "name", Msg: "another webhook is called " + w.Name + ": choose another name"}
		}
		return tx.insert(ctx, webhookTable, [][]any{{string(w.ID), w.Name, w.URL, string(kinds), w.Sealed, w.Paused, tx.now.UnixMicro(), tx.now.UnixMicro()}})
	})
}

// Webhook implements outbound.Store.
func (r reader) Webhook(ctx context.Context, ref id.Webhook) (outbound.Webhook, error) {
	rows, err := collect(ctx, r, from(selectWebhook).add(" WHERE id = ?", string(ref)), "read the webhook", scanWebhook)
	return first(rows, err, "there is no webhook %q", string(ref))
}

// Webhooks implements outbound.Store, by name.
func (r reader) Webhooks(ctx context.Context) ([]outbound.Webhook, error) {
	return collect(ctx, r, from(selectWebhook+" ORDER BY name"), "read the webhooks", scanWebhook)
}

// DeleteWebhook implements outbound.Store.
func (s *Store) DeleteWebhook(ctx context.Context, ref id.Webhook) error {
	return s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "delete the webhook", "DELETE FROM webhook_delivery WHERE webhook_id = $1", string(ref)); err != nil {
			return err
		}
		n, err := tx.exec(ctx, "delete the webhook", "DELETE FROM webhook WHERE id = $1", string(ref))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no webhook %q", string(ref))
		}
		return err
	})
}

// Emit implements outbound.Store.
func (s *Store) Emit(ctx context.Context, only id.Webhook, events ...outbound.Event) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.Emit(ctx, only, events...) })
}

var deliveryTable = table{
	name: "webhook_delivery",
	columns: []string{
		"id", "webhook_id", "event_id", "kind", "body", "state", "attempts", "last_status", "last_response", "last_error", "took_micros", "created_at", "next_at", "finished_at",
	},
	key:  []string{"id"},
	keep: []string{"created_at", "body", "event_id", "kind", "webhook_id"},
}

// Emit is Store.Emit within the transaction of the change.
func (tx *Tx) Emit(ctx context.Context, only id.Webhook, events ...outbound.Event) error {
	if len(events) == 0 {
		return nil
	}
	hooks, err := tx.Webhooks(ctx)
	if err != nil || len(hooks) == 0 {
		return err
	}
	for i := range events {
		e := &events[i]
		body, err := e.Body()
		if err != nil {
			return err
		}
		for j := range hooks {
			w := &hooks[j]
			if only != "" && w.ID != only || only == "" && !w.Wants(e.Kind) {
				continue
			}
			if err := tx.deliver(ctx, w.ID, e, body); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx *Tx) deliver(ctx context.Context, to id.Webhook, e *outbound.Event, body string) error {
	known, err := scalar[int64](ctx, tx.reader, "look for the delivery", "SELECT count(*) FROM webhook_delivery WHERE webhook_id = $1 AND event_id = $2", string(to), e.ID)
	if err != nil || known > 0 {
		return err
	}
	d := outbound.Delivery{WebhookID: to, EventID: e.ID, Kind: e.Kind, Body: body, State: outbound.Waiting, CreatedAt: tx.now, NextAt: tx.now}
	if d.ID, err = id.New[id.Delivery](tx.now, rand.Reader); err != nil {
		return err
	}
	if err := tx.insert(ctx, deliveryTable, [][]any{deliveryValues(&d)}); err != nil {
		return err
	}
	return tx.enqueueDelivery(ctx, d.ID)
}

func (tx *Tx) enqueueDelivery(ctx context.Context, ref id.Delivery) error {
	raw, err := outbound.JobPayload(ref)
	if err != nil {
		return err
	}
	j := jobs.Job{Kind: outbound.DeliverJob, Key: string(ref), Payload: raw}
	if j.ID, err = id.New[id.Job](tx.now, rand.Reader); err != nil {
		return err
	}
	return tx.Enqueue(ctx, j)
}

func deliveryValues(d *outbound.Delivery) []any {
	return []any{
		string(d.ID), string(d.WebhookID), d.EventID, d.Kind, d.Body, string(d.State), d.Attempts, d.LastStatus, d.LastResponse, d.LastError,
		d.Took.Microseconds(), micros(d.CreatedAt), micros(d.NextAt), micros(d.FinishedAt),
	}
}

const selectDelivery = "SELECT id, webhook_id, event_id, kind, body, state, attempts, last_status, last_response, last_error, took_micros, created_at, next_at, finished_at FROM webhook_delivery"

func scanDelivery(rows *sql.Rows, d *outbound.Delivery) error {
	var took int64
	err := rows.Scan(&d.ID, &d.WebhookID, &d.EventID, &d.Kind, &d.Body, &d.State, &d.Attempts, &d.LastStatus, &d.LastResponse, &d.LastError,
		&took, instant{&d.CreatedAt}, instant{&d.NextAt}, instant{&d.FinishedAt})
	d.Took = time.Duration(took) * time.Microsecond
	return err //nolint:wrapcheck // collect says what was read
}

// Delivery implements outbound.Store.
func (r reader) Delivery(ctx context.Context, ref id.Delivery) (outbound.Delivery, error) {
	rows, err := collect(ctx, r, from(selectDelivery).add(" WHERE id = ?", string(ref)), "read the delivery", scanDelivery)
	return first(rows, err, "there is no delivery %q", string(ref))
}

// Deliveries implements outbound.Store, newest first.
func (r reader) Deliveries(ctx context.Context, of id.Webhook, after id.Delivery, limit int) ([]outbound.Delivery, error) {
	q, err := newestFirst(from(selectDelivery).add(" WHERE webhook_id = ?", string(of)), "AND", "created_at", "delivery", after, func() (time.Time, error) {
		last, err := r.Delivery(ctx, after)
		return last.CreatedAt, err
	}, limit)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the deliveries", scanDelivery)
}

// CountDeliveries implements outbound.Store.
func (r reader) CountDeliveries(ctx context.Context, of id.Webhook) (total, dead, waiting int64, err error) {
	type row struct {
		state string
		n     int64
	}
	found, err := collect(ctx, r, from("SELECT state, count(*) FROM webhook_delivery").add(" WHERE webhook_id = ? GROUP BY state", string(of)), "count the deliveries",
		func(rows *sql.Rows, v *row) error { return rows.Scan(&v.state, &v.n) })
	for _, one := range found {
		total += one.n
		switch outbound.State(one.state) {
		case outbound.Dead:
			dead = one.n
		case outbound.Waiting:
			waiting = one.n
		case outbound.Delivered:
		}
	}
	return total, dead, waiting, err
}

// FinishDelivery implements outbound.Store.
func (s *Store) FinishDelivery(ctx context.Context, d outbound.Delivery) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.insert(ctx, deliveryTable, [][]any{deliveryValues(&d)}) })
}

// Redeliver implements outbound.Store.
func (s *Store) Redeliver(ctx context.Context, ref id.Delivery) error {
	return s.Write(ctx, func(tx *Tx) error {
		d, err := tx.Delivery(ctx, ref)
		if err != nil {
			return err
		}
		d.State, d.NextAt, d.FinishedAt = outbound.Waiting, tx.now, time.Time{}
		if err := tx.insert(ctx, deliveryTable, [][]any{deliveryValues(&d)}); err != nil {
			return err
		}
		return tx.enqueueDelivery(ctx, ref)
	})
}

// SweepDeliveries implements outbound.Store.
func (s *Store) SweepDeliveries(ctx context.Context, before time.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "delete old deliveries", "DELETE FROM webhook_delivery WHERE finished_at < $1", before.UnixMicro())
		return err
	})
}

// Bands implements outbound.Store.
func (r reader) Bands(ctx context.Context) (map[id.Account]string, error) {
	type row struct {
		account id.Account
		band    string
	}
	found, err := collect(ctx, r, from("SELECT account_id, band FROM outbound_band"), "read the bands",
		func(rows *sql.Rows, v *row) error { return rows.Scan(&v.account, &v.band) })
	out := make(map[id.Account]string, len(found))
	for _, one := range found {
		out[one.account] = one.band
	}
	return out, err
}

// SetBands implements outbound.Store.
func (s *Store) SetBands(ctx context.Context, bands map[id.Account]string, events []outbound.Event) error {
	t := table{name: "outbound_band", columns: []string{"account_id", "band"}, key: []string{"account_id"}}
	return s.Write(ctx, func(tx *Tx) error {
		values := make([][]any, 0, len(bands))
		for account, band := range bands {
			values = append(values, []any{string(account), band})
		}
		if err := tx.insert(ctx, t, values); err != nil {
			return err
		}
		return tx.Emit(ctx, "", events...)
	})
}

// tellImport tells of an import that is over.
func (tx *Tx) tellImport(ctx context.Context, r *ImportRun) error {
	if !r.State.Final() || r.DryRun {
		return nil
	}
	return tx.Emit(ctx, "", outbound.Event{
		ID: outbound.EventID(outbound.ImportFinished, string(r.ID)), Kind: outbound.ImportFinished, At: tx.now,
		Data: map[string]any{"import": map[string]any{
			"id": string(r.ID), "name": r.MappingName, "state": string(r.State), "rows_read": r.RowsRead, "rows_rejected": r.RowsRejected, "message": r.Message,
		}},
	})
}

// churnIsNews is how long ago an account may have left to be told of: an import of
// old exports is no news.
const churnIsNews = 14 * 24 * time.Hour

// tellChurn tells of an account that left.
func (tx *Tx) tellChurn(ctx context.Context, account id.Account, name string, at time.Time) error {
	if at.IsZero() || tx.now.Sub(at) > churnIsNews {
		return nil
	}
	return tx.Emit(ctx, "", outbound.Event{
		ID: outbound.EventID(outbound.AccountChurned, string(account), at.UTC().Format(time.DateOnly)), Kind: outbound.AccountChurned, At: tx.now,
		Data: map[string]any{"account": map[string]any{"id": string(account), "name": name}, "churned_at": at.UTC().Format(time.RFC3339)},
	})
}

// tellRun tells of a connection that begins to fail, and of one that works again.
func (tx *Tx) tellRun(ctx context.Context, was, now *connector.Connection) error {
	var kind string
	switch {
	case was.Failures == 0 && now.Failures > 0:
		kind = outbound.ConnectionFailed
	case was.Failures > 0 && now.Failures == 0 && now.LastError == "":
		kind = outbound.ConnectionRecovered
	default:
		return nil
	}
	return tx.Emit(ctx, "", outbound.Event{
		ID: outbound.EventID(kind, string(now.ID), now.LastRunAt.UTC().Format(time.RFC3339Nano)), Kind: kind, At: tx.now,
		Data: map[string]any{"connection": map[string]any{"id": string(now.ID), "name": was.Name, "kind": was.Kind, "error": now.LastError}},
	})
}
