-- Words are stored once and events name them by code: code 0 means none and has
-- no row. A code is never given to another word; the text of an erased word is ''.
CREATE TABLE account (code UINTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE actor   (code UINTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE name    (code UINTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE product (code UINTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE source  (code UINTEGER NOT NULL, text VARCHAR NOT NULL);

-- hash is a 64-bit hash of message_id (see hash.go): what de-duplication looks for.
-- mark is the number of the change that stored or last attributed the row.
CREATE TABLE event (
    message_id  VARCHAR   NOT NULL,
    hash       UBIGINT   NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    known_at   TIMESTAMP NOT NULL,
    account    UINTEGER  NOT NULL,
    product    UINTEGER  NOT NULL,
    actor      UINTEGER  NOT NULL,
    name       UINTEGER  NOT NULL,
    source     UINTEGER  NOT NULL,
    value      DOUBLE,
    properties VARCHAR,
    mark       BIGINT    NOT NULL
);

-- An erased account keeps its mark, so that what was derived from it is dropped too.
CREATE TABLE erasure (account UINTEGER NOT NULL, mark BIGINT NOT NULL);

-- The same events in words, for people, exports and lists.
CREATE VIEW event_text AS
SELECT e.message_id, e.happened_at, e.known_at,
       coalesce(a.text, '') AS account, coalesce(p.text, '') AS product, coalesce(c.text, '') AS actor,
       coalesce(n.text, '') AS name, e.value, e.properties, coalesce(s.text, '') AS source
FROM event e
LEFT JOIN account a ON a.code = e.account
LEFT JOIN product p ON p.code = e.product
LEFT JOIN actor   c ON c.code = e.actor
LEFT JOIN name    n ON n.code = e.name
LEFT JOIN source  s ON s.code = e.source;
