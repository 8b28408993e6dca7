-- What a relay with schema 9 has left: see TestD7_EveryKeptDatabaseIsTakenOver.
BEGIN TRANSACTION;
CREATE TABLE account_keys (
    fingerprint text PRIMARY KEY, -- one key, one person
    account     text NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line        text NOT NULL, -- as in authorized_keys, without a comment
    created     bigint NOT NULL
);
INSERT INTO "account_keys" VALUES('SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU','alice','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrlDV7CdHe2brvzBiLn3HjOtf/4AfoCitAeqbqe50uR',1795765809913);
INSERT INTO "account_keys" VALUES('SHA256:piYt+rrLntjBObOSck3eDRucOe76MDXCMe/Sz6wl5RE','carol','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKR0LQIgrfoxGJfQXJKCH4chGIqP7NLfwF2o6hFGiJgU',1795765809968);
CREATE TABLE accounts (
    name     text PRIMARY KEY,
    display  text NOT NULL,
    admin    bigint NOT NULL,
    disabled bigint NOT NULL,
    created  bigint NOT NULL -- all times are milliseconds since 1970, 0 is never
);
INSERT INTO "accounts" VALUES('alice','Alice Kim',0,0,1795765809917);
INSERT INTO "accounts" VALUES('carol','Carol Lee',1,0,1795765809970);
CREATE TABLE alarms (
    name text PRIMARY KEY,
    at   bigint NOT NULL
);
CREATE TABLE categories (
    name    text PRIMARY KEY,
    created bigint NOT NULL
);
INSERT INTO "categories" VALUES('Network',1795765810065);
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
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',1,1795765811258028,'session.join','customer','{"number":"836461697","name":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","owner":"alice","program":"0.1.0","allow":["sysinfo","script"]}','55731eb98e5510265c00b0739dcaa428190da4f02487742f4edc70d3785ce51a',424);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',2,1795765811312678,'access.change','relay','{"may_enter":[{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"}]}','5b18f0a7c3747952c71fa411e90b8d7228e61e388800ad311f034cb72b0eef8b',819);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',3,1795765811362787,'connection.open','alice','{"id":"d849eb8628a4","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"},"from":"127.0.0.1:0"}','d860a9a45d7d773829b1a00a8c5a83437b609f18d5349f3c7476c756e7cc0787',1249);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',4,1795765811374223,'connection.close','alice','{"id":"d849eb8628a4","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"}}','bbc963a4a547c0a55156de7b0fd64f9f18e26216700c8101cd4b24d5b79b8259',1659);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',5,1795765811557859,'connection.open','alice','{"id":"a1bdbfc7bfc4","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"},"from":"127.0.0.1:0"}','4369ce6dfaaf0ba4ed08ddc566be82ec344d5601878b2c4e3a89b5e753acc113',2089);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',6,1795765811625514,'file.stage','alice','{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}','c70ee95d95f22ee5c433a6d315cac8ebb39dd25114c255c29ad044fd89d50ea6',2463);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',7,1795765811636232,'connection.close','alice','{"id":"a1bdbfc7bfc4","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"}}','713ea0b24d106ee4a01ba566528bc0ab4eaaf88dc4653957f768392d1e73186f',2873);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',8,1795765811753837,'connection.open','alice','{"id":"cbc4b4b4418b","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"},"from":"127.0.0.1:0"}','93165e7491a2006a380f9e8f072ffead3d68413f7b19bcddd91ff6cf60da8e0d',3303);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',9,1795765811910631,'consent.answer','alice','{"question":{"id":1,"kind":"sysinfo","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"},"categories":["os"]},"answer":{"question":1,"decision":"allowed-once","why":"at-start"}}','3cca3beeb7805b9f799e93b854b26238340438756aab03db988b72c95cefa4b1',3815);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',10,1795765811921503,'sysinfo.view','alice','{"categories":["os"]}','c30139e1b2e9c2037f52275179a5eab57338313475da0e1fb9306780e01ec7a2',4109);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',11,1795765811980151,'connection.close','alice','{"id":"cbc4b4b4418b","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"}}','6323f3334cd360d16a6930f73810f269489bc46cc4f34406e1852c5468fd8c01',4519);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',12,1795765812378912,'connection.open','alice','{"id":"c517b20f0a51","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"},"from":"127.0.0.1:0"}','3606fa9a8be6d152eb3c8ed1c3bf8e560d0df0f7318517769dfb20b1703153bc',4949);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',13,1795765812382479,'consent.answer','alice','{"question":{"id":2,"kind":"script","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"},"programs":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438"}],"own":"root"},"answer":{"question":2,"decision":"allowed-once","why":"at-start"}}','f3a0273af15239636136ce876188fdd7bf8d7e96061b9160aabe9fb647177706',5570);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',14,1795765812387799,'run.start','alice','{"id":"bdb37c93d4d1","run":"bdb37c93d4d1","scripts":[{"name":"fix.sh","size":21,"sha256":"6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438","package":"27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5"}]}','37f0031af1babcd4f90a78b90fb8c745ca46cea53d437eee98dac882cbf7eb44',6075);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',15,1795765812396692,'script.start','alice','{"id":"bdb37c93d4d1/1","run":"bdb37c93d4d1","step":1,"text":"fix.sh"}','b190a49ada7fab135dea008d0d977c25b9e8159893d6e850d7d6e3085671964b',6417);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',16,1795765812507046,'script.output','alice','{"id":"bdb37c93d4d1/1","run":"bdb37c93d4d1","step":1,"stream":"stdout","text":"fixed\n"}','c285a91512e8c14b5cc9fa25eac91f742eb94089ee35c0152efd5a772050146a',6779);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',17,1795765812819089,'script.exit','alice','{"id":"bdb37c93d4d1/1","run":"bdb37c93d4d1","step":1,"outcome":{"name":"fix.sh","reason":"exit","code":0,"took_ns":361367266,"bytes":6}}','0225670d5b4e6a14f6c24966fa8f98918990425adc732a840d412308ed01ee4d',7187);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',18,1795765812819682,'run.end','alice','{"id":"bdb37c93d4d1","run":"bdb37c93d4d1","outcomes":[{"name":"fix.sh","reason":"exit","code":0,"took_ns":361367266,"bytes":6}]}','96491826dadf6c11c922faee55577020af5da6e092e100c5f886747ad2802cd2',7583);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',19,1795765812854802,'connection.close','alice','{"id":"c517b20f0a51","who":{"name":"Alice Kim","account":"alice","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU"}}','33422a1d6236865d04b724580d0ece6b89e052d71c8753e9ea14babf98f6577e',7993);
INSERT INTO "events" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5',20,1795765814240184,'session.end','alice','{"by":"alice","summary":{"number":"836461697","owner":"alice","customer":"Bob","host":"vm","os":"Debian GNU/Linux 12 (bookworm)","joined":"2026-11-27T07:50:11.258028Z","entered":[{"account":"alice","name":"Alice Kim","fingerprint":"SHA256:V4oDq1dY5dE4VjAbA+ptBurRyyJlfQb/H35Nm5JleEU","first":"2026-11-27T07:50:11.362787Z"}],"connected_seconds":2,"restarts":0}}','e05b13671f0b0d7a9193a2a9fcb1dc852a938762c69ed71bb94b83cbef2086a5',8625);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(3,3,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(4,4,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(5,5,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(6,6,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(7,7,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(8,8,1,'2026-11-27 07:50:09');
INSERT INTO "goose_db_version" VALUES(9,9,1,'2026-11-27 07:50:09');
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
INSERT INTO "script_uses" VALUES('KHF4WROOEWR76A5PVRDJ476BZF',1,1795765812819,1);
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
INSERT INTO "script_versions" VALUES('KHF4WROOEWR76A5PVRDJ476BZF',1,'fix','alice',1795765810564,0,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
INSERT INTO "script_versions" VALUES('KHF4WROOEWR76A5PVRDJ476BZF',2,'fix','alice',1795765810858,1,'fix.sh','6cf2168fbea48b6ff7d2a799191454174f766dbf836ae9ac6e34925b3b4eb438',21,'69662ad2882bbe51b69f8e8e4aab56d90ee36083266ef47527abb6bf6efa3755',2732,'27266e8ca15fddb4647ba54fa81a241ccab4d5e84af5c5770676668542d545f5');
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
INSERT INTO "scripts" VALUES('KHF4WROOEWR76A5PVRDJ476BZF','FIX','fix','Network','repairs','alice',1,1795765810564,2);
CREATE TABLE seals (
    session text PRIMARY KEY,
    seal    text NOT NULL
);
INSERT INTO "seals" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5','{"seal":{"number":"836461697","seq":20,"hash":"e05b13671f0b0d7a9193a2a9fcb1dc852a938762c69ed71bb94b83cbef2086a5","key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBrA6tavbcyeHOgy49kt0kWYg+oFww9fOMUWzJ1O1J1X","signature":"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgGsDq1q9tzJ4c6DLj2S3SRZiD6g\nXDD184xRbMnU7UnVcAAAAQam91cm5hbEBzdXBwb3J0ZAAAAAAAAAAGc2hhNTEyAAAAUwAA\nAAtzc2gtZWQyNTUxOQAAAEAbBZibcCOCnD98t/RsCdGsLLX8EriQMriGgz+qz1RXfeqMvm\nOKOPQ/EE10+Uj+mIpQZmdkP0YNDLlXe4M9EsQB\n-----END SSH SIGNATURE-----\n"}}
');
CREATE TABLE session_scripts (
    session text NOT NULL, -- outlives the row in sessions
    name    text NOT NULL,
    PRIMARY KEY (session, name)
);
INSERT INTO "session_scripts" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5','fix.sh');
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
INSERT INTO "sessions" VALUES('4MMXCUXQZTVP3PDEL6O6S6G5O5','836461697','ended','alice','Bob','vm','Debian GNU/Linux 12 (bookworm)','ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBrA6tavbcyeHOgy49kt0kWYg+oFww9fOMUWzJ1O1J1X',1795765810209,1795765811167,0,1795765814201,'alice','','T-17','the printer works');
INSERT INTO "sessions" VALUES('CW7LX74A7X4XMUWEKMGO5TPWG6','111397382','waiting','alice','','','','',1795765810280,0,0,0,'','','','');
INSERT INTO "sessions" VALUES('2ZMUPP43D4LGN7Y2CC3WLY526P','148889752','ended','alice','','','','',1795765810361,0,0,1795765810433,'alice','','','');
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
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',9);
COMMIT;
