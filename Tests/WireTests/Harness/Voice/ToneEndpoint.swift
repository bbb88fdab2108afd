import Foundation
import Synchronization

/// One end of an RTP session with a sine wave for a voice: sends a packet every 20 ms and keeps all that it is sent.
/// It sends wherever it is aimed at, whatever comes; what a description told others of it is the phone's affair.
final class ToneEndpoint: Sendable {
  let frequency: Double
  let rtp: Datagrams
  let rtcp: Datagrams
  private let state = Mutex(State())

  /// What it does at the moment.
  private struct State {
    var target: HostPort?
    var law = G711.aLaw
    var events: UInt8?
    var isSending = false
    var isMuted = false
    var isClosed = false
    var sequence = UInt16.random(in: 0...UInt16.max)
    var timestamp = UInt32.random(in: 0...UInt32.max)
    var source = UInt32.random(in: 1...UInt32.max)
    var phase = 0.0
    var isFirst = true
    var keys: [Press] = []
    var sent = 0
    var packets: [RTPPacket] = []
    var reports = 0
    /// Datagrams that are no RTP.
    var others = 0
  }

  /// A key on its way out: RFC 4733 wants the same timestamp in all its packets, and the last one three times.
  private struct Press {
    var event: UInt8
    var ticks: Int
    var elapsed = 0
    var timestamp: UInt32?
  }

  init(_ frequency: Double, at host: String = "127.0.0.1") throws {
    self.frequency = frequency
    (rtp, rtcp) = try Datagrams.pair(host)
    Thread.detachNewThread { [weak self, rtp, rtcp] in
      var due = monotonicTime()
      while true {
        Datagrams.wait(for: [rtp, rtcp], min(0.02, due - monotonicTime()))
        guard let self, !self.state.withLock({ $0.isClosed }) else { return }
        self.take()
        let now = monotonicTime()
        // A test machine that slept does not get the whole time's packets at once.
        if now - due > 0.2 { due = now }
        while due <= now {
          self.tick()
          due += 0.02
        }
      }
    }
  }

  // MARK: What it does

  /// Sends there from now on; nil keeps it quiet.
  func aim(at target: HostPort?, law: G711 = .aLaw, events: UInt8? = nil) {
    state.withLock {
      if $0.target != target || $0.law != law { $0.isFirst = true }
      ($0.target, $0.law, $0.events, $0.isSending) = (target, law, events, target != nil)
    }
  }

  /// Presses a key: sent as RFC 4733 events, if it was aimed with a payload type for them.
  func press(_ key: Character, milliseconds: Int = 160) {
    guard let event = Key.event(key) else { return }
    state.withLock { $0.keys.append(Press(event: event, ticks: max(2, milliseconds / 20))) }
  }

  /// Begins a new synchronisation source, as phones do that start their voice anew.
  func renew() {
    state.withLock { ($0.source, $0.isFirst) = (UInt32.random(in: 1...UInt32.max), true) }
  }

  /// Says nothing at all while it is muted, as a phone that waits for the other's voice first.
  func mute(_ isMuted: Bool = true) { state.withLock { $0.isMuted = isMuted } }

  /// Forgets what it heard so far.
  func forget() { state.withLock { $0.packets = [] } }

  func close() { state.withLock { $0.isClosed = true } }

  // MARK: What it got

  var sent: Int { state.withLock { $0.sent } }
  var packets: [RTPPacket] { state.withLock { $0.packets } }
  /// RTCP packets that came.
  var reports: Int { state.withLock { $0.reports } }
  /// Datagrams on the RTP port that are no RTP.
  var others: Int { state.withLock { $0.others } }

  /// The voice that arrived within the last seconds, in the order of its arrival.
  func sound(last seconds: Double) -> Sound {
    let start = monotonicTime() - seconds
    return Sound(samples: packets.filter { $0.arrival >= start }.flatMap(ToneEndpoint.samples))
  }

  /// Everything it heard.
  var sound: Sound { Sound(samples: packets.flatMap(ToneEndpoint.samples)) }

  /// Keys that were sent to it as events of that payload type, once for each press, with their length in milliseconds.
  func keys(_ payload: UInt8 = 101) -> [(key: Character, milliseconds: Int)] {
    var found: [(timestamp: UInt32, source: UInt32, key: Character, milliseconds: Int)] = []
    for packet in packets where packet.payload == payload && packet.octets.count >= 4 {
      guard let key = Key.key(packet.octets[0]) else { continue }
      let milliseconds = (Int(packet.octets[2]) << 8 | Int(packet.octets[3])) / 8
      if let old = found.lastIndex(where: { $0.timestamp == packet.timestamp && $0.source == packet.source }) {
        found[old].milliseconds = max(found[old].milliseconds, milliseconds)
      } else {
        found.append((packet.timestamp, packet.source, key, milliseconds))
      }
    }
    return found.map { ($0.key, $0.milliseconds) }
  }

  /// Numbers that are missing between packets of the same source that came one after the other.
  var gaps: Int {
    zip(packets, packets.dropFirst()).reduce(0) { sum, pair in
      guard pair.0.source == pair.1.source else { return sum }
      let step = Int(pair.1.sequence &- pair.0.sequence)
      return sum + (step > 1 && step < 1000 ? step - 1 : 0)
    }
  }

  private static func samples(_ packet: RTPPacket) -> [Int16] {
    guard let law = G711(rawValue: packet.payload) else { return [] }
    return packet.octets.map(law.decode)
  }

  // MARK: Its own thread

  private func take() {
    let now = monotonicTime()
    while let (octets, from) = rtp.receive() {
      state.withLock {
        if let packet = RTPPacket(octets, from: from, at: now) { $0.packets.append(packet) } else { $0.others += 1 }
      }
    }
    while rtcp.receive() != nil { state.withLock { $0.reports += 1 } }
  }

  /// Twenty milliseconds: a packet of voice, or of a key while one is pressed.
  private func tick() {
    let (target, packets) = state.withLock { ($0.target, $0.isSending && !$0.isMuted ? next(&$0) : []) }
    guard let target else { return }
    for packet in packets { rtp.send(packet.datagram, to: target) }
  }

  private func next(_ state: inout State) -> [RTPPacket] {
    defer { state.timestamp &+= 160 }
    func packet(_ payload: UInt8, at timestamp: UInt32, isMarked: Bool, _ octets: [UInt8]) -> RTPPacket {
      defer { (state.sequence, state.sent) = (state.sequence &+ 1, state.sent + 1) }
      return RTPPacket(
        payload: payload, sequence: state.sequence, timestamp: timestamp, source: state.source, isMarked: isMarked, octets: octets
      )
    }
    if let events = state.events, var key = state.keys.first {
      let start = key.timestamp ?? state.timestamp
      key.timestamp = start
      key.elapsed += 1
      let (isLast, length) = (key.elapsed >= key.ticks, UInt16(clamping: key.elapsed * 160))
      let octets = [key.event, isLast ? 0x8a : 0x0a, UInt8(length >> 8), UInt8(length & 0xff)]
      if isLast { state.keys.removeFirst() } else { state.keys[0] = key }
      return (0..<(isLast ? 3 : 1)).map { _ in packet(events, at: start, isMarked: key.elapsed == 1, octets) }
    }
    let step = 2 * Double.pi * frequency / 8000
    let voice = (0..<160).map { state.law.encode(Int16(Voices.amplitude * 32_767 * sin(state.phase + step * Double($0)))) }
    state.phase = (state.phase + step * 160).truncatingRemainder(dividingBy: 2 * .pi)
    defer { state.isFirst = false }
    return [packet(state.law.rawValue, at: state.timestamp, isMarked: state.isFirst, voice)]
  }
}
