import Foundation
import Testing

/// An exchange in which 2001 may call outside by 9 and the other stations may not, telephones that have voices, and a carrier that
/// sees what gets out. Whoever calls 0398722900 at the carrier reaches 2002.
final class TollTown {
  let office: Office
  let carrier: Carrier
  var exchange: Exchange { office.exchange }

  init(options: [(String, String)] = []) throws {
    let port = freePort()
    office = try Office(
      plan: Office.shipped(
        (
          #"<range from="2000" to="2999" class="national" pickupGroup="1"/>"#,
          """
          <station number="2001" class="national" pickupGroup="1"/>
          <range from="2002" to="2099" class="internal" pickupGroup="1"/>
          """
        ), (#"name="national" trunks="none""#, #"name="national" trunks="9""#),
        (
          "\n  <classesOfService>",
          """

            <trunks>
              <trunk name="carrier" address="sip:\(Wire.Trunks.carrier):\(port)" channels="6">
                <did digits="0398722900" number="2002"/>
              </trunk>
              <trunkGroup code="9" trunks="carrier"/>
            </trunks>
            <classesOfService>
          """
        )), options: options)
    carrier = try Carrier(at: office.exchange, port: port)
  }

  /// Each telephone has an address of its own: 2001 sits at 127.0.0.201 and 2002 at 127.0.0.202.
  func phone(_ number: String, _ change: (inout TestPhone.Habits) -> Void = { _ in }) throws -> TestPhone {
    try office.phone(number) { habits in
      habits.address = Self.address(number)
      change(&habits)
    }
  }

  static func address(_ number: String) -> String { "127.0.0.2\(number.suffix(2))" }

  // MARK: Outside

  /// 2001's call to the outside, which it may: answered there, with a description of the carrier's.
  func callOutside(_ number: String, from phone: TestPhone) throws -> Line {
    let line = try phone.dial("9\(number)")
    guard let invite = carrier.next("INVITE", within: 3), invite.requestURI.hasPrefix("sip:\(number)@") else {
      throw WireFailure("the call to \(number) does not get out")
    }
    carrier.respond(200, "OK", to: invite, body: Handset.sdp(port: 30_004))
    guard try line.final().status == 200 else { throw WireFailure("the call to \(number) is not answered") }
    return line
  }

  /// No call has got out; the carrier would have seen one, as it sees the next that may.
  func expectNobodyOutside(_ phone: TestPhone, sourceLocation: SourceLocation = #_sourceLocation) throws {
    // What belongs to a call that stands has a tag in To.
    while let invite = carrier.next("INVITE", within: 0.2) {
      #expect(SIPText.parameter("tag", of: invite["To"] ?? "") != nil, "\(invite.startLine)", sourceLocation: sourceLocation)
      carrier.respond(200, "OK", to: invite, body: Handset.sdp(port: 30_004))
    }
    let control = try phone.dial("9100")
    let invite = carrier.next("INVITE", within: 3)
    #expect(invite?.requestURI.hasPrefix("sip:100@") == true, "\(String(describing: invite))", sourceLocation: sourceLocation)
    if let invite { carrier.respond(486, "Busy Here", to: invite) }
    #expect(try control.final().status == 486, sourceLocation: sourceLocation)
  }

  // MARK: What is kept

  /// The record of a call with that end, or nil after three seconds.
  func record(_ caller: String, _ dialled: String, cause: String? = nil, note: String? = nil) throws -> [String: Any]? {
    var found: [String: Any]?
    _ = try wait(3) {
      found = try exchange.json("cdr").last { row in
        let notes = row["features"] as? [String] ?? []
        return row["caller"] as? String == caller && row["dialled"] as? String == dialled
          && (cause == nil || row["cause"] as? String == cause) && (note == nil || notes.contains { $0.contains(note ?? "") })
      }
      return found != nil
    }
    return found
  }

  func expectRecord(
    _ caller: String, _ dialled: String, cause: String? = nil, note: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try record(caller, dialled, cause: cause, note: note)
    let all = try found == nil ? exchange.command("cdr", "--json") : ""
    #expect(
      found != nil, "no record of \(caller) and \(dialled), \(cause ?? note ?? ""): \(all)", sourceLocation: sourceLocation)
  }

  /// A row of the access log.
  func expectRefusal(number: String, from source: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let isThere = try wait(3) {
      try exchange.json("accesslog").contains { row in
        row["number"] as? String == number && (row["source"] as? String)?.hasPrefix(source) == true
          && row["outcome"] as? String == "refused"
      }
    }
    let all = try isThere ? "" : exchange.command("accesslog", "--json")
    #expect(isThere, "\(all)", sourceLocation: sourceLocation)
  }
}
