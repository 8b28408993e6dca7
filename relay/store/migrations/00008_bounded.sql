-- +goose Up
-- The names of the scripts that were run in a session, in lower case: sessions are
-- found by them without reading their journals.
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
-- SQLite alone
INSERT INTO session_scripts (session, name)
    SELECT DISTINCT session, name FROM (
        SELECT e.session AS session, lower(json_extract(s.value, '$.name')) AS name
        FROM events e, json_each(CASE WHEN json_valid(e.data) THEN e.data ELSE '{}' END, '$.scripts') s
        WHERE e.kind = 'run.start' AND s.type = 'object' AND json_type(s.value, '$.name') = 'text'
    ) AS ran WHERE name <> '' AND length(name) <= 255;
-- both

-- A script that ran is looked for among all versions by its files, or by its
-- executable where they are not known: with the script in the index that is one
-- look, whatever else has the same files.
DROP INDEX script_versions_parts;
DROP INDEX script_versions_program;
CREATE INDEX script_versions_parts ON script_versions (parts, script);
CREATE INDEX script_versions_program ON script_versions (program, parts, script);

-- What one account has made, without reading all of its versions' other columns.
DROP INDEX script_versions_editor;
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored);

-- One CSR's sessions of a state, whatever others have.
DROP INDEX sessions_ended;
CREATE INDEX sessions_ended ON sessions (state, ended, id);
CREATE INDEX sessions_owner_ended ON sessions (owner, state, ended, id);
CREATE INDEX sessions_created ON sessions (created, id);

-- +goose Down
DROP INDEX sessions_created;
DROP INDEX sessions_owner_ended;
DROP INDEX sessions_ended;
CREATE INDEX sessions_ended ON sessions (state, ended);
DROP INDEX script_versions_editor;
CREATE INDEX script_versions_editor ON script_versions (editor);
DROP INDEX script_versions_program;
DROP INDEX script_versions_parts;
CREATE INDEX script_versions_program ON script_versions (program);
CREATE INDEX script_versions_parts ON script_versions (parts);
DROP TABLE session_scripts;
