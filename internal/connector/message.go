package connector

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/jobs"
)

// decode reads JSON and keeps every digit of its numbers.
func decode(raw []byte, out any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return fault.Wrap(dec.Decode(out), "read stored JSON")
}

// Receive takes a message that a system sent: it is checked, noted and queued
// before it returns. False says that it was seen before. A wrong signature is
// Unauthorized, an unknown connection NotFound.
func (m *Manager) Receive(ctx context.Context, kind string, ref id.Connection, header http.Header, body []byte) (bool, error) {
	c, err := m.Store.Connection(ctx, ref)
	if err != nil || c.Kind != kind {
		return false, fault.New(fault.NotFound, "there is no such connection: copy the address from its page in Kept")
	}
	k, err := m.Kinds.Get("kind", c.Kind)
	if err != nil {
		return false, err
	}
	if k.Receive == nil {
		return false, fault.New(fault.NotFound, "%s sends nothing to Kept", k.Title)
	}
	cfg, err := m.settings(&c)
	if err != nil {
		return false, &fault.Error{Kind: fault.Unavailable, Msg: "the connection's secret cannot be read: enter it again", Err: err}
	}
	now := m.Clock.Now()
	msg, err := k.Receive(cfg, header, body, now)
	if err != nil {
		return false, err
	}
	payload, err := json.Marshal(queued{c.ID, msg})
	if err != nil {
		return false, fault.Wrap(err, "queue a message")
	}
	j := jobs.Job{Kind: MessageJob, Payload: payload, Key: string(c.ID) + "/" + msg.Object + "/" + msg.Ref, RunAt: now, MaxAttempts: jobs.DefaultAttempts}
	if j.ID, err = id.New[id.Job](now, rand.Reader); err != nil {
		return false, err
	}
	return m.Store.Accept(ctx, c.ID, msg, j)
}

// queued is the payload of a MessageJob.
type queued struct {
	Connection id.Connection `json:"connection"`
	Message    Message       `json:"message"`
}

// Work is the handler of MessageJob: it reads anew what the message is about,
// because messages come out of order and more than once.
func (m *Manager) Work(ctx context.Context, j jobs.Job) (err error) {
	var q queued
	if err := json.Unmarshal(j.Payload, &q); err != nil {
		return jobs.Permanent(err)
	}
	c, err := m.Store.Connection(ctx, q.Connection)
	if fault.Is(err, fault.NotFound) {
		return jobs.Permanent(err)
	}
	if err != nil {
		return err
	}
	sys, k, err := m.Open(&c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	can, ok := sys.(Refresher)
	if !ok {
		return jobs.Permanent(fault.New(fault.Internal, "%s cannot read single objects", k.Title))
	}
	mapping, _, err := m.MappingOf(&c, k)
	if err != nil {
		return err
	}
	loader := NewLoader(m.Deps, mapping, nil)
	found, err := can.Refresh(ctx, q.Message)
	if err != nil {
		return err
	}
	waits, err := m.Store.CountWaiting(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, one := range found {
		orphans, err := loader.Load(ctx, one.Stream, one.Rows)
		if err != nil {
			return err
		}
		if err := m.keepWaiting(ctx, c.ID, one.Stream, one.Rows, orphans, nil, &waits); err != nil {
			return err
		}
	}
	if m.Stored != nil {
		m.Stored(ctx)
	}
	return nil
}
