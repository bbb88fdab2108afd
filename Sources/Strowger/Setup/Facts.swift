import Kernel
import SIP
import Sessions
import Store

/// The exchange's facts as rows of the database, and back.
enum Facts {
  static func change(_ fact: ExchangeFact, listeners: [Listener], secrets: Secrets) -> RowChange? {
    switch fact {
    case .feature(.machine(let module, let key, let state)):
      let name = MachineName(module: module, key)
      return state.map { .putMachine(MachineRow(name: name, version: 1, state: $0)) } ?? .removeMachine(name)
    case .feature(.call): return nil
    case .binding(let binding): return .putBinding(BindingRow(binding, listeners: listeners))
    case .bindingGone(let id): return .removeBinding(id: id)
    case .liveCall(let id, let handle, let state):
      guard let state else { return .removeCall(id: id) }
      return SealedCalls.seal(state, id: id, secrets).map { .putCall(CallRow(id: id, handle: handle, state: $0)) }
    case .answered(let id, let key, let response, let until):
      return .putTransaction(TransactionRow(id: id, key: key, response: response, expires: Moment(until)))
    case .access(let record):
      return .addAccess(
        AccessLogRow(
          time: Moment(record.time), source: record.source.description, number: record.number, userAgent: record.userAgent,
          outcome: record.outcome, reason: record.reason))
    case .call(let call):
      return .putCallRecord(
        CallRecordRow(
          id: call.id, caller: call.caller, dialled: call.dialled, answeredBy: call.answeredBy.isEmpty ? nil : call.answeredBy,
          features: call.features, start: Moment(call.start), answer: call.answer.map { Moment($0) }, end: Moment(call.end),
          cause: call.cause, authorisation: call.authorization, mediaPath: call.mediaPath))
    case .subscription(let id, let state):
      return state.map { .putDialog(DialogRow(id: id, call: 0, state: $0)) } ?? .removeDialog(id: id)
    case .recording(let recording): return .putRecording(RecordingRow(recording))
    case .removeRecording(let number): return .removeRecording(number: number)
    case .block(let source, let until, let reason):
      return .putBlock(BlockRow(source: source.description, until: Moment(until), reason: reason))
    case .unblock(let source): return .removeBlock(source: source.description)
    }
  }

  /// The features' machines; those whose call or leg is over are dropped by the kernel.
  static func machines(_ rows: [MachineRow]) -> [Fact] {
    rows.compactMap { row in
      MachineKey(row.name).map { .machine(module: row.name.module, key: $0, state: row.state) }
    }
  }
}

extension MachineName {
  init(module: String, _ key: MachineKey) {
    switch key {
    case .number(let digits): self.init(module: module, kind: "number", key: digits.description)
    case .call(let call): self.init(module: module, kind: "call", key: "\(call.raw)")
    case .leg(let leg): self.init(module: module, kind: "leg", key: "\(leg.raw)")
    case .exchange: self.init(module: module, kind: "exchange", key: "")
    }
  }
}

extension MachineKey {
  init?(_ name: MachineName) {
    switch name.kind {
    case "number", "station":
      guard let digits = Digits(name.key) else { return nil }
      self = .number(digits)
    case "exchange": self = .exchange
    case "call":
      guard let raw = UInt64(name.key) else { return nil }
      self = .call(CallID(raw: raw))
    case "leg":
      guard let raw = UInt64(name.key) else { return nil }
      self = .leg(LegID(raw: raw))
    default: return nil
    }
  }
}

extension BindingRow {
  init(_ binding: Binding, listeners: [Listener]) {
    let local = Int(binding.flow.local)
    self.init(
      id: binding.id, station: binding.station.description, contact: binding.contact,
      sourceAddress: binding.flow.remote.address.description, sourcePort: binding.flow.remote.port,
      transport: "\(binding.flow.kind)", listener: listeners.indices.contains(local) ? listeners[local].text : "",
      userAgent: String(decoding: binding.userAgent, as: UTF8.self), callID: binding.callID, cseq: binding.cseq,
      expires: Moment(binding.expires), registered: Moment(binding.lastSeen))
  }
}

extension RecordingRow {
  init(_ recording: RecordingSummary) {
    self.init(
      number: recording.number, owner: recording.owner.description, caller: recording.caller.description,
      time: Moment(recording.time), length: recording.length.milliseconds, isNew: recording.isNew)
  }
}

extension RecordingSummary {
  /// nil where the row does not make sense.
  init?(_ row: RecordingRow) {
    guard let owner = Digits(row.owner), !owner.isEmpty else { return nil }
    self.init(
      number: row.number, owner: owner, caller: Digits(row.caller) ?? Digits(), time: Instant(row.time),
      length: .milliseconds(row.length), isNew: row.isNew)
  }
}

extension Binding {
  /// nil where the row does not make sense, or where nothing listens by which the phone could be reached.
  init?(_ row: BindingRow, listeners: [Listener]) {
    guard let station = StationNumber(row.station), let address = IPAddress(row.sourceAddress),
      let kind = TransportKind.allCases.first(where: { "\($0)" == row.transport }),
      let local = listeners.firstIndex(where: { $0.text == row.listener }) ?? listeners.firstIndex(where: { $0.kind == kind })
    else { return nil }
    let seen = Instant(row.registered)
    self.init(
      id: row.id, station: station, contact: row.contact,
      flow: Flow(kind: kind, local: UInt16(clamping: local), remote: SocketAddress(address, port: row.sourcePort)),
      callID: row.callID, cseq: row.cseq, userAgent: Array(row.userAgent.utf8), registeredAt: seen, lastSeen: seen,
      expires: Instant(row.expires), allows: 0)
  }
}

extension Listener {
  /// `udp:127.0.0.1:5060`.
  var text: String { "\(self.kind):\(self.address)" }
}
