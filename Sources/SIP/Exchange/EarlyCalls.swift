import Kernel
import Sessions

/// Calls that were still ringing when the process died: their telephones are told, instead of ringing on until somebody gives
/// up (ARCHITECTURE rule 7; RELIABILITY §3). One row for each INVITE of ours that has no final answer yet; nobody waits for it.
extension Exchange {
  /// What is needed to end an INVITE of ours and to answer the one that caused it.
  mutating func keepEarly(_ id: DialogID, invite: [UInt8], caller: DialogID?) {
    guard let dialog = self.dialogs[id] else { return }
    var writer = FactWriter()
    writer.put(CallKeeping.early)
    writer.put(dialog, local: dialog.local)
    writer.block(invite)
    let cause = caller.flatMap { self.dialogs[$0] }
    writer.block(self.withoutSecrets(in: cause?.request?.bytes ?? []))
    writer.block(cause?.localTag ?? [])
    writer.put(cause?.flow ?? dialog.flow)
    let row = self.keeping.nextRow
    self.keeping.nextRow &+= 1
    self.dialogs.update(id) { $0.earlyRow = row }
    self.outbox.facts.append(.liveCall(row, handle: 0, writer.octets))
  }

  /// The INVITE has its final answer, or none will come.
  mutating func forgetEarly(_ id: DialogID) {
    guard let row = self.dialogs[id]?.earlyRow, row != 0 else { return }
    self.dialogs.update(id) { $0.earlyRow = 0 }
    self.outbox.facts.append(.liveCall(row, handle: 0, nil))
  }

  /// Ends what an earlier process left ringing: the caller gets 480, the telephone called gets CANCEL, or ACK and BYE if it
  /// has answered meanwhile.
  /// - Returns: whether the row could be read.
  mutating func endEarly(_ row: Int64, _ reader: inout FactReader) -> Bool {
    self.outbox.facts.append(.liveCall(row, handle: 0, nil))
    guard var dialog = reader.dialog(.none), let invite = reader.block(), let cause = reader.block(), let tag = reader.block(),
      let flow = reader.flow()
    else { return false }
    self.keeping.nextRow = max(self.keeping.nextRow, row &+ 1)
    if case .message(let request) = SIPMessage.parse(cause, stream: flow.kind.isReliable) {
      self.refuseAfterRestart(request, tag, flow)
    }
    guard case .message(let sent) = SIPMessage.parse(invite, stream: dialog.flow.kind.isReliable), let branch = sent.topVia.branch
    else { return false }
    dialog.localCSeq = sent.cseq.number
    dialog.inviteCSeq = sent.cseq.number
    dialog.inviteBranch = sent.array(branch)
    let id = self.dialogs.insert(dialog)
    self.dialogIndex[self.dialogKey(dialog.callID, dialog.localTag)] = id
    // The same INVITE once more is a repetition to the telephone; what it says next is heard by a transaction of ours again.
    let transaction = self.transactions.send(
      invite, method: .invite, branch: Key128(dialog.inviteBranch, seed: self.seed), to: dialog.flow, owner: id.raw, at: self.now)
    self.dialogs.update(id) { $0.phase = .cancelWanted(transaction) }
    return true
  }

  private mutating func refuseAfterRestart(_ request: SIPMessage, _ tag: [UInt8], _ flow: Flow) {
    self.writer.response(to: request, Status.temporarilyUnavailable.rawValue, toTag: tag, source: flow.remote)
    self.writer.begin(.warning)
    self.writer.text("399 strowger \"the exchange has restarted, call again\"")
    self.writer.endLine()
    self.writer.finish()
    let bytes = self.written()
    self.transactions.restoreAnswered(
      request: TransactionLayer.requestKey(of: request), method: .invite, response: bytes, until: self.now + .seconds(32),
      at: self.now)
    self.outbox.sends.append(Send(flow: flow, bytes: bytes))
  }
}

extension FactWriter {
  mutating func put(_ flow: Flow) {
    self.put(flow.kind.rawValue)
    self.put(UInt64(flow.local))
    self.put(flow.remote.address.mapped.high)
    self.put(flow.remote.address.mapped.low)
    self.put(UInt64(flow.remote.port))
  }
}

extension FactReader {
  /// Without the connection: those of an earlier process are gone, and 0 asks for a new one.
  mutating func flow() -> Flow? {
    guard let kind = self.octet().flatMap(TransportKind.init), let local = self.integer().flatMap({ UInt16(exactly: $0) }),
      let high = self.integer(), let low = self.integer(), let port = self.integer().flatMap({ UInt16(exactly: $0) })
    else { return nil }
    return Flow(kind: kind, local: local, remote: SocketAddress(IPAddress(high: high, low: low), port: port))
  }
}
