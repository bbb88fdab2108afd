import Kernel
public import SIP

/// What a store holds after the facts that it was given. This host keeps them in memory, for its `restart`; one that sells writes each batch to
/// its database in one transaction, and answers the exchange when that is through (`Sources/Store` does it with SQLite).
public struct Kept: Sendable {
  private var bindings: [Binding] = []
  private var features: [Fact] = []
  private var calls: [(row: Int64, handle: UInt64, state: [UInt8])] = []
  private var answered: [(key: [UInt8], response: [UInt8], until: Instant)] = []
  private var subscriptions: [(row: Int64, state: [UInt8])] = []
  /// Calls that are over, newest last.
  public private(set) var records: [CallDetail] = []
  private var lastBinding: Int64 = 0
  private var lastRow: Int64 = 0
  private var lastSubscription: Int64 = 0

  mutating func take(_ fact: ExchangeFact) {
    switch fact {
    case .binding(let binding):
      self.bindings.removeAll { $0.id == binding.id }
      self.bindings.append(binding)
      self.lastBinding = max(self.lastBinding, binding.id)
    case .bindingGone(let id): self.bindings.removeAll { $0.id == id }
    case .feature(.machine(let module, let key, let state)):
      self.features.removeAll {
        if case .machine(module, key, _) = $0 { true } else { false }
      }
      if state != nil { self.features.append(.machine(module: module, key: key, state: state)) }
    case .liveCall(let row, let handle, let state):
      self.calls.removeAll { $0.row == row }
      if let state { self.calls.append((row, handle, state)) }
      self.lastRow = max(self.lastRow, row)
    case .answered(_, let key, let response, let until):
      self.answered.append((key, response, until))
      if self.answered.count > 1000 { self.answered.removeFirst(500) }
    case .subscription(let row, let state):
      self.subscriptions.removeAll { $0.row == row }
      if let state { self.subscriptions.append((row, state)) }
      self.lastSubscription = max(self.lastSubscription, row)
    case .call(let record):
      self.records.append(record)
      if self.records.count > 1000 { self.records.removeFirst(500) }
    // Nobody has a mailbox here, and who is blocked may try again after a restart.
    case .feature, .recording, .removeRecording, .access, .block, .unblock: break
    }
  }

  /// - Returns: how many facts could not be read.
  func restore(_ exchange: inout Exchange, at now: Instant) -> Int {
    exchange.restore(
      bindings: self.bindings, features: self.features, calls: self.calls, answered: self.answered.filter { $0.until > now },
      subscriptions: self.subscriptions, blocks: [], nextBinding: self.lastBinding + 1, nextCall: self.lastRow + 1,
      nextAnswer: Int64(self.answered.count) + 1, nextSubscription: self.lastSubscription + 1,
      lastRecord: self.records.last?.id ?? 0, at: now)
  }
}
