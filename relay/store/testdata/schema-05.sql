-- What a relay with schema 5 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK4a1UJLWS5xNUTwSmjMd7LQGoJcCh4xIh/9Mh/Def+6',1795765788781);
INSERT INTO "account_keys" VALUES('SHA256:3IT2BRIYiNjxzM9dBu+H0dQvJxaiGvFLOo1DRpzyP6M','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILgvTLYqiZVTA6ZHdaHHPcbBro8rwLGaZ+iE7avDWxhz',1795765788804);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765788787);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765788806);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765788870);
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
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',1,1795765789463228,'session.join','customer','{"number":"714265889","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1","allow":["sysinfo","script"]}','5ca7af373b18ddbeed4dcbfa5409c34d4a1f50eaac18bb6ba9b94f93359f5ec1',422);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',2,1795765789473744,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"}]}','71e838e9861e498864531c6ba1f36ca8f5effd9cdb17805d0505d83397a8b918',817);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',3,1795765789868142,'connection.open','alice','{"id":"802c2f8d1957","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"from":"127.0.0.1:0"}','7dec8db6a308ede21bb5a9e88e7a201878f9442165f99fe8bda2777043efd53d',1247);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',4,1795765789880407,'connection.close','alice','{"id":"802c2f8d1957","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"cause":"the other side closed the connection"}','71fc05d0c6328a2bf13ec30995fbe4c88172973773bdf1618da3904e3b098ecf',1704);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',5,1795765790077626,'connection.open','alice','{"id":"0157d424a642","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"from":"127.0.0.1:0"}','63b847fe24af79f50e8254771bbd82bf11081d8b280643c9df3c275ce457875e',2134);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',6,1795765790089066,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','2a2fba66da039cf0a3b7abf44c8677cb72c93301a467636bcd5d91263dd81d73',2508);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',7,1795765790094444,'connection.close','alice','{"id":"0157d424a642","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"cause":"the other side closed the connection"}','7a6aebc1d589e534ebd99651024ccbee3d7eeec9e4df6556f419af94f0361a99',2965);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',8,1795765790199993,'connection.open','alice','{"id":"68f15d1f513f","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"from":"127.0.0.1:0"}','9b485ec25c70a99cb27a185bbef235b159333a5c76a85a4fdfa8752dfff6ec98',3395);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',9,1795765790207295,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','2c359c63a215956b5561d9f256e04dc4f2116633a6bc497274d06882bcd8e06e',3907);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',10,1795765790207837,'sysinfo.view','alice','{"categories":["os"]}','803b66decfd7cdbaae7fffe52788fb8413dec5c81b79c7f5f282253f3f079232',4201);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',11,1795765790212557,'connection.close','alice','{"id":"68f15d1f513f","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"cause":"the other side closed the connection"}','bb0a397e14afe7ae6d47978538337e0a925ba4f6881c05c4447bb7bc0c5f5481',4658);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',12,1795765790298752,'connection.open','alice','{"id":"232827c73993","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"from":"127.0.0.1:0"}','54b85230a39c8a0f7aebbd1ffe8488aa216ba4cf91cd7dd7fa29e4c4668260f1',5088);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',13,1795765790301413,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','cde95c5f62af6f3d8b161b9758459f1d853f5a1835604c101d658d9823735f69',5696);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',14,1795765790303268,'run.start','alice','{"id":"96609fe1f8e3","run":"96609fe1f8e3","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]}','e90eaa1a97d1d1b0f4f63991b9ce499b6194b2259a150a2c0391c7ae33c1a271',6124);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',15,1795765790310049,'script.start','alice','{"id":"96609fe1f8e3/1","run":"96609fe1f8e3","step":1,"text":"fix.sh"}','181a1ffb8022a57264805d06e66f3216d0af7bf0dd26f7aec3db70b0bd06e516',6466);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',16,1795765790327301,'script.output','alice','{"id":"96609fe1f8e3/1","run":"96609fe1f8e3","step":1,"stream":"stdout","text":"fixed\n"}','79a348e2904423ea15ee03f7109ade319c604e0f0fb3ccd39fc3248020f8b3ce',6828);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',17,1795765790342004,'script.exit','alice','{"id":"96609fe1f8e3/1","run":"96609fe1f8e3","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":28789819,"bytes":6}}','3d2f64ed3bdb0bde2c68b471682f3d05afabe5f76f49ef74f5978559c258181a',7235);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',18,1795765790407480,'run.end','alice','{"id":"96609fe1f8e3","run":"96609fe1f8e3","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":28789819,"bytes":6}]}','7919da50e7ff2d7b7335800efde6703113700b493decc71fb5a0b3905cd261cb',7630);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',19,1795765790419788,'connection.close','alice','{"id":"232827c73993","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:JY8M5UZVs/uyOhQpuIMwNdfAiaXAkuwHiYw8+GJ4kR8"},"cause":"the other side closed the connection"}','6c6085b8cc04ae47928fb18122a7113d13688178f39619c866e04ddfd913c23e',8087);
INSERT INTO "events" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH',20,1795765791850007,'session.end','alice','{"by":"alice"}','babd8cd69daddda769c4b974370840c7528038554420dd816bcab42e232a5937',8373);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:49:48');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:49:48');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:49:48');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:49:48');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:49:48');
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
INSERT INTO "program_uses" VALUES('6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',1,1795765790342,1);
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
    sha256     text NOT NULL, -- of the package
    PRIMARY KEY (script, version)
);
INSERT INTO "script_versions" VALUES('UVPE4USMXH52HS5J7ORVJPGCFM',1,'fix','alice',1795765789282,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755');
INSERT INTO "script_versions" VALUES('UVPE4USMXH52HS5J7ORVJPGCFM',2,'fix','alice',1795765789362,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755');
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
INSERT INTO "scripts" VALUES('UVPE4USMXH52HS5J7ORVJPGCFM','FIX','fix','Network','repairs','alice',1,1795765789282,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH','{"seal":{"number":"714265889","seq":20,"hash":"babd8cd69daddda769c4b974370840c7528038554420dd816bcab42e232a5937","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM6eu6xMr8uIW39g2S20hPSLtwoCBJhVMfO547EBqep8","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgzp67rEyvy4hbf2DZLbSE9Iu3Cg\nIEmFUx87njsQGp6nwAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEAuf4dbLD4/mG06ZuCqvLbW8U4bb+5gE6TWkYIOnp9Mmi19xE\nQaRjT+tkpmEgyCJgIDH9yYHtOBUDgXDaCtWJ4D\n-----END SSH SIGNATURE-----\n"}}
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
INSERT INTO "sessions" VALUES('K3J3MY76O4JKGWVOJH72H6JVDH','714265889','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM6eu6xMr8uIW39g2S20hPSLtwoCBJhVMfO547EBqep8',1795765789039,1795765789462,0,1795765791845,'alice','','T-17','the printer works');
INSERT INTO "sessions" VALUES('G7IT6ERWVWMZHVNRKQOPFCEE7D','991995314','waiting','alice','','','','',1795765789095,0,0,0,'','','','');
INSERT INTO "sessions" VALUES('6J23HVRQ5VTMTMIJTR7N7FR3ST','409837548','ended','alice','','','','',1795765789151,0,0,1795765789212,'alice','','','');
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',5);
COMMIT;
