-- What the product itself keeps: model versions, overrides, imports, views, audit, settings.
-- +goose Up
CREATE TABLE model_version (
    version    INTEGER PRIMARY KEY NOT NULL,
    created_at INTEGER NOT NULL,
    author_id  TEXT NOT NULL,
    note       TEXT NOT NULL,
    yaml       TEXT NOT NULL,
    checksum   TEXT NOT NULL
) STRICT;

CREATE TABLE health_override (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    scorecard  TEXT NOT NULL,
    band       TEXT NOT NULL,
    score      REAL,
    author     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;
CREATE INDEX health_override_account ON health_override (account_id, created_at, id);

CREATE TABLE import_run (
    id            TEXT PRIMARY KEY NOT NULL,
    mapping_name  TEXT NOT NULL,
    mapping_yaml  TEXT NOT NULL,
    state         TEXT NOT NULL,
    dry_run       INTEGER NOT NULL,
    user_id       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER,
    rows_total    INTEGER NOT NULL,
    rows_read     INTEGER NOT NULL,
    rows_rejected INTEGER NOT NULL,
    rejects_file  TEXT NOT NULL,
    message       TEXT NOT NULL,
    report        TEXT NOT NULL
) STRICT;
CREATE INDEX import_run_order ON import_run (created_at, id);
CREATE INDEX import_run_state ON import_run (state);

-- owner_id is '' for a view of the whole team.
CREATE TABLE saved_view (
    id         TEXT PRIMARY KEY NOT NULL,
    owner_id   TEXT NOT NULL,
    page       TEXT NOT NULL,
    name       TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_view_name ON saved_view (owner_id, page, name);

CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at          INTEGER NOT NULL,
    user_id     TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object_kind, object_id, seq);

CREATE TABLE setting (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
