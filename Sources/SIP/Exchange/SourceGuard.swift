import Kernel
import Sessions

/// Who may talk to us at all: the white list, and sources that guessed passwords too often (REG-6, REG-8).
///
/// Only failures of sources that answered a challenge sent to them count, so that nobody can have a stranger's address
/// blocked by forging it (RELIABILITY 21).
struct SourceGuard: Sendable {
  var whiteList: [AddressBlock] = []
  private var failures: [IPAddress: Int] = [:]
  private var blocks: [IPAddress: BlockStatus] = [:]
  /// The blocked addresses in the order in which they were blocked.
  private var order: [IPAddress] = []
  private static let remembered = 10_000

  func isListed(_ source: IPAddress) -> Bool {
    self.whiteList.contains { $0.contains(source) }
  }

  /// Who is counted where `source` fails or asks: the source, and for a stranger with an IPv6 address the /64 that every host has for
  /// itself, as he would begin anew with each of its addresses. Telephones on the white list have their neighbours' /64 and are
  /// counted one by one.
  func counted(_ source: IPAddress) -> IPAddress {
    guard source.family == .v6, !source.isLinkLocal, !self.isListed(source) else { return source }
    return IPAddress(high: source.high, low: 0)
  }

  /// Whether messages from `source` are to be dropped. Costs nothing while nobody is blocked.
  mutating func isBlocked(_ source: IPAddress, at now: Instant) -> Bool {
    guard !self.blocks.isEmpty, let block = self.blocks[source] ?? self.blocks[self.counted(source)] else { return false }
    if block.until > now { return true }
    self.remove(block.source)
    return false
  }

  /// Counts a failure; the block that follows from it, if it was the last allowed one.
  mutating func failed(_ address: IPAddress, limit: Int, blockTime: Interval, at now: Instant) -> BlockStatus? {
    let source = self.counted(address)
    if self.failures.count >= Self.remembered { self.failures.removeAll() }
    let count = (self.failures[source] ?? 0) + 1
    self.failures[source] = count
    guard count >= limit, blockTime > .zero else { return nil }
    self.failures[source] = nil
    let block = BlockStatus(source: source, until: now + blockTime, reason: "\(count) failed registrations in a row")
    self.block(block)
    return block
  }

  mutating func succeeded(_ source: IPAddress) {
    guard !self.failures.isEmpty else { return }
    self.failures[self.counted(source)] = nil
  }

  /// What is to be lifted for `source` to be heard: its own block, or that of its /64.
  func block(of source: IPAddress) -> IPAddress? {
    [source, self.counted(source)].first { self.blocks[$0] != nil }
  }

  mutating func block(_ block: BlockStatus) {
    if self.blocks[block.source] == nil {
      self.order.append(block.source)
      if self.order.count > Self.remembered { self.blocks[self.order.removeFirst()] = nil }
    }
    self.blocks[block.source] = block
  }

  @discardableResult
  mutating func remove(_ source: IPAddress) -> Bool {
    self.failures[source] = nil
    guard self.blocks.removeValue(forKey: source) != nil else { return false }
    self.order.removeAll { $0 == source }
    return true
  }

  func blocked(at now: Instant) -> [BlockStatus] {
    self.order.compactMap { self.blocks[$0] }.filter { $0.until > now }
  }
}
