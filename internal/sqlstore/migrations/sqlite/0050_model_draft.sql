-- Texts of a model that somebody works on and that are not in force.
-- +goose Up
CREATE TABLE model_draft (
    id           TEXT PRIMARY KEY NOT NULL,
    name         TEXT NOT NULL,
    base_version INTEGER NOT NULL,
    author_id    TEXT NOT NULL,
    note         TEXT NOT NULL,
    yaml         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX model_draft_name ON model_draft (name);
