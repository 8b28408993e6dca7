-- What a relay with schema 3 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIINekeN1YjpM4BPhnYPRJF2+lca7uAf6s/y1rjY4R0Vy',1795765775367);
INSERT INTO "account_keys" VALUES('SHA256:COLcGTHITBLh2OkNwj1Pm57RjBdUkgMe/DT7OS75tgM','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKwRfG0ZoIi58leSSu8/iuLPfaeEL6uhuOu69UsDzv99',1795765775416);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765775377);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765775417);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765775700);
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
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',1,1795765776258392,'session.join','customer','{"number":"267807007","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1","allow":["sysinfo","script"]}','8558d31fc84a85bfeb613b4b77a2da809a9aee80b6cde38654d99a4ded3b79d5',146);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',2,1795765776267508,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"}]}','d581f3661d077aa441befe5c475644569162dfa18e72565349e644ebd5d49a4b',267);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',3,1795765776495720,'connection.open','alice','{"id":"94f8d25949ce","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"from":"127.0.0.1:0"}','4b4656f6e7b1f572543a08ca957ee0a2362ca91d7ea17a126f04f3ade39d86ac',421);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',4,1795765776500566,'connection.close','alice','{"id":"94f8d25949ce","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"cause":"the other side closed the connection"}','526f3579d67bec2d89ee0b5d4e29d919dd14e04137e88ebb4248586f27fb94c4',601);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',5,1795765776719652,'connection.open','alice','{"id":"58713219634a","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"from":"127.0.0.1:0"}','a755942e075f1cad2635489dc24fea6eae94064f2bfe6103c082810e4988fe2e',755);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',6,1795765776736473,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','5b54b146a3812a0b34943b99c6e475e23b7c4a639e750ccfd995cc39611da28e',858);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',7,1795765776740204,'connection.close','alice','{"id":"58713219634a","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"cause":"the other side closed the connection"}','4ae05a6c1b29412b4a4b05121bc7a5db9e023deffffa59b21531f9646b4c935d',1038);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',8,1795765777091076,'connection.open','alice','{"id":"af143a26afe3","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"from":"127.0.0.1:0"}','a6b39ffdb2d90231abb70f58b416d2ddeb494df34825f581c615db19ab0831ad',1192);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',9,1795765777096020,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','4b112ac92ceb9279a7ca870c044509e63e99791086388070d72ac90d77ad4732',1429);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',10,1795765777096351,'sysinfo.view','alice','{"categories":["os"]}','6bfb18083181de5332853dd45a1309541c5d08bd614ce87a011cd8a76d6b4dcb',1450);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',11,1795765777099945,'connection.close','alice','{"id":"af143a26afe3","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"cause":"the other side closed the connection"}','2aa2a8d06edec31ecbd9335a04b70eb14c9ce03ec0eb5b9135ffd9376c3cf52e',1630);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',12,1795765777512956,'connection.open','alice','{"id":"41c3cc62d93b","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"from":"127.0.0.1:0"}','5837ad566809ed675b47f7da48335d61001ddca14fcce534b5c7d72cb619f39d',1784);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',13,1795765777533767,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','b6b2bba44608ec2cf48e19936e152f896cfd53e682fb7d35b824d3d89c103d78',2117);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',14,1795765777535026,'run.start','alice','{"id":"352aa49abdba","run":"352aa49abdba","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}]}','8d25afa67c5e426f7b07b6222091e1f22346c7504fee0b9d3f79f8bd0408ce78',2275);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',15,1795765777582269,'script.start','alice','{"id":"352aa49abdba/1","run":"352aa49abdba","step":1,"text":"fix.sh"}','7d989a0eaeb15bdb89d3912d5e02cc3d73de384274e9a1478ec9f087e85c29a9',2344);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',16,1795765777721966,'script.output','alice','{"id":"352aa49abdba/1","run":"352aa49abdba","step":1,"stream":"stdout","text":"fixed\n"}','ca6aee7a64cf82f96aca1acd559a6ad952a9d0432194e99f503ca492995fa297',2432);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',17,1795765777798420,'script.exit','alice','{"id":"352aa49abdba/1","run":"352aa49abdba","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":210141358,"bytes":6}}','800b34d92d1e4469c6d5cd7ad8a3c159f564aada160ce3dad0d65c8e3c7cbc13',2568);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',18,1795765777804617,'run.end','alice','{"id":"352aa49abdba","run":"352aa49abdba","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":210141358,"bytes":6}]}','bd7070b9574c284126423e87a4c1e0c79592688b5999835ef65394152c9badae',2696);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',19,1795765777806269,'connection.close','alice','{"id":"41c3cc62d93b","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ZAG98G/w7ghsVPZvaHZsRP9rAb5fEMh/p5SAirp169Q"},"cause":"the other side closed the connection"}','b660b0a56b8fde770934867ec1f3d6b07af4f11ccef91897c1a3680039dd9884',2876);
INSERT INTO "events" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ',20,1795765779084892,'session.end','alice','{"by":"alice"}','30efdc44974f2b228f36119d7891a4f88567ee553bb77e7e3c95a9e998e5a60a',2890);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:49:35');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:49:35');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:49:35');
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO "revisions" VALUES('accounts',4);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ','{"seal":{"number":"267807007","seq":20,"hash":"30efdc44974f2b228f36119d7891a4f88567ee553bb77e7e3c95a9e998e5a60a","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKT8Fi12jh+ep8rH7MET603g0blSymRro3AOTYFzMv5h","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgpPwWLXaOH56nysfswRPrTeDRuV\nLKZGujcA5NgXMy/mEAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEBBOGKFtRnWFXldbybIUId+ajQrKqUe5sNph9HSRXWNH6umAO\nsWra8KoDWonD6+zZxXvGsJsMdu5PE4qmACxnoC\n-----END SSH SIGNATURE-----\n"}}
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
);
INSERT INTO "sessions" VALUES('X4NU5EI7UVKL74Y6PQVJLWIDVJ','267807007','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKT8Fi12jh+ep8rH7MET603g0blSymRro3AOTYFzMv5h',1795765776059,1795765776257,0,1795765779072,'alice','');
INSERT INTO "sessions" VALUES('UXQUTCM4EX4PCRKMJXH3HPK72C','836575699','waiting','alice','','','','',1795765776115,0,0,0,'','');
INSERT INTO "sessions" VALUES('ACYYIEEZ2SHHCROHGRJNTLAIPC','350880783','ended','alice','','','','',1795765776176,0,0,1795765776235,'alice','');
CREATE INDEX account_keys_account ON account_keys (account);
CREATE UNIQUE INDEX sessions_number_open ON sessions (number) WHERE state <> 'ended';
CREATE UNIQUE INDEX sessions_identity ON sessions (identity) WHERE identity <> '';
CREATE INDEX sessions_number ON sessions (number);
CREATE INDEX sessions_owner ON sessions (owner, created);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',3);
COMMIT;
