-- Recorded evaluations: append-only, one row per account, instant, model version and origin.
CREATE TABLE evaluation (
    account       VARCHAR   NOT NULL,
    as_of         TIMESTAMP NOT NULL,
    recorded_at   TIMESTAMP NOT NULL,
    origin        VARCHAR   NOT NULL,
    model_version BIGINT    NOT NULL,
    scorecard     VARCHAR   NOT NULL,
    segment       VARCHAR   NOT NULL,
    score         DOUBLE,
    band          VARCHAR   NOT NULL,
    coverage      DOUBLE    NOT NULL,
    arr_minor     BIGINT    NOT NULL,
    detail        BLOB      NOT NULL
);
