-- +goose Up
-- Who has signed a version of a script: the fingerprint of their key, '' is nobody, and
-- what they have signed with the signature, in JSON: author.Signed.
ALTER TABLE script_versions ADD COLUMN signer text NOT NULL DEFAULT '';
ALTER TABLE script_versions ADD COLUMN signature text NOT NULL DEFAULT '';
-- The bytes that the signature takes: what one account has made is counted in the index.
ALTER TABLE script_versions ADD COLUMN signed bigint NOT NULL DEFAULT 0;
DROP INDEX script_versions_editor;
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored, signed);
-- What authors call this library in what they sign. The relay's keys are no name for it:
-- they are changed.
CREATE TABLE library (
    one bigint PRIMARY KEY CHECK (one = 1), -- there is one row
    id  text NOT NULL
);

-- +goose Down
DROP TABLE library;
DROP INDEX script_versions_editor;
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored);
ALTER TABLE script_versions DROP COLUMN signed;
ALTER TABLE script_versions DROP COLUMN signature;
ALTER TABLE script_versions DROP COLUMN signer;
