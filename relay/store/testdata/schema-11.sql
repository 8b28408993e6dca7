-- What a relay with schema 11 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
, comment text NOT NULL DEFAULT '', used bigint NOT NULL DEFAULT 0);
INSERT INTO "account_keys" VALUES('SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILCu0iDmt7rmYiQPJjzMf5kVK55vVq02UD0k02EabU8l',1795766042282,'alice@laptop',1795762800000);
INSERT INTO "account_keys" VALUES('SHA256:CRIxBNfsBg9Lmw9a42gkvZL2V0G8P+BbQfxNgg+QcXk','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGbeoq12Drc+DcDbHNN7kHZ0jYoyEUfHMfRTU1bg6hjz',1795766042331,'carol@laptop',0);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795766042295);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795766042334);
CREATE TABLE alarms (
    name text PRIMARY KEY,
    at   bigint NOT NULL
);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('General',1795766042141);
INSERT INTO "categories" VALUES('Network',1795766042459);
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
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',1,1795766043166389,'session.join','customer','{"number":"661723300","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','f260a16a0c039d46a73fa0c86e0361b4d46250783679be6706d8ae681ef20e5a',424);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',2,1795766043170660,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"}]}','e8b97261380cb007fe7e39a39853239ad382a08b8a410499c4bce31077f8363d',819);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',3,1795766043274405,'connection.open','alice','{"id":"7ca7e7dedf64","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"},"from":"127.0.0.1:0"}','45e85175f42fea4c4450c39770bb2f5a92e733f3faf2317c32a1e8a3c2c62eb8',1249);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',4,1795766043278681,'connection.close','alice','{"id":"7ca7e7dedf64","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"}}','2a67aafe5bdcfb0d7d97a99c1747958c9b44e1b287d23e7a01e49637f3a67f40',1659);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',5,1795766043321948,'connection.open','alice','{"id":"2899fc48319b","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"},"from":"127.0.0.1:0"}','f8fe8b6999f91c765147b27b7e99fbaf54001191bec9a907ad63488d2d628a3c',2089);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',6,1795766043325666,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','0b974082e9370f2fa117179416bb36e362190c6e8f5aaf400e9ace69e255d7a1',2463);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',7,1795766043330031,'connection.close','alice','{"id":"2899fc48319b","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"}}','74a5f1cb0a9a1aaf6372507ae64db90672dabb6174a41aafdafdaafd63651a2a',2873);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',8,1795766043430611,'connection.open','alice','{"id":"20b9d2a84b9a","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"},"from":"127.0.0.1:0"}','77c201dbd6b37ad3e6e86549e278ad623987588eec083705d58bd19b6e334e23',3303);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',9,1795766043477091,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','0f639878ec73a826e3b3469a6d13d3541719d7638f8028e0220e9abe28d444fb',3815);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',10,1795766043478448,'sysinfo.view','alice','{"categories":["os"]}','de05b3457e506bb7d34fb52dc38ed8baebe391e4b046ea4d01e074cbf864e983',4109);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',11,1795766043498009,'connection.close','alice','{"id":"20b9d2a84b9a","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"}}','d25a5fd550669ff2824076be02711eb0d136a0c7c3bc14afe798dbec4c9ded83',4519);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',12,1795766043873679,'connection.open','alice','{"id":"b54ebfb1dcac","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"},"from":"127.0.0.1:0"}','2fc0fd70ec21a70b9bec3403ecfd539ead150d15708d964e8811876a756d81a8',4949);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',13,1795766043888874,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root"},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','8608696a18e6506525763ec83b4dde36ca30da2524e46bdf2f8e69ed42161a98',5570);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',14,1795766043889969,'run.start','alice','{"id":"edb2e3565367","run":"edb2e3565367","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','186b95fbd8a7e3ad7737d1f9710f141ba642d94fd9965b240174cd3675625879',6075);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',15,1795766043897946,'script.start','alice','{"id":"edb2e3565367/1","run":"edb2e3565367","step":1,"text":"fix.sh"}','51e77cedb32c447a906d362f412c2844f824e6a40f31977ac3968003eb942793',6417);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',16,1795766044062028,'script.output','alice','{"id":"edb2e3565367/1","run":"edb2e3565367","step":1,"stream":"stdout","text":"fixed\n"}','dbda2bb7b95f6a5486fdfed12abbaa23ac096c411793f898225b4d21779f3360',6779);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',17,1795766044106525,'script.exit','alice','{"id":"edb2e3565367/1","run":"edb2e3565367","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":203769765,"bytes":6}}','968d417f67bbaed65b75da16bad04e465d8b2c73bc243ae98a8e2677112965b2',7187);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',18,1795766044112393,'run.end','alice','{"id":"edb2e3565367","run":"edb2e3565367","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":203769765,"bytes":6}]}','cf6613d4767951dfff3d52c9c2d689ee252fac77193b01b88e63dbac45d0be56',7583);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',19,1795766044122745,'connection.close','alice','{"id":"b54ebfb1dcac","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E"}}','a7e5061b0fada474fdc17f45dcd8bb5f926288b63753de1ca66638419e385d44',7993);
INSERT INTO "events" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E',20,1795766045215711,'session.end','alice','{"by":"alice","summary":{"number":"661723300","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:54:03.166389Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:Be5ZneYF8K09cgaI4UyhGLfeZzMow1ywX9LKbAk2o3E","first":"2026-11-27T07:54:03.274405Z"}],"connected_seconds":2,"restarts":0}}','4afda8b7c866ebd397793bf048433103983984819d73c5f2b73a0923888a1d1a',8625);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(7,7,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(8,8,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(9,9,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(10,10,1,'2026-11-27 07:54:02');
INSERT INTO "goose_db_version" VALUES(11,11,1,'2026-11-27 07:54:02');
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
INSERT INTO "script_uses" VALUES('V7I5JS5Q7JL37V4ZHZABHDTUCF',1,1795766044106,1);
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
INSERT INTO "script_versions" VALUES('V7I5JS5Q7JL37V4ZHZABHDTUCF',1,'fix','alice',1795766042995,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
INSERT INTO "script_versions" VALUES('V7I5JS5Q7JL37V4ZHZABHDTUCF',2,'fix','alice',1795766043034,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
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
INSERT INTO "scripts" VALUES('V7I5JS5Q7JL37V4ZHZABHDTUCF','FIX','fix','Network','repairs','alice',1,1795766042995,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E','{"seal":{"number":"661723300","seq":20,"hash":"4afda8b7c866ebd397793bf048433103983984819d73c5f2b73a0923888a1d1a","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIIjQpZ4JnrMPoaLrXdCjM8kTlVjwJ8VMC9hrD9yJ+kQ","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggiNClngmesw+houtd0KMzyROVW\nPAnxUwL2GsP3In6RAAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEBEqMgPLeTP+6VAbZFblRfj3qk/8P+dvJAOWbuJCKwMZw4jeF\nTD8vmXikkEVX766fs2jnyBDehyHnmKVWr2dbcE\n-----END SSH SIGNATURE-----\n"}}
');
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO "session_scripts" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E','fix.sh');
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
INSERT INTO "sessions" VALUES('2MEBULTZ6KARMYTWA5N7NZE73E','661723300','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIIjQpZ4JnrMPoaLrXdCjM8kTlVjwJ8VMC9hrD9yJ+kQ',1795766042651,1795766043162,0,1795766045198,'alice','','T-17','the printer works','','{"seq":20,"last":{"time":"2026-11-27T07:54:05.215711Z","kind":"session.end","by":"alice"}}');
INSERT INTO "sessions" VALUES('II25WOVPFJDQ76HN5VAHOW4XCR','979212453','waiting','alice','','','','',1795766042692,0,0,0,'','','','','','');
INSERT INTO "sessions" VALUES('US64R6MERIXEVDAJ6L3LJ2O4OX','923909907','ended','alice','','','','',1795766042784,0,0,1795766042874,'alice','','','','','');
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
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',11);
COMMIT;
