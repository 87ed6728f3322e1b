-- Which events a move gave to another account, so that it can be taken back.
CREATE TABLE event_move (move VARCHAR NOT NULL, hash UBIGINT NOT NULL, message_id VARCHAR NOT NULL);
