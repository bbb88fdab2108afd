import Foundation

/// The one form of WAV file the tests write, and those they read: 16 bits, linear.
enum WAV {
  static func write(_ sound: Sound, to file: URL) throws {
    var data = Data()
    func number(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    let size = UInt32(sound.samples.count * 2)
    data.append(contentsOf: "RIFF".utf8)
    number(36 + size)
    data.append(contentsOf: "WAVEfmt ".utf8)
    number(UInt32(16))
    number(UInt16(1))
    number(UInt16(1))
    number(UInt32(sound.rate))
    number(UInt32(sound.rate * 2))
    number(UInt16(2))
    number(UInt16(16))
    data.append(contentsOf: "data".utf8)
    number(size)
    for sample in sound.samples { number(sample) }
    try data.write(to: file)
  }

  /// The first channel. A file that is still being written, with no length in its header yet, is read as far as it goes.
  static func read(_ file: URL) throws -> Sound {
    let octets = [UInt8](try Data(contentsOf: file))
    func number(_ place: Int, _ count: Int) -> Int {
      guard place + count <= octets.count else { return 0 }
      return (0..<count).reduce(0) { $0 | Int(octets[place + $1]) << (8 * $1) }
    }
    var (place, channels, rate) = (12, 1, 8000)
    while place + 8 <= octets.count {
      let name = String(decoding: octets[place..<(place + 4)], as: UTF8.self)
      let length = number(place + 4, 4)
      if name == "fmt " { (channels, rate) = (max(1, number(place + 10, 2)), number(place + 12, 4)) }
      if name == "data" {
        let end = length == 0 ? octets.count : min(octets.count, place + 8 + length)
        let samples = stride(from: place + 8, to: end - 1, by: 2 * channels).map { Int16(truncatingIfNeeded: number($0, 2)) }
        return Sound(samples: samples, rate: rate)
      }
      place += 8 + length + length % 2
    }
    throw WireFailure("\(file.lastPathComponent): no sound in it, \(octets.count) octets")
  }
}
