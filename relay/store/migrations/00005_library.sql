-- +goose Up
CREATE TABLE scripts (
    id          text PRIMARY KEY,
    key         text NOT NULL UNIQUE, -- the name without regard to case and Unicode form
    name        text NOT NULL,
    category    text NOT NULL REFERENCES categories (name),
    description text NOT NULL,
    owner       text NOT NULL, -- outlives the account
    published   bigint NOT NULL,
    created     bigint NOT NULL,
    version     bigint NOT NULL -- the current one
);
CREATE INDEX scripts_category ON scripts (category);

-- Every state of every script, also of those that were deleted: a report can show
-- what ran.
CREATE TABLE script_versions (
    script     text NOT NULL,
    version    bigint NOT NULL,
    name       text NOT NULL,
    editor     text NOT NULL,
    changed    bigint NOT NULL,
    published  bigint NOT NULL, -- whether it was then
    executable text NOT NULL,
    program    text NOT NULL, -- SHA-256 of the executable alone, as customers are shown it
    size       bigint NOT NULL,
    sha256     text NOT NULL, -- of the package
    PRIMARY KEY (script, version)
);
CREATE INDEX script_versions_program ON script_versions (program);

-- The packages, each once.
CREATE TABLE packages (
    sha256  text PRIMARY KEY,
    archive text NOT NULL -- tar in base64: a column for bytes has another name in every database
);

-- How often programs ran on customers' computers, as their journals say.
CREATE TABLE program_uses (
    program text PRIMARY KEY, -- SHA-256
    runs    bigint NOT NULL,
    last    bigint NOT NULL,
    ok      bigint NOT NULL
);

-- +goose Down
DROP TABLE program_uses;
DROP TABLE packages;
DROP TABLE script_versions;
DROP TABLE scripts;
