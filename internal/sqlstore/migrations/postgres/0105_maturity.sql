-- Ratings of the company's own maturity, and what other companies told of theirs.
-- +goose Up
CREATE TABLE maturity_rating (
    id            TEXT COLLATE "C" PRIMARY KEY,
    rater_id      TEXT COLLATE "C" NOT NULL,
    questionnaire TEXT COLLATE "C" NOT NULL,
    answers       TEXT COLLATE "C" NOT NULL,
    notes         TEXT COLLATE "C" NOT NULL,
    rated_at      BIGINT NOT NULL
);
CREATE INDEX maturity_rating_time ON maturity_rating (rated_at);
CREATE TABLE maturity_peer (
    contributor   TEXT COLLATE "C" PRIMARY KEY,
    questionnaire TEXT COLLATE "C" NOT NULL,
    figures       TEXT COLLATE "C" NOT NULL,
    learned_at    BIGINT NOT NULL
);
