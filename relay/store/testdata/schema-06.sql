-- What a relay with schema 6 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOGdM5rzyyjhepVTkqjKZbFd1+kGVSajNAQfr+WN1tCM',1795765795214);
INSERT INTO "account_keys" VALUES('SHA256:gWIKZInijLSzzL8gW6gG83jwIU8Rlg7cXpUa5suYXg8','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDkp/BwXQmcV40wuQ6vYrFzVwceL3zDcXwMrppG87cN7',1795765795256);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765795217);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765795258);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765795369);
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
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',1,1795765796120238,'session.join','customer','{"number":"369540352","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"development","allow":["sysinfo","script"]}','d1f483ad36e0ac1022322a69fb19c168ff1974099caf060da2b445b5d8bbb84d',430);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',2,1795765796127327,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"}]}','4d323ab04cf5c5bc829eacf61e71e40e4f3fe10f3343e753b388cb6ef18a1f73',825);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',3,1795765796306540,'connection.open','alice','{"id":"8cceb1caf7da","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"from":"127.0.0.1:0"}','88f022f1d6b86dab25022608d044743cfb45938f0daa3e76d647b73245a18954',1255);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',4,1795765796321561,'connection.close','alice','{"id":"8cceb1caf7da","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"cause":"the other side closed the connection"}','2ec7f889735d80d3e400196c76053b7d9b7bc9805943b19110240365dfe53dba',1712);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',5,1795765796431233,'connection.open','alice','{"id":"135759497e4d","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"from":"127.0.0.1:0"}','31504343ee6698a20512b13ffc3778ce7523b79217e67992b6d25f62a37cb60d',2142);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',6,1795765796434651,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','fba3e1f9198ef31079d557ad89cb1bc94c834664d82cd16478d195e89b7802a7',2516);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',7,1795765796440571,'connection.close','alice','{"id":"135759497e4d","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"cause":"the other side closed the connection"}','bdcc7e86750a122b6b93325b4672367a2ccea9cd7dc44b677842059045e92517',2973);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',8,1795765796574784,'connection.open','alice','{"id":"7e5a4b3143ce","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"from":"127.0.0.1:0"}','0b7e84be2adc1e42158384c566a9aa117523f0bfb161cd456ced34636c3bada7',3403);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',9,1795765796583407,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','9375c3cfeabfbfc23608eda2e201cba00ac5b6ccd345c5bcab355f39d55f6039',3915);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',10,1795765796588225,'sysinfo.view','alice','{"categories":["os"]}','a5e07088ff1c0f99e9da7f3c649135f3434cecbafa27e7536219659962f51a65',4209);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',11,1795765796596891,'connection.close','alice','{"id":"7e5a4b3143ce","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"cause":"the other side closed the connection"}','fa54c28cdbb73b9058304b8d94d4ff173cff5c31038b0f7130370fd8fc376f74',4666);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',12,1795765796781823,'connection.open','alice','{"id":"57e3020520d0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"from":"127.0.0.1:0"}','bd91ef4805da1f4ed02bff6b8db1351d8e230ccfc4071def832bf29c4a6f4156',5096);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',13,1795765796786318,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','c2a36867b0d25df4c3afa028c7d9885901b7aa19f04945a9132b8510852ce543',5704);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',14,1795765796787664,'run.start','alice','{"id":"f5f9921ee4e5","run":"f5f9921ee4e5","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]}','605220b1112e3cd97b915de50ed0a5264ffb85879fe06b5ddee9e773b536d4fe',6132);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',15,1795765796788714,'script.start','alice','{"id":"f5f9921ee4e5/1","run":"f5f9921ee4e5","step":1,"text":"fix.sh"}','ae67ad8084504a80b8ddf2f26fad6acf091e6a929c7dbd3e2d75e1246970c8f4',6474);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',16,1795765796904640,'script.output','alice','{"id":"f5f9921ee4e5/1","run":"f5f9921ee4e5","step":1,"stream":"stdout","text":"fixed\n"}','2629bde3cf5f2c89072cdf5936b7c9a48fb3a5285b466d5be92274f4306d110a',6836);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',17,1795765796957380,'script.exit','alice','{"id":"f5f9921ee4e5/1","run":"f5f9921ee4e5","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":155469485,"bytes":6}}','9f3335dc14bd54448efd43ea0551fbe64032a7b27b75f1923e4805e8d9642d4e',7244);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',18,1795765796960430,'run.end','alice','{"id":"f5f9921ee4e5","run":"f5f9921ee4e5","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":155469485,"bytes":6}]}','a2be6521198f2f21d6c9b862d5c373f9de62a7b68604f1ed00f49da7b10a4d9c',7640);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',19,1795765796970964,'connection.close','alice','{"id":"57e3020520d0","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM"},"cause":"the other side closed the connection"}','f6d8d855fa813879b50cbcb5667f01b6d614f68912427251f6e944388670031d',8097);
INSERT INTO "events" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6',20,1795765798156234,'session.end','alice','{"by":"alice","summary":{"number":"369540352","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:49:56.120238Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:WwihD38V77731ZBJZfh3s2dbcqkg2/Ur5xNGLNil/PM","first":"2026-11-27T07:49:56.30654Z"}],"connected_seconds":2,"restarts":0}}','bed82ad9c31dfbff3ca222feab0e4c06e5a4754a4359eb5d07b523df7c008c75',8728);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:49:55');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:49:55');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:49:55');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:49:55');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:49:55');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:49:55');
CREATE TABLE packages (
    sha256  text PRIMARY KEY,
    archive text NOT NULL -- tar in base64: a column for bytes has another name in every database
);
INSERT INTO "packages" VALUES('69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755','Zml4LnNoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAwMDA3NTUAMDAwMDAwMAAwMDAwMDAwADAwMDAwMDAwMDI1ADAwMDAwMDAwMDAwADAxMDMyNwAgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB1c3RhcgAwMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwMDAwMDAwADAwMDAwMDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAjIS9iaW4vc2gKZWNobyBmaXhlZAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
CREATE TABLE program_uses (
    program text PRIMARY KEY, -- SHA-256
    runs    bigint NOT NULL,
    last    bigint NOT NULL,
    ok      bigint NOT NULL
);
INSERT INTO "program_uses" VALUES('6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',1,1795765796957,1);
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO "revisions" VALUES('accounts',4);
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
    sha256     text NOT NULL, stored bigint NOT NULL DEFAULT 0, -- of the package
    PRIMARY KEY (script, version)
);
INSERT INTO "script_versions" VALUES('4D4NPVJRZW6HWKFGDMEMGP7NIU',1,'fix','alice',1795765795971,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732);
INSERT INTO "script_versions" VALUES('4D4NPVJRZW6HWKFGDMEMGP7NIU',2,'fix','alice',1795765796044,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732);
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
INSERT INTO "scripts" VALUES('4D4NPVJRZW6HWKFGDMEMGP7NIU','FIX','fix','Network','repairs','alice',1,1795765795971,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6','{"seal":{"number":"369540352","seq":20,"hash":"bed82ad9c31dfbff3ca222feab0e4c06e5a4754a4359eb5d07b523df7c008c75","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP/7zy8PjXg0ofjBjttAoC914ueW0xN/i/tz71mQjZt8","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg//vPLw+NeDSh+MGO20CgL3Xi55\nbTE3+L+3PvWZCNm3wAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAECBPlKHfytWfmSboeKROwBIyJbO/VjagsEzOavStAor405ymt\nrMaclqV1SXjeKLK/j3uqx/7gb8iOuXdgsOWhIG\n-----END SSH SIGNATURE-----\n"}}
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
INSERT INTO "sessions" VALUES('CBQ4UDNAGO42CFF75JVNMX7DE6','369540352','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP/7zy8PjXg0ofjBjttAoC914ueW0xN/i/tz71mQjZt8',1795765795545,1795765796119,0,1795765798152,'alice','','T-17','the printer works');
INSERT INTO "sessions" VALUES('AJWOPB26PT2DO6SWGGSGSIGQGS','154121102','waiting','alice','','','','',1795765795613,0,0,0,'','','','');
INSERT INTO "sessions" VALUES('L6JUT2ITP5H3VTFYPCCULI7PYE','779573315','ended','alice','','','','',1795765795669,0,0,1795765795760,'alice','','','');
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',6);
COMMIT;
