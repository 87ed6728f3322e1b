package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/outbound"
	"kept/internal/secret"
)

// Webhooks is what the webhooks that Kept sends work with.
type Webhooks struct {
	Store outbound.Store
	Box   *secret.Box
	Local bool // plain http is allowed
}

// WebhookDraft is what a person enters for a webhook.
type WebhookDraft struct {
	Name   string   `json:"name" maxLength:"80"`
	URL    string   `json:"url" maxLength:"2000"`
	Kinds  []string `json:"kinds" maxItems:"20"`
	Paused bool     `json:"paused,omitempty"`
}

// WebhookRow is a webhook without its secret.
type WebhookRow struct {
	outbound.Webhook
	Deliveries int64 `json:"deliveries" doc:"Of the last 30 days."`
	Dead       int64 `json:"dead" doc:"Deliveries that failed for good."`
	Waiting    int64 `json:"waiting"`
}

// NewWebhook is a webhook at its creation, the only time its secret is shown.
type NewWebhook struct {
	WebhookRow
	Secret string `json:"secret"`
}

// DeliveryRow is one event on its way to one webhook.
type DeliveryRow struct {
	outbound.Delivery
	TookSeconds float64 `json:"took_seconds"`
}

type webhookInput struct{ Body WebhookDraft }

type webhookPathInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body WebhookDraft
}

func (s *Server) webhookRoutes() {
	const tag, base = "data", "/webhooks"
	one := base + "/{id}"
	get(s, endpoint{id: "list-webhook-kinds", method: http.MethodGet, path: "/webhook-kinds", tag: tag, need: canRead, summary: "What a webhook can subscribe to"}, s.webhookKinds)
	get(s, endpoint{id: "list-webhooks", method: http.MethodGet, path: base, tag: tag, need: canData, summary: "Webhooks that Kept sends"}, s.webhooks)
	get(s, endpoint{id: "create-webhook", method: http.MethodPost, path: base, tag: tag, need: canData, status: http.StatusCreated, summary: "Send events to an address"}, s.createWebhook)
	get(s, endpoint{id: "get-webhook", method: http.MethodGet, path: one, tag: tag, need: canData, summary: "One webhook"}, s.webhook)
	get(s, endpoint{id: "replace-webhook", method: http.MethodPut, path: one, tag: tag, need: canData, summary: "Change a webhook"}, s.replaceWebhook)
	act(s, endpoint{id: "delete-webhook", method: http.MethodDelete, path: one, tag: tag, need: canData, summary: "Stop sending to an address, and forget its log"}, s.deleteWebhook)
	get(s, endpoint{id: "rotate-webhook-secret", method: http.MethodPost, path: one + "/rotate", tag: tag, need: canData, summary: "A new signing secret; the old one ends at once"}, s.rotateWebhook)
	act(s, endpoint{id: "test-webhook", method: http.MethodPost, path: one + "/test", tag: tag, need: canData, status: http.StatusAccepted, summary: "Send a test event"}, s.testWebhook)
	get(s, endpoint{id: "list-webhook-deliveries", method: http.MethodGet, path: one + "/deliveries", tag: tag, need: canData, summary: "The log of deliveries, newest first"}, s.deliveries)
	get(s, endpoint{id: "redeliver", method: http.MethodPost, path: "/webhook-deliveries/{id}/redeliver", tag: tag, need: canData, status: http.StatusAccepted, summary: "Send a delivery again"}, s.redeliver)
}

func (s *Server) webhookKinds(context.Context, *none) (List[outbound.KindInfo], error) {
	return all(outbound.Kinds()), nil
}

func (s *Server) findWebhook(ctx context.Context, ref string) (outbound.Webhook, error) {
	one, err := id.Parse[id.Webhook]("id", ref)
	if err != nil {
		return outbound.Webhook{}, err
	}
	return s.opt.Webhooks.Store.Webhook(ctx, one)
}

func (s *Server) webhookRow(ctx context.Context, w outbound.Webhook) (WebhookRow, error) {
	row := WebhookRow{Webhook: w}
	row.Kinds = orEmpty(w.Kinds)
	var err error
	row.Deliveries, row.Dead, row.Waiting, err = s.opt.Webhooks.Store.CountDeliveries(ctx, w.ID)
	return row, err
}

func (s *Server) webhooks(ctx context.Context, _ *none) (List[WebhookRow], error) {
	found, err := s.opt.Webhooks.Store.Webhooks(ctx)
	if err != nil {
		return List[WebhookRow]{}, err
	}
	rows := make([]WebhookRow, len(found))
	for i := range found {
		if rows[i], err = s.webhookRow(ctx, found[i]); err != nil {
			return List[WebhookRow]{}, err
		}
	}
	return all(rows), nil
}

func (s *Server) webhook(ctx context.Context, in *idPath) (WebhookRow, error) {
	w, err := s.findWebhook(ctx, in.ID)
	if err != nil {
		return WebhookRow{}, err
	}
	return s.webhookRow(ctx, w)
}

// sealNew gives a webhook a fresh secret and returns it.
func (s *Server) sealNew(w *outbound.Webhook) (string, error) {
	text, err := outbound.NewSecret()
	if err != nil {
		return "", err
	}
	w.Sealed, err = s.opt.Webhooks.Box.Seal(string(w.ID), []byte(text))
	return text, err
}

func (s *Server) putWebhook(ctx context.Context, w *outbound.Webhook, d *WebhookDraft) error {
	w.Name, w.URL, w.Kinds, w.Paused = d.Name, d.URL, d.Kinds, d.Paused
	if err := w.Check(s.opt.Webhooks.Local); err != nil {
		return err
	}
	if err := s.opt.Webhooks.Store.PutWebhook(ctx, *w); err != nil {
		return err
	}
	stored, err := s.opt.Webhooks.Store.Webhook(ctx, w.ID)
	*w = stored
	return err
}

func (s *Server) createWebhook(ctx context.Context, in *webhookInput) (NewWebhook, error) {
	var w outbound.Webhook
	var out NewWebhook
	var err error
	if w.ID, err = id.New[id.Webhook](s.clock.Now(), rand.Reader); err != nil {
		return out, err
	}
	if out.Secret, err = s.sealNew(&w); err != nil {
		return out, err
	}
	if err := s.putWebhook(ctx, &w, &in.Body); err != nil {
		return NewWebhook{}, err
	}
	if out.WebhookRow, err = s.webhookRow(ctx, w); err != nil {
		return NewWebhook{}, err
	}
	return out, s.audit(ctx, "create", "webhook", string(w.ID), "")
}

func (s *Server) replaceWebhook(ctx context.Context, in *webhookPathInput) (WebhookRow, error) {
	w, err := s.findWebhook(ctx, in.ID)
	if err != nil {
		return WebhookRow{}, err
	}
	if err := s.putWebhook(ctx, &w, &in.Body); err != nil {
		return WebhookRow{}, err
	}
	if err := s.audit(ctx, "update", "webhook", string(w.ID), ""); err != nil {
		return WebhookRow{}, err
	}
	return s.webhookRow(ctx, w)
}

func (s *Server) deleteWebhook(ctx context.Context, in *idPath) error {
	w, err := s.findWebhook(ctx, in.ID)
	if err != nil {
		return err
	}
	if err := s.opt.Webhooks.Store.DeleteWebhook(ctx, w.ID); err != nil {
		return err
	}
	return s.audit(ctx, "delete", "webhook", string(w.ID), "")
}

func (s *Server) rotateWebhook(ctx context.Context, in *idPath) (NewWebhook, error) {
	var out NewWebhook
	w, err := s.findWebhook(ctx, in.ID)
	if err != nil {
		return out, err
	}
	if out.Secret, err = s.sealNew(&w); err != nil {
		return out, err
	}
	if err := s.opt.Webhooks.Store.PutWebhook(ctx, w); err != nil {
		return NewWebhook{}, err
	}
	if out.WebhookRow, err = s.webhookRow(ctx, w); err != nil {
		return NewWebhook{}, err
	}
	return out, s.audit(ctx, "rotate", "webhook", string(w.ID), "")
}

func (s *Server) testWebhook(ctx context.Context, in *idPath) error {
	w, err := s.findWebhook(ctx, in.ID)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	return s.opt.Webhooks.Store.Emit(ctx, w.ID, outbound.Event{
		ID: outbound.EventID(outbound.Test, string(w.ID), now.Format(time.RFC3339Nano)), Kind: outbound.Test, At: now,
		Data: map[string]any{"says": "This is a test of the webhook " + w.Name + "."},
	})
}

func (s *Server) deliveries(ctx context.Context, in *connectionRunsInput) (List[DeliveryRow], error) {
	out := List[DeliveryRow]{Items: []DeliveryRow{}}
	w, err := s.findWebhook(ctx, in.ID)
	if err != nil {
		return out, err
	}
	after, err := decodeCursor(in.Cursor, "deliveries", in.ID)
	if err != nil {
		return out, err
	}
	limit := limitOf(in.Paged)
	found, err := s.opt.Webhooks.Store.Deliveries(ctx, w.ID, id.Delivery(after), limit+1)
	if err != nil {
		return out, err
	}
	for _, d := range found[:min(limit, len(found))] {
		out.Items = append(out.Items, DeliveryRow{Delivery: d, TookSeconds: d.Took.Seconds()})
	}
	if len(found) > limit {
		out.NextCursor = encodeCursor(string(found[limit-1].ID), "deliveries", in.ID)
	}
	out.Total, _, _, err = s.opt.Webhooks.Store.CountDeliveries(ctx, w.ID)
	return out, err
}

func (s *Server) redeliver(ctx context.Context, in *idPath) (DeliveryRow, error) {
	ref, err := id.Parse[id.Delivery]("id", in.ID)
	if err != nil {
		return DeliveryRow{}, err
	}
	d, err := s.opt.Webhooks.Store.Delivery(ctx, ref)
	if err != nil {
		return DeliveryRow{}, err
	}
	if d.State == outbound.Waiting {
		return DeliveryRow{}, fault.New(fault.Conflict, "the delivery is on its way already")
	}
	if err := s.opt.Webhooks.Store.Redeliver(ctx, ref); err != nil {
		return DeliveryRow{}, err
	}
	if err := s.audit(ctx, "redeliver", "webhook", string(d.WebhookID), string(ref)); err != nil {
		return DeliveryRow{}, err
	}
	if d, err = s.opt.Webhooks.Store.Delivery(ctx, ref); err != nil {
		return DeliveryRow{}, err
	}
	return DeliveryRow{Delivery: d, TookSeconds: d.Took.Seconds()}, nil
}
