-- Texts of a model that somebody works on and that are not in force.
-- +goose Up
CREATE TABLE model_draft (
    id           TEXT COLLATE "C" PRIMARY KEY,
    name         TEXT COLLATE "C" NOT NULL,
    base_version BIGINT NOT NULL,
    author_id    TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C" NOT NULL,
    yaml         TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX model_draft_name ON model_draft (name);
