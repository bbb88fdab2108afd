internal import Foundation
internal import Testing

@testable import Store

@Suite("Keys and sealed values")
struct SecretsTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
  }

  @Test("REG-5: a sealed password opens for its own station only")
  func sealed() throws {
    let secrets = Secrets(key: .random())
    let sealed = try secrets.seal(Array("Vq7_mR2x".utf8), for: "station 2001")
    #expect(try secrets.open(sealed, for: "station 2001") == Array("Vq7_mR2x".utf8))
    #expect(code { _ = try secrets.open(sealed, for: "station 2002") } == .tampered)
    #expect(code { _ = try Secrets(key: .random()).open(sealed, for: "station 2001") } == .tampered)
    #expect(code { _ = try secrets.open([], for: "station 2001") } == .tampered)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(code { _ = try secrets.open(changed, for: "station 2001") } == .tampered)
    }
    #expect(try secrets.seal(Array("Vq7_mR2x".utf8), for: "station 2001") != sealed)
  }

  @Test("REG-5: a password changed or moved in the database keeps its station off and disturbs no other")
  func tampered() throws {
    let database = try folder.open()
    let administration = Administration(database, by: "test")
    for number in ["2001", "2002", "2003"] {
      try administration.addStation(
        number, password: Password("secret\(number)"), settings: [Assignment("user-id", "u\(number)")])
    }
    try database.execute(
      "UPDATE station SET password = (SELECT password FROM station WHERE number = '2001') WHERE number = '2002'")
    try database.execute("UPDATE station SET password = zeroblob(40) WHERE number = '2003'")
    let snapshot = try database.load()
    #expect(snapshot.unreadable == ["2002", "2003"])
    #expect(snapshot.stations.map { $0.password?.reveal() } == ["secret2001", nil, nil])
    #expect(snapshot.stations[1].missing == ["password"])
  }

  @Test("REG-5: passwords do not print, and do not stand in the database's files")
  func unprintable() throws {
    let database = try folder.open()
    let station = try Administration(database, by: "test").addStation(
      "2001", password: Password("Vq7_mR2x"), settings: [Assignment("user-id", "2001-k7")])
    let key = try KeyFile.load(database: folder.database, create: false)
    for text in ["\(station)", String(reflecting: station), "\(Password("Vq7_mR2x"))"] {
      #expect(!text.contains("Vq7_mR2x"))
    }
    var dumped = ""
    dump(station, to: &dumped)
    #expect(!dumped.contains("Vq7_mR2x"))
    #expect("\(key) \(String(reflecting: key))" == "256-bit key 256-bit key")
    let audit = try Administration(database, by: "test").audit()
    #expect(audit.first?.what == "station 2001 added: user-id=2001-k7 password")
    for name in ["exchange.sqlite", "exchange.sqlite-wal"] {
      #expect(!String(decoding: try folder.read(name), as: UTF8.self).contains("Vq7_mR2x"))
    }
  }

  @Test(
    "REG-5: the key comes from the environment as hexadecimal or base64",
    arguments: [
      String(repeating: "0f", count: 32), "  " + String(repeating: "0F", count: 32) + "\n",
      Data(repeating: 15, count: 32).base64EncodedString(),
    ])
  func environment(text: String) throws {
    let key = try KeyFile.load(database: folder.database, environment: ["STROWGER_KEY": text])
    #expect(key.octets == [UInt8](repeating: 15, count: 32))
    #expect(folder.mode("exchange.sqlite.key") == 0)
  }

  @Test("REG-5: a key that is not 256 bits is refused", arguments: ["00", "xyz", String(repeating: "0g", count: 32)])
  func badKeys(text: String) throws {
    #expect(code { _ = try KeyFile.load(database: folder.database, environment: ["STROWGER_KEY": text]) } == .keyWrong)
    _ = try folder.write(text, to: "exchange.sqlite.key")
    #expect(code { _ = try KeyFile.load(database: folder.database, environment: [:]) } == .keyWrong)
  }

  @Test(
    "REG-5: a key file that others can read is refused, and the message says what to do",
    arguments: [0o640, 0o604, 0o620] as [mode_t])
  func exposed(mode: mode_t) throws {
    let path = try folder.write(String(repeating: "00", count: 32), to: "exchange.sqlite.key", mode: mode)
    let error = failure { _ = try KeyFile.load(database: folder.database, environment: [:]) }
    #expect(error?.code == .keyUnsafe)
    #expect(error?.mend == "chmod 600 \(path)")
  }

  @Test("REG-5: programs that make the key at once agree on one, and nothing else is left")
  func madeAtOnce() throws {
    let path = folder.database
    let keys = Box<[[UInt8]]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      if let key = try? KeyFile.load(database: path, environment: [:]) { keys.update { $0.append(key.octets) } }
    }
    #expect(keys.value.count == 8)
    #expect(Set(keys.value).count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["exchange.sqlite.key"])
  }

  @Test(
    "REG-5: which passwords are allowed",
    arguments: [
      ("abc12", false), ("abc123", true), ("!@#$%^&*_", true), ("2001-k7", false), ("abc 123", false), ("pässword", false),
      ("abcdef\n", false), (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
      ("user2001", false),
    ])
  func rules(password: String, allowed: Bool) {
    #expect((PasswordRule.check(password, userID: "user2001") == nil) == allowed)
  }

  @Test("REG-5: the manual's maximum of 8 can be demanded; fresh passwords keep every rule of ours")
  func maximum() throws {
    #expect(PasswordRule.check("12345678", userID: "u", maximum: 8) == nil)
    #expect(PasswordRule.check("123456789", userID: "u", maximum: 8) == "has 9 characters, at most 8 are allowed")
    let fresh = (0..<100).map { _ in PasswordRule.random() }
    #expect(Set(fresh).count == 100)
    #expect(fresh.allSatisfy { PasswordRule.check($0.reveal(), userID: "2001") == nil })
  }

  @Test("TRK-4: authorisation codes are kept as keyed hashes")
  func codes() throws {
    let database = try folder.open()
    let administration = Administration(database, by: "test")
    try administration.addAuthorisationCode("123456", label: "night shift", classOfService: "national")
    let kept = try administration.authorisationCodes()
    #expect(kept.map(\.hash) == [database.secrets.hash(ofCode: Array("123456".utf8))])
    #expect(kept.first?.hash != Secrets(key: .random()).hash(ofCode: Array("123456".utf8)))
    #expect(try !administration.audit().contains { $0.what.contains("123456") })
    #expect(code { try administration.addAuthorisationCode("123456", label: "other") } == .entryExists)
    #expect(code { try administration.addAuthorisationCode("12a456", label: "other") } == .invalidValue)
    try administration.removeAuthorisationCode(label: "night shift")
    #expect(code { try administration.removeAuthorisationCode(label: "night shift") } == .noSuchEntry)
  }
}
