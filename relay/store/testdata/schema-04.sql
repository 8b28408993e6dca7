-- What a relay with schema 4 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINQ8qR/Dx/5rUr3NYDmNXOTlWsHSc7MorFvBtf8Z7yL9',1795765782132);
INSERT INTO "account_keys" VALUES('SHA256:u9SM3OzKyp8p5Q6Ivd1IuaQ4FVQV8iN44MjaAyrTK2c','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9jwZQe/TbJGBQHDgsX/bkoxDY6V0gXLDbM0r+NR0KM',1795765782176);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765782141);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765782184);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765782251);
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
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',1,1795765782638743,'session.join','customer','{"number":"765061948","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1","allow":["sysinfo","script"]}','a3e35e5b5ac0ce1eb0a962939f60be0be60461db8448ffae9be6e17ca95021a4',146);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',2,1795765782643790,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"}]}','3c282a42247be10d091114b33bb375ccce9495ce52e6ca1075ec91210e602e4b',267);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',3,1795765783047491,'connection.open','alice','{"id":"611ae38a4053","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"from":"127.0.0.1:0"}','0cd2ea991e436cd3839b9b1195dfd10b269a8caf8b371bd55fda80ceacf750a6',421);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',4,1795765783056923,'connection.close','alice','{"id":"611ae38a4053","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"cause":"the other side closed the connection"}','0dba55646c180d86e9fbad14a5ac7d45a911e925187551d32b2dfb9b9bd1ccaa',601);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',5,1795765783441020,'connection.open','alice','{"id":"60195004ceda","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"from":"127.0.0.1:0"}','221ff64ccf8281d57a9846d65663d0ee46e826cb497c133408cbbef702f6841b',755);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',6,1795765783446193,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','5c3d222d84242c135745a8e5bf598ed9e4f5f8574453deb4ba4ea88a564afa27',858);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',7,1795765783478606,'connection.close','alice','{"id":"60195004ceda","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"cause":"the other side closed the connection"}','614a0d2d21553c404293c5434cfcaa700c4db7417327c7967356469746d1f8f5',1038);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',8,1795765783622743,'connection.open','alice','{"id":"def741a119d0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"from":"127.0.0.1:0"}','de96029c2324eb994c5c35675759af5789e0adb75d2b177529d436f88235348a',1192);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',9,1795765783626950,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','21d1d656b8f2418f506029f5a177ce57969b2010b046f318c57cb193f00d3a17',1429);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',10,1795765783630126,'sysinfo.view','alice','{"categories":["os"]}','dfe4adb3696a822883c55ecc926463f1e3e5d48372b68004d62a367cbbb1092f',1450);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',11,1795765783632265,'connection.close','alice','{"id":"def741a119d0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"cause":"the other side closed the connection"}','96284a70b8393179db29f3cb2f6e4491984aea8ddb2e46fd9b23020513ea1b3b',1630);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',12,1795765783784760,'connection.open','alice','{"id":"14dc397027e5","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"from":"127.0.0.1:0"}','ade49b9344527d9d8e9762befcd55b24660651510568ee4559e6806aed452acf',1784);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',13,1795765783794137,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','9046ee634ccce561d534ead5df7edad97395cdd2b717174f484f97c05e728859',2117);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',14,1795765783802244,'run.start','alice','{"id":"2967e8008456","run":"2967e8008456","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]}','d9db8e062bc296777fde88272cb99e7fb8ca6a319086c3586ed8e78459668616',2275);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',15,1795765783807624,'script.start','alice','{"id":"2967e8008456/1","run":"2967e8008456","step":1,"text":"fix.sh"}','895b0660e1c1b6f3b592194cb7d2c963e34b2fd1025f8007c94bbe7187f1ad99',2344);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',16,1795765783832559,'script.output','alice','{"id":"2967e8008456/1","run":"2967e8008456","step":1,"stream":"stdout","text":"fixed\n"}','ae9fc963f9a5f0d903fef29bb0e35af1ff4f7a6a7c69cbb40c56778a46b6b2c2',2432);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',17,1795765783952599,'script.exit','alice','{"id":"2967e8008456/1","run":"2967e8008456","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":126732116,"bytes":6}}','381d7ade1ae27baf5be2dcdf8fa84e395dad1833402026da05127de5909d552b',2568);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',18,1795765783953827,'run.end','alice','{"id":"2967e8008456","run":"2967e8008456","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":126732116,"bytes":6}]}','44df62b68e934231072938ea16882c983963b8b66639bddc6ee8d81eb0cbd4f3',2696);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',19,1795765783957396,'connection.close','alice','{"id":"14dc397027e5","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:4mAC/crN9iasyXKsl6HSfqsJKnvRN6qHtT0UQQarnv0"},"cause":"the other side closed the connection"}','e844fe6c1d8bc5c314afb898910de8bcb075757b9600d5392ea16aa4b808af5a',2876);
INSERT INTO "events" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2',20,1795765785442976,'session.end','alice','{"by":"alice"}','44c360ed46efe21c98441e4364d02d0c3bf3b443be5cff17dcd7549eb48584f3',2890);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:49:41');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:49:41');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:49:41');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:49:41');
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO "revisions" VALUES('accounts',4);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2','{"seal":{"number":"765061948","seq":20,"hash":"44c360ed46efe21c98441e4364d02d0c3bf3b443be5cff17dcd7549eb48584f3","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOlUMLMyLqg3B4ijp94l89BPG9WgIqdPxwp4iQy9z+9Z","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg6VQwszIuqDcHiKOn3iXz0E8b1a\nAip0/HCniJDL3P71kAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEB/r93F+lYZzCHJg/dRWj+UBEeSrgKPRjF+aesot02BIir8hN\nuLpkTws1BZqvTWERW287AWbc0xR6zUbbX8PGkE\n-----END SSH SIGNATURE-----\n"}}
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
INSERT INTO "sessions" VALUES('LBEB6Z4FBPINOBFPGBP7QOY4M2','765061948','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOlUMLMyLqg3B4ijp94l89BPG9WgIqdPxwp4iQy9z+9Z',1795765782424,1795765782638,0,1795765785436,'alice','','T-17','the printer works');
INSERT INTO "sessions" VALUES('EIZRJZEAUMVQSVMJT674V7SVCQ','578849287','waiting','alice','','','','',1795765782484,0,0,0,'','','','');
INSERT INTO "sessions" VALUES('EMSDBP67IYHWS7DM3REALUUMOI','578884797','ended','alice','','','','',1795765782564,0,0,1795765782623,'alice','','','');
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',4);
COMMIT;
