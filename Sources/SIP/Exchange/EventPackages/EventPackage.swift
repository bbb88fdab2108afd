import Kernel

/// What a telephone may subscribe to; whatever else gets one 489.
enum EventPackage: UInt8, Sendable, CaseIterable {
  /// Who talks to whom: lamps of stations, parking places and do not disturb (RFC 4235).
  case dialog
  /// What lies in the own mailbox (RFC 3842).
  case messageSummary

  static let allowEvents: StaticString = "dialog, message-summary"

  var name: StaticString {
    switch self {
    case .dialog: "dialog"
    case .messageSummary: "message-summary"
    }
  }

  var mediaType: StaticString {
    switch self {
    case .dialog: "application/dialog-info+xml"
    case .messageSummary: "application/simple-message-summary"
    }
  }

  /// The package that Event names; nil for none that we know. Parameters but for `id` mean nothing to us.
  static func named(in message: SIPMessage) -> (package: EventPackage, id: [UInt8])? {
    guard let event = message.header(.event) else { return nil }
    let octets = message.array(event)
    let end = octets.firstIndex(of: 0x3b) ?? octets.count
    let name = Slice(
      Int(event.start), Int(event.start) + (octets[..<end].lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? 0))
    guard let package = Self.allCases.first(where: { name.equalsIgnoringCase($0.name, in: message.bytes) }) else { return nil }
    let id = Slice(Int(event.start) + end, event.end).parameter("id", in: message.bytes)?.value.map { message.array($0) } ?? []
    return id.count <= 64 && id.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x3b }) ? (package, id) : nil
  }

  /// Whether Accept has our document, or is not there.
  func isAccepted(by message: SIPMessage) -> Bool {
    guard message.header(.accept) != nil else { return true }
    return message.elements(.accept).contains { element in
      let octets = message.array(element)
      let end = octets.firstIndex { $0 == 0x3b || $0 == 0x20 || $0 == 0x09 } ?? octets.count
      let type = Slice(Int(element.start), Int(element.start) + end)
      return type.equalsIgnoringCase(self.mediaType, in: message.bytes) || type.equalsIgnoringCase("*/*", in: message.bytes)
        || type.equalsIgnoringCase("application/*", in: message.bytes)
    }
  }
}

/// Whose state is watched.
enum Resource: Hashable, Sendable {
  case station(StationNumber)
  /// A number's machine in a module.
  case lamp(Lamp, StationNumber)
  case mailbox(StationNumber)
}

/// Numbers that are no stations but have a lamp: `park-2001`. The table says which module's machine makes it burn: it is out in the
/// machine's initial state, flashes in those named here, and burns in any other.
enum Lamp: UInt8, Sendable, CaseIterable {
  case park, doNotDisturb

  private var row: (prefix: StaticString, module: StaticString, flashing: [String]) {
    switch self {
    case .park: ("park-", "CallPark", ["recalling"])
    case .doNotDisturb: ("dnd-", "DoNotDisturb", [])
    }
  }

  var prefix: StaticString { self.row.prefix }
  var module: String { "\(self.row.module)" }

  func flashes(in state: String) -> Bool { self.row.flashing.contains(state) }

  static func of(module: String) -> Lamp? { Self.allCases.first { $0.module == module } }
}

/// What a NOTIFY tells, whatever the document around it.
enum Content: Sendable, Equatable {
  /// Newest first.
  case dialogs([WatchedDialog])
  case lamp(WatchedDialog.State)
  case messages(MessageCounts)
}
