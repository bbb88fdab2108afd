import ArgumentParser
import SIP
import Store

/// `strowger reload`: plan, stations and options anew, without touching calls (PLAN-3).
struct Reload: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the running exchange take its number plan anew.",
    discussion: "A plan with errors is refused, all findings are printed, and the old plan stays. Calls go on.")

  @OptionGroup var location: DatabaseLocation

  func run() throws {
    guard let result = try self.location.ask(.reload(by: .current())) else {
      throw Failure("no exchange runs on \(self.location.path); start it with `strowger serve`")
    }
    Terminal.say(result.cell)
  }
}

/// `strowger status`: every station (REG-10).
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Every station: registered or not, with what, from where, and what features say of it.",
    discussion: """
      A station that is not registered has the address 0.0.0.0.
        strowger status
        strowger status --json | jq '.[] | select(.registered | not) | .number'
        strowger status --counters                (messages, refusals and faults since the start)
      """)

  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation
  @Flag(help: "What the running exchange has counted instead.")
  var counters = false

  func run() throws {
    guard !self.counters else { return try self.showCounters() }
    var rows = try self.location.ask(.status)?.elements ?? self.location.resting(plan: nil).stationStatus().map(\.json)
    if rows.contains(where: { $0["lastSeen"] == .null }) {
      let seen = try self.location.open().lastSeen()
      rows = rows.map { row in
        row["lastSeen"] == .null ? row.replacing("lastSeen", JSON(time: seen[row["number"].text ?? ""])) : row
      }
    }
    guard !self.presentation.json else { return Terminal.say(JSON.array(rows).document) }
    self.presentation.show(
      rows.map(Self.row), Self.columns(rows), nothing: "no stations; strowger station add 2001 --user-id anna --random-password")
    guard !rows.isEmpty else { return }
    Terminal.say(
      "\(rows.count) stations, \(rows.count { $0["registered"].isTrue }) registered, "
        + "\(rows.count { $0["inCall"].isTrue }) in a call"
    )
  }

  private func showCounters() throws {
    guard let counters = try self.location.ask(.counters) else {
      throw Failure("no exchange runs on \(self.location.path), so nothing is counted")
    }
    guard !self.presentation.json else { return Terminal.say(counters.document) }
    var table = Table()
    if case .object(let members) = counters { for member in members { table.add([member.name, member.value.cell]) } }
    Terminal.say(table.text)
  }

  /// The words of one station for people.
  private static func row(_ station: JSON) -> JSON {
    guard case .object(let members) = station else { return station }
    return .object(
      members.map { member in
        switch (member.name, member.value) {
        case ("expires", .string(let time)): JSON.Member(name: "expires", value: .string(WallTime.until(time)))
        case ("lastSeen", .string(let time)): JSON.Member(name: "lastSeen", value: .string(WallTime.local(time)))
        case (_, .boolean(false)) where member.name != "registered": JSON.Member(name: member.name, value: "")
        default: member
        }
      })
  }

  /// Every key of the rows in their order: features bring their own.
  private static func columns(_ rows: [JSON]) -> [(key: String, title: String)] {
    let titles = [
      "doNotDisturb": "do not disturb", "forwardUnreachable": "unreachable to", "inCall": "in call", "lastSeen": "last seen",
      "expires": "expires in", "newMessages": "new messages", "oldMessages": "old messages",
    ]
    guard case .object(let members)? = rows.first else { return [] }
    return members.map { ($0.name, titles[$0.name] ?? $0.name) }
  }
}

/// `strowger calls`: what is going on now.
struct Calls: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Calls in progress with their legs, the features that act on them and the media path.",
    discussion: "Needs a running exchange; without one there are none. `strowger ladder ID` shows what was said in a call.")

  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  func run() throws {
    let calls = try self.location.ask(.calls)?.elements ?? []
    guard !self.presentation.json else { return Terminal.say(JSON.array(calls).document) }
    guard !calls.isEmpty else { return Terminal.say("no calls") }
    var table = Table(["call", "state", "caller", "dialled", "since", "media", "features", "legs"])
    for call in calls {
      let legs = call["legs"].elements.map { "\($0["party"].cell) \($0["state"].cell) hears \($0["hears"].cell)" }
      table.add([
        call["id"].cell, call["state"].cell, call["caller"].cell, call["dialled"].cell,
        WallTime.local((call["answered"].text ?? call["started"].text) ?? ""), call["mediaPath"].cell, call["features"].cell,
        legs.joined(separator: "; "),
      ])
    }
    Terminal.say(table.text)
  }
}

/// `strowger registrations`: every device.
struct Registrations: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Every device that is registered now.")

  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  func run() throws {
    let rows = try self.location.ask(.registrations)?.elements ?? self.location.open().registrations().map(\.json)
    let shown =
      self.presentation.json
      ? rows
      : rows.map { row in
        row.replacing("expires", .string(WallTime.until(row["expires"].cell)))
          .replacing("registered", .string(WallTime.local(row["registered"].cell)))
      }
    self.presentation.show(
      shown,
      [
        ("number", "number"), ("address", "address"), ("transport", "by"), ("phone", "phone"), ("registered", "since"),
        ("expires", "expires in"), ("contact", "contact"),
      ], nothing: "nobody is registered")
  }
}

extension Administration {
  func lastSeen() throws -> [String: Moment] { try self.database.load().lastSeen }
}

extension JSON {
  /// The object with another value for one of its members.
  func replacing(_ name: String, _ value: JSON) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.map { $0.name == name ? Member(name: name, value: value) : $0 })
  }
}
