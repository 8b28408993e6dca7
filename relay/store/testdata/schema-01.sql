-- What a relay with schema 1 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:Qkd2kVMGkKBAW4+ByN4PsG1QRyoP4y3ffE+3GLU/nzM','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILzIM3rU3/XtI6+bjSPocdEs9QAngZ+aYmVPurymOZn8',1795765729178);
INSERT INTO "account_keys" VALUES('SHA256:hytwwtp2RgZh+sxuFFobGQcfDqJT3AbqmWPnm8gzdN0','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGT09BxHexNhX6GdkucwZwl3xXk7WGIKuSJN0ZlO9Fii',1795765729226);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765729180);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765729228);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765729389);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:48:49');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:48:49');
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO "revisions" VALUES('accounts',4);
CREATE TABLE sessions (
    id       text PRIMARY KEY,
    number   text NOT NULL,
    state    text NOT NULL,
    owner    text NOT NULL, -- outlives the account
    customer text NOT NULL,
    host     text NOT NULL,
    os       text NOT NULL,
    identity text NOT NULL, -- the computer's key as in authorized_keys
    created  bigint NOT NULL,
    joined   bigint NOT NULL,
    away     bigint NOT NULL,
    ended    bigint NOT NULL,
    ended_by text NOT NULL,
    reason   text NOT NULL
);
INSERT INTO "sessions" VALUES('ZUEBFA47TNFEQPL4YYQJVKNCPI','423256614','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBRdBSP21trRng3QXU9w8XgW4lb33GO4WctcClgZdT/y',1795765729735,1795765730104,0,1795765732809,'alice','');
INSERT INTO "sessions" VALUES('SYZZB3R63S5CTLIAIRON4POB3H','484834243','waiting','alice','','','','',1795765729843,0,0,0,'','');
INSERT INTO "sessions" VALUES('LF73MBAD74BV55KK3PD263VNLX','576150785','ended','alice','','','','',1795765729960,0,0,1795765730084,'alice','');
CREATE INDEX account_keys_account ON account_keys (account);
CREATE UNIQUE INDEX sessions_number_open ON sessions (number) WHERE state <> 'ended';
CREATE UNIQUE INDEX sessions_identity ON sessions (identity) WHERE identity <> '';
CREATE INDEX sessions_number ON sessions (number);
CREATE INDEX sessions_owner ON sessions (owner, created);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',2);
COMMIT;
