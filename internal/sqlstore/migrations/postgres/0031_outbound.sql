-- Webhooks that Kept sends, and what became of each delivery.
-- Text is compared byte by byte (COLLATE "C"), as SQLite does.
-- +goose Up
CREATE TABLE webhook (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    url        TEXT COLLATE "C" NOT NULL,
    kinds      TEXT COLLATE "C" NOT NULL,
    sealed     TEXT COLLATE "C" NOT NULL,
    paused     BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX webhook_name ON webhook (name);

CREATE TABLE webhook_delivery (
    id            TEXT COLLATE "C" PRIMARY KEY,
    webhook_id    TEXT COLLATE "C" NOT NULL REFERENCES webhook (id),
    event_id      TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    body          TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    attempts      BIGINT NOT NULL,
    last_status   BIGINT NOT NULL,
    last_response TEXT COLLATE "C" NOT NULL,
    last_error    TEXT COLLATE "C" NOT NULL,
    took_micros   BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    next_at       BIGINT,
    finished_at   BIGINT
);
CREATE INDEX webhook_delivery_order ON webhook_delivery (webhook_id, created_at, id);
CREATE UNIQUE INDEX webhook_delivery_event ON webhook_delivery (webhook_id, event_id);

-- The band that each account was last told to be in.
CREATE TABLE outbound_band (
    account_id TEXT COLLATE "C" PRIMARY KEY,
    band       TEXT COLLATE "C" NOT NULL
);
