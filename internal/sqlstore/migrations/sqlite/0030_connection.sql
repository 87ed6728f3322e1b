-- Connections to other systems, their runs and what waits, and the durable queue of jobs.
-- +goose Up
CREATE TABLE connection (
    id               TEXT PRIMARY KEY NOT NULL,
    name             TEXT NOT NULL,
    kind             TEXT NOT NULL,
    config           TEXT NOT NULL,
    sealed           TEXT NOT NULL,
    secret_set_at    INTEGER,
    mapping          TEXT NOT NULL,
    schedule_seconds INTEGER NOT NULL,
    paused           INTEGER NOT NULL,
    next_run_at      INTEGER,
    last_run_at      INTEGER,
    last_ok_at       INTEGER,
    failures         INTEGER NOT NULL,
    last_error       TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX connection_name ON connection (name);

CREATE TABLE connection_cursor (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    stream        TEXT NOT NULL,
    cursor_text   TEXT NOT NULL,
    row_count     INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (connection_id, stream)
) STRICT;

CREATE TABLE connection_run (
    id            TEXT PRIMARY KEY NOT NULL,
    connection_id TEXT NOT NULL REFERENCES connection (id),
    state         TEXT NOT NULL,
    cause         TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    finished_at   INTEGER,
    pages         INTEGER NOT NULL,
    rows_read     INTEGER NOT NULL,
    rows_rejected INTEGER NOT NULL,
    rows_waiting  INTEGER NOT NULL,
    message       TEXT NOT NULL,
    report        TEXT NOT NULL
) STRICT;
CREATE INDEX connection_run_order ON connection_run (connection_id, started_at, id);
CREATE INDEX connection_run_state ON connection_run (state);

-- Rows that refer to something that has not arrived yet.
CREATE TABLE connection_waiting (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    stream        TEXT NOT NULL,
    external      TEXT NOT NULL,
    row_text      TEXT NOT NULL,
    reason        TEXT NOT NULL,
    tries         INTEGER NOT NULL,
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    PRIMARY KEY (connection_id, stream, external)
) STRICT;

-- Messages that a system sent by itself, to know a repeated one.
CREATE TABLE connection_message (
    connection_id TEXT NOT NULL REFERENCES connection (id),
    external      TEXT NOT NULL,
    kind          TEXT NOT NULL,
    received_at   INTEGER NOT NULL,
    PRIMARY KEY (connection_id, external)
) STRICT;
CREATE INDEX connection_message_age ON connection_message (received_at);

CREATE TABLE job (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    job_key      TEXT NOT NULL,
    payload      TEXT NOT NULL,
    state        TEXT NOT NULL,
    run_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    lease_until  INTEGER,
    last_error   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT;
CREATE INDEX job_due ON job (state, run_at, id);
CREATE INDEX job_key ON job (kind, job_key, state);
