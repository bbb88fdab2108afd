import Kernel
import Sessions

/// Calls that we make: INVITE to a device, what it answers, CANCEL and ACK.
extension Exchange {
  /// Prepares the leg the kernel wants to ring, and lets the negotiator compose its offer.
  mutating func alert(_ leg: LegID, _ alert: Alert) {
    if case .trunk(let index, let outgoing) = alert.party {
      return self.alert(leg, alert, trunk: Int(index), outgoing: outgoing)
    }
    guard case .station(let station, let registered) = alert.party else { return self.tell(.failed(leg, .serviceUnavailable)) }
    let device = Int64(bitPattern: registered.rawValue)
    guard let binding = self.registry.binding(device) else { return self.tell(.failed(leg, .temporarilyUnavailable)) }
    let peer = self.dialogID(of: alert.peer).flatMap { self.dialogs[$0] }
    guard (peer?.maxForwards ?? 70) > 1 else { return self.tell(.failed(leg, .tooManyHops)) }
    let host = self.advertised(binding.callFlow)
    do throws(SDPError) {
      try self.negotiator.open(
        leg, role: .outgoing,
        traits: self.traits(
          of: binding.callFlow, station: station, binding: binding,
          supportsUpdate: binding.allows & 1 << UInt32(Method.update.rawValue) != 0))
    } catch {
      return self.tell(.failed(leg, .notAcceptableHere))
    }
    var dialog = Dialog(
      leg: leg, phase: .preparing, isCaller: false, station: station, device: device,
      call: self.callNumber(calling: leg, for: alert), flow: binding.callFlow,
      names: DialogNames(
        callID: self.generator.token(), localTag: self.generator.token(),
        local: self.address(alert.calling, self.presentation(of: alert.peer), host: host),
        remote: self.address(station.digits, Presentation(), host: host), target: binding.contact),
      localCSeq: UInt32(truncatingIfNeeded: self.generator.next() & 0xFFFF))
    dialog.maxForwards = (peer?.maxForwards ?? 70) - 1
    dialog.allows = binding.allows
    dialog.line = .told(alert.calling)
    dialog.lineParty = alert.peer
    let id = self.dialogs.insert(dialog)
    self.file(id, leg)
    self.dialogIndex[self.dialogKey(dialog.callID, dialog.localTag)] = id
    self.alerts[leg] = alert
    self.negotiator.goal(leg, self.goal(of: leg, alert), at: self.now, into: &self.sessions)
    self.negotiator.alert(leg, peer: alert.peer, at: self.now, into: &self.sessions)
  }

  /// What the telephone is called to hear: the one that waits for it, or what the kernel has said where nobody does.
  func goal(of leg: LegID, _ alert: Alert) -> Goal {
    alert.peer.isNone ? self.kernel.world.leg(leg)?.goal ?? .nothing : .with(alert.peer)
  }

  /// The number of the call: its caller's; where nobody calls, that of a telephone called with this one, or a new one.
  mutating func callNumber(calling leg: LegID, for alert: Alert) -> UInt64 {
    if let known = self.callNumber(of: alert.peer) { return known }
    guard alert.peer.isNone, let call = self.kernel.world.leg(leg)?.call else { return self.callNumbers }
    if let known = self.callNumber(of: call) { return known }
    self.callNumbers &+= 1
    return self.callNumbers
  }

  /// The number of the call of whichever telephone in it has one.
  func callNumber(of call: CallID) -> UInt64? {
    var number: UInt64?
    self.kernel.world.forEachLeg(of: call) { leg, _ in number = number ?? self.callNumber(of: leg) }
    return number
  }

  /// The first INVITE of a leg.
  mutating func sendInvite(_ id: DialogID, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id] else { return }
    let alert = self.alerts[dialog.leg]
    if !self.earlyDialogs.isEmpty { self.earlyDialogs[id] = nil }
    let branch = self.beginRequest(id, .invite)
    // Contact must not tell what From withholds (RFC 3323 §4.1).
    let isWithheld = alert.map { self.names.of($0.peer).isWithheld } ?? false
    self.writer.header(.contact, self.contact(dialog, user: isWithheld ? Digits() : alert?.calling ?? Digits()))
    self.writer.header(.allow, Self.allowed)
    self.writer.header(.supported, sdp == nil ? Self.supported : Self.supportedByInvite)
    self.writeInterval(dialog)
    if let alert {
      let shown = self.names.of(alert.peer)
      if dialog.trunk != nil {
        self.writeTrunkIdentity(alert, dialog)
      } else if shown.isWithheld {
        self.writer.header(.privacy, "id")
      } else {
        self.writer.header(.pAssertedIdentity, dialog.local)
      }
      self.writeReferrer(alert, dialog)
      self.writeDiversions(alert, dialog)
      self.writeAlertInfo(alert, dialog)
    }
    self.writer.finish(body: sdp ?? [], type: "application/sdp")
    self.keepEarly(id, invite: self.written(), caller: alert.flatMap { self.dialogID(of: $0.peer) })
    let transaction = self.send(id, .invite, branch)
    self.dialogs.update(id) {
      $0.phase = .calling(transaction)
      $0.inviteCSeq = $0.localCSeq
      $0.inviteBranch = branch
    }
  }

  func contact(_ dialog: Dialog, user: Digits) -> [UInt8] {
    let isSecure = Self.isSecure(dialog.target)
    var text: [UInt8] = Array(isSecure ? "<sips:".utf8 : "<sip:".utf8)
    if user.isEmpty { text.append(contentsOf: "strowger".utf8) } else { user.append(to: &text) }
    self.appendHost(dialog.flow, isSecure: isSecure, to: &text)
    return text
  }

  // MARK: Requests in a dialog

  /// Begins a request: start line, Via, From, To, Call-ID, CSeq, Max-Forwards, Route. Counts CSeq up but for ACK and CANCEL.
  /// - Parameter names: of an early dialog; nil for those of the dialog.
  /// - Returns: the branch.
  mutating func beginRequest(
    _ id: DialogID, _ method: Method, cseq: UInt32? = nil, branch: [UInt8]? = nil, as names: DialogNames? = nil
  ) -> [UInt8] {
    guard var found = self.dialogs[id] else { return [] }
    if let names { found.names = names }
    if cseq == nil { self.dialogs.update(id) { $0.localCSeq &+= 1 } }
    let number = cseq ?? found.localCSeq &+ 1
    let branch = branch ?? self.generator.token("z9hG4bK")
    self.writer.request(method, uri: found.target)
    self.writer.begin(.via)
    switch found.flow.kind {
    case .udp: self.writer.text("SIP/2.0/UDP ")
    case .tcp: self.writer.text("SIP/2.0/TCP ")
    case .tls: self.writer.text("SIP/2.0/TLS ")
    }
    let host = self.advertised(found.flow)
    self.writer.address(host.address, port: host.port)
    self.writer.text(";branch=")
    self.writer.octets(branch)
    self.writer.text(";rport")
    self.writer.endLine()
    self.writer.header(.maxForwards, UInt64(found.maxForwards))
    for route in found.routes { self.writer.header(.route, route) }
    self.writeParty(.from, found.local, found.localTag)
    self.writeParty(.to, found.remote, found.remoteTag)
    self.writer.header(.callID, found.callID)
    self.writer.cseq(number, method)
    return branch
  }

  private mutating func writeParty(_ name: HeaderName, _ address: [UInt8], _ tag: [UInt8]) {
    self.writer.begin(name)
    self.writer.octets(address)
    if !tag.isEmpty {
      self.writer.text(";tag=")
      self.writer.octets(tag)
    }
    self.writer.endLine()
  }

  /// Hands what the writer holds to the transaction layer.
  @discardableResult
  mutating func send(_ id: DialogID, _ method: Method, _ branch: [UInt8]) -> ClientTransactionID {
    guard let dialog = self.dialogs[id] else { return ClientTransactionID(raw: 0) }
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    let transaction = self.transactions.send(
      bytes, method: method, branch: Key128(branch, seed: self.seed), to: dialog.flow, owner: id.raw, at: self.now)
    if let trunk = dialog.trunk, method != .cancel {
      self.noteTrunkRequest(
        transaction, TrunkRequest(trunk: trunk.index, purpose: .dialog(id), method: method, bytes: bytes, flow: dialog.flow))
    }
    return transaction
  }

  mutating func sendReinvite(_ id: DialogID, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id], dialog.isConfirmed else { return }
    let branch = self.beginRequest(id, .invite)
    self.writer.header(.contact, self.contact(dialog))
    self.writer.header(.allow, Self.allowed)
    self.writer.header(.supported, Self.supported)
    self.writeInterval(dialog)
    self.writeLine(id, isAnswer: false)
    self.writer.finish(body: sdp ?? [], type: "application/sdp")
    let transaction = self.send(id, .invite, branch)
    self.dialogs.update(id) {
      $0.reinvite = transaction
      $0.inviteCSeq = $0.localCSeq
      $0.inviteBranch = branch
    }
  }

  mutating func sendACK(_ id: DialogID, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id], dialog.owesACK else { return }
    _ = self.beginRequest(id, .ack, cseq: dialog.inviteCSeq)
    if let proof = dialog.trunk?.proof { self.writer.header(proof.name, proof.value) }
    self.writer.finish(body: sdp ?? [], type: "application/sdp")
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    self.counters.sent &+= 1
    self.outbox.sends.append(Send(flow: dialog.flow, bytes: bytes))
    self.dialogs.update(id) {
      $0.ack = bytes
      $0.owesACK = false
    }
  }

  mutating func sendCancel(_ id: DialogID, _ cause: Cause) {
    guard let dialog = self.dialogs[id] else { return }
    // CANCEL repeats request-URI, Via, CSeq number and Route of the INVITE (RFC 3261 §9.1).
    _ = self.beginRequest(id, .cancel, cseq: dialog.inviteCSeq, branch: dialog.inviteBranch)
    switch cause {
    case .answeredElsewhere:
      self.writer.header(.reason, "SIP;cause=200;text=\"Call completed elsewhere\"")
      self.writer.header(.reason, "Q.850;cause=26")
    case .cancelled: self.writer.header(.reason, "SIP;cause=487;text=\"Request Terminated\"")
    default: break
    }
    self.writer.finish()
    self.send(id, .cancel, dialog.inviteBranch)
  }

  // MARK: The end of a leg

  /// The kernel has released the leg: whatever phase it is in, it is brought to its end.
  mutating func leave(_ id: DialogID, _ cause: Cause) {
    guard let dialog = self.dialogs[id] else { return }
    self.negotiator.close(dialog.leg, at: self.now, into: &self.sessions)
    switch dialog.phase {
    case .invited:
      self.refuse(id, cause == .noChannel ? .serviceUnavailable : .temporarilyUnavailable, Note("the call has ended"))
    case .answered(let transaction): self.dialogs.update(id) { $0.phase = .answeredLeaving(transaction) }
    case .calling(let transaction):
      self.dialogs.update(id) { $0.phase = .cancelWanted(transaction) }
    case .ringing(let transaction):
      self.dialogs.update(id) { $0.phase = .cancelling(transaction) }
      self.sendCancel(id, cause)
    case .confirmed: if !self.mustTellFirst(id) { self.commits.held.append(.bye(id, cause)) }
    case .preparing: self.end(id)
    case .answeredLeaving, .cancelWanted, .cancelling: break
    }
  }

  mutating func bye(_ id: DialogID) { self.sendBye(id) }

  /// - Parameter reason: the Reason header field (RFC 3326); nil where the party has just hung up.
  mutating func sendBye(_ id: DialogID, reason: StaticString? = nil) {
    guard let dialog = self.dialogs[id], case .confirmed = dialog.phase else { return }
    if dialog.owesACK { self.sendACK(id, nil) }
    let branch = self.beginRequest(id, .bye)
    if let reason { self.writer.header(.reason, reason) }
    self.writer.finish()
    let transaction = self.send(id, .bye, branch)
    self.farewells[transaction] = (dialog.call, self.party(of: dialog))
    self.end(id)
  }

  /// The dialog is over; it stays in the tables until its last transaction is.
  mutating func end(_ id: DialogID) {
    self.forgetEarly(id)
    guard let dialog = self.dialogs[id] else { return }
    self.touch(dialog.station)
    self.negotiator.close(dialog.leg, at: self.now, into: &self.sessions)
    self.endPending(dialog)
    self.alerts[dialog.leg] = nil
    if !dialog.timerHandle.isNone { self.timers.cancel(dialog.timerHandle) }
    self.forgetReferral(id)
    if !self.transfers.referrers.isEmpty { self.transfers.referrers[dialog.leg] = nil }
    if !dialog.lineTimer.isNone { self.timers.cancel(dialog.lineTimer) }
    self.forgetProvisionals(id)
    self.dialogIndex[self.dialogKey(dialog.callID, dialog.localTag)] = nil
    self.dialogs.remove(id)
  }

  /// Requests of either side that were under way when the dialog ended: the phone's are answered (RFC 3261 §15.1.2), ours
  /// get no longer than any other transaction, whatever the phone said so far.
  private mutating func endPending(_ dialog: Dialog) {
    if let (message, transaction) = dialog.update { self.answer(transaction, message, 487) }
    switch dialog.phase {
    case .answered, .answeredLeaving, .confirmed, .preparing:
      if let request = dialog.request, let transaction = dialog.requestTransaction, self.transactions.isPending(transaction) {
        self.answer(transaction, request, 487)
      }
      if let reinvite = dialog.reinvite {
        self.transactions.stop(reinvite)
        self.trunks.requests[reinvite] = nil
      }
      if let refresh = dialog.refresh {
        self.transactions.stop(refresh)
        self.trunks.requests[refresh] = nil
      }
    case .invited, .calling, .ringing, .cancelWanted, .cancelling: break
    }
  }
}

extension Cause {
  /// What a BYE says of it (RFC 3326, ITU-T Q.850); nil for the usual end of a call.
  var reason: StaticString? {
    switch self {
    case .answeredElsewhere: "SIP;cause=200;text=\"Call completed elsewhere\""
    case .mediaFailed: "Q.850;cause=47;text=\"Resource unavailable\""
    case .lost: "Q.850;cause=27;text=\"Destination out of order\""
    case .overload: "Q.850;cause=42;text=\"Switching equipment congestion\""
    case .fault: "Q.850;cause=41;text=\"Temporary failure\""
    case .noChannel: "Q.850;cause=34;text=\"No circuit available\""
    case .normal, .busy, .noAnswer, .notReachable, .refused, .cancelled, .numberUnknown, .numberIncomplete, .barred, .loop,
      .outOfHours,
      .trunkLimit:
      nil
    }
  }
}
