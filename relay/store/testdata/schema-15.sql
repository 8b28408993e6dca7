-- What a relay with schema 15 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-27 15:39:39');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(3,3,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(4,4,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(5,5,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(6,6,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(7,7,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(8,8,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(9,9,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(10,10,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(11,11,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(12,12,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(13,13,1,'2026-11-27 15:39:40');
INSERT INTO goose_db_version VALUES(14,15,1,'2026-11-27 21:12:11');
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO accounts VALUES('alice','Alice Kim',0,0,1795794091348);
INSERT INTO accounts VALUES('carol','Carol Lee',1,0,1795794091578);
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
, comment text NOT NULL DEFAULT '', used bigint NOT NULL DEFAULT 0);
INSERT INTO account_keys VALUES('SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMA/ynv6HX30qANR/sMS4GQA4+guSTGKssjMgHgtMLv/',1795794091288,'alice@laptop',1795791600000);
INSERT INTO account_keys VALUES('SHA256:51me0IQP0LVgw2mXS4x4NMu1xq3j1cu67JyBC9+yBpA','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILuydOXRn/ag+H37wGX2QoajgfzRhqbyPbvKrsOt3PC1',1795794091569,'carol@laptop',0);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO categories VALUES('General',1795793980421);
INSERT INTO categories VALUES('Network',1795794091837);
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
INSERT INTO sessions VALUES('EZAL237ZZPF2S23JMD7T2VAMOI','127372140','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJayJl8Df9SE9QaRvL98R5TcvV8X52zRfhCKGa+lOSxe',1795794093065,1795794094319,0,1795794097590,'alice','','T-17','the printer works','','{"seq":17,"last":{"time":"2026-11-27T15:41:37.605246Z","kind":"session.end","by":"alice"}}');
INSERT INTO sessions VALUES('LA3ULSU3ZWDAG7TGPBOBDVYZCS','371772263','waiting','alice','','','','',1795794093267,0,0,0,'','','','','','');
INSERT INTO sessions VALUES('STAWEHUTPU4F6QD4UFWB74F573','637200163','ended','alice','','','','',1795794093529,0,0,1795794093815,'alice','','','','','');
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
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',1,1795794094431408,'session.join','customer','{"number":"127372140","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','99193b2d32d598774160eab1b5854c9dfeb967c171f0de5156aadd201f20d39a',424);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',2,1795794094463865,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"}]}','5802c9420ecade4e2f116dd1a4c58797d63cd2f4e59470d75d3188a742a75281',819);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',3,1795794095270198,'connection.open','alice','{"id":"52eda6ba40ae","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"},"from":"127.0.0.1:0"}','fc4a46087c67cede76ddfffb31428707f90a138c87bac033eb6fd5284562baad',1249);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',4,1795794095323196,'words.exchange','alice','{"who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"},"attempt":1,"agreed":true}','7347937072856a45d92a32440c6dae900bce7800de998cfaee08c244defdbae4',1663);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',5,1795794095379848,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','b7dcb2993a85d93ad33eb673ad46ae209c15354fafb69e767e38d85c6ff78f29',2175);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',6,1795794095380769,'sysinfo.view','alice','{"categories":["os"]}','7bd5c4ef7e1f3e6fc4c389c78f2dabb8c15e3b905e9d70e46534c22aa88bf20b',2469);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',7,1795794095403887,'connection.close','alice','{"id":"52eda6ba40ae","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"}}','e9018e156101e1d541c8bda560597163340516f4bd847e2e89ce99802ce10e31',2879);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',8,1795794095787140,'connection.open','alice','{"id":"dbab33a0b8fc","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"},"from":"127.0.0.1:0"}','b040e6df54fe12f7d72a646b1f2da4b095f5c7ebdfaa05856babef3866e87ab1',3309);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',9,1795794095856711,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','d0857dfcea4c0cf26047c10cdc7acb5ef34513a819f91a0deccfe186f739b789',3683);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',10,1795794095887476,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root"},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','49803feb5672b64a3657b62a8cbc68374dab52b7f980e05abcede24b5aee67f3',4304);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',11,1795794095888793,'run.start','alice','{"id":"362b05d8626c","run":"362b05d8626c","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','5c5124e41c6a03191bc617f3b1d02f2b24b8a10bfcbe92612d8a9b494e2e0ab2',4809);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',12,1795794095918675,'script.start','alice','{"id":"362b05d8626c/1","run":"362b05d8626c","step":1,"text":"fix.sh"}','f9affc02d3349071b17b2beb71082db0bf4aff2b6502239d295738b616eb867c',5151);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',13,1795794096298522,'script.output','alice','{"id":"362b05d8626c/1","run":"362b05d8626c","step":1,"stream":"stdout","text":"fixed\n"}','6f09ce1b174473f00d03a83a5b129801fe63ddbad8dac89ded44c25a21333ef5',5513);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',14,1795794097166787,'script.exit','alice','{"id":"362b05d8626c/1","run":"362b05d8626c","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":1232108742,"bytes":6}}','e50b5428537412ddda5131adfd19d46893a394619d38a3fcb630b462e2f7bcad',5922);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',15,1795794097171525,'run.end','alice','{"id":"362b05d8626c","run":"362b05d8626c","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":1232108742,"bytes":6}]}','874f8b5f3858469971d0334492f155bceefc04f9fdf1ed196ac231158b1d577b',6319);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',16,1795794097176158,'connection.close','alice','{"id":"dbab33a0b8fc","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA"}}','f3e581cec6af7dd45c37b6c86c620779f7a91fd7d1ac9cb357ead0e1f83eb0f9',6729);
INSERT INTO events VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',17,1795794097605246,'session.end','alice','{"by":"alice","summary":{"number":"127372140","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T15:41:34.431408Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA","first":"2026-11-27T15:41:35.270198Z"}],"connected_seconds":3,"restarts":0}}','3817f8da6fa9777cd4da1e439580120df8c771a0d0f2fccba561133991fad6bd',7361);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO seals VALUES('EZAL237ZZPF2S23JMD7T2VAMOI',replace('{"seal":{"number":"127372140","seq":17,"hash":"3817f8da6fa9777cd4da1e439580120df8c771a0d0f2fccba561133991fad6bd","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJayJl8Df9SE9QaRvL98R5TcvV8X52zRfhCKGa+lOSxe","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAglrImXwN/1IT1BpG8v3xHlNy9Xx\nfnbNF+EIoZr6U5LF4AAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEDaGRZVl+cSYANb30d9Hm9e2hFeP0E8VaD8+sqZMmAa9Vw54d\n22fOVmr7kp63+rq9NiulR/Ayhx9lT03Ng3S8EF\n-----END SSH SIGNATURE-----\n"}}\012','\012',char(10)));
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
INSERT INTO scripts VALUES('XDKR24X4TRG2DVL4IM4KDKXDXS','FIX','fix','Network','repairs','alice',1,1795794092522,2);
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
INSERT INTO script_versions VALUES('XDKR24X4TRG2DVL4IM4KDKXDXS',1,'fix','alice',1795794092522,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5','SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA','{"library":"SHA256:ZWEzPEQOpFjRg8eDcq2QaRKOsyftx+wnn37ZTsI9vPQ","name":"fix","owner":"alice","version":1,"category":"Network","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgwD/Ke/odffSoA1H+wxLgZADj6C\n5JMYqyyMyAeC0wu/8AAAAPc2NyaXB0QHN1cHBvcnRkAAAAAAAAAAZzaGE1MTIAAABTAAAA\nC3NzaC1lZDI1NTE5AAAAQLDF5XXDzfEC8P7i/PZxQTKYjqGLEmG3NSxzDQZbCxnBDSA5u8\ngUze6MoLthUAP2J1uF1rsnbytTi55hUZVFtA0=\n-----END SSH SIGNATURE-----\n"}',457,'','');
INSERT INTO script_versions VALUES('XDKR24X4TRG2DVL4IM4KDKXDXS',2,'fix','alice',1795794092819,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5','SHA256:Dw0tQjH512txPyNKYkbcLmEl+XOYVqEI/1j6VwBuVVA','{"library":"SHA256:ZWEzPEQOpFjRg8eDcq2QaRKOsyftx+wnn37ZTsI9vPQ","name":"fix","owner":"alice","version":1,"category":"Network","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgwD/Ke/odffSoA1H+wxLgZADj6C\n5JMYqyyMyAeC0wu/8AAAAPc2NyaXB0QHN1cHBvcnRkAAAAAAAAAAZzaGE1MTIAAABTAAAA\nC3NzaC1lZDI1NTE5AAAAQLDF5XXDzfEC8P7i/PZxQTKYjqGLEmG3NSxzDQZbCxnBDSA5u8\ngUze6MoLthUAP2J1uF1rsnbytTi55hUZVFtA0=\n-----END SSH SIGNATURE-----\n"}',457,'','');
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
INSERT INTO script_uses VALUES('XDKR24X4TRG2DVL4IM4KDKXDXS',1,1795794097166,1);
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO session_scripts VALUES('EZAL237ZZPF2S23JMD7T2VAMOI','fix.sh');
CREATE TABLE wrong_numbers (
    source text NOT NULL,
    at     bigint NOT NULL
);
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
INSERT INTO library VALUES(1,'SHA256:ZWEzPEQOpFjRg8eDcq2QaRKOsyftx+wnn37ZTsI9vPQ');
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
