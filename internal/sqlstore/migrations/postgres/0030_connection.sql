-- Connections to other systems, their runs and what waits, and the durable queue of jobs.
-- Text is compared byte by byte (COLLATE "C"), as SQLite does.
-- +goose Up
CREATE TABLE connection (
    id               TEXT COLLATE "C" PRIMARY KEY,
    name             TEXT COLLATE "C" NOT NULL,
    kind             TEXT COLLATE "C" NOT NULL,
    config           TEXT COLLATE "C" NOT NULL,
    sealed           TEXT COLLATE "C" NOT NULL,
    secret_set_at    BIGINT,
    mapping          TEXT COLLATE "C" NOT NULL,
    schedule_seconds BIGINT NOT NULL,
    paused           BOOLEAN NOT NULL,
    next_run_at      BIGINT,
    last_run_at      BIGINT,
    last_ok_at       BIGINT,
    failures         BIGINT NOT NULL,
    last_error       TEXT COLLATE "C" NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX connection_name ON connection (name);

CREATE TABLE connection_cursor (
    connection_id TEXT COLLATE "C" NOT NULL REFERENCES connection (id),
    stream        TEXT COLLATE "C" NOT NULL,
    cursor_text   TEXT COLLATE "C" NOT NULL,
    row_count     BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (connection_id, stream)
);

CREATE TABLE connection_run (
    id            TEXT COLLATE "C" PRIMARY KEY,
    connection_id TEXT COLLATE "C" NOT NULL REFERENCES connection (id),
    state         TEXT COLLATE "C" NOT NULL,
    cause         TEXT COLLATE "C" NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    started_at    BIGINT NOT NULL,
    finished_at   BIGINT,
    pages         BIGINT NOT NULL,
    rows_read     BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    rows_waiting  BIGINT NOT NULL,
    message       TEXT COLLATE "C" NOT NULL,
    report        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX connection_run_order ON connection_run (connection_id, started_at, id);
CREATE INDEX connection_run_state ON connection_run (state);

-- Rows that refer to something that has not arrived yet.
CREATE TABLE connection_waiting (
    connection_id TEXT COLLATE "C" NOT NULL REFERENCES connection (id),
    stream        TEXT COLLATE "C" NOT NULL,
    external      TEXT COLLATE "C" NOT NULL,
    row_text      TEXT COLLATE "C" NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL,
    tries         BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    PRIMARY KEY (connection_id, stream, external)
);

-- Messages that a system sent by itself, to know a repeated one.
CREATE TABLE connection_message (
    connection_id TEXT COLLATE "C" NOT NULL REFERENCES connection (id),
    external      TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    received_at   BIGINT NOT NULL,
    PRIMARY KEY (connection_id, external)
);
CREATE INDEX connection_message_age ON connection_message (received_at);

CREATE TABLE job (
    id           TEXT COLLATE "C" PRIMARY KEY,
    kind         TEXT COLLATE "C" NOT NULL,
    job_key      TEXT COLLATE "C" NOT NULL,
    payload      TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    run_at       BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    lease_until  BIGINT,
    last_error   TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT
);
CREATE INDEX job_due ON job (state, run_at, id);
CREATE INDEX job_key ON job (kind, job_key, state);
