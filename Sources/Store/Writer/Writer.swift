internal import Foundation
internal import GRDB
internal import Synchronization

/// Keeps the exchange's facts: takes batches of changes from any thread and commits them, many in one transaction, on its own
/// thread.
///
/// The first batch after a pause is committed at once, later ones at most once a `window`; all that wait then share one commit
/// (ARCHITECTURE.md rule 7). A batch is kept whole or not at all. Call `stop()` before letting go: the thread holds the writer.
public final class Writer: Sendable {
  /// How one batch ended, for callers that number their batches.
  public struct Outcome: Sendable {
    public var token: UInt64
    /// nil when it was kept.
    public var error: StoreError?
  }

  /// What the writer has done so far.
  public struct Measures: Sendable {
    /// Changes taken and not yet answered.
    public var depth = 0
    public var commits = 0
    public var batches = 0
    public var changes = 0
    /// Batches that were not kept.
    public var failures = 0
    /// Batches refused because the queue was full.
    public var refused = 0
    /// The longest time from `submit` to a batch's end.
    public var slowest = Duration.zero
    /// How long the oldest batch has been waiting now: above 500 ms the disk does not answer (rule 7).
    public var oldestWaiting = Duration.zero
  }

  private struct Entry: Sendable {
    let changes: [RowChange]
    let arrival: ContinuousClock.Instant
    let waiter: Waiter
  }

  private enum Waiter: Sendable {
    case nobody
    case token(UInt64)
    case call(@Sendable (Result<Void, StoreError>) -> Void)
  }

  /// What the thread does when it does not write.
  private enum Rest: Sendable {
    case awake
    /// Nothing to write.
    case asleep
    /// Batches nobody waits for keep for a while: the next commit may take them along.
    case lingering
  }

  private struct State: Sendable {
    var waiting: [Entry] = []
    var measures = Measures()
    /// The arrival of the oldest batch that the thread is working on.
    var workingSince: ContinuousClock.Instant?
    /// Whether somebody waits for one of the batches in `waiting`.
    var isAwaited = false
    var rest = Rest.awake
    var stopping = false
    var stopped = false
  }

  private let database: Database
  private let window: Duration
  private let capacity: Int
  private let now: @Sendable () -> Moment
  private let outcomes: (@Sendable ([Outcome]) -> Void)?
  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let end = DispatchGroup()

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - window: the shortest time between two commits.
  ///   - capacity: changes that may wait before `submit` refuses.
  ///   - outcomes: called on the writer's thread, once a transaction, with the outcome of each numbered batch in it, in order.
  ///   - now: the wall clock, by which what has expired is cleared away.
  public init(
    _ database: Database, window: Duration = .milliseconds(8), capacity: Int = 65_536,
    outcomes: (@Sendable ([Outcome]) -> Void)? = nil, now: @escaping @Sendable () -> Moment = { .now() }
  ) {
    self.database = database
    self.window = window
    self.capacity = capacity
    self.now = now
    self.outcomes = outcomes
    end.enter()
    let thread = Thread { [self] in
      run()
      end.leave()
    }
    thread.name = "store"
    thread.start()
  }

  /// Takes a batch; `completion` is called on the writer's thread once it is kept or has failed, in the order of submission.
  ///
  /// - Throws: `.queueFull` or `.stopped`; the batch then is not taken and `completion` is not called.
  public func submit(
    _ batch: [RowChange], completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
  ) throws(StoreError) {
    try take(batch, .call(completion))
  }

  /// Takes a batch under a number that `outcomes` will tell: no closure for each batch, one call for each transaction.
  public func submit(_ batch: [RowChange], token: UInt64) throws(StoreError) {
    try take(batch, .token(token))
  }

  /// Takes a batch whose fate nobody waits for (access log, call records); a failure is counted.
  public func submit(_ batch: [RowChange]) throws(StoreError) {
    try take(batch, .nobody)
  }

  public var measures: Measures {
    let now = ContinuousClock.now
    return state.withLock { state in
      var measures = state.measures
      if let oldest = state.workingSince ?? state.waiting.first?.arrival { measures.oldestWaiting = now - oldest }
      return measures
    }
  }

  /// Keeps all that was taken, answers it and ends the thread. Not to be called from a completion; calling it twice is allowed.
  public func stop() {
    let isResting = state.withLock { state in
      state.stopping = true
      defer { state.rest = .awake }
      return state.rest != .awake
    }
    if isResting { wake.signal() }
    end.wait()
  }

  private func take(_ batch: [RowChange], _ waiter: Waiter) throws(StoreError) {
    let now = ContinuousClock.now
    let isAwaited = if case .nobody = waiter { false } else { true }
    let mustWake = try state.withLock { state throws(StoreError) in
      guard !state.stopping else { throw StoreError(.stopped, at: database.path, "the store is stopping") }
      guard state.measures.depth + batch.count <= capacity else {
        state.measures.refused += 1
        throw StoreError(
          .queueFull, at: database.path, "\(state.measures.depth) changes wait for the disk", mend: "check the disk")
      }
      state.measures.depth += batch.count
      state.waiting.append(Entry(changes: batch, arrival: now, waiter: waiter))
      if isAwaited { state.isAwaited = true }
      guard state.rest == .asleep || isAwaited && state.rest == .lingering else { return false }
      state.rest = .awake
      return true
    }
    if mustWake { wake.signal() }
  }
}

// What runs on the thread.
extension Writer {
  private func run() {
    var pruning = Pruning()
    var entries: [Entry] = []
    var lastCommit: ContinuousClock.Instant?
    while true {
      let (isEmpty, isAwaited, isStopping) = state.withLock { state in (state.waiting.isEmpty, state.isAwaited, state.stopping) }
      if isEmpty {
        if isStopping { return }
        if pruning.isBehind { pruning.cut(database, now()) } else { sleep() }
        continue
      }
      if !isStopping, !isAwaited, let oldest = oldestArrival(), .now < oldest + Self.patience {
        linger(until: oldest + Self.patience)
        continue
      }
      if !isStopping, let lastCommit { pause(until: lastCommit + window) }
      state.withLock { state in
        state.isAwaited = false
        swap(&state.waiting, &entries)
        state.workingSince = entries.first?.arrival
      }
      lastCommit = .now
      var start = 0
      while start < entries.count {
        let stop = endOfGroup(entries, from: start)
        commit(entries[start..<stop])
        start = stop
        state.withLock { state in state.workingSince = start < entries.count ? entries[start].arrival : nil }
      }
      pruning.note(changes: entries.reduce(0) { $0 + $1.changes.count })
      entries.removeAll(keepingCapacity: true)
      if pruning.isDue { pruning.cut(database, now()) }
    }
  }

  private func sleep() {
    let isIdle = state.withLock { state in
      let isIdle = state.waiting.isEmpty && !state.stopping
      if isIdle { state.rest = .asleep }
      return isIdle
    }
    if isIdle { wake.wait() }
  }

  /// How long a batch that nobody waits for may wait for company.
  private static let patience = Duration.milliseconds(10)

  private func oldestArrival() -> ContinuousClock.Instant? {
    state.withLock { state in state.waiting.first?.arrival }
  }

  private func linger(until due: ContinuousClock.Instant) {
    let isIdle = state.withLock { state in
      let isIdle = !state.isAwaited && !state.stopping
      if isIdle { state.rest = .lingering }
      return isIdle
    }
    guard isIdle else { return }
    let rest = (due - .now).components
    let nanoseconds = max(0, rest.seconds * 1_000_000_000 + rest.attoseconds / 1_000_000_000)
    _ = wake.wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
    // A signal that came too late stays in the semaphore and costs one look at an empty queue.
    state.withLock { state in state.rest = .awake }
  }

  private func pause(until due: ContinuousClock.Instant) {
    let rest = (due - .now).components
    if rest.seconds == 0, rest.attoseconds > 0 { usleep(UInt32(rest.attoseconds / 1_000_000_000_000)) }
  }

  /// At most 4096 changes share a transaction, so that the first of a long queue are answered soon.
  private func endOfGroup(_ entries: [Entry], from start: Int) -> Int {
    var stop = start
    var count = 0
    while stop < entries.count, count == 0 || count + entries[stop].changes.count <= 4096 {
      count += entries[stop].changes.count
      stop += 1
    }
    return stop
  }

  /// One transaction for all; if it fails, one for each, so that a bad batch fails alone. A lock outlives all of them: all fail.
  private func commit(_ entries: ArraySlice<Entry>) {
    do {
      try transact(entries)
      answer(entries, nil)
    } catch let error where error.code == .locked || entries.count == 1 {
      answer(entries, error)
    } catch {
      for index in entries.indices {
        let one = entries[index...index]
        do {
          try transact(one)
          answer(one, nil)
        } catch {
          answer(one, error)
        }
      }
    }
  }

  private func transact(_ entries: ArraySlice<Entry>) throws(StoreError) {
    do {
      try database.pool.writeWithoutTransaction { connection in
        if connection.isInsideTransaction { try connection.rollback() }
        try connection.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
        do {
          var statements = HotStatements(connection)
          for entry in entries {
            for change in entry.changes { try statements.apply(change) }
          }
          try connection.cachedStatement(sql: "COMMIT").execute()
        } catch {
          // Disk full and the like end the transaction by themselves.
          if connection.isInsideTransaction { try? connection.rollback() }
          throw error
        }
      }
    } catch {
      throw StoreError(error, at: database.path)
    }
    state.withLock { state in state.measures.commits += 1 }
  }

  private func answer(_ entries: ArraySlice<Entry>, _ error: StoreError?) {
    let now = ContinuousClock.now
    state.withLock { state in
      for entry in entries {
        state.measures.depth -= entry.changes.count
        state.measures.changes += entry.changes.count
        state.measures.slowest = max(state.measures.slowest, now - entry.arrival)
      }
      state.measures.batches += entries.count
      if error != nil { state.measures.failures += entries.count }
    }
    var numbered: [Outcome] = []
    for entry in entries {
      switch entry.waiter {
      case .nobody: break
      case .token(let token): numbered.append(Outcome(token: token, error: error))
      case .call(let completion): completion(error.map { .failure($0) } ?? .success(()))
      }
    }
    if !numbered.isEmpty { outcomes?(numbered) }
  }
}
