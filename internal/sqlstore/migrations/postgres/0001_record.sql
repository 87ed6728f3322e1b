-- The customer record. Instants are microseconds since 1970 in UTC; NULL is "none".
-- Text is compared byte by byte (COLLATE "C"), as SQLite does.
-- +goose Up
CREATE TABLE account (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    parent_id  TEXT COLLATE "C" REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    domain     TEXT COLLATE "C" NOT NULL,
    since      BIGINT,
    churned_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX account_parent ON account (parent_id);

CREATE TABLE product (
    id         TEXT COLLATE "C" PRIMARY KEY,
    key        TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX product_key ON product (key);

CREATE TABLE relationship (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    product_id TEXT COLLATE "C" NOT NULL REFERENCES product (id),
    since      BIGINT
);
CREATE UNIQUE INDEX relationship_account_product ON relationship (account_id, product_id);
CREATE INDEX relationship_product ON relationship (product_id);

CREATE TABLE contact (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    name       TEXT COLLATE "C" NOT NULL,
    email      TEXT COLLATE "C" NOT NULL,
    title      TEXT COLLATE "C" NOT NULL,
    role       TEXT COLLATE "C" NOT NULL,
    since      BIGINT,
    left_at    BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contact_account ON contact (account_id, id);
CREATE INDEX contact_email ON contact (email);

CREATE TABLE subscription (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    product_id TEXT COLLATE "C" REFERENCES product (id),
    renewal_of TEXT COLLATE "C" REFERENCES subscription (id) DEFERRABLE INITIALLY DEFERRED,
    plan       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX subscription_account ON subscription (account_id, id);
CREATE INDEX subscription_product ON subscription (product_id);
CREATE INDEX subscription_renewal ON subscription (renewal_of);

CREATE TABLE subscription_revision (
    seq             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id TEXT COLLATE "C" NOT NULL REFERENCES subscription (id),
    valid_from      BIGINT NOT NULL,
    known_at        BIGINT NOT NULL,
    arr_minor       BIGINT NOT NULL,
    currency        TEXT COLLATE "C" NOT NULL,
    seats           BIGINT NOT NULL,
    start_at        BIGINT NOT NULL,
    end_at          BIGINT,
    auto_renew      BOOLEAN NOT NULL,
    trial           BOOLEAN NOT NULL,
    end_reason      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX subscription_revision_order ON subscription_revision (subscription_id, valid_from, known_at, seq);

CREATE TABLE ticket (
    id             TEXT COLLATE "C" PRIMARY KEY,
    account_id     TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    product_id     TEXT COLLATE "C" REFERENCES product (id),
    subject        TEXT COLLATE "C" NOT NULL,
    priority       TEXT COLLATE "C" NOT NULL,
    state          TEXT COLLATE "C" NOT NULL,
    opened_at      BIGINT NOT NULL,
    solved_at      BIGINT,
    first_reply_at BIGINT,
    escalated      BOOLEAN NOT NULL,
    satisfaction   DOUBLE PRECISION,
    requester_name TEXT COLLATE "C" NOT NULL,
    updated_at     BIGINT NOT NULL
);
CREATE INDEX ticket_order ON ticket (account_id, opened_at DESC, id DESC);
CREATE INDEX ticket_product ON ticket (product_id);

CREATE TABLE activity (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    product_id TEXT COLLATE "C" REFERENCES product (id),
    contact_id TEXT COLLATE "C" REFERENCES contact (id),
    user_id    TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    body       TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX activity_order ON activity (account_id, at DESC, id DESC);
CREATE INDEX activity_product ON activity (product_id);
CREATE INDEX activity_contact ON activity (contact_id);

-- product_id is '' when the fact is about the whole account, so that it sorts
-- the same on every engine; the writer checks it.
CREATE TABLE fact (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES account (id),
    product_id TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    value_type TEXT COLLATE "C" NOT NULL,
    value_text TEXT COLLATE "C" NOT NULL,
    value_num  DOUBLE PRECISION NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to   BIGINT,
    known_at   BIGINT NOT NULL,
    source     TEXT COLLATE "C" NOT NULL,
    author     TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX fact_order ON fact (account_id, product_id, key, valid_from, known_at, seq);

CREATE TABLE attribute_def (
    key   TEXT COLLATE "C" PRIMARY KEY,
    title TEXT COLLATE "C" NOT NULL,
    type  TEXT COLLATE "C" NOT NULL,
    unit  TEXT COLLATE "C" NOT NULL
);

CREATE TABLE external_ref (
    source    TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    external  TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX external_ref_external ON external_ref (source, kind, external);
CREATE INDEX external_ref_object ON external_ref (kind, object_id);

-- One row per account that was ever written: the sequence of its newest write.
CREATE TABLE change (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX change_account ON change (account_id);
