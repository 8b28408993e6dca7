-- +goose Up
CREATE TABLE events (
    session text NOT NULL, -- outlives the row in sessions
    seq     bigint NOT NULL,
    time    bigint NOT NULL, -- microseconds since 1970
    kind    text NOT NULL,
    actor   text NOT NULL,
    data    bytes NOT NULL, -- JSON, byte for byte as it was hashed
    hash    text NOT NULL, -- the one before it is that of the event before
    total   bigint NOT NULL, -- bytes of data up to here
    PRIMARY KEY (session, seq)
);

CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);

-- +goose Down
DROP TABLE seals;
DROP TABLE events;
