import Kernel
import Sessions

/// Calls that phones make: who calls, what he dialled, and how his INVITE is answered.
extension Exchange {
  mutating func invite(_ message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow) {
    if message.maxForwards == 0 { return self.answer(transaction, message, 483) }
    if let tag = message.from.tag {
      let key = message.key(message.callID, seed: self.seed).mixed(with: message.key(tag, seed: self.seed))
      // One of our own INVITEs, come back to us.
      if self.dialogIndex[key] != nil { return self.answer(transaction, message, 482) }
    }
    if !message.body.isEmpty, !message.hasSDP {
      return self.answer(transaction, message, 415) { $0.header(.accept, "application/sdp") }
    }
    if self.refusesInterval(message, transaction) { return }
    if message.header(.accept) != nil, !self.acceptsSDP(message) { return self.answer(transaction, message, 406) }
    guard let caller = self.caller(of: message, transaction, from: flow) else { return }
    let user = message.user(of: message.requestURI)
    switch self.replacement(asked: message, by: caller.party) {
    case .none: break
    case .leg(let leg):
      let digits = Digits(ascii: user) ?? Digits()
      return self.dial(digits, caller, message, transaction, from: flow, replacing: leg)
    case .refused(let status, let why):
      return self.answer(transaction, message, status) { $0.warning(Array("\(why)".utf8)) }
    }
    let dialled = if let trunk = caller.party.trunk { self.inward(message, over: trunk) } else { Digits(ascii: user) }
    guard let digits = dialled, !digits.isEmpty else {
      return self.answer(transaction, message, user.isEmpty ? 484 : 404)
    }
    self.dial(digits, caller, message, transaction, from: flow)
  }

  private func acceptsSDP(_ message: SIPMessage) -> Bool {
    message.elements(.accept).contains { element in
      let text = message.string(element).split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() } ?? ""
      return text == "application/sdp" || text == "*/*" || text == "application/*"
    }
  }

  /// Who calls, by CALL-5; nil when he has been answered already.
  mutating func caller(
    of message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow
  ) -> (party: Party, binding: Binding?)? {
    let source = flow.remote.address
    if message.method == .invite, let trunk = self.trunks.trunk(at: source) {
      return self.trunkCaller(trunk, message, transaction).map { ($0, nil) }
    }
    guard let number = self.number(of: message.from, in: message), let account = self.accounts[number] else {
      guard self.options.unknownCallers == .trunk else {
        self.refuseCaller(message, transaction, flow, "not a station")
        return nil
      }
      return (.stranger(self.number(of: message.from, in: message)?.digits ?? Digits()), nil)
    }
    guard !account.usesWhiteList || self.sources.isListed(source) else {
      self.refuseCaller(message, transaction, flow, "address not on the white list")
      return nil
    }
    guard let binding = self.registry.device(of: number, at: flow) else {
      self.refuseCaller(message, transaction, flow, "not registered from this address")
      return nil
    }
    if self.wantsDigest(source) {
      let verdict = self.authenticator.check(
        message, account: account, source: source, proxy: true, offersSHA256: self.options.offersSHA256, at: self.now)
      switch verdict {
      case .good: break
      case .challenge(let isStale):
        self.challenge(transaction, message, isStale: isStale, proxy: true, source: source)
        return nil
      case .wrong:
        self.refuseCaller(message, transaction, flow, "wrong credentials")
        return nil
      }
    }
    return (.station(number, DeviceID(UInt64(bitPattern: binding.id))), binding)
  }

  private func wantsDigest(_ source: IPAddress) -> Bool {
    switch self.options.callAuthentication {
    case .digest: true
    case .source: false
    case .auto: !self.isPrivate(source)
    }
  }

  mutating func refuseCaller(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ flow: Flow, _ reason: String
  ) {
    let user = String(decoding: message.user(of: message.from.uri).prefix(32), as: UTF8.self)
    self.access(user, message, flow, "refused", "\(message.method == .subscribe ? "subscription" : "call"): \(reason)")
    self.answer(transaction, message, 403)
  }

  private mutating func dial(
    _ digits: Digits, _ caller: (party: Party, binding: Binding?), _ message: SIPMessage,
    _ transaction: ServerTransactionID, from flow: Flow, replacing: LegID = .none
  ) {
    let offer = message.hasSDP ? message.array(message.body) : nil
    // What offers no media at all, such as a description cut short, is no call (RELIABILITY 15).
    if let offer, !offer.hasMediaLine { return self.answer(transaction, message, Status.notAcceptableHere.rawValue) }
    if let why = self.crowd(caller.party, dialling: digits) {
      return self.refuseCrowd(why, caller.party, message, transaction, flow)
    }
    let leg = self.kernel.reserveLeg()
    do throws(SDPError) {
      try self.negotiator.open(
        leg, role: .incoming(offer: offer),
        traits: self.traits(
          of: flow, station: caller.party.station, binding: caller.binding, supportsUpdate: message.allows(.update),
          earlyMedia: caller.party.station.flatMap { self.accounts[$0]?.earlyMedia } ?? false,
          isTrunk: caller.party.trunk != nil))
    } catch {
      self.tell(.released(leg, .refused))
      return self.answer(transaction, message, error.status.rawValue)
    }
    self.write(transaction, message, 100)
    let trying = self.written()
    self.transactions.respond(transaction, trying, status: 100, at: self.now)
    self.callNumbers &+= 1
    let account = caller.party.station.flatMap { self.accounts[$0] }
    var dialog = Dialog(
      leg: leg, phase: .invited(transaction), isCaller: true, station: caller.party.station,
      device: caller.binding?.id ?? 0, call: self.callNumbers, flow: flow,
      names: DialogNames(
        callID: message.array(message.callID), localTag: self.generator.token(),
        remoteTag: message.from.tag.map { message.array($0) } ?? [],
        local: message.array(Slice(Int(message.to.whole.start), Int(message.to.parameters.start))),
        remote: message.array(Slice(Int(message.from.whole.start), Int(message.from.parameters.start))),
        target: message.contact.map { message.array($0.uri.whole) } ?? [],
        routes: message.routeSet.map { message.array($0) }),
      localCSeq: UInt32(truncatingIfNeeded: self.generator.next() & 0xFFFF))
    dialog.remoteCSeq = message.cseq.number
    dialog.request = message
    dialog.requestTransaction = transaction
    dialog.maxForwards = message.maxForwards ?? 70
    dialog.allows = message.allowedMethods
    dialog.trunk = caller.party.trunk.map { TrunkUsage($0, caller.party.number) }
    dialog.line = .told(digits)
    let id = self.dialogs.insert(dialog)
    self.file(id, leg)
    self.dialogIndex[self.dialogKey(dialog.callID, dialog.localTag)] = id
    self.transactions.setOwner(transaction, id.raw)
    self.names.set(leg, self.presentation(of: message, account, caller.party))
    self.counters.calls &+= 1
    self.ladder.received(message.bytes, call: dialog.call, party: caller.party.number, at: self.now)
    self.ladder.sent(trying, call: dialog.call, party: caller.party.number, at: self.now)
    self.turnCall = dialog.call
    self.tell(.dialled(Origination(leg: leg, caller: caller.party, dialled: digits, replacing: replacing)))
  }

  mutating func file(_ id: DialogID, _ leg: LegID) {
    while self.legDialogs.count <= Int(leg.index) { self.legDialogs.append(.none) }
    self.legDialogs[Int(leg.index)] = id
  }

  func dialogID(of leg: LegID) -> DialogID? {
    guard !leg.isNone, Int(leg.index) < self.legDialogs.count else { return nil }
    let id = self.legDialogs[Int(leg.index)]
    return self.dialogs[id]?.leg == leg ? id : nil
  }

  // MARK: CANCEL and ACK

  mutating func cancel(_ message: SIPMessage, _ transaction: ServerTransactionID, of invite: ServerTransactionID?) {
    guard let invite, let owner = self.transactions.owner(of: invite) else {
      return self.answer(transaction, message, self.transactions.cancelStatus(of: transaction))
    }
    let id = DialogID(raw: owner)
    self.answer(transaction, message, 200)
    guard let dialog = self.dialogs[id] else { return }
    guard case .invited = dialog.phase else {
      // A re-INVITE only: the answer to a first one that waits for the store stands (ARCHITECTURE rule 7).
      if dialog.requestTransaction == invite, case .confirmed = dialog.phase { self.session(dialog.leg, .cancelledReinvite) }
      return
    }
    self.ladder.received(message.bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    // The INVITE ends with 487 whatever the kernel makes of the call (RFC 3261 §9.2).
    self.refuse(id, .requestTerminated, Note(""))
    self.tell(.released(dialog.leg, .cancelled))
  }

  mutating func acknowledged(_ message: SIPMessage, from flow: Flow) {
    guard let id = self.dialog(of: message), self.mayAct(flow, in: id), let dialog = self.dialogs[id] else { return }
    self.ladder.received(message.bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    if let transaction = dialog.requestTransaction {
      // A late copy of an earlier ACK says nothing of the INVITE that waits now (RFC 3261 §17.1.1.3).
      guard message.cseq.number == dialog.request?.cseq.number, !self.transactions.isPending(transaction) else { return }
      self.transactions.acknowledged(transaction)
      self.dialogs.update(id) {
        $0.request = nil
        $0.requestTransaction = nil
      }
    }
    self.noteLine(id)
    switch dialog.phase {
    case .answered:
      self.dialogs.update(id) { $0.phase = .confirmed }
      self.session(dialog.leg, .ack(sdp: message.hasSDP ? message.array(message.body) : nil))
    case .answeredLeaving:
      self.dialogs.update(id) { $0.phase = .confirmed }
      self.bye(id)
    case .confirmed: self.session(dialog.leg, .ack(sdp: message.hasSDP ? message.array(message.body) : nil))
    case .invited, .calling, .ringing, .cancelWanted, .cancelling, .preparing: break
    }
  }

  /// Tells the negotiator what happened in a leg's INVITE usage.
  mutating func session(_ leg: LegID, _ received: Negotiator.Received) {
    self.negotiator.received(leg, received, at: self.now, into: &self.sessions)
  }

  // MARK: Final answers to a caller

  /// A refusal of the caller's first INVITE. The dialog is over.
  mutating func refuse(_ id: DialogID, _ status: Status, _ note: Note) {
    guard let dialog = self.dialogs[id], case .invited(let transaction) = dialog.phase, let request = dialog.request else {
      return
    }
    let text = note.description
    let outcome = self.outcome
    self.outcome = nil
    let feature = outcome.flatMap { self.kernel.modules.indices.contains($0.module) ? self.kernel.modules[$0.module] : nil }
    self.write(transaction, request, status.rawValue, tag: dialog.localTag) { writer in
      if let outcome, let feature {
        writer.begin(.featureResult)
        writer.text(outcome.isDone ? "ok;feature=" : "failed;feature=")
        writer.octets(Array(feature.descriptor.name.utf8))
        writer.text(";value=")
        writer.quoted(Array(text.utf8))
        writer.endLine()
      }
      if !text.isEmpty {
        writer.begin(.warning)
        writer.text("399 strowger ")
        writer.quoted(Array(text.utf8))
        writer.endLine()
      }
    }
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    self.commits.held.append(.finish(transaction, bytes, request, status: status.rawValue))
    self.end(id)
  }

  /// 200 to the caller's first INVITE, or to a re-INVITE.
  mutating func accept(_ id: DialogID, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id], let request = dialog.request, let transaction = dialog.requestTransaction else { return }
    if case .invited = dialog.phase, self.waitsForPRACK(id, sdp) { return }
    let contact = self.contact(dialog)
    let agreement = self.agreement(answering: request)
    self.writer.response(
      to: request, 200, toTag: dialog.localTag, source: self.transactions.flow(of: transaction)?.remote ?? dialog.flow.remote)
    self.writer.header(.contact, contact)
    self.writer.header(.allow, Self.allowed)
    self.writer.header(.supported, Self.supported)
    self.writeInterval(agreement)
    if case .invited = dialog.phase { self.writeFirstLine(id) } else { self.writeLine(id, isAnswer: true) }
    self.writer.finish(body: sdp ?? [], type: "application/sdp")
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    if case .invited = dialog.phase {
      self.dialogs.update(id) { $0.phase = .answered(transaction) }
    }
    self.respondWhenKept(transaction, bytes, status: 200)
    self.sessionTimer(id, .agreed(agreement))
  }

  /// 180, 181 or 183 to the caller.
  mutating func progress(_ id: DialogID, _ status: UInt16, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id], case .invited(let transaction) = dialog.phase, let request = dialog.request else {
      return
    }
    if request.requires("100rel") { return self.progressReliably(id, status, sdp) }
    self.writeProgress(dialog, request, status, sdp)
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    self.transactions.respond(transaction, bytes, status: status, at: self.now)
  }

  /// - Parameter number: RSeq, where PRACK is to follow (RFC 3262).
  mutating func writeProgress(_ dialog: Dialog, _ request: SIPMessage, _ status: UInt16, _ sdp: [UInt8]?, number: UInt32? = nil) {
    let contact = self.contact(dialog)
    self.writer.response(to: request, status, toTag: dialog.localTag, source: dialog.flow.remote)
    self.writer.header(.contact, contact)
    if let number {
      self.writer.header(.require, "100rel")
      self.writer.header(.rseq, UInt64(number))
    }
    self.writeRinging(dialog)
    self.writer.finish(body: sdp ?? [], type: "application/sdp")
  }

  func party(of dialog: Dialog) -> Digits {
    dialog.station?.digits ?? dialog.trunk?.number ?? self.kernel.world.leg(dialog.leg)?.party.number ?? Digits()
  }
}

extension [UInt8] {
  /// Whether a line of the description begins with `m=`.
  fileprivate var hasMediaLine: Bool {
    self.withUnsafeBufferPointer { octets in
      var index = 2
      while index < octets.count {
        if octets[index] == 0x3d, octets[index - 1] == 0x6d, octets[index - 2] == 0x0a { return true }
        index += 1
      }
      return false
    }
  }
}
