-- What a relay with schema 12 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
, comment text NOT NULL DEFAULT '', used bigint NOT NULL DEFAULT 0);
INSERT INTO "account_keys" VALUES('SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA4GkyRPfErxCd1KDZdzwCOHHZxsp6b1Sj0eNcEFacT6',1795765900931,'alice@laptop',1795762800000);
INSERT INTO "account_keys" VALUES('SHA256:IJ2GyAM8ny3S7GR/SCM7/zPYaQLHpwW+YUF+zzF2Pvs','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJ9EgAULrZEMQ4+5Hc2uHgQcV15x0c6+o+OEf5Ua136',1795765900965,'carol@laptop',0);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765900947);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765900967);
CREATE TABLE alarms (
    name text PRIMARY KEY,
    at   bigint NOT NULL
);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('General',1795765900868);
INSERT INTO "categories" VALUES('Network',1795765901230);
CREATE TABLE events (
    session text NOT NULL, -- outlives the row in sessions
    seq     bigint NOT NULL,
    time    bigint NOT NULL, -- microseconds since 1970
    kind    text NOT NULL,
    actor   text NOT NULL,
    data    text NOT NULL, -- JSON, byte for byte as it was hashed
    hash    text NOT NULL, -- the one before it is that of the event before
    total   bigint NOT NULL, -- bytes of data up to here
    PRIMARY KEY (session, seq)
);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',1,1795765901706190,'session.join','customer','{"number":"189968854","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','5d09b74f92312c2f344d408826f906d3a52ca80381d34813dbbab4b9a09c0d3a',424);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',2,1795765901746516,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"}]}','0bd6dc724e291f8c960282ccbdbca7cb988560eb1e75836bb278363c92a2a396',819);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',3,1795765901983728,'connection.open','alice','{"id":"642c8699f70f","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"},"from":"127.0.0.1:0"}','ed89b37bd37fada2886ff1e160a802a330b40ac010f8ef1f6309b382e77d1b81',1249);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',4,1795765902008199,'connection.close','alice','{"id":"642c8699f70f","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"}}','28c24cceb66cc87f994f3a13c5407840c3b268cd70d01c4ffb75edbb9eac8290',1659);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',5,1795765902102112,'connection.open','alice','{"id":"f100405c1617","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"},"from":"127.0.0.1:0"}','f04ad03004c14d15706b2b11a7adb1b55a2b2d5e4846a43cba1db481bf9b3244',2089);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',6,1795765902162465,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','7fb2eb3c1457e85c7044249b81aad171bf227075a5fff8668bb12a68ebff4048',2463);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',7,1795765902181966,'connection.close','alice','{"id":"f100405c1617","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"}}','28ce573b96629aea7ccb19d71939bfe6dd6d1af73dd5e3bc37cff8c9ae8078e2',2873);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',8,1795765902275303,'connection.open','alice','{"id":"0e98c4d8e7c0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"},"from":"127.0.0.1:0"}','be7a21aa2ef090b669338d6e25ae18ef3ae3919e8ea85fab34cead299113925e',3303);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',9,1795765902284597,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','f31e2aebe456d51d638a65c03e174a1a7586c1917fffc248ae2629869c0d4194',3815);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',10,1795765902294154,'sysinfo.view','alice','{"categories":["os"]}','6683a7eeedae5690971adf67b7ebe0a771db4800e2692c7d6aec535b704fd025',4109);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',11,1795765902312912,'connection.close','alice','{"id":"0e98c4d8e7c0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"}}','316799dd136211801b53520134dcff821a69955d106e4de56152f2071bccb009',4519);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',12,1795765902373416,'connection.open','alice','{"id":"1e8f69fa4955","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"},"from":"127.0.0.1:0"}','aa6d2750f7abacbfd32ec31afb3b4490c5210d209faab437e2bbc5a210e69109',4949);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',13,1795765902386136,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root"},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','42862e35cb3ad9639e1620afcc0eb2c922b1ce2c4db4e575dec0a4020e0cc069',5570);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',14,1795765902387855,'run.start','alice','{"id":"105d05d6c2ee","run":"105d05d6c2ee","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','925db12d6c9b89113e7698afb322c9404b902872a3c2d6f52f6b82be1835278e',6075);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',15,1795765902388406,'script.start','alice','{"id":"105d05d6c2ee/1","run":"105d05d6c2ee","step":1,"text":"fix.sh"}','9a8d40b2fe028976bdc69709686193fe709b44218c4bd0cc6dec4896ef0122c5',6417);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',16,1795765902499258,'script.output','alice','{"id":"105d05d6c2ee/1","run":"105d05d6c2ee","step":1,"stream":"stdout","text":"fixed\n"}','11a26fcd767329c10ac1caba16c32b387d2a9527826a391f57cfaea2a3a0471f',6779);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',17,1795765902743373,'script.exit','alice','{"id":"105d05d6c2ee/1","run":"105d05d6c2ee","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":342837614,"bytes":6}}','d6cfda0601305b071e6b5d1e3f05dce87abb21fb02ad7d24863123a308c968df',7187);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',18,1795765902748521,'run.end','alice','{"id":"105d05d6c2ee","run":"105d05d6c2ee","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":342837614,"bytes":6}]}','bb16ade98d52fc40ea2c44a1a67751b2f65b70f913b7cc0d53829c86b194b0ab',7583);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',19,1795765902772066,'connection.close','alice','{"id":"1e8f69fa4955","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo"}}','24cf8cd3a83a00634e22b7d2495cd2db0cdb85dafc7ee5c43847e0fa02ee3a27',7993);
INSERT INTO "events" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO',20,1795765903946005,'session.end','alice','{"by":"alice","summary":{"number":"189968854","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:51:41.70619Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:viaWlxfuT2vIMS4L3zOR7RKoGGCnnPlLSOACm3Q1hUo","first":"2026-11-27T07:51:41.983728Z"}],"connected_seconds":2,"restarts":0}}','77f6cbe2736678b28531e3eb0fb3ab400c24c0277a25e42da2006c7b794c83a3',8624);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(7,7,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(8,8,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(9,9,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(10,10,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(11,11,1,'2026-11-27 07:51:40');
INSERT INTO "goose_db_version" VALUES(12,12,1,'2026-11-27 07:51:40');
CREATE TABLE invitations (
    name    text PRIMARY KEY, -- its first characters, which are no secret
    account text NOT NULL UNIQUE REFERENCES accounts (name) ON DELETE CASCADE,
    hash    text NOT NULL,
    expires bigint NOT NULL,
    tries   bigint NOT NULL DEFAULT 0 -- how often it was named with another secret or account
);
CREATE TABLE packages (
    sha256  text PRIMARY KEY,
    archive text NOT NULL -- tar in base64: a column for bytes has another name in every database
);
INSERT INTO "packages" VALUES('69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755','Zml4LnNoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAwMDA3NTUAMDAwMDAwMAAwMDAwMDAwADAwMDAwMDAwMDI1ADAwMDAwMDAwMDAwADAxMDMyNwAgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB1c3RhcgAwMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwMDAwMDAwADAwMDAwMDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAjIS9iaW4vc2gKZWNobyBmaXhlZAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO "revisions" VALUES('accounts',5);
CREATE TABLE script_uses (
    script text PRIMARY KEY,
    runs   bigint NOT NULL,
    last   bigint NOT NULL,
    ok     bigint NOT NULL
);
INSERT INTO "script_uses" VALUES('NQYT6DSYKB3ULTU52BYTD2VHYJ',1,1795765902743,1);
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
    sha256     text NOT NULL, stored bigint NOT NULL DEFAULT 0, parts text NOT NULL DEFAULT '', -- of the package
    PRIMARY KEY (script, version)
);
INSERT INTO "script_versions" VALUES('NQYT6DSYKB3ULTU52BYTD2VHYJ',1,'fix','alice',1795765901607,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
INSERT INTO "script_versions" VALUES('NQYT6DSYKB3ULTU52BYTD2VHYJ',2,'fix','alice',1795765901629,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
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
INSERT INTO "scripts" VALUES('NQYT6DSYKB3ULTU52BYTD2VHYJ','FIX','fix','Network','repairs','alice',1,1795765901607,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO','{"seal":{"number":"189968854","seq":20,"hash":"77f6cbe2736678b28531e3eb0fb3ab400c24c0277a25e42da2006c7b794c83a3","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK3Pn9dAbTzTpdgGa0mbwegtjdMOlJzd29/9l5Xf9Xei","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgrc+f10BtPNOl2AZrSZvB6C2N0w\n6UnN3b3/2Xld/1d6IAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEALKk7LiHqS9r7lobFhCBHS3KXtVPrEcCfal/EIm26p0Vxabn\ni5NahIThkiA/B0ej9coatMvdF7NkokolmO58UM\n-----END SSH SIGNATURE-----\n"}}
');
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO "session_scripts" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO','fix.sh');
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
, ticket text NOT NULL DEFAULT '', note text NOT NULL DEFAULT '', name text NOT NULL DEFAULT '', picture text NOT NULL DEFAULT '');
INSERT INTO "sessions" VALUES('TJXXHYTOLLJYYCLOH3RAFV4QOO','189968854','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK3Pn9dAbTzTpdgGa0mbwegtjdMOlJzd29/9l5Xf9Xei',1795765901292,1795765901704,0,1795765903916,'alice','','T-17','the printer works','','{"seq":20,"last":{"time":"2026-11-27T07:51:43.946005Z","kind":"session.end","by":"alice"}}');
INSERT INTO "sessions" VALUES('RAJYXGCTISIHNLI7MEEKCIBRLQ','353825432','waiting','alice','','','','',1795765901398,0,0,0,'','','','','','');
INSERT INTO "sessions" VALUES('5HOYR2USIAVVJ23HIEZNKTMQHS','122727418','ended','alice','','','','',1795765901448,0,0,1795765901559,'alice','','','','','');
CREATE TABLE tombstones (
    session text PRIMARY KEY,
    header  text NOT NULL -- of its report, in JSON
);
CREATE TABLE unlocks (
    source text PRIMARY KEY,
    at     bigint NOT NULL
);
CREATE TABLE wrong_numbers (
    source text NOT NULL,
    at     bigint NOT NULL
);
CREATE INDEX account_keys_account ON account_keys (account);
CREATE UNIQUE INDEX sessions_number_open ON sessions (number) WHERE state <> 'ended';
CREATE UNIQUE INDEX sessions_identity ON sessions (identity) WHERE identity <> '';
CREATE INDEX sessions_number ON sessions (number);
CREATE INDEX sessions_owner ON sessions (owner, created);
CREATE INDEX events_outline ON events (session, seq) WHERE kind <> 'script.output';
CREATE INDEX events_presence ON events (session, seq)
    WHERE kind IN ('session.join', 'session.resume', 'session.lost', 'session.end', 'connection.open', 'reboot.return');
CREATE INDEX events_runs ON events (session, seq) WHERE kind = 'run.start';
CREATE INDEX scripts_category ON scripts (category);
CREATE INDEX scripts_owner ON scripts (owner);
CREATE INDEX script_versions_parts ON script_versions (parts, script);
CREATE INDEX script_versions_program ON script_versions (program, parts, script);
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored);
CREATE INDEX sessions_ended ON sessions (state, ended, id);
CREATE INDEX sessions_owner_ended ON sessions (owner, state, ended, id);
CREATE INDEX sessions_created ON sessions (created, id);
CREATE INDEX wrong_numbers_source ON wrong_numbers (source, at);
CREATE INDEX wrong_numbers_at ON wrong_numbers (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',12);
COMMIT;
