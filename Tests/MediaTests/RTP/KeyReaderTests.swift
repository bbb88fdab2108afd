import Sessions
import Testing

@testable import Media

@Suite("Keys in RTP")
struct KeyReaderTests {
  private func receive(
    _ reader: inout KeyReader, _ event: UInt8, _ timestamp: UInt32, _ duration: UInt16, isEnd: Bool = false, marker: Bool = false,
    ssrc: UInt32 = 1, at time: UInt64 = 0
  ) -> KeyReader.Press? {
    let header = RTPHeader(payloadType: 101, hasMarker: marker, sequence: 0, timestamp: timestamp, ssrc: ssrc)
    let payload: [UInt8] = [event, isEnd ? 0x8a : 0x0a, UInt8(duration >> 8), UInt8(duration & 0xff)]
    return payload.withUnsafeBytes { reader.receive($0, header: header, at: time) }
  }

  @Test("MED-4: one press for a key, its end three times; the same key again is another press")
  func once() {
    var reader = KeyReader()
    #expect(self.receive(&reader, 5, 100, 160, marker: true) == nil)
    #expect(reader.isPressing)
    #expect(self.receive(&reader, 5, 100, 800, isEnd: true)?.duration == 800)
    for _ in 0..<2 { #expect(self.receive(&reader, 5, 100, 800, isEnd: true) == nil) }
    #expect(self.receive(&reader, 5, 100, 320) == nil)
    #expect(!reader.isPressing)
    #expect(self.receive(&reader, 5, 2000, 800, isEnd: true)?.key == 5)
  }

  @Test("MED-4: a lost end is made up by the next press or by silence")
  func lost() {
    var reader = KeyReader()
    _ = self.receive(&reader, 1, 100, 160)
    #expect(self.receive(&reader, 2, 3000, 160)?.key == 1)
    #expect(reader.fire(at: 100_000_000) == nil)
    #expect(reader.fire(at: 300_000_000)?.key == 2)
    #expect(reader.fire(at: 900_000_000) == nil)
    #expect(self.receive(&reader, 2, 3000, 800, isEnd: true) == nil)
  }

  @Test("MED-4: a key held for longer than sixteen bits is one press")
  func long() {
    var reader = KeyReader()
    _ = self.receive(&reader, 9, 1000, 160, marker: true)
    _ = self.receive(&reader, 9, 1000, 0xffff)
    _ = self.receive(&reader, 9, 1000 + 0xffff, 160)
    let press = self.receive(&reader, 9, 1000 + 0xffff, 1000, isEnd: true)
    #expect(press == KeyReader.Press(key: 9, duration: 66_535))
    #expect(self.receive(&reader, 9, 1000 + 0xffff, 1000, isEnd: true) == nil)
  }

  @Test("RELIABILITY 45: unknown events, short payloads and floods press nothing, or little")
  func hostile() {
    var reader = KeyReader()
    #expect(self.receive(&reader, 16, 1, 160, isEnd: true) == nil)
    #expect(self.receive(&reader, 255, 2, 0xffff, isEnd: true) == nil)
    var pressed = 0
    for index in 0..<10_000 {
      if self.receive(&reader, 4, UInt32(index) * 400 + 10, 160, isEnd: true, at: UInt64(index) * 100_000) != nil { pressed += 1 }
    }
    #expect(pressed <= 40)
    let header = RTPHeader(payloadType: 101, hasMarker: false, sequence: 0, timestamp: 9_000_000, ssrc: 1)
    for count in 0..<4 {
      let press = [UInt8](repeating: 0x80, count: count).withUnsafeBytes { reader.receive($0, header: header, at: 0) }
      #expect(press == nil)
    }
  }

  @Test("MED-4: a key is pressed for its length, ended three times, with silence behind it")
  func press() {
    var press = KeyPress(key: 20, nanoseconds: 100_000_000)
    #expect(press.key == 15)
    var all: [KeyPress.Due] = []
    repeat { all.append(press.tick()) } while all.last != .over
    #expect(
      all == [
        .tone(duration: 160, isFirst: true), .tone(duration: 320, isFirst: false), .tone(duration: 480, isFirst: false),
        .tone(duration: 640, isFirst: false), .end, .pause, .pause, .over,
      ])
    #expect(KeyPress(key: 1, nanoseconds: -5).duration == 320)
    #expect(KeyPress(key: 1, nanoseconds: .max).duration == 64_000)
  }

  @Test("RELIABILITY 45: headers are read without trusting a length")
  func headers() {
    func read(_ octets: [UInt8]) -> RTPHeader? { octets.withUnsafeBytes { RTPHeader($0) } }
    let plain = rtp([1, 2, 3, 4], sequence: 1, timestamp: 2, ssrc: 3)
    for count in 0..<12 { #expect(read(Array(plain.prefix(count))) == nil) }
    #expect(read(plain)?.payloadCount == 4)
    for first in UInt8.min...UInt8.max {
      for last in [0, 1, 4, 5, 255] as [UInt8] {
        var packet = plain
        packet[0] = first
        packet[15] = last
        if let header = read(packet) {
          #expect(header.payloadStart >= 12 && header.payloadCount >= 0 && header.payloadStart + header.payloadCount <= 16)
        }
      }
    }
    func control(_ octets: [UInt8]) -> Bool { octets.withUnsafeBytes { RTCPHeader($0) } != nil }
    #expect(!control([0x80, 201, 0, 0]))
    #expect(control([0x80, 201, 0, 1, 0, 0, 0, 1]))
    #expect(!control([0x80, 201, 0, 2, 0, 0, 0, 1]))
    #expect(!control([0x80, 201, 0, 1, 0, 0, 0, 1, 0x80]))
  }
}
