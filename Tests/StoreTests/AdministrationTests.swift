internal import Foundation
internal import GRDB
internal import Testing

@testable import Store

@Suite("Administration")
struct AdministrationTests {
  let folder: Folder
  let database: Store.Database
  let administration: Administration

  init() throws {
    folder = try Folder()
    database = try folder.open()
    administration = Administration(database, by: "alice")
  }

  @Test("REG-5: a new station has neither user ID nor password, and says what is missing")
  func newStation() throws {
    #expect(try administration.addStation("2001").missing == ["user-id", "password"])
    #expect(try administration.setStation("2001", settings: [Assignment("user-id", "u1")]).missing == ["password"])
    #expect(try administration.setStation("2001", password: Password("secret1")).missing.isEmpty)
    #expect(try administration.station("2001").password == Password("secret1"))
  }

  @Test("Settings have their defaults, are checked, and go back to the default when emptied")
  func settings() throws {
    let station = try administration.addStation(
      "2001", settings: [Assignment("tone-source", "phone"), Assignment("name", "Zoë, \"Z\"")])
    #expect(station["tone-source"] == "phone" && station["dtmf-type"] == "rfc2833" && station["srtp"] == "optional")
    #expect(station.isOn("white-list") && !station.isOn("on-hook-transfer") && station.name == "Zoë, \"Z\"")
    #expect(try administration.setStation("2001", settings: [Assignment("tone-source", "")])["tone-source"] == "system")
    let error = failure {
      try administration.setStation("2001", settings: [Assignment("contacts", "4"), Assignment("srtp", "maybe")])
    }
    #expect(error?.description == "station 2001: srtp cannot be \"maybe\"; allowed: off|optional|required")
    #expect(try administration.station("2001")["contacts"] == "1", "nothing of a refused change is kept")
    #expect(code { try administration.setStation("2001", settings: [Assignment("colour", "red")]) } == .unknownName)
    #expect(code { try administration.setStation("2001", settings: [Assignment("name", "a\u{1}")]) } == .invalidValue)
    for contacts in ["0", "11", "-1", "+1", "1.0", "٣"] {
      #expect(code { try administration.setStation("2001", settings: [Assignment("contacts", contacts)]) } == .invalidValue)
    }
  }

  @Test("REG-5: the password rule sees the user ID as it will be")
  func passwordAgainstUserID() throws {
    try administration.addStation("2001", password: Password("secret1"), settings: [Assignment("user-id", "u1")])
    #expect(code { try administration.setStation("2001", settings: [Assignment("user-id", "secret1")]) } == .password)
    try administration.setStation("2001", password: Password("secret2"), settings: [Assignment("user-id", "secret1")])
    try administration.setOption("station.password-maximum", to: "8")
    let error = failure { try administration.setStation("2001", password: Password("secret2345")) }
    #expect(error?.code == .password)
    #expect(error?.description.contains("secret2345") == false)
  }

  @Test("Stations that are there, are not there, or cannot be")
  func entries() throws {
    try administration.addStation("2001")
    #expect(code { try administration.addStation("2001") } == .entryExists)
    for number in ["", "20a1", "*85", String(repeating: "1", count: 33), "２００１"] {
      #expect(code { try administration.addStation(number) } == .invalidValue)
    }
    #expect(code { try administration.removeStation("2009") } == .noSuchEntry)
    #expect(code { try administration.setStation("2009") } == .noSuchEntry)
    try administration.addStation("12")
    #expect(try administration.stations().map(\.number) == ["12", "2001"])
  }

  @Test("REG-13: a station that is removed takes its settings, registrations and features with it")
  func removal() throws {
    try administration.addStation("2001", settings: [Assignment("srtp", "off")])
    let writer = Writer(database, now: { noon })
    let machine = MachineRow(name: MachineName(module: "DoNotDisturb", kind: "station", key: "2001"), version: 1, state: [1])
    #expect(writer.keep([.putBinding(binding(1)), .putMachine(machine)]).code == nil)
    writer.stop()
    try administration.removeStation("2001")
    let snapshot = try database.load(now: noon)
    #expect(snapshot.stations.isEmpty && snapshot.bindings.isEmpty && snapshot.machines.isEmpty)
    #expect(try database.number("SELECT count(*) FROM station_setting") == 0)
  }

  @Test("Every change is in the audit trail, which can only grow, and moves the counter that a running exchange watches")
  func audit() throws {
    let other = try folder.open()
    let before = try other.administrationCounter()
    try administration.addStation("2001")
    try administration.setOption("call.ring-time", to: "90")
    _ = failure { try administration.setOption("call.ring-time", to: "soon") }
    try administration.addToWhitelist("192.0.2.0/24")
    #expect(try other.administrationCounter() == before + 3)
    #expect(try other.load().administration == before + 3)
    let trail = try administration.audit()
    #expect(trail.map(\.what) == ["white list: 192.0.2.0/24 added", "option call.ring-time=90", "station 2001 added"])
    #expect(trail.allSatisfy { $0.who == "alice" })
    #expect(code { try database.execute("DELETE FROM audit") } == .constraint)
    #expect(code { try database.execute("UPDATE audit SET who = 'mallory'") } == .constraint)
  }

  @Test("Options have defaults, meanings and limits, and say what is allowed")
  func options() throws {
    for option in OptionCatalog.all {
      #expect(option.kind.accepts(option.defaultValue), "\(option.name)")
      #expect(!option.meaning.isEmpty && !option.kind.allowed.isEmpty)
    }
    #expect(Set(OptionCatalog.all.map(\.name)).count == OptionCatalog.all.count)
    #expect(StationSetting.all.allSatisfy { $0.kind.accepts($0.defaultValue) })
    #expect(try administration.option("sip.expire-time") == "600")
    try administration.setOption("sip.expire-time", to: "30.5")
    #expect(try administration.options().time("sip.expire-time") == .milliseconds(30_500))
    try administration.setOption("sip.register-block-time", to: "0")
    #expect(try administration.options().time("sip.register-block-time") == nil)
    let error = failure { try administration.setOption("sip.comm-exclusive", to: "silent") }
    #expect(error?.description == "option sip.comm-exclusive: cannot be \"silent\"; allowed: response|no-response")
    #expect(code { try administration.setOption("sip.colour", to: "red") } == .unknownName)
    #expect(code { _ = try administration.option("sip.colour") } == .unknownName)
  }

  @Test(
    "Option values that must be refused",
    arguments: [
      ("sip.expire-time", "0"), ("sip.expire-time", "-1"), ("sip.expire-time", "1e3"), ("sip.expire-time", ""),
      ("sip.expire-time", "."),
      ("sip.expire-time", "5."), ("sip.expire-time", "99999999999999999999"), ("sip.register-retry-limit", "1001"),
      ("sip.licensed-stations", "OS9999"), ("net.private", "10.0.0.0/33"), ("net.private", "10.0.0.0/8,"), ("net.private", "ten"),
      ("media.ports", "80-90"), ("media.ports", "20000"), ("media.ports", "20001-20000"), ("media.ports", "20000-70000"),
      ("media.music", "a\nb"), ("station.password-maximum", "5"),
    ])
  func refusedOptions(name: String, value: String) {
    #expect(code { try administration.setOption(name, to: value) } == .invalidValue)
  }

  @Test("REG-4: licensed stations by number or by the manual's model")
  func licences() {
    func licensed(_ value: String, tls: Bool = false) -> Int? {
      SystemOptions(changed: ["sip.licensed-stations": value]).licensedStations(withTLS: tls)
    }
    #expect(licensed("unlimited") == nil && licensed("25") == 25 && licensed("OS7030") == 16)
    #expect(licensed("OS7200") == 128 && licensed("OS7200", tls: true) == 64 && licensed("OS7400", tls: true) == 160)
    let values = SystemOptions(changed: ["media.ports": "20000-20999", "net.private": "10.0.0.0/8,fd00::/8"])
    #expect(values.mediaPorts == 20_000...20_999 && values.privateNetworks == ["10.0.0.0/8", "fd00::/8"])
  }

  @Test("REG-6: white list entries are kept as typed, in order, once each")
  func whitelist() throws {
    try administration.addToWhitelist("2001:DB8::/32")
    try administration.addToWhitelist("192.168.1.255")
    #expect(code { try administration.addToWhitelist("192.168.1.255") } == .entryExists)
    #expect(code { try administration.addToWhitelist("192.168.1") } == .invalidValue)
    #expect(code { try administration.addToWhitelist("198.51.100.1", check: { _ in "is not ours" }) } == .invalidValue)
    #expect(try administration.whitelist() == ["2001:DB8::/32", "192.168.1.255"])
    try administration.removeFromWhitelist("2001:DB8::/32")
    #expect(code { try administration.removeFromWhitelist("2001:DB8::/32") } == .noSuchEntry)
    #expect(try database.load().whitelist == ["192.168.1.255"])
  }

  @Test("REG-8: blocked sources are listed and can be let in again")
  func blocks() throws {
    let writer = Writer(database)
    let soon = Moment.now() + .seconds(300)
    #expect(writer.keep([.putBlock(BlockRow(source: "192.0.2.66", until: soon, reason: "5 failed registrations"))]).code == nil)
    #expect(try administration.blocks().map(\.source) == ["192.0.2.66"])
    #expect(try administration.blocks(now: soon).isEmpty)
    try administration.unblock("192.0.2.66")
    #expect(code { try administration.unblock("192.0.2.66") } == .noSuchEntry)
    writer.stop()
  }

  @Test("Trunk secrets are sealed and come back for their own trunk")
  func trunkSecrets() throws {
    try administration.setTrunkSecret("carrier", userID: "strowger", password: Password("s3cret words"))
    #expect(try database.load().trunkSecrets.map { $0.password.reveal() } == ["s3cret words"])
    try database.execute("UPDATE trunk_secret SET trunk = 'other'")
    #expect(try database.load().trunkSecrets.isEmpty)
  }

  @Test("NAME=VALUE is taken apart at the first equals sign")
  func assignments() {
    #expect(Assignment(parsing: "name=a=b") == Assignment("name", "a=b"))
    #expect(Assignment(parsing: "name=") == Assignment("name", ""))
    #expect(Assignment(parsing: "name") == nil && Assignment(parsing: "=x") == nil)
  }
}
