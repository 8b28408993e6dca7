-- +goose Up
ALTER TABLE account_keys ADD COLUMN comment text NOT NULL DEFAULT ''; -- what its file said of it
ALTER TABLE account_keys ADD COLUMN used bigint NOT NULL DEFAULT 0;   -- when it logged in last, to the hour; 0 is never

-- +goose Down
ALTER TABLE account_keys DROP COLUMN used;
ALTER TABLE account_keys DROP COLUMN comment;
