-- What a relay with schema 10 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPYNvgj+rcazDuMd5wWfF37u0hzO0zDxHhQL1I14nTxR',1795765907726);
INSERT INTO "account_keys" VALUES('SHA256:3kdHIunEX6MhwbSALh+xHJSNGekCrqjzmjBJ8hW/MeM','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJJtvvg3CDuVekkoZbGzdc/WrIcbK06NaeSQxMHr0U0w',1795765907849);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765907730);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765907852);
CREATE TABLE alarms (
    name text PRIMARY KEY,
    at   bigint NOT NULL
);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('General',1795765907634);
INSERT INTO "categories" VALUES('Network',1795765907908);
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
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',1,1795765909038179,'session.join','customer','{"number":"167506865","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','c5a19f4f7f3712f243552279739b5d997deb1637a5e6e1e2fce3d6aad9a05d4b',424);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',2,1795765909054626,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"}]}','168ba9b0d97578f5104ff11d3a734d4eaff5a28a2e61649c5ed06433589e4890',819);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',3,1795765909329850,'connection.open','alice','{"id":"592ce41c96ee","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"},"from":"127.0.0.1:0"}','b7ba01b6ad0deb1ed8af860d6c39a06e858b215619f145ed5c33ae7c985e8724',1249);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',4,1795765909340060,'connection.close','alice','{"id":"592ce41c96ee","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"}}','70b8637fdf20cd1cacd107f4ae9a67ede81669e6baea40eca456ec9e15448c8d',1659);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',5,1795765909591732,'connection.open','alice','{"id":"10d2cfba148c","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"},"from":"127.0.0.1:0"}','c21b1f8c544c5b001a5baa3af2a199e857fee4534b94269772150c23a9cb94f6',2089);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',6,1795765909626269,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','f725209e5e13ab5ee350bee3e8a4a55fd3ba9a170f513bef1374f9fd1c1c2b7b',2463);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',7,1795765909636370,'connection.close','alice','{"id":"10d2cfba148c","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"}}','7807d7cc45a689a71d18f2d3325de37d6a9732c76db03bf7d86cd439e14b5e11',2873);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',8,1795765909957724,'connection.open','alice','{"id":"bc9e9e71f349","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"},"from":"127.0.0.1:0"}','3667cee4e5aed1d8147a19798eecc2b2e1ea6340ed540f5edc7d5987a9df4f69',3303);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',9,1795765909964732,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','99de876e016e7757bd02efafe793e35d826e1a3cead207fc19cbc421034056f8',3815);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',10,1795765909971604,'sysinfo.view','alice','{"categories":["os"]}','3fca7ce7c4d381c86abf0156bee1a5d61846745c7cd5bd7b2bb472b6571ced01',4109);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',11,1795765910023868,'connection.close','alice','{"id":"bc9e9e71f349","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"}}','577a7b461c09332eb31dc8e5e06373e8a12de1eb29f1ae0e63a4f4b0261cfcb2',4519);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',12,1795765910191675,'connection.open','alice','{"id":"b06844f88c35","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"},"from":"127.0.0.1:0"}','2df557d1b6cfb17d4b2a93b27f6304cea835e260fd239e05a3e3f2352cb94c6e',4949);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',13,1795765910196133,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root"},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','096a906c8e042f9f25e95508526d212b0bed77636ab91a5ad6ec7b5c09210b56',5570);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',14,1795765910196807,'run.start','alice','{"id":"41a497f97819","run":"41a497f97819","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','d5f26a0229fbfcee8011a9bdb5e22904619185eb949ada45f523191c64d637f8',6075);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',15,1795765910230856,'script.start','alice','{"id":"41a497f97819/1","run":"41a497f97819","step":1,"text":"fix.sh"}','cdaff3dc228f08607d7be57f17b95b3ec5779d4300b18cc5d6a372e83954f83a',6417);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',16,1795765910335960,'script.output','alice','{"id":"41a497f97819/1","run":"41a497f97819","step":1,"stream":"stdout","text":"fixed\n"}','dbe4d341d8cb0417c02a1ea900411da2abce3ee7bb3503d4488cf7ee669d8a2f',6779);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',17,1795765910446014,'script.exit','alice','{"id":"41a497f97819/1","run":"41a497f97819","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":192107715,"bytes":6}}','3ea27aae593ebe9fcad853ea3fc79f84bdd6ed266b18d91cacbd9df626fe0007',7187);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',18,1795765910463816,'run.end','alice','{"id":"41a497f97819","run":"41a497f97819","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":192107715,"bytes":6}]}','48351162eba989e4e59fb5a80f32c368645aced72b528cab983431fb9b9782fc',7583);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',19,1795765910471485,'connection.close','alice','{"id":"b06844f88c35","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls"}}','d5532a11b35d23536a693b267fb92b4bc1ee8409b2d75e0066e5c8cc1a72f994',7993);
INSERT INTO "events" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX',20,1795765911752807,'session.end','alice','{"by":"alice","summary":{"number":"167506865","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:51:49.038179Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:R2VRtK1UwQjMHZRIt1FFILcoUo3kAJdWYwOz31tQzls","first":"2026-11-27T07:51:49.32985Z"}],"connected_seconds":2,"restarts":0}}','5d28bebd7ae588845bd896262d46440b04e2e4d6ef228c39ed28768dd6f8d211',8624);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(7,7,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(8,8,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(9,9,1,'2026-11-27 07:51:47');
INSERT INTO "goose_db_version" VALUES(10,10,1,'2026-11-27 07:51:47');
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
INSERT INTO "script_uses" VALUES('KWVKGRB6ERYU552YRSEHLKNIKZ',1,1795765910446,1);
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
INSERT INTO "script_versions" VALUES('KWVKGRB6ERYU552YRSEHLKNIKZ',1,'fix','alice',1795765908902,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
INSERT INTO "script_versions" VALUES('KWVKGRB6ERYU552YRSEHLKNIKZ',2,'fix','alice',1795765908988,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
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
INSERT INTO "scripts" VALUES('KWVKGRB6ERYU552YRSEHLKNIKZ','FIX','fix','Network','repairs','alice',1,1795765908902,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX','{"seal":{"number":"167506865","seq":20,"hash":"5d28bebd7ae588845bd896262d46440b04e2e4d6ef228c39ed28768dd6f8d211","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0slQzH6siUrrAfoDXwcV1sdEKKH85ZfMpPhFuiawI0","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgnSyVDMfqyJSusB+gNfBxXWx0Qo\nofzll8yk+EW6JrAjQAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAECMktMmR39fMAeVEyR3ekPPflIO+rNyvX3dI62tsIExkkfRI4\nBeko1vcLnzWWx11Jg5cVpWuhqsx+imkgA5teAJ\n-----END SSH SIGNATURE-----\n"}}
');
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO "session_scripts" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX','fix.sh');
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
INSERT INTO "sessions" VALUES('3PIKGRIKDAUI4PIT6VJGDVNPAX','167506865','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0slQzH6siUrrAfoDXwcV1sdEKKH85ZfMpPhFuiawI0',1795765908277,1795765909036,0,1795765911727,'alice','','T-17','the printer works','','{"seq":20,"last":{"time":"2026-11-27T07:51:51.752807Z","kind":"session.end","by":"alice"}}');
INSERT INTO "sessions" VALUES('RH4PSEJJS2YTCNPFTCUBBN3WJA','662209471','waiting','alice','','','','',1795765908473,0,0,0,'','','','','','');
INSERT INTO "sessions" VALUES('T7TZK5KITJB5K5MKOCYCDC4TPD','711438974','ended','alice','','','','',1795765908701,0,0,1795765908792,'alice','','','','','');
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
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',10);
COMMIT;
