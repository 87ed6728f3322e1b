-- Identity across systems: proposed and made merges and splits (a split brings drop_id out of keep_id), which source wins, and what each source says.
-- Text is compared byte by byte (COLLATE "C"), as SQLite does.
-- +goose Up
CREATE TABLE account_merge (
    id         TEXT COLLATE "C" PRIMARY KEY,
    kind       TEXT COLLATE "C" NOT NULL,
    source     TEXT COLLATE "C" NOT NULL,
    keep_id    TEXT COLLATE "C" NOT NULL,
    drop_id    TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    score      DOUBLE PRECISION NOT NULL,
    reasons    TEXT COLLATE "C" NOT NULL,
    moved      TEXT COLLATE "C" NOT NULL,
    note       TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    undone_at  BIGINT
);
CREATE UNIQUE INDEX account_merge_pair ON account_merge (keep_id, drop_id);
CREATE INDEX account_merge_order ON account_merge (state, score, id);

-- position 1 wins over 2; field '' is the order for fields without their own.
CREATE TABLE source_priority (
    field    TEXT COLLATE "C" NOT NULL,
    source   TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (field, source)
);

-- The newest value that each source gave for a field of an account.
CREATE TABLE account_claim (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    field      TEXT COLLATE "C" NOT NULL,
    source     TEXT COLLATE "C" NOT NULL,
    value_type TEXT COLLATE "C" NOT NULL,
    value_text TEXT COLLATE "C" NOT NULL,
    value_num  DOUBLE PRECISION NOT NULL,
    valid_from BIGINT,
    known_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, field, source)
);
