-- +goose Up
-- The latest session numbers that were tried and that nobody waited for, by their
-- source: a /32 or /64. Who has tried too many is slowed. The numbers themselves are
-- not here.
CREATE TABLE wrong_numbers (
    source text NOT NULL,
    at     bigint NOT NULL
);
CREATE INDEX wrong_numbers_source ON wrong_numbers (source, at);
CREATE INDEX wrong_numbers_at ON wrong_numbers (at);

-- What of a source was tried up to a moment does not count any more.
CREATE TABLE unlocks (
    source text PRIMARY KEY,
    at     bigint NOT NULL
);

-- When an alarm was raised last, such as that about wrong numbers from everywhere.
CREATE TABLE alarms (
    name text PRIMARY KEY,
    at   bigint NOT NULL
);

-- +goose Down
DROP TABLE alarms;
DROP TABLE unlocks;
DROP TABLE wrong_numbers;
