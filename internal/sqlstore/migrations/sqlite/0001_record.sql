-- The customer record. Instants are microseconds since 1970 in UTC; NULL is "none".
-- +goose Up
CREATE TABLE account (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    parent_id  TEXT REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    domain     TEXT NOT NULL,
    since      INTEGER,
    churned_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_parent ON account (parent_id);

CREATE TABLE product (
    id         TEXT PRIMARY KEY NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX product_key ON product (key);

CREATE TABLE relationship (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    product_id TEXT NOT NULL REFERENCES product (id),
    since      INTEGER
) STRICT;
CREATE UNIQUE INDEX relationship_account_product ON relationship (account_id, product_id);
CREATE INDEX relationship_product ON relationship (product_id);

CREATE TABLE contact (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    title      TEXT NOT NULL,
    role       TEXT NOT NULL,
    since      INTEGER,
    left_at    INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_account ON contact (account_id, id);
CREATE INDEX contact_email ON contact (email);

CREATE TABLE subscription (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    product_id TEXT REFERENCES product (id),
    renewal_of TEXT REFERENCES subscription (id) DEFERRABLE INITIALLY DEFERRED,
    plan       TEXT NOT NULL
) STRICT;
CREATE INDEX subscription_account ON subscription (account_id, id);
CREATE INDEX subscription_product ON subscription (product_id);
CREATE INDEX subscription_renewal ON subscription (renewal_of);

CREATE TABLE subscription_revision (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    subscription_id TEXT NOT NULL REFERENCES subscription (id),
    valid_from      INTEGER NOT NULL,
    known_at        INTEGER NOT NULL,
    arr_minor       INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    seats           INTEGER NOT NULL,
    start_at        INTEGER NOT NULL,
    end_at          INTEGER,
    auto_renew      INTEGER NOT NULL,
    trial           INTEGER NOT NULL,
    end_reason      TEXT NOT NULL
) STRICT;
CREATE INDEX subscription_revision_order ON subscription_revision (subscription_id, valid_from, known_at, seq);

CREATE TABLE ticket (
    id             TEXT PRIMARY KEY NOT NULL,
    account_id     TEXT NOT NULL REFERENCES account (id),
    product_id     TEXT REFERENCES product (id),
    subject        TEXT NOT NULL,
    priority       TEXT NOT NULL,
    state          TEXT NOT NULL,
    opened_at      INTEGER NOT NULL,
    solved_at      INTEGER,
    first_reply_at INTEGER,
    escalated      INTEGER NOT NULL,
    satisfaction   REAL,
    requester_name TEXT NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_order ON ticket (account_id, opened_at DESC, id DESC);
CREATE INDEX ticket_product ON ticket (product_id);

CREATE TABLE activity (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    product_id TEXT REFERENCES product (id),
    contact_id TEXT REFERENCES contact (id),
    user_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_order ON activity (account_id, at DESC, id DESC);
CREATE INDEX activity_product ON activity (product_id);
CREATE INDEX activity_contact ON activity (contact_id);

-- product_id is '' when the fact is about the whole account, so that it sorts
-- the same on every engine; the writer checks it.
CREATE TABLE fact (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    product_id TEXT NOT NULL,
    key        TEXT NOT NULL,
    value_type TEXT NOT NULL,
    value_text TEXT NOT NULL,
    value_num  REAL NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to   INTEGER,
    known_at   INTEGER NOT NULL,
    source     TEXT NOT NULL,
    author     TEXT NOT NULL,
    reason     TEXT NOT NULL
) STRICT;
CREATE INDEX fact_order ON fact (account_id, product_id, key, valid_from, known_at, seq);

CREATE TABLE attribute_def (
    key   TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    type  TEXT NOT NULL,
    unit  TEXT NOT NULL
) STRICT;

CREATE TABLE external_ref (
    source    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    external  TEXT NOT NULL,
    object_id TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX external_ref_external ON external_ref (source, kind, external);
CREATE INDEX external_ref_object ON external_ref (kind, object_id);

-- One row per account that was ever written: the sequence of its newest write.
CREATE TABLE change (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX change_account ON change (account_id);
