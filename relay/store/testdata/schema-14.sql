-- What a relay with schema 14 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(3,3,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(4,4,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(5,5,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(6,6,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(7,7,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(8,8,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(9,9,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(10,10,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(11,11,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(12,12,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(13,13,1,'2026-11-27 21:18:48');
INSERT INTO goose_db_version VALUES(14,14,1,'2026-11-27 21:18:48');
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO accounts VALUES('alice','Alice Kim',0,0,1795814329118);
INSERT INTO accounts VALUES('carol','Carol Lee',0,0,1795814329224);
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
, comment text NOT NULL DEFAULT '', used bigint NOT NULL DEFAULT 0);
INSERT INTO account_keys VALUES('SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlNvJIC5Q0B+eTMcpaRAinT2+ueHhjz4+RUq0pBaNJ2',1795814329116,'root@vm',1795813200000);
INSERT INTO account_keys VALUES('SHA256:k1nSBdpwWA7v4NZ0euZiwcaJCm1yMMuGrECKvKxOcF4','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0NIQfAUp5Ie6s0QJTYhQdHitR2jNhgZqCK9GAKoOd+',1795814329222,'root@vm',0);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO categories VALUES('General',1795814328996);
INSERT INTO categories VALUES('Network',1795814329241);
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
, ticket text NOT NULL DEFAULT '', note text NOT NULL DEFAULT '', name text NOT NULL DEFAULT '', picture text NOT NULL DEFAULT '', node text NOT NULL DEFAULT '', generation bigint NOT NULL DEFAULT 0, change_number bigint NOT NULL DEFAULT 0);
INSERT INTO sessions VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM','589079923','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMvKoT1FpqBM9i0T4izD9iE/GtvKw4UNBqc0LEXE9X9q',1795814329363,1795814329432,0,1795814329813,'alice','','','','','{"seq":13,"last":{"time":"2026-11-27T21:18:49.824091Z","kind":"session.end","by":"alice"}}','',0,0);
INSERT INTO sessions VALUES('UYILKS6FFDENVOUU74BGW7XL6H','564248967','ended','alice','','','','',1795814329886,0,0,1795814329961,'alice','','','','','','',0,0);
INSERT INTO sessions VALUES('UZBXB2U2IQ2JYW6LRCESGHMTMC','801631676','waiting','alice','','','','',1795814329979,0,0,0,'','','','','','','',0,0);
CREATE TABLE revisions (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO revisions VALUES('accounts',5);
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
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',1,1795814329435500,'session.join','customer','{"number":"589079923","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["script","csr-join","sysinfo"]}','560e3b568f2c2860ef9d889c3170a37d0b1b2dbafd60285a527da69d83ad53fb',435);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',2,1795814329439716,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90"}]}','fa54e16d4ae28deeb93c57d11ce14b9481cf18c329a0b46bf404ac86e88ee8b8',830);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',3,1795814329504446,'connection.open','alice','{"id":"0ace0becba57","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90"},"from":"127.0.0.1:0"}','34652785eac16158ae48bc5630a8550e64c9174261c2f6663844e13f04b31467',1260);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',4,1795814329538174,'words.exchange','alice','{"who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90"},"attempt":1,"agreed":true}','632bc2c13aaf00abc354f523eda323e15af70348719d5bc8be4ff1fd3627f35b',1674);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',5,1795814329579726,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','2fb350338689f5e10f49c3531fb20c3aa73a3ff9e4c159024a1211f7744fe720',2048);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',6,1795814329583525,'consent.answer','alice','{"question":{"id":1,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root","compared":"not-compared"},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','50ae5112dc1f8dcd3d7226afd724f0dd1f84dbdf80c798b6d35460772dc070a6',2695);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',7,1795814329586141,'run.start','alice','{"id":"5397e64c7433","run":"5397e64c7433","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','3115925715a87a9fe40b337d0728371ce6756ea3e7ebf0080360704c27fe99c9',3200);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',8,1795814329586806,'script.start','alice','{"id":"5397e64c7433/1","run":"5397e64c7433","step":1,"text":"fix.sh"}','1e0551e76b8cde70d99a54435491e8ae908c3927f3f121b2f331adedb7149202',3542);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',9,1795814329633677,'script.output','alice','{"id":"5397e64c7433/1","run":"5397e64c7433","step":1,"stream":"stdout","text":"fixed\n"}','f176cda51a838ae4b88fee0c0164e4af12f3de811d719392383c86f74c9614b9',3904);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',10,1795814329774647,'script.exit','alice','{"id":"5397e64c7433/1","run":"5397e64c7433","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":185347411,"bytes":6}}','3eb759173918d8d41e42061e37cf077bb94a0969403092d2b22a589964e84145',4312);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',11,1795814329777065,'run.end','alice','{"id":"5397e64c7433","run":"5397e64c7433","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":185347411,"bytes":6}]}','a2d52c61e0d99c3a56dd074608fc0ff80f93a51c00381204ac88828e131cd5a3',4708);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',12,1795814329784152,'connection.close','alice','{"id":"0ace0becba57","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90"}}','121815fc102cf2010c2398b01856eb3b277a5b8596a8bf9c38dac1477eb54bd0',5118);
INSERT INTO events VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',13,1795814329824091,'session.end','alice','{"by":"alice","summary":{"number":"589079923","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T21:18:49.4355Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90","first":"2026-11-27T21:18:49.504446Z"}],"connected_seconds":0,"restarts":0}}','6cfcc11d3201e8af07b0ba550402d784ca5474f231accb5b7cf822e9094b0ce4',5748);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO seals VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM',replace('{"seal":{"number":"589079923","seq":13,"hash":"6cfcc11d3201e8af07b0ba550402d784ca5474f231accb5b7cf822e9094b0ce4","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMvKoT1FpqBM9i0T4izD9iE/GtvKw4UNBqc0LEXE9X9q","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgy8qhPUWmoEz2LRPiLMP2IT8a28\nrDhQ0GpzQsRcT1f2oAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEA508M+7Xcy/zPnrzwZTlYljGLt2ODk4nEiJ7kuFCmOw1Oxrj\nQLvIECrNBvNPb+QPX9j2lHXPIKd2cujBAqJogD\n-----END SSH SIGNATURE-----\n"}}\012','\012',char(10)));
CREATE TABLE tombstones (
    session text PRIMARY KEY,
    header  text NOT NULL -- of its report, in JSON
);
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
INSERT INTO scripts VALUES('7N63BFUXPKU2WUYUTCPH6YBC2T','FIX','fix','Network','mends it','alice',1,1795814329329,1);
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
    sha256     text NOT NULL, stored bigint NOT NULL DEFAULT 0, parts text NOT NULL DEFAULT '', signer text NOT NULL DEFAULT '', signature text NOT NULL DEFAULT '', signed bigint NOT NULL DEFAULT 0, -- of the package
    PRIMARY KEY (script, version)
);
INSERT INTO script_versions VALUES('7N63BFUXPKU2WUYUTCPH6YBC2T',1,'fix','alice',1795814329329,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5','SHA256:fUbKN0SeuzhsfnXoCm551L+1w8Nx3P4SK2B07iVbb90','{"library":"RZ6Q7LT2TXF5Z4CEQCB7J4W4O2","name":"fix","owner":"alice","version":1,"category":"Network","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgeU28kgLlDQH55MxylpECKdPb65\n4eGPPj5FSrSkFo0nYAAAAPc2NyaXB0QHN1cHBvcnRkAAAAAAAAAAZzaGE1MTIAAABTAAAA\nC3NzaC1lZDI1NTE5AAAAQEGktlO7Vyefmu9zWOIqYwGmb8fR0phq1VO8C52+R2UCudOqcD\nAsudD7cts15mIujzp3MrqeA61t039Yq1jzAgM=\n-----END SSH SIGNATURE-----\n"}',433);
CREATE TABLE packages (
    sha256  text PRIMARY KEY,
    archive text NOT NULL -- tar in base64: a column for bytes has another name in every database
);
INSERT INTO packages VALUES('69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755','Zml4LnNoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAwMDA3NTUAMDAwMDAwMAAwMDAwMDAwADAwMDAwMDAwMDI1ADAwMDAwMDAwMDAwADAxMDMyNwAgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB1c3RhcgAwMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwMDAwMDAwADAwMDAwMDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAjIS9iaW4vc2gKZWNobyBmaXhlZAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
CREATE TABLE script_uses (
    script text PRIMARY KEY,
    runs   bigint NOT NULL,
    last   bigint NOT NULL,
    ok     bigint NOT NULL
);
INSERT INTO script_uses VALUES('7N63BFUXPKU2WUYUTCPH6YBC2T',1,1795814329774,1);
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO session_scripts VALUES('A3UYPYZYUDBIWQ3KNEJOQPTMNM','fix.sh');
CREATE TABLE wrong_numbers (
    source text NOT NULL,
    at     bigint NOT NULL
, change_number bigint NOT NULL DEFAULT 0, node text NOT NULL DEFAULT '');
CREATE TABLE unlocks (
    source text PRIMARY KEY,
    at     bigint NOT NULL
);
CREATE TABLE alarms (
    name text PRIMARY KEY,
    at   bigint NOT NULL
);
CREATE TABLE invitations (
    name    text PRIMARY KEY, -- its first characters, which are no secret
    account text NOT NULL UNIQUE REFERENCES accounts (name) ON DELETE CASCADE,
    hash    text NOT NULL,
    expires bigint NOT NULL,
    tries   bigint NOT NULL DEFAULT 0 -- how often it was named with another secret or account
);
CREATE TABLE library (
    one bigint PRIMARY KEY CHECK (one = 1), -- there is one row
    id  text NOT NULL
);
INSERT INTO library VALUES(1,'RZ6Q7LT2TXF5Z4CEQCB7J4W4O2');
CREATE TABLE nodes (
    name   text PRIMARY KEY,
    holder text NOT NULL, -- the process, by a random text
    peer   text NOT NULL, -- HOST:PORT, where the others reach it
    keys   text NOT NULL, -- the fingerprints of the group's keys, as it has them
    names  text NOT NULL, -- what customers call it, one in a line
    until  bigint NOT NULL -- the end of its lease, by the database's clock
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',14);
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
CREATE INDEX sessions_ended ON sessions (state, ended, id);
CREATE INDEX sessions_owner_ended ON sessions (owner, state, ended, id);
CREATE INDEX sessions_created ON sessions (created, id);
CREATE INDEX wrong_numbers_source ON wrong_numbers (source, at);
CREATE INDEX wrong_numbers_at ON wrong_numbers (at);
CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored, signed);
COMMIT;
