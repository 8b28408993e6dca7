-- +goose Up
-- SHA-256 of a version's files without their names; '' where it was added before
-- there was this column, and is known by its executable alone.
ALTER TABLE script_versions ADD COLUMN parts text NOT NULL DEFAULT '';
CREATE INDEX script_versions_parts ON script_versions (parts);

-- How often scripts ran on customers' computers, in whatever version, as the
-- journals say.
CREATE TABLE script_uses (
    script text PRIMARY KEY,
    runs   bigint NOT NULL,
    last   bigint NOT NULL,
    ok     bigint NOT NULL
);
-- Of what was counted by executable, the last result is that of any version.
INSERT INTO script_uses (script, runs, last, ok)
    SELECT v.script, SUM(u.runs), MAX(u.last), MAX(u.ok)
    FROM (SELECT DISTINCT script, program FROM script_versions) v JOIN program_uses u ON u.program = v.program
    GROUP BY v.script;
DROP TABLE program_uses;

-- +goose Down
CREATE TABLE program_uses (
    program text PRIMARY KEY,
    runs    bigint NOT NULL,
    last    bigint NOT NULL,
    ok      bigint NOT NULL
);
DROP TABLE script_uses;
DROP INDEX script_versions_parts;
ALTER TABLE script_versions DROP COLUMN parts;
