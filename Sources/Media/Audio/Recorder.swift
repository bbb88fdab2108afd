import Kernel

/// What somebody says, kept as µ-law: 8 octets in a millisecond, up to a length. Takes memory in pieces of 8 seconds.
struct Recorder: Sendable {
  private var pieces: [[UInt8]] = []
  private let most: Int
  private(set) var count = 0
  private var quiet = 0

  /// - Parameter limit: longest recording, at most an hour.
  init(limit: Interval) {
    self.most = Int(max(0, min(3600 * 8000, limit.nanoseconds / 125_000)))
  }

  /// The limit has been reached: more is not taken.
  var isFull: Bool { self.count >= self.most }
  var length: Interval { Interval(nanoseconds: Int64(self.count) * 125_000) }
  /// For how long nothing has been said, to the end of what was taken.
  var silence: Interval { Interval(nanoseconds: Int64(self.quiet) * 125_000) }
  /// Nothing but silence has come.
  var isSilent: Bool { self.quiet >= self.count }

  /// More samples at 8 kHz.
  mutating func take(_ samples: UnsafeBufferPointer<Int16>) {
    let count = min(samples.count, self.most - self.count)
    guard count > 0 else { return }
    var sum: Int64 = 0
    for index in 0..<count { sum &+= Int64(samples[index]) * Int64(samples[index]) }
    self.note(isQuiet: sum < Recorder.threshold * Int64(count), count)
    var done = 0
    while done < count {
      if self.pieces.last.map({ $0.count >= Recorder.piece }) ?? true {
        var piece: [UInt8] = []
        piece.reserveCapacity(Recorder.piece)
        self.pieces.append(piece)
      }
      let last = self.pieces.count - 1
      let step = min(count - done, Recorder.piece - self.pieces[last].count)
      for index in done..<done + step { self.pieces[last].append(G711.octet(samples[index], .mu)) }
      done += step
    }
    self.count += count
  }

  /// So many samples in which the phone has sent nothing.
  mutating func takeSilence(_ samples: Int) {
    withUnsafeTemporaryAllocation(of: Int16.self, capacity: SampleRate.narrow.frame) { frame in
      frame.initialize(repeating: 0)
      var left = min(max(0, samples), self.most - self.count)
      while left > 0 {
        let count = min(left, frame.count)
        self.take(UnsafeBufferPointer(rebasing: frame[..<count]))
        left -= count
      }
    }
  }

  /// The recording as a WAV file.
  /// - Parameter trimming: without the silence at its end, but for half a second.
  func file(trimming: Bool = false) -> [UInt8] {
    let kept = trimming ? self.count - max(0, self.quiet - 4000) : self.count
    var octets: [UInt8] = []
    octets.reserveCapacity(kept)
    for piece in self.pieces where octets.count < kept { octets.append(contentsOf: piece.prefix(kept - octets.count)) }
    return WAV.file(mu: octets)
  }

  private mutating func note(isQuiet: Bool, _ count: Int) { self.quiet = isQuiet ? self.quiet + count : 0 }

  private static let piece = 64_000
  /// −45 dBm0 as the square of a sample: below it nobody speaks.
  private static let threshold: Int64 = 8200
}
