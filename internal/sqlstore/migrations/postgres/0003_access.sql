-- Who may do what: users, and the credentials that stand for them. Only hashes of secrets are kept.
-- Text is compared byte by byte (COLLATE "C"), as SQLite does.
-- +goose Up
CREATE TABLE app_user (
    id            TEXT COLLATE "C" PRIMARY KEY,
    email         TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    role          TEXT COLLATE "C" NOT NULL,
    department    TEXT COLLATE "C" NOT NULL,
    disabled      BOOLEAN NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX app_user_email ON app_user (email);

CREATE TABLE credential (
    id           TEXT COLLATE "C" PRIMARY KEY,
    kind         TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL,
    hint         TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" REFERENCES app_user (id),
    role         TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT
);
CREATE UNIQUE INDEX credential_hash ON credential (hash);
CREATE INDEX credential_user ON credential (user_id);
CREATE INDEX credential_order ON credential (kind, created_at, id);
