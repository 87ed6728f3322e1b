-- Who may do what: users, and the credentials that stand for them. Only hashes of secrets are kept.
-- +goose Up
CREATE TABLE app_user (
    id            TEXT PRIMARY KEY NOT NULL,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    department    TEXT NOT NULL,
    disabled      INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX app_user_email ON app_user (email);

CREATE TABLE credential (
    id           TEXT PRIMARY KEY NOT NULL,
    kind         TEXT NOT NULL,
    hash         TEXT NOT NULL,
    hint         TEXT NOT NULL,
    name         TEXT NOT NULL,
    user_id      TEXT REFERENCES app_user (id),
    role         TEXT NOT NULL,
    source       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX credential_hash ON credential (hash);
CREATE INDEX credential_user ON credential (user_id);
CREATE INDEX credential_order ON credential (kind, created_at, id);
