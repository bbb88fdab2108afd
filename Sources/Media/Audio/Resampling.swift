import Glibc

/// Any rate to 8 kHz, for files: a windowed sinc (Kaiser, 60 dB) at each new sample's place. Its width grows with the rate, so
/// that what lies above 3.8 kHz goes. Slow, and done once.
enum Resampling {
  static func samples(_ input: [Int16], from rate: Int) -> [Int16] {
    guard rate > 0, rate != 8000, !input.isEmpty else { return input }
    let ratio = Double(rate) / 8000
    // Cut at 3.7 kHz, or at the file's own end if that is lower, as a share of the file's rate.
    let cut = min(3700 / Double(rate), 0.46)
    let half = 20 * max(1, ratio)
    // The window at 1024 places a side: the Bessel function for each product would take minutes.
    let window = (0...1024).map { place in
      let share = Double(place) / 1024
      return HalfBand.bessel(5.65 * (1 - share * share).squareRoot()) / HalfBand.bessel(5.65)
    }
    let count = input.count * 8000 / rate
    var output: [Int16] = []
    output.reserveCapacity(count)
    // Places repeat: 8000 and the rate have a common measure, so few different sets of taps are needed.
    let phases = 8000 / Resampling.common(8000, rate)
    var taps: [[Float]] = []
    let reach = Int(half)
    for phase in 0..<min(phases, count) {
      let place = Double(phase) * ratio
      let fraction = place - place.rounded(.down)
      var set = (-reach + 1...reach).map { step -> Double in
        let distance = Double(step) - fraction
        let share = abs(distance) / half
        guard share < 1 else { return 0 }
        let x = 2 * cut * distance
        let sinc = abs(x) < 1e-9 ? 1 : sin(.pi * x) / (.pi * x)
        return 2 * cut * sinc * window[Int(share * 1024)]
      }
      // The same loudness at every place.
      let sum = set.reduce(0, +)
      for index in set.indices { set[index] /= sum }
      taps.append(set.map { Float($0) })
    }
    input.withUnsafeBufferPointer { input in
      for index in 0..<count {
        let first = index * rate / 8000 - reach + 1
        let set = taps[index % phases]
        var sum: Float = 0
        for tap in max(0, -first)..<max(max(0, -first), min(set.count, input.count - first)) {
          sum += set[tap] * Float(input[first + tap])
        }
        output.append(Int16(rounding: sum))
      }
    }
    return output
  }

  private static func common(_ a: Int, _ b: Int) -> Int { b == 0 ? a : Resampling.common(b, a % b) }
}
