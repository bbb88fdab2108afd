import Kernel
import Sessions

/// What an INVITE of ours says besides who calls: by whom the call was forwarded, and how the telephone is to ring.
extension Exchange {
  /// Diversion, newest on top (RFC 5806 §5), and History-Info where the plan wants it (FWD-5).
  mutating func writeDiversions(_ alert: Alert, _ dialog: Dialog) {
    guard !alert.diversions.isEmpty else { return }
    let host = self.advertised(dialog.flow)
    for diversion in alert.diversions.reversed() {
      self.writer.begin(.diversion)
      self.writer.octets(self.address(diversion.from, Presentation(), host: host))
      self.writer.text(";reason=")
      self.writer.text(diversion.reason.text)
      self.writer.text(";counter=1;privacy=off;screen=no")
      self.writer.endLine()
    }
    if self.writesHistory { self.writeHistory(alert, dialog, host) }
  }

  /// Each number that the call has been to, with why it came there (RFC 7044 §5; INTEROP 8).
  private mutating func writeHistory(_ alert: Alert, _ dialog: Dialog, _ host: SocketAddress) {
    self.writer.begin(.historyInfo)
    var index: [UInt8] = [0x31]
    for (place, diversion) in alert.diversions.enumerated() {
      if place == 0 {
        self.writer.octets(self.address(diversion.from, Presentation(), host: host))
        self.writer.text(";index=1")
      }
      let parent = index
      index.append(contentsOf: [0x2e, 0x31])
      let isLast = place == alert.diversions.count - 1
      let next = isLast ? alert.party.number : alert.diversions[place + 1].from
      self.writer.text(",")
      self.writer.octets(self.address(next, Presentation(), host: host, cause: diversion.reason.cause))
      self.writer.text(";index=")
      self.writer.octets(index)
      self.writer.text(";mp=")
      self.writer.octets(parent)
    }
    self.writer.endLine()
  }

  /// How the telephone is to ring (RFC 7462; INTEROP 9): a recall, a forwarded call, from inside or outside. Phones know the
  /// vendors' form of the recall (HOLD-3).
  mutating func writeAlertInfo(_ alert: Alert, _ dialog: Dialog) {
    guard dialog.trunk == nil else { return }
    // Nobody calls: the exchange does, as its user has asked it to.
    guard !alert.peer.isNone else {
      self.writer.header(.alertInfo, "<urn:alert:source:internal>")
      return self.writer.header(.alertInfo, "<urn:alert:service:recall:callback>")
    }
    let isExternal = self.kernel.world.leg(alert.peer)?.party.station == nil
    self.writer.header(.alertInfo, isExternal ? "<urn:alert:source:external>" : "<urn:alert:source:internal>")
    switch alert.purpose {
    case .recall:
      // Who has transferred the call is called back; else who has held or parked it.
      let isTransfer = !alert.transferredBy.isEmpty && alert.transferredBy == alert.party.number
      self.writer.header(.alertInfo, isTransfer ? "<urn:alert:service:recall:transfer>" : "<urn:alert:service:recall:hold>")
      self.writer.header(.alertInfo, "<http://127.0.0.1>;info=recall")
    case .direct, .groupMember, .transfer, .overflow:
      if !alert.diversions.isEmpty { self.writer.header(.alertInfo, "<urn:alert:service:forward>") }
    }
  }

  /// Whether the plan's CallForward writes History-Info (option `historyInfo`).
  func writesHistory(by plan: Plan) -> Bool {
    guard let placement = plan.modules.first(where: { $0.module == "CallForward" }),
      let module = self.kernel.modules.first(where: { $0.descriptor.name == placement.module }),
      let option = module.descriptor.options.firstIndex(where: { $0.name == "historyInfo" })
    else { return false }
    return placement.options[option] == .boolean(true)
  }
}

extension Diversion.Reason {
  /// RFC 4458's cause of it.
  fileprivate var cause: StaticString {
    switch self {
    case .unconditional: "302"
    case .userBusy: "486"
    case .noAnswer: "408"
    case .unavailable: "503"
    case .deflection: "480"
    }
  }
}

/// What a feature made of a code, for X-Feature-Result of the answer (INTEROP 1).
struct FeatureOutcome: Sendable {
  var module: Int
  var isDone: Bool

  /// From the record of the call that the directive at `place` answers; nil where no feature has answered it.
  init?(of place: Int, in directives: [Directive]) {
    guard case .finish(_, .temporarilyUnavailable, let note) = directives[place] else { return nil }
    for directive in directives[place...] {
      guard case .record(let record) = directive, let act = record.acts.last, act.note == note, act.module >= 0 else { continue }
      self.module = act.module
      self.isDone = record.cause == .normal
      return
    }
    return nil
  }
}
