import Kernel
import Sessions

/// How a caller is shown: name and whether he wants to be withheld (CALL-6, RFC 3323, RFC 3325).
struct Presentation: Sendable {
  var name: [UInt8] = []
  var isWithheld = false
}

/// Presentations by leg.
struct Presentations: Sendable {
  private var entries: [(leg: LegID, presentation: Presentation)?] = []

  mutating func set(_ leg: LegID, _ presentation: Presentation) {
    while self.entries.count <= Int(leg.index) { self.entries.append(nil) }
    self.entries[Int(leg.index)] = (leg, presentation)
  }

  func of(_ leg: LegID) -> Presentation {
    guard Int(leg.index) < self.entries.count, let entry = self.entries[Int(leg.index)], entry.leg == leg else {
      return Presentation()
    }
    return entry.presentation
  }
}

extension Exchange {
  /// The administrator's name for a station, else what its telephone says.
  func presentation(of message: SIPMessage, _ account: StationAccount?, _ party: Party) -> Presentation {
    var shown = Presentation()
    if let name = account?.name, !name.isEmpty {
      shown.name = Array(name.utf8)
    } else if party.trunk != nil {
      shown = self.trunkPresentation(of: message, party.number)
    } else if !message.from.display.isEmpty {
      message.from.appendDisplay(in: message.bytes, to: &shown.name)
    }
    if let privacy = message.header(.privacy) {
      shown.isWithheld =
        shown.isWithheld
        || message.string(privacy).lowercased().split(separator: ";").contains {
          let token = $0.filter { $0 != " " }
          return token == "id" || token == "user" || token == "header"
        }
    }
    return shown
  }

  /// How the party of a leg is shown to others, whether it has called or was called.
  func presentation(of leg: LegID) -> Presentation {
    var shown = self.names.of(leg)
    if shown.name.isEmpty, let station = self.kernel.world.leg(leg)?.party.station, let name = self.accounts[station]?.name {
      shown.name = Array(name.utf8)
    }
    return shown
  }

  /// The address under which phones reach us by `flow`.
  func advertised(_ flow: Flow) -> SocketAddress {
    let index = Int(flow.local)
    guard index < self.listeners.count else { return SocketAddress(self.hostAddress, port: 5060) }
    let bound = self.listeners[index].address
    if let address = self.publicAddress, !self.isPrivate(flow.remote.address) { return SocketAddress(address, port: bound.port) }
    guard bound.address.isUnspecified else { return bound }
    return SocketAddress(flow.remote.address.isLoopback ? flow.remote.address.loopback : self.hostAddress, port: bound.port)
  }

  /// Our Contact in a dialog: `<sip:2001@192.0.2.1:5060;transport=tcp>`.
  func contact(_ dialog: Dialog) -> [UInt8] {
    let isSecure = Self.isSecure(dialog.target)
    var text: [UInt8] = Array(isSecure ? "<sips:".utf8 : "<sip:".utf8)
    text.reserveCapacity(64)
    self.party(of: dialog).append(to: &text)
    self.appendHost(dialog.flow, isSecure: isSecure, to: &text)
    return text
  }

  /// Whether whoever is at `target` is to be told a sips URI of ours (RFC 3261 §8.1.1.8).
  static func isSecure(_ target: [UInt8]) -> Bool {
    target.count > 5 && target[4] == 0x3a && target[3] | 0x20 == 0x73 && target[2] | 0x20 == 0x70
  }

  /// `@192.0.2.1:5060;transport=tcp>`; sips means TLS by itself.
  func appendHost(_ flow: Flow, isSecure: Bool, to text: inout [UInt8]) {
    text.append(0x40)
    self.advertised(flow).append(to: &text)
    switch flow.kind {
    case .udp: break
    case .tcp: text.append(contentsOf: ";transport=tcp".utf8)
    case .tls: if !isSecure { text.append(contentsOf: ";transport=tls".utf8) }
    }
    text.append(0x3e)
  }

  /// `"Ann" <sip:2001@host>`, without tag.
  /// - Parameter cause: of a diversion, within the URI (RFC 4458).
  func address(_ number: Digits, _ shown: Presentation, host: SocketAddress, cause: StaticString? = nil) -> [UInt8] {
    if shown.isWithheld { return Array("\"Anonymous\" <sip:anonymous@anonymous.invalid>".utf8) }
    var text: [UInt8] = []
    text.reserveCapacity(64)
    if !shown.name.isEmpty {
      text.append(0x22)
      for octet in shown.name.prefix(64) {
        if octet == 0x22 || octet == 0x5c { text.append(0x5c) }
        text.append(octet < 0x20 || octet == 0x7f ? 0x20 : octet)
      }
      text.append(contentsOf: "\" ".utf8)
    }
    text.append(contentsOf: "<sip:".utf8)
    for index in 0..<number.count {
      let octet = number.ascii(index)
      if octet == 0x23 { text.append(contentsOf: "%23".utf8) } else { text.append(octet) }
    }
    text.append(0x40)
    host.address.append(to: &text, brackets: true)
    if let cause {
      text.append(contentsOf: ";cause=".utf8)
      cause.withUTF8Buffer { text.append(contentsOf: $0) }
    }
    text.append(0x3e)
    return text
  }
}

extension IPAddress {
  /// The loopback address of the same family.
  var loopback: IPAddress { self.family == .v4 ? IPAddress(127, 0, 0, 1) : IPAddress(high: 0, low: 1) }
}
