-- +goose Up
ALTER TABLE sessions ADD COLUMN ticket text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN note text NOT NULL DEFAULT '';

-- What is left of a session's journal whose time of retention is over.
CREATE TABLE tombstones (
    session text PRIMARY KEY,
    header  text NOT NULL -- of its report, in JSON
);

-- A journal is mostly output of scripts: what a report begins with is found
-- without reading it. Queries repeat the condition as it stands here.
CREATE INDEX events_outline ON events (session, seq) WHERE kind <> 'script.output';
CREATE INDEX events_presence ON events (session, seq)
    WHERE kind IN ('session.join', 'session.resume', 'session.lost', 'session.end', 'connection.open', 'reboot.return');
CREATE INDEX events_runs ON events (session, seq) WHERE kind = 'run.start';
CREATE INDEX sessions_ended ON sessions (state, ended);

-- +goose Down
DROP INDEX sessions_ended;
DROP INDEX events_runs;
DROP INDEX events_presence;
DROP INDEX events_outline;
DROP TABLE tombstones;
ALTER TABLE sessions DROP COLUMN note;
ALTER TABLE sessions DROP COLUMN ticket;
