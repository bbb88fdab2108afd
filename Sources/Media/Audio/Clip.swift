/// Samples at 8 kHz to be played, once or over and over. Made when the server starts; any number of phones may listen to one.
struct Clip: Sendable {
  let samples: [Int16]
  /// Goes on from its beginning; both ends fit together.
  let isEndless: Bool

  init(_ samples: [Int16], isEndless: Bool) {
    self.samples = samples
    self.isEndless = isEndless
  }
}

/// One phone's place in a ``Clip``.
struct Player: Sendable {
  private let clip: Clip
  private var position: Int

  /// - Parameter from: where to begin, in samples; beyond the end of an endless clip it goes round.
  init(_ clip: Clip, from start: Int = 0) {
    self.clip = clip
    let count = clip.samples.count
    self.position = clip.isEndless && count > 0 ? max(0, start) % count : max(0, min(start, count))
  }

  /// Nothing more comes.
  var isOver: Bool { self.clip.samples.isEmpty || (!self.clip.isEndless && self.position >= self.clip.samples.count) }

  /// The next samples at 8 kHz. A frame that is longer than what is left ends in silence.
  /// - Returns: false where the clip is over: the frame is not touched.
  mutating func read(into frame: UnsafeMutableBufferPointer<Int16>) -> Bool {
    guard !self.isOver else { return false }
    var done = 0
    self.clip.samples.withUnsafeBufferPointer { samples in
      while done < frame.count {
        if self.position >= samples.count {
          guard self.clip.isEndless else { break }
          self.position = 0
        }
        let count = min(frame.count - done, samples.count - self.position)
        for index in 0..<count { frame[done + index] = samples[self.position + index] }
        done += count
        self.position += count
      }
    }
    for index in done..<frame.count { frame[index] = 0 }
    return true
  }
}
