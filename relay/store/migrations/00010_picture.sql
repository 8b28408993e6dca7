-- +goose Up
ALTER TABLE sessions ADD COLUMN name text NOT NULL DEFAULT ''; -- what the CSR calls it
-- What the session's journal says of the present, in JSON: journal.Picture; '' is
-- nothing yet. It changes in the transaction that adds the events.
ALTER TABLE sessions ADD COLUMN picture text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sessions DROP COLUMN picture;
ALTER TABLE sessions DROP COLUMN name;
