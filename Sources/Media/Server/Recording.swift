/// Recordings as files: WAV, 8 kHz, 16 bits, one channel.
enum Recording {
  static func file(of samples: [Int16]) -> [UInt8] {
    var file = Array("RIFF".utf8)
    func number(_ value: UInt32, octets: Int) {
      for index in 0..<octets { file.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    let size = UInt32(truncatingIfNeeded: samples.count * 2)
    number(size + 36, octets: 4)
    file += Array("WAVEfmt ".utf8)
    number(16, octets: 4)
    number(1, octets: 2)
    number(1, octets: 2)
    number(8000, octets: 4)
    number(16000, octets: 4)
    number(2, octets: 2)
    number(16, octets: 2)
    file += Array("data".utf8)
    number(size, octets: 4)
    for sample in samples { number(UInt32(UInt16(bitPattern: sample)), octets: 2) }
    return file
  }

  static func samples(of file: [UInt8]) -> [Int16]? {
    guard file.count >= 44 else { return nil }
    return stride(from: 44, to: file.count - 1, by: 2).map { Int16(bitPattern: UInt16(file[$0]) | UInt16(file[$0 + 1]) << 8) }
  }
}
