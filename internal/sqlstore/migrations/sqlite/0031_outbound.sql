-- Webhooks that Kept sends, and what became of each delivery.
-- +goose Up
CREATE TABLE webhook (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    sealed     TEXT NOT NULL,
    paused     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX webhook_name ON webhook (name);

CREATE TABLE webhook_delivery (
    id            TEXT PRIMARY KEY NOT NULL,
    webhook_id    TEXT NOT NULL REFERENCES webhook (id),
    event_id      TEXT NOT NULL,
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    state         TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    last_status   INTEGER NOT NULL,
    last_response TEXT NOT NULL,
    last_error    TEXT NOT NULL,
    took_micros   INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    next_at       INTEGER,
    finished_at   INTEGER
) STRICT;
CREATE INDEX webhook_delivery_order ON webhook_delivery (webhook_id, created_at, id);
CREATE UNIQUE INDEX webhook_delivery_event ON webhook_delivery (webhook_id, event_id);

-- The band that each account was last told to be in.
CREATE TABLE outbound_band (
    account_id TEXT PRIMARY KEY NOT NULL,
    band       TEXT NOT NULL
) STRICT;
