-- +goose Up
ALTER TABLE script_versions ADD COLUMN stored bigint NOT NULL DEFAULT 0; -- what the package takes in packages, in bytes
UPDATE script_versions SET stored = COALESCE((SELECT length(archive) FROM packages p WHERE p.sha256 = script_versions.sha256), 0);
CREATE INDEX script_versions_editor ON script_versions (editor);
CREATE INDEX scripts_owner ON scripts (owner);

-- +goose Down
DROP INDEX scripts_owner;
DROP INDEX script_versions_editor;
ALTER TABLE script_versions DROP COLUMN stored;
