internal import Foundation
internal import Testing

@testable import Store

@Suite("Stations as CSV")
struct CSVTests {
  let folder: Folder
  let database: Store.Database
  let administration: Administration

  init() throws {
    folder = try Folder()
    database = try folder.open()
    administration = Administration(database, by: "alice")
  }

  private func take(_ text: String) throws(StoreError) -> ImportReport {
    try administration.importStations(Array(text.utf8), file: "stations.csv")
  }

  @Test("REG-5: a spreadsheet's file with byte order mark, CRLF, quotes and empty lines is taken")
  func spreadsheet() throws {
    try administration.addStation("2002", password: Password("secret2"), settings: [Assignment("name", "Old")])
    let report = try take(
      "\u{FEFF}number,user-id,name,password,srtp\r\n2001,u1,\"Zoë, \"\"Z\"\"\",secret1,off\r\n\r\n2002,u2,,,\r\n2003,,\" \",,")
    #expect(report == ImportReport(added: ["2001", "2003"], changed: ["2002"]))
    let stations = try administration.stations()
    #expect(stations[0].name == "Zoë, \"Z\"" && stations[0]["srtp"] == "off" && stations[0].password == Password("secret1"))
    #expect(stations[1].name == "Old" && stations[1].userID == "u2" && stations[1].password == Password("secret2"))
  }

  @Test("What was exported is taken back; passwords are not in it")
  func roundTrip() throws {
    try administration.addStation(
      "2001", password: Password("secret1"),
      settings: [Assignment("user-id", "u1"), Assignment("name", "A, \"B\""), Assignment("contacts", "3")])
    try administration.addStation("2002")
    let text = try administration.exportStations()
    #expect(!text.contains("secret1"))
    let other = try Folder()
    let copy = Administration(try other.open(), by: "bob")
    #expect(try copy.importStations(Array(text.utf8), file: "x").added == ["2001", "2002"])
    #expect(try copy.exportStations() == text)
    #expect(try take(text).changed == ["2001", "2002"])
    #expect(try administration.station("2001").password == Password("secret1"))
  }

  @Test(
    "Mistakes in the file are told with line and column, and nothing is taken",
    arguments: [
      ("", "stations.csv:1:1: error: there is no header line; it must name number"),
      ("number,colour\n2001,red\n", "stations.csv:1:8: error: there is no column colour"),
      ("number,name,name\n", "stations.csv:1:13: error: column name stands here twice"),
      ("name\nx\n", "stations.csv:1:1: error: the header does not name the column number"),
      ("number,name\n2001\n", "stations.csv:2:1: error: 1 cells where the header names 2"),
      ("number,name\n2001,\"open\n", "stations.csv:2:6: error: the quote that begins here is not closed"),
      ("number,name\n2001,a\"b\n", "stations.csv:2:7: error: a field that holds a quote must begin with one"),
      ("number,name\n2001,\"a\"b\n", "stations.csv:2:9: error: only a comma or the line's end may follow a closing quote"),
      ("number\n2001\n2001\n", "stations.csv:3:1: error: station 2001 stands in line 2 already"),
      ("number\n20x1\n", "stations.csv:2:1: error: station 20x1: a station's number is 1 to 32 digits"),
      ("number,user-id,password\n2001,u1,abc\n", "stations.csv:2:9: error: station 2001: the password has 3 characters"),
      (
        "number,srtp\n2001,off\n2002,maybe\n",
        "stations.csv:3:6: error: station 2002: srtp cannot be \"maybe\"; allowed: off|optional|required"
      ),
    ])
  func mistakes(text: String, expected: String) throws {
    let error = failure { _ = try take(text) }
    #expect(error?.code == .csv)
    #expect(error?.details.first?.hasPrefix(expected) == true, "\(error?.details ?? [])")
    #expect(try administration.stations().isEmpty)
    #expect(try administration.audit().isEmpty)
  }

  @Test("All mistakes are told at once, without passwords")
  func all() throws {
    let error = failure { _ = try take("number,user-id,password\n2001,u1,a b c d\n2002,secret2,secret2\n2003,u3,secret3\n") }
    #expect(error?.details.count == 2)
    #expect(error?.details.contains { $0.contains("a b c d") || $0.contains("password secret2") } == false)
    #expect(error?.description.hasPrefix("stations.csv: 2 errors, nothing was imported; ") == true)
  }

  @Test("A quoted cell may hold line ends, and the lines after it are counted right")
  func lineEnds() {
    guard case .success(let records) = CSV.read(Array("a,\"b\r\nc\"\r\nd,e".utf8)) else { return #expect(Bool(false)) }
    #expect(records.map { $0.map(\.text) } == [["a", "b\r\nc"], ["d", "e"]])
    #expect(records.last?.map(\.line) == [3, 3] && records.last?.map(\.column) == [1, 3])
  }

  @Test("What is not UTF-8 is refused; any octets end in an answer")
  func octets() {
    #expect(code { _ = try administration.importStations([0x6E, 0xFF], file: "x") } == .csv)
    var state: UInt64 = 42
    for _ in 0..<3000 {
      let length = Int(state % 40)
      let octets = (0..<length).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Array("\",\r\n12a\u{FEFF}".utf8)[Int((state >> 33) % 10)]
      }
      _ = CSV.read(octets)
      state &+= 1
    }
  }
}
