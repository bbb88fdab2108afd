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

  /// The package that Event names and its `id`; nil for none that we know. Other parameters mean nothing to us.
  static func named(in message: SIPMessage) -> (package: EventPackage, id: [UInt8])? {
    guard let event = message.header(.event) else { return nil }
    return message.bytes.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      let end = octets.skip(.token, Int(event.start), event.end)
      guard let package = Self.allCases.first(where: { octets.equalsIgnoringCase(Slice(Int(event.start), end), $0.name) }) else {
        return nil
      }
      var id: [UInt8] = []
      var scanner = ParameterScanner(octets, end, event.end)
      while let parameter = scanner.next() {
        guard octets.equalsIgnoringCase(parameter.name, "id") else { continue }
        guard let value = parameter.value, !parameter.isQuoted, value.count <= 64 else { return nil }
        id = message.array(value)
      }
      return scanner.isMalformed || scanner.index < event.end ? nil : (package, id)
    }
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
