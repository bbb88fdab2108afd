/// Fills 20 ms that got lost with what the voice would have gone on like (after ITU-T G.711 appendix I): its last pitch period
/// over and over, fading to silence within 60 ms; what comes next is faded in. spandsp's does the same, but for 8 kHz only.
struct Concealer {
  private let rate: SampleRate
  /// The last real samples, as a ring: the oldest is where the next goes.
  private var history: [Int16]
  private var place = 0
  private var period: [Float]
  private var pitch = 0
  private var offset = 0
  /// Samples made up since the last real one.
  private var missing = 0

  init(rate: SampleRate) {
    self.rate = rate
    // The longest period (15 ms) and the span it is looked for with (20 ms).
    self.history = Array(repeating: 0, count: rate.rawValue * 35 / 1000)
    self.period = Array(repeating: 0, count: rate.rawValue * 15 / 1000)
  }

  /// Remembers real samples, and fades them in where they follow made-up ones.
  mutating func heard(_ samples: UnsafeMutableBufferPointer<Int16>) {
    guard samples.count > 0 else { return }
    if self.missing > 0 {
      let blend = min(samples.count, max(self.pitch / 4, self.rate.rawValue / 200))
      for index in 0..<blend {
        let share = Float(index + 1) / Float(blend + 1)
        samples[index] = Int16(rounding: Float(samples[index]) * share + self.next() * (1 - share))
      }
      self.missing = 0
    }
    let count = min(samples.count, self.history.count)
    let start = self.place
    let first = min(count, self.history.count - start)
    self.history.withUnsafeMutableBufferPointer { history in
      guard let ring = history.baseAddress, let source = samples.baseAddress else { return }
      let kept = source + samples.count - count
      (ring + start).update(from: kept, count: first)
      ring.update(from: kept + first, count: count - first)
    }
    self.place = first < count ? count - first : (start + count) % self.history.count
  }

  /// Makes up what is missing.
  mutating func fill(_ samples: UnsafeMutableBufferPointer<Int16>) {
    guard samples.count > 0 else { return }
    var start = 0
    if self.missing == 0 {
      self.straighten()
      self.findPitch()
      // Where the period does not quite fit to the last sample, the step is spread over its first quarter.
      let blend = min(samples.count, self.pitch / 4)
      let step = Float(self.history[self.history.count - 1]) - self.period[self.pitch - 1]
      for index in 0..<blend {
        samples[index] = Int16(rounding: self.next() + step * (1 - Float(index + 1) / Float(blend + 1)))
      }
      start = blend
    }
    for index in start..<samples.count { samples[index] = Int16(rounding: self.next()) }
  }

  /// The next made-up sample: whole for 10 ms, then fading until 60 ms.
  private mutating func next() -> Float {
    let faded = self.rate.rawValue * 60 / 1000
    let whole = self.rate.rawValue / 100
    // Stays where it is at the end, however long a loss lasts.
    self.missing = min(self.missing + 1, faded)
    let gain = min(1, Float(faded - self.missing) / Float(faded - whole))
    let sample = self.period[self.offset] * gain
    self.offset = self.offset + 1 < self.pitch ? self.offset + 1 : 0
    return sample
  }

  /// Turns the ring so that the oldest sample stands at the front.
  private mutating func straighten() {
    self.history[..<self.place].reverse()
    self.history[self.place...].reverse()
    self.history.reverse()
    self.place = 0
  }

  /// The lag between 5 and 15 ms at which the last 20 ms look most like themselves (smallest mean difference): looked for at
  /// 4 kHz first, then around what was found (G.711 appendix I does so, too).
  private mutating func findPitch() {
    let (shortest, longest) = (self.rate.rawValue / 200, self.period.count)
    let coarse = 2 * self.rate.perOctet
    let near = self.bestLag(shortest, longest, by: coarse)
    let best = self.bestLag(max(shortest, near - coarse + 1), min(longest, near + coarse - 1), by: 1)
    let end = self.history.count
    self.pitch = best
    self.offset = 0
    let overlap = best / 4
    for index in 0..<best {
      let sample = Float(self.history[end - best + index])
      guard index >= best - overlap, end - 2 * best + index >= 0 else {
        self.period[index] = sample
        continue
      }
      let share = Float(index - (best - overlap) + 1) / Float(overlap + 1)
      self.period[index] = sample * (1 - share) + Float(self.history[end - 2 * best + index]) * share
    }
  }
  /// Among these lags; every so many of them, and of the samples.
  private func bestLag(_ first: Int, _ last: Int, by step: Int) -> Int {
    let end = self.history.count
    var best = first
    var least = Int32.max
    self.history.withUnsafeBufferPointer { history in
      for lag in stride(from: first, through: last, by: step) {
        var difference: Int32 = 0
        for index in stride(from: end - self.rate.frame, to: end, by: step) {
          difference &+= abs(Int32(history[index]) - Int32(history[index - lag]))
        }
        if difference < least {
          least = difference
          best = lag
        }
      }
    }
    return best
  }
}
