internal import Synchronization

extension MediaServer {
  /// What the server has done since it started, for the status. Each number is exact; together they may be some packets apart.
  public struct Measures: Sendable, Equatable {
    /// Channels open now, and ever opened.
    public var channels = 0
    public var channelsOpened: UInt64 = 0
    /// Datagrams that came and that were sent, RTP and RTCP.
    public var packetsIn: UInt64 = 0
    public var packetsOut: UInt64 = 0
    /// From elsewhere than the channel's source, or before there was one (MED-5).
    public var strangers: UInt64 = 0
    /// No RTP or RTCP, cut, or of a payload type that was not agreed (RELIABILITY 45, 46).
    public var malformed: UInt64 = 0
    /// Bad tag, replayed, or without a usable key (RELIABILITY 44).
    public var srtp: UInt64 = 0
    /// Above the rate that voice can have.
    public var floods: UInt64 = 0
    /// Came too late to be heard.
    public var late: UInt64 = 0
    /// Refused by the system when sent.
    public var unsent: UInt64 = 0

    public init() {}
  }
}

/// The same numbers where the media thread counts and anybody reads.
final class Counters: Sendable {
  let channels = Atomic<Int>(0)
  let channelsOpened = Atomic<UInt64>(0)
  let packetsIn = Atomic<UInt64>(0)
  let packetsOut = Atomic<UInt64>(0)
  let strangers = Atomic<UInt64>(0)
  let malformed = Atomic<UInt64>(0)
  let srtp = Atomic<UInt64>(0)
  let floods = Atomic<UInt64>(0)
  let late = Atomic<UInt64>(0)
  let unsent = Atomic<UInt64>(0)

  func show(channels: Int) { self.channels.store(channels, ordering: .relaxed) }

  var measures: MediaServer.Measures {
    var measures = MediaServer.Measures()
    measures.channels = self.channels.load(ordering: .relaxed)
    measures.channelsOpened = self.channelsOpened.load(ordering: .relaxed)
    measures.packetsIn = self.packetsIn.load(ordering: .relaxed)
    measures.packetsOut = self.packetsOut.load(ordering: .relaxed)
    measures.strangers = self.strangers.load(ordering: .relaxed)
    measures.malformed = self.malformed.load(ordering: .relaxed)
    measures.srtp = self.srtp.load(ordering: .relaxed)
    measures.floods = self.floods.load(ordering: .relaxed)
    measures.late = self.late.load(ordering: .relaxed)
    measures.unsent = self.unsent.load(ordering: .relaxed)
    return measures
  }
}

extension Atomic where Value == UInt64 {
  /// Only the media thread counts, so that a load and a store do: half the price of a locked addition.
  func count(_ more: UInt64 = 1) { self.store(self.load(ordering: .relaxed) &+ more, ordering: .relaxed) }
}
