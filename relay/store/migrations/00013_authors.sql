-- +goose Up
-- Who has signed a version of a script: the fingerprint of their key, '' is nobody, and
-- what they have signed with the signature, in JSON: author.Signed.
ALTER TABLE script_versions ADD COLUMN signer text NOT NULL DEFAULT '';
ALTER TABLE script_versions ADD COLUMN signature text NOT NULL DEFAULT '';
-- The bytes that the signature takes: what one account has made is counted in the index.
ALTER TABLE script_versions ADD COLUMN signed bigint NOT NULL DEFAULT 0;
DROP INDEX script_versions_editor;
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored, signed);

-- +goose Down
DROP INDEX script_versions_editor;
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored);
ALTER TABLE script_versions DROP COLUMN signed;
ALTER TABLE script_versions DROP COLUMN signature;
ALTER TABLE script_versions DROP COLUMN signer;
