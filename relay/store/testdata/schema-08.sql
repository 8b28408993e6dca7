-- What a relay with schema 8 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICrRhy5bAxRKgChLFYJgFwo576Kq8bwBxP/zTJNkwzp8',1795765801949);
INSERT INTO "account_keys" VALUES('SHA256:t+G1EHC+VCvubLUJNvlkaV5VJdoiBSlVpBrosS8yicU','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF1t6B4WN/pNGZmvyHX5muJ+rNxSfqJlsJDao/hNFc3+',1795765802152);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765801955);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765802153);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765802522);
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
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',1,1795765803745711,'session.join','customer','{"number":"542630301","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','3501ddb3e3e3eba3bc31a8c3a486bf69c1e88c40e5d8d1675526e130b22c4c81',424);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',2,1795765803749204,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"}]}','45099e365874e599e1493af1482dee64c49ad0861568c17172c6e71c4a673fa7',819);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',3,1795765804302414,'connection.open','alice','{"id":"e4f1151faeca","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"},"from":"127.0.0.1:0"}','878b69790c5db96a0983ba06c524a3310a6271d6446cd0b7ddd2a36a114a767d',1249);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',4,1795765804307001,'connection.close','alice','{"id":"e4f1151faeca","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"}}','4d3ff8dc906ce90f3e6b7807e197d8b4447b97ff949d69432569d8c60e48c246',1659);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',5,1795765804437721,'connection.open','alice','{"id":"a40660d69420","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"},"from":"127.0.0.1:0"}','6110340cb9d6a30b433f6e78489da2bcde11d3c916f1650c2ad1817d91a132bb',2089);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',6,1795765804442716,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','9d8877f81f1d482f62bd875b116f20d979e5835ea6309030e4473370def6e4d7',2463);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',7,1795765804446020,'connection.close','alice','{"id":"a40660d69420","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"}}','a38ea2e1f8b5cd8de0bf0fb011a318b28145f02a3eea849a03cffba659684de2',2873);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',8,1795765804551779,'connection.open','alice','{"id":"81d3dff31d10","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"},"from":"127.0.0.1:0"}','9195032f3dba6d7fccefa3673937f707b66bc9b8faa8f2a17c61d1b6ace215df',3303);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',9,1795765804554390,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','9da3280765f13b4e8a55a60ffe14390a5337818b41b2ef87841245f93a18244b',3815);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',10,1795765804556318,'sysinfo.view','alice','{"categories":["os"]}','cafc784062fc96f9f56b06a72f0ce5aa0c146ffc733d3d01307fa6fe0d9eb9b8',4109);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',11,1795765804564642,'connection.close','alice','{"id":"81d3dff31d10","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"}}','79d9b66a00a8090d4fa443d28c05b5a257480ebdf5fe8efc15a8e5b93605c970',4519);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',12,1795765804647590,'connection.open','alice','{"id":"c8594d8912e1","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"},"from":"127.0.0.1:0"}','f608867da5643a31b5fe749bd3327ca78c114848bd48dec79038b708b903f052',4949);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',13,1795765804650427,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root"},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','7b700a7a0d3f618f7494959667d1a3fc319656a2e76eb3897683241622251e76',5570);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',14,1795765804651866,'run.start','alice','{"id":"f9335bf4ba89","run":"f9335bf4ba89","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','b3aae6b49d51b31285a612d1b33d4d9931dacaba5c5ac088eabca56d1911df02',6075);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',15,1795765804657617,'script.start','alice','{"id":"f9335bf4ba89/1","run":"f9335bf4ba89","step":1,"text":"fix.sh"}','eba0f5c9710fd44ec3a2ae3cccaae73680b9e0749b28a885c47bdc515850895b',6417);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',16,1795765804722904,'script.output','alice','{"id":"f9335bf4ba89/1","run":"f9335bf4ba89","step":1,"stream":"stdout","text":"fixed\n"}','bc5f6c1c4059c28b136cf111466a59172afe32798bda96549d6c6af68e0227fd',6779);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',17,1795765804927924,'script.exit','alice','{"id":"f9335bf4ba89/1","run":"f9335bf4ba89","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":266724044,"bytes":6}}','8561bae73e549f1900eb550ecb8a17115f9e2877274a3185b27ee0846ceed610',7187);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',18,1795765804929836,'run.end','alice','{"id":"f9335bf4ba89","run":"f9335bf4ba89","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":266724044,"bytes":6}]}','1d17333b2d8401d9cc88f3b56dc7579641143bcb5ebc039e1bae22b7ace97c1d',7583);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',19,1795765804937032,'connection.close','alice','{"id":"c8594d8912e1","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE"}}','8c0e40601259218aed3bba37a6ded0f9bf1687b815dbeb82ffff8da32f06ccbd',7993);
INSERT INTO "events" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW',20,1795765806241238,'session.end','alice','{"by":"alice","summary":{"number":"542630301","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:50:03.745711Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:utZEbq5Cgz+3zTgghgDa9YfMP+j/nH5d/3UlpZ6OUYE","first":"2026-11-27T07:50:04.302414Z"}],"connected_seconds":2,"restarts":0}}','ce9348d1a1f081dff5d96055a7d3fb0953b638238d42b3a7ad0931953e5dff20',8625);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(7,7,1,'2026-11-27 07:50:01');
INSERT INTO "goose_db_version" VALUES(8,8,1,'2026-11-27 07:50:01');
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
INSERT INTO "script_uses" VALUES('IQY66ZS35MDDMMRJAKSAPYAKXP',1,1795765804927,1);
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
INSERT INTO "script_versions" VALUES('IQY66ZS35MDDMMRJAKSAPYAKXP',1,'fix','alice',1795765803208,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
INSERT INTO "script_versions" VALUES('IQY66ZS35MDDMMRJAKSAPYAKXP',2,'fix','alice',1795765803458,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
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
INSERT INTO "scripts" VALUES('IQY66ZS35MDDMMRJAKSAPYAKXP','FIX','fix','Network','repairs','alice',1,1795765803208,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW','{"seal":{"number":"542630301","seq":20,"hash":"ce9348d1a1f081dff5d96055a7d3fb0953b638238d42b3a7ad0931953e5dff20","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPBImmSMP/obErdJjnVU9ebTCZk997agoSJ7bHqlGvqd","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg8EiaZIw/+hsSt0mOdVT15tMJmT\n33tqChIntseqUa+p0AAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEDlt/YWX6X7IbCkv6Obg7oVIGqFoSHlXnnC2bh/p/WFSgWXS+\n1LryI6M6rzNuZSUy7R2WG6EAQfegCqYOb5S3wB\n-----END SSH SIGNATURE-----\n"}}
');
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO "session_scripts" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW','fix.sh');
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
INSERT INTO "sessions" VALUES('GK4PACK2ARBGB46JVDGE4BFVLW','542630301','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPBImmSMP/obErdJjnVU9ebTCZk997agoSJ7bHqlGvqd',1795765802824,1795765803736,0,1795765806219,'alice','','T-17','the printer works');
INSERT INTO "sessions" VALUES('NBLMJL25EOZ54YGL5EO4FEMD23','851211793','waiting','alice','','','','',1795765802885,0,0,0,'','','','');
INSERT INTO "sessions" VALUES('JXG3P2G3NV3UW2XHCSINNMG4Z7','749259529','ended','alice','','','','',1795765803075,0,0,1795765803140,'alice','','','');
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
CREATE INDEX scripts_category ON scripts (category);
CREATE INDEX scripts_owner ON scripts (owner);
CREATE INDEX script_versions_parts ON script_versions (parts, script);
CREATE INDEX script_versions_program ON script_versions (program, parts, script);
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored);
CREATE INDEX sessions_ended ON sessions (state, ended, id);
CREATE INDEX sessions_owner_ended ON sessions (owner, state, ended, id);
CREATE INDEX sessions_created ON sessions (created, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',8);
COMMIT;
