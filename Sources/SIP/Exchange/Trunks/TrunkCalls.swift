import Kernel
import Sessions

/// Calls over trunks: who calls, what he dialled, and how we call out (TRK-1, TRK-5, CALL-5).
extension Exchange {
  // MARK: From outside

  /// The caller of an INVITE that comes from a trunk, whatever its From says; nil where it has been answered already.
  mutating func trunkCaller(_ trunk: Trunk, _ message: SIPMessage, _ transaction: ServerTransactionID) -> Party? {
    let known = self.kernel.world.trunks[trunk.index]
    guard known.hasChannel else {
      self.counters.overload &+= 1
      self.counters.channelLimit &+= 1
      self.outbox.notices.append(.warning("trunk \(trunk.account.name) is full: all \(known.channels) channels are taken"))
      self.answer(transaction, message, 503) { $0.header(.retryAfter, 30) }
      return nil
    }
    return .trunk(
      Int32(truncatingIfNeeded: trunk.index), self.identity(of: message).map { Self.number($0.uri, message) } ?? Digits())
  }

  /// Who calls over a trunk: what the carrier asserts, else From (RFC 3325 §9.1).
  private func identity(of message: SIPMessage) -> NameAddress? {
    message.addresses(.pAssertedIdentity).first { !Self.number($0.uri, message).isEmpty } ?? message.from
  }

  /// What a carrier wants to reach: the request-URI's number or, where that is our own Contact, To's. With its plus or without,
  /// whichever the plan's numbers for inward dialling know.
  func inward(_ message: SIPMessage, over trunk: Int) -> Digits? {
    let user = message.user(of: message.requestURI)
    let isContact = self.trunks.trunk(trunk).map { $0.account.registers && Array($0.account.userID.utf8) == user } ?? false
    let dialled = isContact ? message.to.uri : message.requestURI
    guard let number = Self.dialable(message.user(of: dialled)), !number.isEmpty else { return nil }
    let plan = self.kernel.world.plan.trunks.first { $0.name == self.kernel.world.trunks[trunk].name }
    if plan?.inward.contains(where: { $0.digits == number }) ?? false { return number }
    return Self.withoutPlus(number)
  }

  /// The number in a URI of a carrier, without plus; empty where it is none.
  private static func number(_ uri: SIPURI, _ message: SIPMessage) -> Digits {
    self.dialable(message.user(of: uri)).map(self.withoutPlus) ?? Digits()
  }

  private static func withoutPlus(_ number: Digits) -> Digits {
    number.count > 1 && number.ascii(0) == 0x2b ? number.dropFirst(1) : number
  }

  /// Digits out of `+61-398(722)900;phone-context=example.com` (RFC 3966 §5.1.1); nil where it is no number.
  static func dialable(_ user: [UInt8]) -> Digits? {
    let number = user.prefix { $0 != 0x3b }
    return Digits(ascii: number.filter { ![0x2d, 0x2e, 0x28, 0x29, 0x20].contains($0) })
  }

  /// How a caller from a trunk is shown: by the name beside the number that counts; withheld where he has none.
  func trunkPresentation(of message: SIPMessage, _ number: Digits) -> Presentation {
    var shown = Presentation()
    if let address = self.identity(of: message), !address.display.isEmpty {
      address.appendDisplay(in: message.bytes, to: &shown.name)
    }
    shown.isWithheld = number.isEmpty
    return shown
  }

  // MARK: To the outside

  /// Prepares a leg by a trunk, as `alert(_:_:)` does by a telephone.
  mutating func alert(_ leg: LegID, _ alert: Alert, trunk index: Int, outgoing: Digits) {
    guard let trunk = self.trunks.trunk(index), let flow = self.flow(to: trunk), !outgoing.isEmpty else {
      return self.tell(.failed(leg, .serviceUnavailable))
    }
    let peer = self.dialogID(of: alert.peer).flatMap { self.dialogs[$0] }
    guard (peer?.maxForwards ?? 70) > 1 else { return self.tell(.failed(leg, .tooManyHops)) }
    do throws(SDPError) {
      try self.negotiator.open(
        leg, role: .outgoing, traits: self.traits(of: flow, station: nil, binding: nil, supportsUpdate: false, isTrunk: true))
    } catch {
      return self.tell(.failed(leg, .notAcceptableHere))
    }
    var user: [UInt8] = []
    outgoing.append(to: &user)
    let escaped = Self.escapedUser(user)
    var dialog = Dialog(
      leg: leg, phase: .preparing, isCaller: false, station: nil, device: 0,
      call: self.callNumber(of: alert.peer) ?? self.callNumbers, flow: flow,
      names: DialogNames(
        callID: self.generator.token(), localTag: self.generator.token(), local: self.from(alert, trunk, flow),
        remote: Array("<sip:".utf8) + escaped + [0x40] + trunk.account.address.domain + [0x3e],
        target: Self.uri(of: trunk, user: escaped)),
      localCSeq: UInt32(truncatingIfNeeded: self.generator.next() & 0xFFFF))
    dialog.maxForwards = (peer?.maxForwards ?? 70) - 1
    dialog.trunk = TrunkUsage(index, outgoing)
    let id = self.dialogs.insert(dialog)
    self.file(id, leg)
    self.dialogIndex[self.dialogKey(dialog.callID, dialog.localTag)] = id
    self.alerts[leg] = alert
    self.negotiator.goal(leg, .with(alert.peer), at: self.now, into: &self.sessions)
    self.negotiator.alert(leg, peer: alert.peer, at: self.now, into: &self.sessions)
  }

  /// From of a call to a carrier: the user it knows us by, where we register, else the caller's number at our public address.
  private func from(_ alert: Alert, _ trunk: Trunk, _ flow: Flow) -> [UInt8] {
    let shown = self.shown(alert)
    guard !shown.isWithheld, trunk.account.registers, trunk.account.hasSecret else {
      return self.address(alert.calling, shown, host: self.advertised(flow))
    }
    let user = Self.escapedUser(Array(trunk.account.userID.utf8))
    return Array("<sip:".utf8) + user + [0x40] + trunk.account.address.domain + [0x3e]
  }

  /// Somebody without a number is shown as somebody who withholds it.
  private func shown(_ alert: Alert) -> Presentation {
    var shown = self.names.of(alert.peer)
    if alert.calling.isEmpty { shown.isWithheld = true }
    return shown
  }

  /// What a carrier is told of the caller: always who he is, and whether the called party may know (RFC 3325 §9.3).
  mutating func writeTrunkIdentity(_ alert: Alert, _ dialog: Dialog) {
    if self.shown(alert).isWithheld { self.writer.header(.privacy, "id") }
    guard !alert.calling.isEmpty else { return }
    var shown = self.names.of(alert.peer)
    shown.isWithheld = false
    self.writer.header(.pAssertedIdentity, self.address(alert.calling, shown, host: self.advertised(dialog.flow)))
  }
}

extension Negotiator.Order {
  /// A caller is told what to hear before anybody answers.
  var hasEarlyMedia: Bool {
    if case .progress(_, _, let sdp, _) = self { sdp != nil } else { false }
  }
}
