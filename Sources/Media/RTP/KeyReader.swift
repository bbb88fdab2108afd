/// Reads pressed keys out of RFC 4733 events: each press once, however often its end is repeated or lost (MED-4, RELIABILITY 45).
struct KeyReader {
  struct Press: Equatable, BitwiseCopyable {
    /// 0–9, 10 `*`, 11 `#`, 12–15 A–D.
    var key: UInt8
    /// In timestamp units of 1/8000 s.
    var duration: UInt32
  }

  enum State: Equatable {
    case idle
    /// A key is down: when it began by the phone's clock, how long it lasts so far, when a packet came last.
    /// `before` is the length of segments that are over.
    case pressing(Press, began: UInt32, before: UInt32, seen: UInt64)
  }

  /// A press whose end never came is over after this time without a packet.
  static let silence: UInt64 = 200_000_000

  /// How far back a timestamp may lie to belong to what is reported already: 20 s.
  static let memory: UInt32 = 160_000

  private(set) var state = State.idle
  /// The press that was reported last, so that its repeated ends say nothing new.
  private var reported: (ssrc: UInt32, began: UInt32)?
  private var ssrc: UInt32 = 0
  /// Nobody presses keys faster; a flood of events is no dialling.
  private var gate = FloodGate(perSecond: 25, burst: 10)

  /// An event packet's payload. Gives the press that is over by it.
  mutating func receive(_ payload: UnsafeRawBufferPointer, header: RTPHeader, at time: UInt64) -> Press? {
    guard payload.count >= 4, payload[0] <= 15 else { return nil }
    let key = payload[0]
    let isEnd = payload[1] & 0x80 != 0
    let duration = UInt32(payload.number16(at: 2))
    // Late and repeated packets of a press that is reported. Much older ones are a phone that began its clock anew.
    if let reported = self.reported, reported.ssrc == header.ssrc, reported.began &- header.timestamp <= Self.memory {
      return nil
    }
    var over: Press?
    if case .pressing(var press, let began, let before, _) = self.state {
      if header.ssrc == self.ssrc, Int32(bitPattern: header.timestamp &- began) < 0 { return nil }
      if header.ssrc == self.ssrc, header.timestamp == began {
        guard key == press.key else { return nil }
        press.duration = max(press.duration, before &+ duration)
        return self.carryOn(press, began: began, before: before, isEnd: isEnd, at: time)
      }
      if header.ssrc == self.ssrc, key == press.key, !header.hasMarker, header.timestamp &- began == press.duration &- before,
        press.duration &- before >= 0xff00
      {
        // A key held longer than the duration's 16 bits goes on in a segment of its own (RFC 4733 §2.5.1.3).
        let before = press.duration
        press.duration = before &+ duration
        return self.carryOn(press, began: header.timestamp, before: before, isEnd: isEnd, at: time)
      }
      // The end of the last press was lost: a new one says that it is over.
      over = self.finish(press, began: began, at: time)
    }
    self.ssrc = header.ssrc
    let press = Press(key: key, duration: duration)
    guard over != nil else { return self.carryOn(press, began: header.timestamp, before: 0, isEnd: isEnd, at: time) }
    // One report a packet: a press that is all in this packet waits for its repetition or for the silence behind it.
    self.state = .pressing(press, began: header.timestamp, before: 0, seen: time)
    return over
  }

  /// Time goes by. Gives the press whose end never came.
  mutating func fire(at time: UInt64) -> Press? {
    guard case .pressing(let press, let began, _, let seen) = self.state, time &- seen >= Self.silence else { return nil }
    return self.finish(press, began: began, at: time)
  }

  /// A key is down now.
  var isPressing: Bool { self.state != .idle }

  private mutating func carryOn(_ press: Press, began: UInt32, before: UInt32, isEnd: Bool, at time: UInt64) -> Press? {
    guard isEnd else {
      self.state = .pressing(press, began: began, before: before, seen: time)
      return nil
    }
    return self.finish(press, began: began, at: time)
  }

  private mutating func finish(_ press: Press, began: UInt32, at time: UInt64) -> Press? {
    self.state = .idle
    self.reported = (self.ssrc, began)
    return self.gate.pass(at: time) ? press : nil
  }
}
