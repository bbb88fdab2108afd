internal import Foundation
internal import Testing

@testable import Store

@Suite("Backup and restore")
struct BackupTests {
  let folder: Folder
  let database: Store.Database

  init() throws {
    folder = try Folder()
    database = try folder.open()
    let administration = Administration(database, by: "alice")
    try administration.addStation("2001", password: Password("secret1"), settings: [Assignment("user-id", "u1")])
  }

  @Test("A backup taken while the exchange writes is whole, and restores")
  func whileRunning() throws {
    let writer = Writer(database)
    for id in 1...3000 as ClosedRange<Int64> { try writer.submit([.putDialog(DialogRow(id: id, call: 1, state: [1]))]) }
    try database.backUp(to: folder.path + "/backup")
    writer.stop()
    #expect(folder.mode("backup") == 0o600)
    try Administration(database, by: "alice").removeStation("2001")
    try database.close()
    try Store.Database.restore(folder.path + "/backup", to: folder.database)
    let restored = try folder.open()
    #expect(try restored.load().stations.map { $0.password?.reveal() } == ["secret1"])
    #expect(try Administration(restored, by: "alice").audit(limit: 1).first?.what.hasPrefix("restored from ") == true)
    #expect(folder.mode("exchange.sqlite") == 0o600)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      left.filter { !$0.hasPrefix("exchange.sqlite-") } == [
        "backup", "exchange.sqlite", "exchange.sqlite.key", "exchange.sqlite.lock",
      ])
  }

  @Test("A backup overwrites nothing")
  func existing() throws {
    _ = try folder.write("precious", to: "backup")
    #expect(code { try database.backUp(to: folder.path + "/backup") } == .fileExists)
    #expect(try folder.read("backup") == Array("precious".utf8))
    #expect(code { try database.backUp(to: folder.path + "/none/backup") } == .notWritable)
  }

  @Test("A restore that cannot be leaves the database as it was")
  func refused() throws {
    try database.backUp(to: folder.path + "/backup")
    try database.close()
    let garbage = try folder.write(String(repeating: "garbage ", count: 1000), to: "garbage")
    #expect(code { try Store.Database.restore(garbage, to: folder.database) } == .notADatabase)
    #expect(code { try Store.Database.restore(folder.path + "/none", to: folder.database) } == .missingFile)
    var cut = try folder.read("backup")
    for index in 4096..<min(cut.count, 12_288) { cut[index] = 0xA5 }
    try Data(cut).write(to: URL(fileURLWithPath: folder.path + "/cut"))
    #expect([.corrupt, .notADatabase].contains(code { try Store.Database.restore(folder.path + "/cut", to: folder.database) }))
    let error = failure { try Store.Database.restore(folder.path + "/backup", to: folder.database, key: .random()) }
    #expect(error?.code == .keyWrong)
    #expect(error?.place == folder.path + "/backup")
    let lock = try ExchangeLock(database: folder.database)
    #expect(code { try Store.Database.restore(folder.path + "/backup", to: folder.database) } == .inUse)
    withExtendedLifetime(lock) {}
    #expect(try folder.open().load().stations.count == 1)
  }
}
