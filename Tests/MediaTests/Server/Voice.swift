import CMediaShims
import Glibc
import Kernel
import Sessions
import Testing

@testable import Media

/// A phone's voice: a sine, sent every 20 ms in one of the server's codecs; and what it hears, as samples.
final class Voice {
  let phone: Phone
  let port: UInt16
  let frequency: Double
  let format: MediaFormat
  private let encoder: AudioEncoder
  private let decoder: AudioDecoder
  private var angle = 0.0
  private(set) var heard: [Int16] = []
  private(set) var packets: [RTPHeader] = []

  init(_ phone: Phone, port: UInt16, frequency: Double, _ codec: MediaFormat.Codec = .pcmu) throws {
    self.phone = phone
    self.port = port
    self.frequency = frequency
    self.format = MediaFormat(codec == .pcmu ? 0 : codec == .pcma ? 8 : 9, codec)
    self.encoder = try #require(AudioEncoder(codec, rate: .narrow))
    self.decoder = try #require(AudioDecoder(codec, rate: .narrow))
  }

  func speak() {
    let samples = (0..<160).map { _ in
      self.angle += 2 * .pi * self.frequency / 8000
      return Int16(8000 * sin(self.angle))
    }
    var octets = [UInt8](repeating: 0, count: 160)
    samples.withUnsafeBufferPointer { samples in
      octets.withUnsafeMutableBufferPointer { _ = self.encoder.encode(samples, into: $0) }
    }
    self.phone.send(octets, type: self.format.payload, to: self.port)
  }

  func listen() {
    while let (header, payload) = self.phone.receiveRTP(within: 0) {
      self.packets.append(header)
      guard header.payloadType == self.format.payload else { continue }
      var samples = [Int16](repeating: 0, count: payload.count)
      payload.withUnsafeBufferPointer { payload in
        samples.withUnsafeMutableBufferPointer { _ = self.decoder.decode(payload, into: $0) }
      }
      self.heard += samples
    }
  }

  func forget() {
    self.listen()
    self.heard = []
    self.packets = []
  }

  /// Writes what was heard into the folder that `STROWGER_PICTURES` names, to be listened to or drawn.
  func keep(as name: String) {
    guard let folder = getenv("STROWGER_PICTURES"), let file = fopen("\(String(cString: folder))/\(name).wav", "w") else {
      return
    }
    let octets = WAV.file(self.heard)
    fwrite(octets, 1, octets.count, file)
    fclose(file)
  }

  /// How loud a frequency is in what was heard, as the amplitude of a sine (Goertzel).
  func level(_ frequency: Double) -> Double { amplitude(of: frequency, in: self.heard) }
}

/// Amplitude of a sine in samples at 8 kHz.
func amplitude(of frequency: Double, in samples: [Int16]) -> Double {
  guard !samples.isEmpty else { return 0 }
  var (real, imaginary) = (0.0, 0.0)
  for (index, sample) in samples.enumerated() {
    let angle = 2 * .pi * frequency * Double(index) / 8000
    real += Double(sample) * cos(angle)
    imaginary += Double(sample) * sin(angle)
  }
  return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(samples.count)
}

extension Bench {
  /// Phones that speak in the clear, each its own tone, at channels 1, 2 and so on.
  func voices(_ count: Int, _ codec: (Int) -> MediaFormat.Codec = { _ in .pcmu }) throws -> [Voice] {
    try (0..<count).map { index in
      let id = UInt64(index + 1)
      let phone = try Phone(UInt8(2 + index), ssrc: UInt32(id))
      let voice = try Voice(phone, port: try self.open(id).port, frequency: 400 + 300 * Double(index), codec(index))
      self.aim(id, at: phone) { $0.formats = [voice.format] }
      return voice
    }
  }

  /// Lets all these into a room.
  func meet(_ voices: [Voice], in room: UInt32) {
    for id in 1...UInt64(voices.count) { self.server.post([.attach(ChannelID(id), .room(room))]) }
  }
}

/// Lets all speak and listen for some time.
func talk(_ voices: [Voice], milliseconds: Int, speaking: ((Voice) -> Bool)? = nil) {
  let start = media_now()
  for round in 0..<milliseconds / 20 {
    for voice in voices where speaking?(voice) ?? true { voice.speak() }
    let next = start + UInt64(round + 1) * 20_000_000
    while media_now() < next { usleep(500) }
    for voice in voices { voice.listen() }
  }
}
