-- What a relay with schema 7 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGAXuIGSOirbIw6e8+szelGtKa/b0dmYsGi8YGIZlWiY',1795765738113);
INSERT INTO "account_keys" VALUES('SHA256:yZH7t1SyJqSU3+rNCsSouZs9QsCbMhWBwIaL6w0tlrU','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINLTQ7fbexwLrtG3VHQPKAqkmTIgiMcBtjUwrTA/P7An',1795765738156);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765738120);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765738161);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765738455);
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
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',1,1795765739810497,'session.join','customer','{"number":"404902996","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','58d07e2419f376b7779839a71c3f4e2fd7b06c99279ae226102101b57aa8ab30',424);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',2,1795765739816356,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"}]}','ee1b1a4862c8618719018580ce8883b52fa04ce76ca4c256bf6d25b303e8416c',819);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',3,1795765740389283,'connection.open','alice','{"id":"ae404477f058","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"},"from":"127.0.0.1:0"}','877d29623f1b8d4bb9c15b2a363ce13d78c60f2712685f6331e905124ccdf189',1249);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',4,1795765740400671,'connection.close','alice','{"id":"ae404477f058","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"}}','c96d8c0d9b528a8a4514bacc068f6dc0dd7b19948b27e9ede41e6c17ff0c1b06',1659);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',5,1795765740615458,'connection.open','alice','{"id":"dde782947a3f","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"},"from":"127.0.0.1:0"}','0eb72d5302b00d8ec534e01f25461907c26de55d59bc27e976b43963b49ec30f',2089);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',6,1795765740631014,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','144eb4581e286d89ad409a0de908217cf163aeb12d8757d52d9969b9030d4417',2463);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',7,1795765740639509,'connection.close','alice','{"id":"dde782947a3f","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"}}','eea009e18660098f422902d58dc94c38261191575d1cd8de55265533901dfe70',2873);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',8,1795765740772522,'connection.open','alice','{"id":"bad27a1430d0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"},"from":"127.0.0.1:0"}','436b6aedcdfa1b0f5c2477f28c79b91a6a2a114eaaff9d8ed2d6debf160d1f4e',3303);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',9,1795765740803480,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','ca2fd4430b4786900976b07010d4b6978a3b055a74b4d50793cf7b02b55122cb',3815);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',10,1795765740808418,'sysinfo.view','alice','{"categories":["os"]}','50e7fbb92f01887a2d69a59f683a8ea75904d0c6da8c812f5ef20d107912f3bd',4109);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',11,1795765740834295,'connection.close','alice','{"id":"bad27a1430d0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"}}','588fe3b3313d900991011f53b5ed29bb84acb734a4d825980244f6470f067778',4519);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',12,1795765740958026,'connection.open','alice','{"id":"504a1eccf4b0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"},"from":"127.0.0.1:0"}','aaf5e60f093dde1997de70799f2736dab03526caebc081b20fb2d3532f18d0d9',4949);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',13,1795765740966709,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','9e0b15e088fcf6dbaadfbdc110f38ab03d1524cc74ff3c11668b8698e6ac8ac8',5557);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',14,1795765740971680,'run.start','alice','{"id":"cfa1698f7095","run":"cfa1698f7095","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','00f048f2ffc94c966b365c65fd73fc07ec9d5acbeb39e4783aef55d08c977262',6062);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',15,1795765740980767,'script.start','alice','{"id":"cfa1698f7095/1","run":"cfa1698f7095","step":1,"text":"fix.sh"}','c65f7caadbd9f8bd676754c59d8eb09d96f32e2882a4e2973e8b69507862422b',6404);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',16,1795765741083549,'script.output','alice','{"id":"cfa1698f7095/1","run":"cfa1698f7095","step":1,"stream":"stdout","text":"fixed\n"}','dd5afca9f11e0dcaf4a33f5bebabe67a2262f98d57c9c688bebcd570c3ad60db',6766);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',17,1795765741111098,'script.exit','alice','{"id":"cfa1698f7095/1","run":"cfa1698f7095","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":109088503,"bytes":6}}','b321062f330acdd4e431f7dfba425d7660d14ffead1f218894601bd966138b74',7174);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',18,1795765741112568,'run.end','alice','{"id":"cfa1698f7095","run":"cfa1698f7095","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":109088503,"bytes":6}]}','2c3b410b3c9ccad1b095199041758308fe07f59b38310b0882aff03ce846b0e5',7570);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',19,1795765741116496,'connection.close','alice','{"id":"504a1eccf4b0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8"}}','d46cc2addbfea5dab650fa51e7ee357cb97489e932652c08c9a2867a7705154f',7980);
INSERT INTO "events" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG',20,1795765742356255,'session.end','alice','{"by":"alice","summary":{"number":"404902996","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:48:59.810497Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:txuuE11PxMywSYkwhnKw6h6fZjg+F6lf1suZuwJphy8","first":"2026-11-27T07:49:00.389283Z"}],"connected_seconds":2,"restarts":0}}','ce6f74d03027c163586c61bfcdd142517b5376aed092cff68abbbc02d26d2010',8612);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:48:57');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:48:57');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:48:57');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:48:57');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:48:57');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:48:57');
INSERT INTO "goose_db_version" VALUES(7,7,1,'2026-11-27 07:48:57');
CREATE TABLE packages (
    sha256  text PRIMARY KEY,
    archive text NOT NULL -- tar in base64: a column for bytes has another name in every database
);
INSERT INTO "packages" VALUES('69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755','Zml4LnNoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAwMDA3NTUAMDAwMDAwMAAwMDAwMDAwADAwMDAwMDAwMDI1ADAwMDAwMDAwMDAwADAxMDMyNwAgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB1c3RhcgAwMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwMDAwMDAwADAwMDAwMDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAjIS9iaW4vc2gKZWNobyBmaXhlZAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO "revisions" VALUES('accounts',4);
CREATE TABLE script_uses (
    script text PRIMARY KEY,
    runs   bigint NOT NULL,
    last   bigint NOT NULL,
    ok     bigint NOT NULL
);
INSERT INTO "script_uses" VALUES('URSQMQRNHU3SZM7UAIXQHAKHYU',1,1795765741111,1);
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
INSERT INTO "script_versions" VALUES('URSQMQRNHU3SZM7UAIXQHAKHYU',1,'fix','alice',1795765739489,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
INSERT INTO "script_versions" VALUES('URSQMQRNHU3SZM7UAIXQHAKHYU',2,'fix','alice',1795765739651,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
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
INSERT INTO "scripts" VALUES('URSQMQRNHU3SZM7UAIXQHAKHYU','FIX','fix','Network','repairs','alice',1,1795765739489,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG','{"seal":{"number":"404902996","seq":20,"hash":"ce6f74d03027c163586c61bfcdd142517b5376aed092cff68abbbc02d26d2010","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIET58PgP48GDq9v3gXU/9Lq65A/tVxb/ZrcDFs5Y42Qj","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgRPnw+A/jwYOr2/eBdT/0urrkD+\n1XFv9mtwMWzljjZCMAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEDGY2hNZhhFa1TwYRj0yu+5gDKU8E/h2uXumhjDcCZSvf+Yu1\nIXp/rMGjoSJkRX3A0U6Jzn0jkEULoE24jJn7MC\n-----END SSH SIGNATURE-----\n"}}
');
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
, ticket text NOT NULL DEFAULT '', note text NOT NULL DEFAULT '');
INSERT INTO "sessions" VALUES('Z6JSO5QVBB273RBHHIKZGHYMNG','404902996','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIET58PgP48GDq9v3gXU/9Lq65A/tVxb/ZrcDFs5Y42Qj',1795765738761,1795765739807,0,1795765742352,'alice','','T-17','the printer works');
INSERT INTO "sessions" VALUES('G5AUZ7BHJDT2LGSHXZRGPFGXDJ','377223743','waiting','alice','','','','',1795765738930,0,0,0,'','','','');
INSERT INTO "sessions" VALUES('BGVDED75L6Q5I4SPZIMXHNEENS','411043170','ended','alice','','','','',1795765739086,0,0,1795765739155,'alice','','','');
CREATE TABLE tombstones (
    session text PRIMARY KEY,
    header  text NOT NULL -- of its report, in JSON
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
CREATE INDEX sessions_ended ON sessions (state, ended);
CREATE INDEX scripts_category ON scripts (category);
CREATE INDEX script_versions_program ON script_versions (program);
CREATE INDEX script_versions_editor ON script_versions (editor);
CREATE INDEX scripts_owner ON scripts (owner);
CREATE INDEX script_versions_parts ON script_versions (parts);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',7);
COMMIT;
