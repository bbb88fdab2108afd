internal import GRDB

/// The tables. Migrations are only ever appended: a database of any earlier version opens.
enum Schema {
  /// "Strg": marks the file as ours (`PRAGMA application_id`).
  static let application: Int32 = 0x5374_7267

  static let migrations: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 the exchange") { connection in
      try connection.execute(sql: "PRAGMA application_id = \(application)")
      try connection.execute(sql: administered)
      try connection.execute(sql: hot)
    }
    migrator.registerMigration("2 voice mail") { connection in try connection.execute(sql: recordings) }
    migrator.registerMigration("3 audit trail") { connection in try connection.execute(sql: audit) }
    return migrator
  }()

  // Without a reference to station: a message that ends after its owner was removed must not fail the batch it is in.
  private static let recordings = """
    CREATE TABLE recording (
      number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 4294967295),
      owner TEXT NOT NULL CHECK (owner <> ''),
      caller TEXT NOT NULL,
      time INTEGER NOT NULL,
      length INTEGER NOT NULL CHECK (length >= 0),
      is_new INTEGER NOT NULL CHECK (is_new IN (0, 1))
    ) STRICT;
    """

  // Only growing numbers: REPLACE would otherwise put a row in another's place without firing the trigger against deletion.
  private static let audit = """
    ALTER TABLE audit ADD COLUMN account TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN origin TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN command TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN object TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN old TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN new TEXT NOT NULL DEFAULT '';
    ALTER TABLE audit ADD COLUMN seal BLOB CHECK (seal IS NULL OR length(seal) = 32);
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
      WHEN NEW.id <= coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)
      BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
    """

  private static let administered = """
    CREATE TABLE meta (
      name TEXT PRIMARY KEY NOT NULL,
      value ANY NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('administration', 0);

    CREATE TABLE station (
      number TEXT PRIMARY KEY NOT NULL CHECK (length(number) BETWEEN 1 AND 32 AND number NOT GLOB '*[^0-9]*'),
      user_id TEXT NOT NULL DEFAULT '',
      name TEXT NOT NULL DEFAULT '',
      password BLOB CHECK (password IS NULL OR length(password) > 28),
      last_seen INTEGER
    ) STRICT;

    CREATE TABLE station_setting (
      station TEXT NOT NULL REFERENCES station (number) ON DELETE CASCADE,
      name TEXT NOT NULL CHECK (name <> ''),
      value TEXT NOT NULL,
      PRIMARY KEY (station, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE option (
      name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE whitelist (
      id INTEGER PRIMARY KEY,
      entry TEXT NOT NULL UNIQUE CHECK (entry <> '')
    ) STRICT;

    CREATE TABLE authorisation_code (
      label TEXT PRIMARY KEY NOT NULL CHECK (label <> ''),
      hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
      class TEXT NOT NULL DEFAULT ''
    ) STRICT;

    CREATE TABLE trunk_secret (
      trunk TEXT PRIMARY KEY NOT NULL CHECK (trunk <> ''),
      user_id TEXT NOT NULL DEFAULT '',
      password BLOB NOT NULL CHECK (length(password) > 28)
    ) STRICT;

    CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL,
      who TEXT NOT NULL,
      what TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
    CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
    """

  private static let hot = """
    CREATE TABLE binding (
      id INTEGER PRIMARY KEY CHECK (id > 0),
      station TEXT NOT NULL REFERENCES station (number) ON DELETE CASCADE,
      contact TEXT NOT NULL CHECK (contact <> ''),
      source_address TEXT NOT NULL,
      source_port INTEGER NOT NULL CHECK (source_port BETWEEN 0 AND 65535),
      transport TEXT NOT NULL CHECK (transport IN ('udp', 'tcp', 'tls')),
      listener TEXT NOT NULL,
      user_agent TEXT NOT NULL,
      call_id TEXT NOT NULL,
      cseq INTEGER NOT NULL CHECK (cseq BETWEEN 0 AND 4294967295),
      q INTEGER NOT NULL CHECK (q BETWEEN 0 AND 1000),
      instance TEXT NOT NULL,
      registration_id INTEGER NOT NULL CHECK (registration_id BETWEEN 0 AND 4294967295),
      path TEXT NOT NULL,
      expires INTEGER NOT NULL,
      registered INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX binding_station ON binding (station);
    CREATE TRIGGER binding_was_seen BEFORE DELETE ON binding
      BEGIN UPDATE station SET last_seen = max(coalesce(last_seen, 0), OLD.registered) WHERE number = OLD.station; END;

    CREATE TABLE machine (
      module TEXT NOT NULL CHECK (module <> ''),
      kind TEXT NOT NULL CHECK (kind <> ''),
      key TEXT NOT NULL,
      version INTEGER NOT NULL,
      state BLOB NOT NULL,
      PRIMARY KEY (module, kind, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE call (
      id INTEGER PRIMARY KEY CHECK (id > 0),
      handle INTEGER NOT NULL,
      state BLOB NOT NULL
    ) STRICT;

    CREATE TABLE dialog (
      id INTEGER PRIMARY KEY CHECK (id > 0),
      call INTEGER NOT NULL,
      state BLOB NOT NULL
    ) STRICT;

    CREATE TABLE answered (
      id INTEGER PRIMARY KEY CHECK (id > 0),
      key BLOB NOT NULL,
      response BLOB NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE access_log (
      id INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      source TEXT NOT NULL,
      number TEXT NOT NULL,
      user_agent TEXT NOT NULL,
      outcome TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT;

    CREATE TABLE cdr (
      id INTEGER PRIMARY KEY CHECK (id > 0),
      caller TEXT NOT NULL,
      dialled TEXT NOT NULL,
      answered_by TEXT,
      features TEXT NOT NULL,
      start INTEGER NOT NULL,
      answer INTEGER,
      "end" INTEGER,
      cause TEXT NOT NULL,
      authorisation TEXT,
      media_path TEXT NOT NULL
    ) STRICT;

    CREATE TABLE block (
      source TEXT PRIMARY KEY NOT NULL CHECK (source <> ''),
      until INTEGER NOT NULL,
      reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
