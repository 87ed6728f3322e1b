-- Ratings of the company's own maturity, and what other companies told of theirs.
-- +goose Up
CREATE TABLE maturity_rating (
    id            TEXT PRIMARY KEY NOT NULL,
    rater_id      TEXT NOT NULL,
    questionnaire TEXT NOT NULL,
    answers       TEXT NOT NULL,
    notes         TEXT NOT NULL,
    rated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX maturity_rating_time ON maturity_rating (rated_at);
CREATE TABLE maturity_peer (
    contributor   TEXT PRIMARY KEY NOT NULL,
    questionnaire TEXT NOT NULL,
    figures       TEXT NOT NULL,
    learned_at    INTEGER NOT NULL
) STRICT;
