internal import Synchronization

extension RTPEngine {
  /// How it went with rtpengine since the start.
  public struct Measures: Sendable, Equatable {
    /// Questions asked, repetitions not counted.
    public var asked: UInt64 = 0
    /// Questions without an answer in a second.
    public var unanswered: UInt64 = 0
    /// Questions refused.
    public var refused: UInt64 = 0
    /// Datagrams from rtpengine's address that are no reply to a question under way: late, twice, or no reply at all.
    public var strange: UInt64 = 0
    /// Channels that rtpengine had forgotten: it was started anew, or timed them out.
    public var lost: UInt64 = 0

    public init() {}
  }
}

/// The same numbers where the thread counts and anybody reads.
final class RelayCounters: Sendable {
  let asked = Atomic<UInt64>(0)
  let unanswered = Atomic<UInt64>(0)
  let refused = Atomic<UInt64>(0)
  let strange = Atomic<UInt64>(0)
  let lost = Atomic<UInt64>(0)

  var measures: RTPEngine.Measures {
    var measures = RTPEngine.Measures()
    measures.asked = self.asked.load(ordering: .relaxed)
    measures.unanswered = self.unanswered.load(ordering: .relaxed)
    measures.refused = self.refused.load(ordering: .relaxed)
    measures.strange = self.strange.load(ordering: .relaxed)
    measures.lost = self.lost.load(ordering: .relaxed)
    return measures
  }
}
