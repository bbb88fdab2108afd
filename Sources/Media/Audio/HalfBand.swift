import Glibc

/// Between 8 and 16 kHz: a half-band low-pass of 47 taps (Kaiser window, 60 dB), flat to 3.4 kHz, closed from 4.6 kHz on. Every
/// second tap but the middle one is zero, and the rest is symmetrical: 12 products for a pair of samples. Delay 23 samples at 16
/// kHz.
enum HalfBand {
  /// Samples at 8 kHz taken at a time.
  static let block = 160
  /// Samples at 8 kHz of before that a block needs.
  static let past = 23
  /// Taps at odd distances 1, 3 … 23 from the middle one, for a gain of 1 at 16 kHz (their sum is ¼).
  static let taps: [Float] = {
    let beta = 5.65
    var taps = (0..<12).map { index in
      let distance = Double(2 * index + 1)
      let sinc = sin(.pi * distance / 2) / (.pi * distance)
      let ratio = distance / 24
      return sinc * bessel(beta * (1 - ratio * ratio).squareRoot()) / bessel(beta)
    }
    let sum = taps.reduce(0, +)
    for index in taps.indices { taps[index] *= 0.25 / sum }
    return taps.map { Float($0) }
  }()

  /// The modified Bessel function of the first kind and order zero, of Kaiser's window.
  static func bessel(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for index in 1..<40 {
      let factor = x / Double(2 * index)
      term *= factor * factor
      sum += term
    }
    return sum
  }
}

/// 8 to 16 kHz, over packets.
struct Upsampler {
  private var line = [Float](repeating: 0, count: HalfBand.past + HalfBand.block + 8)
  private var sum = [Float](repeating: 0, count: HalfBand.block + 8)

  init() {}

  /// Forgets what came before.
  mutating func reset() { for index in self.line.indices { self.line[index] = 0 } }

  /// Twice as many samples as there are.
  /// - Returns: how many were written, even; at most the output's count.
  @discardableResult
  mutating func process(_ input: UnsafeBufferPointer<Int16>, into output: UnsafeMutableBufferPointer<Int16>) -> Int {
    let whole = min(input.count, output.count / 2)
    var start = 0
    while start < whole {
      let count = min(HalfBand.block, whole - start)
      self.line.withUnsafeMutableBufferPointer { line in
        self.sum.withUnsafeMutableBufferPointer { sum in
          HalfBand.taps.withUnsafeBufferPointer { taps in
            for index in 0..<count { line[HalfBand.past + index] = Float(input[start + index]) }
            HalfBand.odd(line, taps, into: sum, count)
            // A new rate needs twice the gain: the zeros between samples carry nothing.
            for index in 0..<count {
              output[2 * (start + index)] = Int16(rounding: 2 * sum[index])
              output[2 * (start + index) + 1] = Int16(truncatingIfNeeded: Int32(line[index + 12]))
            }
            for index in 0..<HalfBand.past { line[index] = line[count + index] }
          }
        }
      }
      start += count
    }
    return 2 * whole
  }
}

/// 16 to 8 kHz, over packets. What lies above 4 kHz is taken away, not folded down.
struct Downsampler {
  private var odd = [Float](repeating: 0, count: HalfBand.past + HalfBand.block + 8)
  private var even = [Float](repeating: 0, count: 12 + HalfBand.block)
  private var sum = [Float](repeating: 0, count: HalfBand.block + 8)

  init() {}

  /// Forgets what came before.
  mutating func reset() {
    for index in self.odd.indices { self.odd[index] = 0 }
    for index in self.even.indices { self.even[index] = 0 }
  }

  /// Half as many samples as there are; an odd last one is left out.
  /// - Returns: how many were written, at most the output's count.
  @discardableResult
  mutating func process(_ input: UnsafeBufferPointer<Int16>, into output: UnsafeMutableBufferPointer<Int16>) -> Int {
    let whole = min(input.count / 2, output.count)
    var start = 0
    while start < whole {
      let count = min(HalfBand.block, whole - start)
      self.odd.withUnsafeMutableBufferPointer { odd in
        self.even.withUnsafeMutableBufferPointer { even in
          self.sum.withUnsafeMutableBufferPointer { sum in
            HalfBand.taps.withUnsafeBufferPointer { taps in
              for index in 0..<count {
                even[12 + index] = Float(input[2 * (start + index)])
                odd[HalfBand.past + index] = Float(input[2 * (start + index) + 1])
              }
              HalfBand.odd(odd, taps, into: sum, count)
              for index in 0..<count {
                output[start + index] = Int16(rounding: sum[index] + 0.5 * even[index + 1])
              }
              for index in 0..<HalfBand.past { odd[index] = odd[count + index] }
              for index in 0..<12 { even[index] = even[count + index] }
            }
          }
        }
      }
      start += count
    }
    return whole
  }
}

extension HalfBand {
  /// The sum over the taps at odd distances: `line` has 23 samples of before and then `count`; the middle of sum 0 lies between
  /// samples 11 and 12.
  @inline(__always)
  fileprivate static func odd(
    _ line: UnsafeMutableBufferPointer<Float>, _ taps: UnsafeBufferPointer<Float>, into sum: UnsafeMutableBufferPointer<Float>,
    _ count: Int
  ) {
    guard let from = line.baseAddress.map({ UnsafeRawPointer($0) }), let to = sum.baseAddress.map({ UnsafeMutableRawPointer($0) })
    else {
      return
    }
    // Eight at a time; lines and sums have room for what the last eight have too many.
    for index in stride(from: 0, to: count, by: 8) {
      var eight = SIMD8<Float>(repeating: 0)
      for tap in 0..<12 {
        let before = from.loadUnaligned(fromByteOffset: 4 * (index + 11 - tap), as: SIMD8<Float>.self)
        let behind = from.loadUnaligned(fromByteOffset: 4 * (index + 12 + tap), as: SIMD8<Float>.self)
        eight += taps[tap] * (before + behind)
      }
      to.storeBytes(of: eight, toByteOffset: 4 * index, as: SIMD8<Float>.self)
    }
  }
}
