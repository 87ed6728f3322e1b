-- Identity across systems: proposed and made merges and splits (a split brings drop_id out of keep_id), which source wins, and what each source says.
-- +goose Up
CREATE TABLE account_merge (
    id         TEXT PRIMARY KEY NOT NULL,
    kind       TEXT NOT NULL,
    source     TEXT NOT NULL,
    keep_id    TEXT NOT NULL,
    drop_id    TEXT NOT NULL,
    state      TEXT NOT NULL,
    score      REAL NOT NULL,
    reasons    TEXT NOT NULL,
    moved      TEXT NOT NULL,
    note       TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    undone_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX account_merge_pair ON account_merge (keep_id, drop_id);
CREATE INDEX account_merge_order ON account_merge (state, score, id);

-- position 1 wins over 2; field '' is the order for fields without their own.
CREATE TABLE source_priority (
    field    TEXT NOT NULL,
    source   TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (field, source)
) STRICT;

-- The newest value that each source gave for a field of an account.
CREATE TABLE account_claim (
    account_id TEXT NOT NULL REFERENCES account (id),
    field      TEXT NOT NULL,
    source     TEXT NOT NULL,
    value_type TEXT NOT NULL,
    value_text TEXT NOT NULL,
    value_num  REAL NOT NULL,
    valid_from INTEGER,
    known_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, field, source)
) STRICT;
