internal import Foundation
internal import GRDB
internal import Testing

@testable import Store

@Suite("Opening the database")
struct DatabaseTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
  }

  @Test("REG-5: database, log and key are readable by their owner only")
  func modes() throws {
    let database = try folder.open()
    try Administration(database, by: "test").setOption("call.ring-time", to: "90")
    #expect(folder.mode("exchange.sqlite") == 0o600)
    #expect(folder.mode("exchange.sqlite-wal") == 0o600)
    #expect(folder.mode("exchange.sqlite.key") == 0o600)
    #expect(try database.number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'") == 1)
    try database.integrityCheck()
  }

  @Test("A missing folder is named, with the command that makes it")
  func missingFolder() {
    let error = failure { _ = try Store.Database.open(folder.path + "/none/x.sqlite") }
    #expect(error?.code == .missingFolder)
    #expect(error?.description.contains("mkdir -p \(folder.path)/none") == true)
  }

  @Test("A command does not make a database by mistake")
  func missingFile() {
    #expect(code { _ = try Store.Database.open(folder.database, create: false) } == .missingFile)
    #expect(folder.mode("exchange.sqlite") == 0)
  }

  @Test("What is not a database is refused and left as it is")
  func notADatabase() throws {
    let text = String(repeating: "not a database, but long enough to be looked at. ", count: 200)
    _ = try folder.write(text, to: "exchange.sqlite")
    #expect(code { _ = try folder.open() } == .notADatabase)
    #expect(try folder.read("exchange.sqlite") == Array(text.utf8))
    #expect(code { _ = try Store.Database.open(folder.path) } == .notADatabase)
  }

  @Test("Another program's database is refused and left as it is")
  func foreign() throws {
    let other = try DatabaseQueue(path: folder.database)
    try other.write { try $0.execute(sql: "CREATE TABLE song (title TEXT)") }
    try other.close()
    #expect(code { _ = try folder.open() } == .notADatabase)
    let again = try DatabaseQueue(path: folder.database)
    #expect(try again.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") } == 1)
  }

  @Test("A database of a newer version is refused")
  func newerSchema() throws {
    let database = try folder.open()
    try database.execute("INSERT INTO grdb_migrations VALUES ('99 from the future')")
    try database.close()
    #expect(code { _ = try folder.open() } == .newerSchema)
  }

  @Test("Two processes that make the database at once both get it")
  func openedAtOnce() {
    let path = folder.database
    let errors = Box<[StoreError]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      do throws(StoreError) { try Store.Database.open(path).close() } catch { errors.update { $0.append(error) } }
    }
    #expect(errors.value.isEmpty)
  }

  @Test("REG-5: the wrong key is refused, and a missing key file is not replaced by a new one")
  func wrongKey() throws {
    try folder.open().close()
    #expect(code { _ = try Store.Database.open(folder.database, key: .random()) } == .keyWrong)
    unlink(KeyFile.path(database: folder.database))
    #expect(code { _ = try folder.open() } == .keyMissing)
    #expect(folder.mode("exchange.sqlite.key") == 0)
  }

  @Test("Durability follows the option, or what was asked for")
  func durability() throws {
    var database = try folder.open()
    func synchronous() throws -> Int? {
      try database.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }
    #expect(try synchronous() == 1)
    try Administration(database, by: "test").setOption("database.durability", to: "full")
    try database.close()
    database = try folder.open()
    #expect(try synchronous() == 2)
    try database.close()
    database = try Store.Database.open(folder.database, durability: .normal)
    #expect(try synchronous() == 1)
  }

  @Test("Damage is found")
  func damage() throws {
    let database = try folder.open()
    try database.execute("INSERT INTO whitelist (entry) VALUES ('192.0.2.1')")
    try database.pool.writeWithoutTransaction { connection in
      try connection.execute(sql: "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 2 WHERE name = 'whitelist'")
    }
    try database.close()
    #expect(code { try folder.open().integrityCheck() } == .corrupt)
  }

  @Test("One exchange runs on a database")
  func exchangeLock() throws {
    let lock = try ExchangeLock(database: folder.database)
    #expect(code { _ = try ExchangeLock(database: folder.database) } == .inUse)
    withExtendedLifetime(lock) {}
  }

  @Test("Times are printed in ISO 8601 and step without overflow")
  func moments() {
    #expect(Moment(milliseconds: 0).description == "1970-01-01T00:00:00.000Z")
    #expect(Moment(milliseconds: 1_709_164_799_999).description == "2024-02-28T23:59:59.999Z")
    #expect(Moment(milliseconds: 1_709_164_800_000).description == "2024-02-29T00:00:00.000Z")
    #expect(Moment(milliseconds: -1).description == "1969-12-31T23:59:59.999Z")
    #expect(Moment(milliseconds: 5) + .milliseconds(250) == Moment(milliseconds: 255))
    #expect(Moment(milliseconds: .max) + .seconds(1) == Moment(milliseconds: .max))
    #expect(Moment(milliseconds: 0) + .seconds(Int64.max) == Moment(milliseconds: .max))
    #expect(!Moment(milliseconds: .max).description.isEmpty && !Moment(milliseconds: .min).description.isEmpty)
    let formatter = ISO8601DateFormatter()
    for seconds in stride(from: Int64(-40_000_000_000), to: 100_000_000_000, by: 777_777_777) {
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds))).dropLast()
      #expect(seconds < -12_219_292_800 || Moment(milliseconds: seconds * 1000).description.hasPrefix(String(expected)))
    }
  }
}
