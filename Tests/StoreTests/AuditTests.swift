internal import Foundation
internal import GRDB
internal import Testing

@testable import Store

@Suite("Audit trail")
struct AuditTests {
  let folder: Folder
  let database: Store.Database
  let administration: Administration

  static let anna = Author("anna", account: "strowger", origin: "ssh 203.0.113.7 pts/3", command: "station set")

  init() throws {
    folder = try Folder()
    database = try folder.open()
    administration = Administration(database, by: AuditTests.anna)
  }

  @Test("A change says who made it, from where, by which command, what it was and what it is now")
  func row() throws {
    try administration.addStation("2001", settings: [Assignment("srtp", "off"), Assignment("name", "Anna")])
    try administration.setStation("2001", settings: [Assignment("srtp", "required"), Assignment("contacts", "3")])
    let row = try #require(try administration.audit(limit: 1).first)
    #expect(row.who == "anna" && row.account == "strowger" && row.origin == "ssh 203.0.113.7 pts/3")
    #expect(row.command == "station set" && row.object == "station 2001")
    #expect(row.old == ["srtp=off"] && row.new == ["contacts=3", "srtp=required"])
    try administration.removeStation("2001")
    let removed = try #require(try administration.audit(limit: 1).first)
    #expect(removed.old == ["name=Anna", "contacts=3", "srtp=required"] && removed.new == [])
    #expect(try administration.audit(since: Moment(milliseconds: 0), who: "strowger", object: "station").count == 3)
    #expect(try administration.audit(who: "bert").isEmpty && administration.audit(object: "stat").isEmpty)
    #expect(try administration.audit(since: .now() + .seconds(60)).isEmpty)
  }

  @Test("Every kind of change leaves its row, and a secret stands in none of them")
  func everyKind() throws {
    let secret = Password("Vq7_mR2x")
    try administration.addStation("2001", password: secret, settings: [Assignment("user-id", "u1")])
    try administration.setStation("2001", password: secret)
    _ = try administration.importStations(Array("number,password,name\n2001,Vq7_mR2x,A\n2002,Vq7_mR2x,B\n".utf8), file: "s.csv")
    try administration.removeStation("2002")
    try administration.setOption("call.ring-time", to: "90")
    try administration.addToWhitelist("192.0.2.0/24")
    try administration.removeFromWhitelist("192.0.2.0/24")
    try administration.addAuthorisationCode("314159", label: "Sales", classOfService: "national")
    try administration.removeAuthorisationCode(label: "Sales")
    try administration.setTrunkSecret("carrier", userID: "us", password: secret)
    try administration.setTrunkSecret("carrier", userID: "us2", password: secret)
    try database.execute("INSERT INTO block VALUES ('192.0.2.66', 1760000000000, 'guessing')")
    try administration.unblock("192.0.2.66")
    try administration.unblock("192.0.2.67", isLifted: true)
    try administration.backUp(to: folder.path + "/copy")
    let rows = try administration.audit().reversed()
    let told = rows.map { "\($0.object): \($0.old.joined(separator: " ")) -> \($0.new.joined(separator: " "))" }
    #expect(
      told == [
        "station 2001:  -> user-id=u1 password=(set)", "station 2001:  -> password=(set anew)",
        "station 2001:  -> name=A password=(set anew)", "station 2002:  -> name=B password=(set)", "stations:  -> s.csv",
        "station 2002: name=B password=(set) -> ", "option call.ring-time: 180 -> 90", "white list:  -> 192.0.2.0/24",
        "white list: 192.0.2.0/24 -> ", "authorisation code Sales:  -> class=national",
        "authorisation code Sales: class=national -> ", "trunk carrier:  -> user-id=us password=(set)",
        "trunk carrier: user-id=us password=(set) -> user-id=us2 password=(set)",
        "block 192.0.2.66: until=2025-10-09T08:53:20.000Z reason=guessing -> ", "block 192.0.2.67:  -> ",
        "database:  -> \(folder.path)/copy",
      ])
    #expect(rows.allSatisfy { !"\($0)".contains("Vq7_mR2x") && !"\($0)".contains("314159") })
    #expect(try administration.checkAudit().findings == [])
  }

  @Test("A change that cannot be noted is not made")
  func oneTransaction() throws {
    try database.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    #expect(code { try administration.setOption("call.ring-time", to: "90") } == .constraint)
    #expect(code { try administration.addStation("2001") } == .constraint)
    #expect(try administration.option("call.ring-time") == "180" && administration.stations().isEmpty)
    #expect(code { try administration.backUp(to: folder.path + "/copy") } == .constraint)
    #expect(folder.mode("copy") == 0)
  }

  @Test(
    "Rows are neither changed nor removed nor replaced",
    arguments: [
      "UPDATE audit SET who = 'mallory'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 2",
      "INSERT OR REPLACE INTO audit (id, time, who, what) VALUES (2, 0, 'mallory', 'nothing')",
      "REPLACE INTO audit SELECT 1, time, 'mallory', what, account, origin, command, object, old, new, seal FROM audit WHERE id = 2",
      "UPDATE OR REPLACE audit SET id = 1 WHERE id = 2", "INSERT INTO audit (id, time, who, what) VALUES (0, 0, 'mallory', '')",
    ])
  func appendOnly(statement: String) throws {
    for number in ["2001", "2002", "2003"] { try administration.addStation(number) }
    let before = try administration.audit()
    #expect(code { try database.execute(statement) } == .constraint)
    #expect(try administration.audit() == before)
  }

  @Test(
    "Who gets past the triggers is found out",
    arguments: [
      ("UPDATE audit SET who = 'mallory' WHERE id = 2", ["change 2, or one before it, is not as it was written"]),
      ("UPDATE audit SET old = '' , new = 'x' WHERE id = 4", ["change 4, or one before it, is not as it was written"]),
      ("DELETE FROM audit WHERE id = 2", ["change 2 is missing", "change 3, or one before it, is not as it was written"]),
      ("DELETE FROM audit WHERE id > 2", ["changes 3 to 4 are missing"]), ("DELETE FROM audit", ["changes 1 to 4 are missing"]),
      (
        "UPDATE audit SET seal = (SELECT seal FROM audit WHERE id = 1) WHERE id = 4",
        ["change 4, or one before it, is not as it was written"]
      ),
    ])
  func tampering(statement: String, findings: [String]) throws {
    for number in ["2001", "2002", "2003", "2004"] { try administration.addStation(number) }
    #expect(try administration.checkAudit().findings == [] && administration.checkAudit().count == 4)
    try database.execute(
      "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut; DROP TRIGGER audit_is_not_replaced; " + statement)
    #expect(try administration.checkAudit().findings == findings)
    try administration.addStation("2005")
    #expect(try Set(administration.checkAudit().findings).isSuperset(of: findings), "what comes after hides nothing")
  }

  @Test("Rows of earlier versions stay, and are sealed by what comes after them")
  func earlierVersion() throws {
    try database.close()
    unlink(folder.database)
    let old = try DatabaseQueue(path: folder.database)
    try Schema.migrations.migrate(old, upTo: "2 voice mail")
    try old.write { connection in
      try connection.execute(
        sql: """
          INSERT INTO audit (time, who, what) VALUES (1, 'alice', 'station 2001 added'), (2, 'alice', 'station 2001 removed')
          """)
    }
    try old.close()
    unlink(KeyFile.path(database: folder.database))
    let database = try folder.open()
    let administration = Administration(database, by: "bert")
    try administration.addStation("2002")
    #expect(try administration.audit().map(\.what) == ["station 2002 added", "station 2001 removed", "station 2001 added"])
    #expect(try administration.checkAudit().findings == [] && administration.checkAudit().last == 3)
    try database.execute("DROP TRIGGER audit_is_not_changed; UPDATE audit SET who = 'mallory' WHERE id = 1")
    #expect(try administration.checkAudit().findings == ["change 3, or one before it, is not as it was written"])
  }

  @Test("A restore takes stations back, not the trail")
  func restore() throws {
    try administration.addStation("2001")
    try administration.backUp(to: folder.path + "/copy")
    try administration.removeStation("2001")
    try database.close()
    try Store.Database.restore(folder.path + "/copy", to: folder.database, by: AuditTests.anna)
    let restored = Administration(try folder.open(), by: "bert")
    #expect(try restored.stations().map(\.number) == ["2001"])
    let rows = try restored.audit()
    #expect(
      rows.map(\.what) == [
        "restored from \(folder.path)/copy", "station 2001 removed", "copied to \(folder.path)/copy", "station 2001 added",
      ])
    #expect(rows.first?.who == "anna" && rows.first?.old == [])
    #expect(try restored.checkAudit().findings == [])
  }

  @Test("A restore of a backup of other descent says that the trail does not go on")
  func foreignRestore() throws {
    let key = try KeyFile.load(database: folder.database, create: false)
    let other = try Store.Database.open(folder.path + "/other.sqlite", key: key)
    try Administration(other, by: "bert").addStation("2009")
    try other.backUp(to: folder.path + "/copy")
    try other.close()
    try administration.addStation("2001")
    try database.close()
    try Store.Database.restore(folder.path + "/copy", to: folder.database, by: AuditTests.anna)
    let restored = Administration(try folder.open(), by: "bert")
    #expect(try restored.audit(limit: 1).first?.old == ["the trail of the replaced database is not continued"])
    #expect(try restored.checkAudit().findings == [])
  }

  @Test("PLAN-3: a plan is told by the hash of its file, at a restart only where it is another one")
  func plan() throws {
    try administration.notePlan("plan.xml", Array("one".utf8), isRestart: true)
    try administration.notePlan("plan.xml", Array("one".utf8), isRestart: true)
    #expect(try administration.audit().count == 1)
    try administration.notePlan("plan.xml", Array("two".utf8), isRestart: false)
    let row = try #require(try administration.audit(limit: 1).first)
    #expect(
      row.what == "plan plan.xml reloaded" && row.old == ["sha256:7692c3ad3540bb80"] && row.new == ["sha256:3fc4ccfe745870e2"])
    try administration.notePlan("plan.xml", Array("two".utf8), isRestart: false)
    #expect(try administration.audit().count == 3)
  }
}
