-- What a relay with schema 15 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(3,3,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(4,4,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(5,5,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(6,6,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(7,7,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(8,8,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(9,9,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(10,10,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(11,11,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(12,12,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(13,13,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(14,14,1,'2026-11-27 22:22:05');
INSERT INTO goose_db_version VALUES(15,15,1,'2026-11-27 22:22:05');
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO accounts VALUES('alice','Alice Kim',0,0,1795818125763);
INSERT INTO accounts VALUES('carol','Carol Lee',0,0,1795818125841);
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
, comment text NOT NULL DEFAULT '', used bigint NOT NULL DEFAULT 0);
INSERT INTO account_keys VALUES('SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEHwiJy6WNy9LvXJtlFHk+/qJnzFTM+YuVVt3q6Df4rR',1795818125758,'root@vm',1795816800000);
INSERT INTO account_keys VALUES('SHA256:FkqEsMGUefx1v6yVXbLXhCoQqaujg9e+j1aom0TWDUM','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsjgp4IpHUTYm0ObZH+t8GztidyK4QbkJ7fQCEMwPIA',1795818125827,'root@vm',0);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO categories VALUES('General',1795818125387);
INSERT INTO categories VALUES('Network',1795818125886);
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
INSERT INTO sessions VALUES('L57Q327QCODQM72W2TSMIS3CVD','240669682','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOCxJrw80wB/zlh8rGLHZI+G34FmS/PW+9lUXO0wt+Oi',1795818126120,1795818126196,0,1795818126675,'alice','','','','','{"seq":13,"last":{"time":"2026-11-27T22:22:06.724568Z","kind":"session.end","by":"alice"}}','',0,0);
INSERT INTO sessions VALUES('PO5CE6EW6L24Q2QNVJPCB5P7NZ','283193816','ended','alice','','','','',1795818126988,0,0,1795818127013,'alice','','','','','','',0,0);
INSERT INTO sessions VALUES('J37YOTUMEFNAKKGEJ3CVSIZZXP','678057292','waiting','alice','','','','',1795818127031,0,0,0,'','','','','','','',0,0);
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
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',1,1795818126198836,'session.join','customer','{"number":"240669682","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["script","csr-join","sysinfo"]}','062fe4813b6a610ea2dd278ceb8bc4ad3ba1232c9b3fb117260de5df1ce90459',435);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',2,1795818126209115,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg"}]}','9ebf9f338fe5563c7c9116f9a5ba2926fcef6769a4b488438fa2f0c0c4847583',830);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',3,1795818126361897,'connection.open','alice','{"id":"13e0c43b0c40","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg"},"from":"127.0.0.1:0"}','3770833fe6fab489a2d06fb34324d1a4d7ee26ab8091dd084c66789b1a4c675a',1260);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',4,1795818126377694,'words.exchange','alice','{"who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg"},"attempt":1,"agreed":true}','d4b323fece253ec0628a119010f61ae64129e8a3b6255c159b21f258e09b867e',1674);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',5,1795818126408159,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','f2778a0a9ef00f483ecae7b9ee623f145f04eb7a08a73855281c24f952ae5a59',2048);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',6,1795818126414841,'consent.answer','alice','{"question":{"id":1,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root","compared":"not-compared"},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','a67e64c335bb79d2a1c613c8ca0c60b86ecf9c66d5c9abdc6cc853919fecf5a4',2695);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',7,1795818126416205,'run.start','alice','{"id":"f8ae26bdba5c","run":"f8ae26bdba5c","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','6e1bc03e1429ca5c9e21cbcb8e586dc51224016ac0b068784fb2b7bb60c063ba',3200);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',8,1795818126417356,'script.start','alice','{"id":"f8ae26bdba5c/1","run":"f8ae26bdba5c","step":1,"text":"fix.sh"}','7a576599854fde161914476b35411cb3f2d1a0e94dee010bd9d2a14782fd0643',3542);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',9,1795818126482104,'script.output','alice','{"id":"f8ae26bdba5c/1","run":"f8ae26bdba5c","step":1,"stream":"stdout","text":"fixed\n"}','7675c56b8d67782fccafb3542d8dd9dbc10512780bf2125b0574812c7b0a870e',3904);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',10,1795818126630980,'script.exit','alice','{"id":"f8ae26bdba5c/1","run":"f8ae26bdba5c","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":207979392,"bytes":6}}','212a70a1be74dadd54c3535151b5be44bbe776f64746ad1d1b18d63860f22c4e',4312);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',11,1795818126637947,'run.end','alice','{"id":"f8ae26bdba5c","run":"f8ae26bdba5c","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":207979392,"bytes":6}]}','bebe04b1ec126fb623a653d671160c67316572e16f2ba8cc2ac7db14b8ca299f',4708);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',12,1795818126643240,'connection.close','alice','{"id":"13e0c43b0c40","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg"}}','2edaacd950edba9363641d3ac0e4a2d93273eba9b9e4898945a4e844bd9b2dc6',5118);
INSERT INTO events VALUES('L57Q327QCODQM72W2TSMIS3CVD',13,1795818126724568,'session.end','alice','{"by":"alice","summary":{"number":"240669682","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T22:22:06.198836Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg","first":"2026-11-27T22:22:06.361897Z"}],"connected_seconds":0,"restarts":0}}','2d73933bbe70158b640bf28ed8749e091dbfc230dd0b54733ca63c29351665e4',5750);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO seals VALUES('L57Q327QCODQM72W2TSMIS3CVD',replace('{"seal":{"number":"240669682","seq":13,"hash":"2d73933bbe70158b640bf28ed8749e091dbfc230dd0b54733ca63c29351665e4","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOCxJrw80wB/zlh8rGLHZI+G34FmS/PW+9lUXO0wt+Oi","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg4LEmvDzTAH/OWHysYsdkj4bfgW\nZL89b72VRc7TC346IAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAECJisuvEC32Vv8s4ia3KoTaSoY6zqcdPQ5wZnw2zs495qnvPv\nrV+YOHqOMZye0PlEGhR5akX9OTvksVPQDc7EUC\n-----END SSH SIGNATURE-----\n"}}\012','\012',char(10)));
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
INSERT INTO scripts VALUES('CDPUTZHR5WIFGF7BR36GOVNPHP','FIX','fix','Network','mends it','alice',1,1795818126076,1);
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
    sha256     text NOT NULL, stored bigint NOT NULL DEFAULT 0, parts text NOT NULL DEFAULT '', signer text NOT NULL DEFAULT '', signature text NOT NULL DEFAULT '', signed bigint NOT NULL DEFAULT 0, approver text NOT NULL DEFAULT '', approval text NOT NULL DEFAULT '', -- of the package
    PRIMARY KEY (script, version)
);
INSERT INTO script_versions VALUES('CDPUTZHR5WIFGF7BR36GOVNPHP',1,'fix','alice',1795818126076,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5','SHA256:ucOO088WjhM4AKs2vxN153mIxSYom0lMsFNT1oDYcHg','{"library":"W62MWGR2P6K7XBIURB2HIEU27K","name":"fix","owner":"alice","version":1,"category":"Network","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgQfCInLpY3L0u9cm2UUeT7+omfM\nVMz5i5VW3eroN/itEAAAAPc2NyaXB0QHN1cHBvcnRkAAAAAAAAAAZzaGE1MTIAAABTAAAA\nC3NzaC1lZDI1NTE5AAAAQKO6QxkRkXgA5rRzpHa244DyzZz2/I2KAGN9hXElU3GKnLmiFB\nNgkZdB6FMIw7Uv4DxTlB3sPLf+lmSIBEyyIgg=\n-----END SSH SIGNATURE-----\n"}',433,'','');
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
INSERT INTO script_uses VALUES('CDPUTZHR5WIFGF7BR36GOVNPHP',1,1795818126630,1);
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO session_scripts VALUES('L57Q327QCODQM72W2TSMIS3CVD','fix.sh');
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
INSERT INTO library VALUES(1,'W62MWGR2P6K7XBIURB2HIEU27K');
CREATE TABLE nodes (
    name   text PRIMARY KEY,
    holder text NOT NULL, -- the process, by a random text
    peer   text NOT NULL, -- HOST:PORT, where the others reach it
    keys   text NOT NULL, -- the fingerprints of the group's keys, as it has them
    names  text NOT NULL, -- what customers call it, one in a line
    until  bigint NOT NULL -- the end of its lease, by the database's clock
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',15);
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
