-- +goose Up
-- Several relays on one database are a group. One of them holds a session: its computer's
-- tunnel ends there. Each time a relay takes it, its generation grows, and who has an
-- older one writes nothing about it any more.
ALTER TABLE sessions ADD COLUMN node text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN generation bigint NOT NULL DEFAULT 0;

-- Grows with every change of any row, so that the relays of a group see cheaply what
-- another one has changed. In SQLite, which has one relay, it stays 0.
ALTER TABLE sessions ADD COLUMN change_number bigint NOT NULL DEFAULT 0;
ALTER TABLE wrong_numbers ADD COLUMN change_number bigint NOT NULL DEFAULT 0;
ALTER TABLE wrong_numbers ADD COLUMN node text NOT NULL DEFAULT ''; -- the relay that it was tried at

-- The relays of a group.
CREATE TABLE nodes (
    name   text PRIMARY KEY,
    holder text NOT NULL, -- the process, by a random text
    peer   text NOT NULL, -- HOST:PORT, where the others reach it
    keys   text NOT NULL, -- the fingerprints of the group's keys, as it has them
    names  text NOT NULL, -- what customers call it, one in a line
    until  bigint NOT NULL -- the end of its lease, by the database's clock
);
-- PostgreSQL alone
CREATE SEQUENCE changes;
-- One transaction writes at a time, so numbers are given in the order of the commits.
-- +goose StatementBegin
CREATE FUNCTION note_change() RETURNS trigger AS $$
BEGIN
    NEW.change_number := nextval(format('%I.changes', TG_TABLE_SCHEMA));
    PERFORM pg_notify('supportd_changes', TG_TABLE_SCHEMA::text);
    RETURN NEW;
END
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION tell_change() RETURNS trigger AS $$
BEGIN
    PERFORM pg_notify('supportd_changes', TG_TABLE_SCHEMA::text);
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER revisions_changed AFTER UPDATE ON revisions FOR EACH STATEMENT EXECUTE FUNCTION tell_change();
CREATE TRIGGER sessions_changed BEFORE INSERT OR UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER wrong_numbers_changed BEFORE INSERT OR UPDATE ON wrong_numbers FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE INDEX sessions_changed ON sessions (change_number);
CREATE INDEX wrong_numbers_changed ON wrong_numbers (change_number);
-- both

-- +goose Down
-- PostgreSQL alone
DROP INDEX wrong_numbers_changed;
DROP INDEX sessions_changed;
DROP TRIGGER wrong_numbers_changed ON wrong_numbers;
DROP TRIGGER sessions_changed ON sessions;
DROP TRIGGER revisions_changed ON revisions;
DROP FUNCTION tell_change();
DROP FUNCTION note_change();
DROP SEQUENCE changes;
-- both
DROP TABLE nodes;
ALTER TABLE wrong_numbers DROP COLUMN node;
ALTER TABLE wrong_numbers DROP COLUMN change_number;
ALTER TABLE sessions DROP COLUMN change_number;
ALTER TABLE sessions DROP COLUMN generation;
ALTER TABLE sessions DROP COLUMN node;
