-- What the product itself keeps: model versions, overrides, imports, views, audit, settings.
-- Text is compared byte by byte (COLLATE "C"), as SQLite does.
-- +goose Up
CREATE TABLE model_version (
    version    BIGINT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    author_id  TEXT COLLATE "C" NOT NULL,
    note       TEXT COLLATE "C" NOT NULL,
    yaml       TEXT COLLATE "C" NOT NULL,
    checksum   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE health_override (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    scorecard  TEXT COLLATE "C" NOT NULL,
    band       TEXT COLLATE "C" NOT NULL,
    score      DOUBLE PRECISION,
    author     TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX health_override_account ON health_override (account_id, created_at, id);

CREATE TABLE import_run (
    id            TEXT COLLATE "C" PRIMARY KEY,
    mapping_name  TEXT COLLATE "C" NOT NULL,
    mapping_yaml  TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL,
    dry_run       BOOLEAN NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    started_at    BIGINT,
    finished_at   BIGINT,
    rows_total    BIGINT NOT NULL,
    rows_read     BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    rejects_file  TEXT COLLATE "C" NOT NULL,
    message       TEXT COLLATE "C" NOT NULL,
    report        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX import_run_order ON import_run (created_at, id);
CREATE INDEX import_run_state ON import_run (state);

-- owner_id is '' for a view of the whole team.
CREATE TABLE saved_view (
    id         TEXT COLLATE "C" PRIMARY KEY,
    owner_id   TEXT COLLATE "C" NOT NULL,
    page       TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    definition TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (owner_id, page, name);

CREATE TABLE audit (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          BIGINT NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    action      TEXT COLLATE "C" NOT NULL,
    object_kind TEXT COLLATE "C" NOT NULL,
    object_id   TEXT COLLATE "C" NOT NULL,
    detail      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_object ON audit (object_kind, object_id, seq);

CREATE TABLE setting (
    key   TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
