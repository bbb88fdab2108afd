import CSpanDSP
import Kernel

/// The two tones of a key (ITU-T Q.23). Keys are numbered as RFC 4733 §3.2 numbers events: 0–9, 10 `*`, 11 `#`, 12–15 A–D.
enum Key {
  static let letters: [UInt8] = Array("0123456789*#ABCD".utf8)
  static let high: [Double] = [1209, 1336, 1477, 1633]
  static let low: [Double] = [697, 770, 852, 941]

  /// Hertz; nil for what is no key.
  static func tones(_ key: UInt8) -> (low: Double, high: Double)? {
    switch key {
    case 0: (Key.low[3], Key.high[1])
    case 1...9: (Key.low[Int(key - 1) / 3], Key.high[Int(key - 1) % 3])
    case 10: (Key.low[3], Key.high[0])
    case 11: (Key.low[3], Key.high[2])
    case 12...15: (Key.low[Int(key - 12)], Key.high[3])
    default: nil
    }
  }

  /// A key pressed (MED-4), −9 dBm0 and −7 dBm0 as Q.23 networks send it, 40 ms to 10 s, with 50 ms of silence behind it. Nil for
  /// what is no key.
  static func clip(_ key: UInt8, duration: Interval) -> Clip? {
    guard let tones = Key.tones(key) else { return nil }
    let length = Int(max(40, min(10_000, duration.nanoseconds / 1_000_000)))
    var score = Score(milliseconds: length + 50)
    score.add(tones.low, at: 0, lasting: length, level: -9)
    score.add(tones.high, at: 0, lasting: length, level: -7)
    return Clip(score.samples, isEndless: false)
  }
}

/// Listens for keys in a voice (MED-4), by spandsp's receiver.
final class KeyDetector {
  /// What has been heard.
  enum Report: Sendable, Equatable {
    case down(UInt8)
    /// Let go after so long, in steps of the 12.75 ms in which the receiver listens.
    case up(UInt8, Interval)
  }

  private let receiver: OpaquePointer
  private var down: (key: UInt8, samples: Int)?
  private var narrower: Downsampler?
  private var narrow = [Int16](repeating: 0, count: SampleRate.narrow.frame)

  /// Nil when no memory is left.
  /// - Parameter rate: of the samples it will be given.
  init?(rate: SampleRate = .narrow) {
    guard let receiver = dtmf_rx_init(nil, nil, nil) else { return nil }
    self.receiver = receiver
    self.narrower = rate == .wide ? Downsampler() : nil
    // Dial tone is never in what a phone sends; 8 dB and 4 dB of twist and −30 dBm0 as ITU-T Q.24 asks.
    dtmf_rx_parms(receiver, 0, 8, 4, -30)
  }

  deinit { dtmf_rx_free(self.receiver) }

  /// Listens to more samples, any number.
  func listen(_ samples: UnsafeBufferPointer<Int16>, _ report: (Report) -> Void) {
    let step = self.narrower == nil ? SampleRate.narrow.frame : SampleRate.wide.frame
    var start = 0
    while start < samples.count {
      let block = UnsafeBufferPointer(rebasing: samples[start..<min(start + step, samples.count)])
      if self.narrower == nil {
        self.detect(block, report)
      } else {
        let count = self.narrow.withUnsafeMutableBufferPointer { self.narrower?.process(block, into: $0) ?? 0 }
        self.narrow.withUnsafeBufferPointer { self.detect(UnsafeBufferPointer(rebasing: $0[..<count]), report) }
      }
      start += step
    }
  }

  private func detect(_ samples: UnsafeBufferPointer<Int16>, _ report: (Report) -> Void) {
    guard samples.count > 0, let first = samples.baseAddress else { return }
    dtmf_rx(self.receiver, first, Int32(truncatingIfNeeded: samples.count))
    if let down = self.down { self.down = (down.key, min(down.samples + samples.count, 8000 * 3600)) }
    let status = UInt8(truncatingIfNeeded: dtmf_rx_status(self.receiver))
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: KeyDetector.room) { digits in
      let count = min(dtmf_rx_get(self.receiver, digits.baseAddress, Int32(KeyDetector.room - 1)), KeyDetector.room - 1)
      for index in 0..<count {
        guard let key = Key.letters.firstIndex(of: UInt8(bitPattern: digits[index])) else { continue }
        self.release(report)
        // Two blocks of 102 samples have been needed to be sure.
        self.down = (UInt8(key), 204)
        report(.down(UInt8(key)))
      }
    }
    if let down = self.down, status != Key.letters[Int(down.key)], status != UInt8(ascii: "x") { self.release(report) }
  }

  private func release(_ report: (Report) -> Void) {
    guard let down = self.down else { return }
    self.down = nil
    report(.up(down.key, Interval(nanoseconds: Int64(down.samples) * 125_000)))
  }

  private static let room = Int(MAX_DTMF_DIGITS) + 1
}
