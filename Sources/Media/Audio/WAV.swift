/// Sound files: RIFF WAVE with PCM of 8 or 16 bits, A-law or µ-law, one or two channels, 4 to 96 kHz. Read at start and at
/// playback, never in a call. A file is believed in nothing: lengths are those of its octets, never of its header (RELIABILITY
/// 47).
enum WAV {
  /// Largest file read: 64 MiB, 70 minutes of 8 kHz PCM.
  static let largest = 64 << 20

  /// Samples at 8 kHz, both channels together. More than `limit` are left out.
  /// - Parameter name: stands before the reason in an error.
  static func read(_ octets: [UInt8], name: String, limit: Int = 8000 * 3600) throws(WAVError) -> [Int16] {
    func refuse(_ offset: Int, _ place: String, _ reason: String, _ mend: String = WAV.convert) -> WAVError {
      WAVError(name: name, offset: offset, place: place, reason: reason, mend: mend)
    }
    guard octets.count <= WAV.largest else {
      throw refuse(0, "file", "has \(octets.count) octets, more than \(WAV.largest)", "Shorten it")
    }
    guard octets.count >= 12, octets[0..<4].elementsEqual("RIFF".utf8), octets[8..<12].elementsEqual("WAVE".utf8) else {
      throw refuse(0, "file", "does not begin with RIFF and WAVE: no WAV file")
    }
    var format: Format?
    var offset = 12
    while offset + 8 <= octets.count {
      let length = Int(octets.number(at: offset + 4, octets: 4))
      let body = offset + 8
      if octets[offset..<offset + 4].elementsEqual("fmt ".utf8) {
        guard format == nil else { throw refuse(offset, "fmt chunk", "is the second of its kind") }
        guard length >= 16, body + length <= octets.count else {
          throw refuse(offset, "fmt chunk", "says \(length) octets; needs 16 or more, and the file has \(octets.count - body)")
        }
        format = try Format(octets, at: body, length: length, refuse)
      } else if octets[offset..<offset + 4].elementsEqual("data".utf8) {
        guard let format else { throw refuse(offset, "data chunk", "comes before the fmt chunk") }
        guard length > 0 else {
          throw refuse(offset, "data chunk", "is empty", "Record or convert it anew: nothing would be heard")
        }
        // Whoever writes while it records says 0xFFFFFFFF; a file of another length than it says is cut.
        guard length == 0xFFFF_FFFF || body + length <= octets.count else {
          throw refuse(
            offset, "data chunk", "says \(length) octets, but the file has \(octets.count - body) more: it is cut short")
        }
        let end = length == 0xFFFF_FFFF ? octets.count : body + length
        let frames = (end - body) / format.frame
        guard frames > 0 else { throw refuse(offset, "data chunk", "has \(end - body) octets, less than one sample") }
        return format.samples(octets, at: body, frames: frames, limit: limit)
      } else if length > octets.count - body {
        throw refuse(offset, "chunk", "says \(length) octets, but the file has \(octets.count - body) more: it is cut short")
      }
      // Chunks begin at even places.
      offset = body + length + (length & 1)
    }
    throw refuse(offset, "file", format == nil ? "has no fmt chunk" : "has no data chunk")
  }

  /// How a recording is kept.
  enum Coding: Sendable { case pcm16, mu }

  /// A file of µ-law octets at 8 kHz, one channel.
  static func file(mu octets: [UInt8]) -> [UInt8] { WAV.file(octets, .mu) }

  /// A file of samples at 8 kHz, one channel.
  static func file(_ samples: [Int16], _ coding: Coding = .pcm16) -> [UInt8] {
    switch coding {
    case .mu: WAV.file(samples.map { G711.octet($0, .mu) }, .mu)
    case .pcm16: WAV.file(samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }, .pcm16)
    }
  }

  private static func file(_ data: [UInt8], _ coding: Coding) -> [UInt8] {
    let width = coding == .mu ? 1 : 2
    let padding = data.count & 1
    // Other codings than PCM have an (empty) extension and a fact chunk.
    let head = coding == .mu ? 4 + 8 + 18 + 12 + 8 : 4 + 8 + 16 + 8
    var file: [UInt8] = []
    file.reserveCapacity(8 + head + data.count + padding)
    file.append(contentsOf: "RIFF".utf8)
    file.append(head + data.count + padding, octets: 4)
    file.append(contentsOf: "WAVEfmt ".utf8)
    file.append(coding == .mu ? 18 : 16, octets: 4)
    file.append(coding == .mu ? 7 : 1, octets: 2)
    file.append(1, octets: 2)
    file.append(8000, octets: 4)
    file.append(8000 * width, octets: 4)
    file.append(width, octets: 2)
    file.append(8 * width, octets: 2)
    if coding == .mu {
      file.append(0, octets: 2)
      file.append(contentsOf: "fact".utf8)
      file.append(4, octets: 4)
      file.append(data.count, octets: 4)
    }
    file.append(contentsOf: "data".utf8)
    file.append(data.count, octets: 4)
    file.append(contentsOf: data)
    if padding == 1 { file.append(0) }
    return file
  }

  fileprivate static let convert = "Convert it: sox in.wav -r 8000 -c 1 -b 16 out.wav"
}

/// Why a file is no music: where in it, what is wrong there, and how to mend it.
struct WAVError: Error, Sendable, Equatable, CustomStringConvertible {
  var name: String
  /// Octets from the beginning.
  var offset: Int
  var place: String
  var reason: String
  var mend: String

  var description: String { "\(self.name): \(self.place) at octet \(self.offset) \(self.reason). \(self.mend)." }
}

/// What the fmt chunk says, checked.
private struct Format {
  enum Coding { case pcm8, pcm16, a, mu }
  let coding: Coding
  let channels: Int
  let rate: Int

  /// Octets of one sample of all channels; never 0.
  var frame: Int { self.channels * (self.coding == .pcm16 ? 2 : 1) }

  init(_ octets: [UInt8], at offset: Int, length: Int, _ refuse: (Int, String, String, String) -> WAVError) throws(WAVError) {
    func wrong(_ field: Int, _ reason: String) -> WAVError { refuse(offset + field, "fmt chunk", reason, WAV.convert) }
    var tag = octets.number(at: offset, octets: 2)
    // WAVE_FORMAT_EXTENSIBLE: the real one begins its 16-octet name.
    if tag == 0xFFFE, length >= 40 { tag = octets.number(at: offset + 24, octets: 2) }
    self.channels = Int(octets.number(at: offset + 2, octets: 2))
    guard self.channels == 1 || self.channels == 2 else { throw wrong(2, "has \(self.channels) channels; 1 or 2 are read") }
    let rate = Int(octets.number(at: offset + 4, octets: 4))
    guard (4000...96000).contains(rate) else { throw wrong(4, "has \(rate) samples a second; 4000 to 96000 are read") }
    self.rate = rate
    let bits = octets.number(at: offset + 14, octets: 2)
    switch (tag, bits) {
    case (1, 8): self.coding = .pcm8
    case (1, 16): self.coding = .pcm16
    case (6, 8): self.coding = .a
    case (7, 8): self.coding = .mu
    case (1, _), (6, _), (7, _): throw wrong(14, "has \(bits) bits a sample; PCM of 8 or 16 and A-law or µ-law of 8 are read")
    default: throw wrong(0, "has coding \(tag); PCM (1), A-law (6) and µ-law (7) are read")
    }
  }

  func samples(_ octets: [UInt8], at offset: Int, frames: Int, limit: Int) -> [Int16] {
    // Not more than is needed for the limit; what lies behind is not even looked at.
    let used = min(frames, (limit * self.rate) / 8000 + 2)
    var line: [Int16] = []
    line.reserveCapacity(used)
    let width = self.coding == .pcm16 ? 2 : 1
    for frame in 0..<used {
      var sum = 0
      for channel in 0..<self.channels {
        let place = offset + frame * self.frame + channel * width
        switch self.coding {
        case .pcm8: sum += (Int(octets[place]) - 128) * 256
        case .pcm16: sum += Int(Int16(truncatingIfNeeded: octets.number(at: place, octets: 2)))
        case .a: sum += Int(G711.sample(octets[place], .a))
        case .mu: sum += Int(G711.sample(octets[place], .mu))
        }
      }
      line.append(Int16(clamping: sum / self.channels))
    }
    let result = self.rate == 8000 ? line : Resampling.samples(line, from: self.rate)
    return result.count > limit ? Array(result[..<limit]) : result
  }
}

extension [UInt8] {
  /// A little-endian number of up to four octets. The caller has seen that they are there.
  fileprivate func number(at offset: Int, octets: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in 0..<octets { value |= UInt32(self[offset + index]) << UInt32(8 * index) }
    return value
  }

  fileprivate mutating func append(_ value: Int, octets: Int) {
    for index in 0..<octets { self.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }
}
