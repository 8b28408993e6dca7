-- +goose Up
-- Who else than the author has signed a version of a script: their account, '' is nobody,
-- and their signature, in JSON: author.Second.
ALTER TABLE script_versions ADD COLUMN approver text NOT NULL DEFAULT '';
ALTER TABLE script_versions ADD COLUMN approval text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE script_versions DROP COLUMN approval;
ALTER TABLE script_versions DROP COLUMN approver;
