import SIP
import Testing

@Suite("Framing on TCP and TLS")
struct StreamFramerTests {
  private func frames(_ octets: [UInt8], in pieces: Int) -> (messages: [[UInt8]], others: [String]) {
    var framer = StreamFramer()
    var messages: [[UInt8]] = []
    var others: [String] = []
    var index = 0
    while index < octets.count {
      framer.append(octets[index..<min(index + pieces, octets.count)])
      index += pieces
      reading: while true {
        switch framer.next() {
        case .needsMore: break reading
        case .message(let bytes): messages.append(bytes)
        case .ping: others.append("ping")
        case .broken(let head):
          others.append("broken \(verdict(head, stream: true))")
          return (messages, others)
        case .garbage:
          others.append("garbage")
          return (messages, others)
        }
      }
    }
    return (messages, others)
  }

  @Test("Messages come out whole however the stream is cut", arguments: [1, 2, 3, 7, 64, 700, 100_000])
  func pieces(size: Int) {
    let ping = Array("\r\n\r\n".utf8)
    let pong = Array("\r\n".utf8)
    let (messages, others) = self.frames(ping + plainInvite + pong + plainInvite + plainInvite + ping, in: size)
    #expect(messages == [plainInvite, plainInvite, plainInvite])
    #expect(others == ["ping", "ping"])
  }

  @Test(
    "RELIABILITY 1, 2: a length that cannot be meant is answered 400 and ends the connection",
    arguments: ["-1", "4294967328", "0x10", "0, 0", "", "166\r\nl: 13", "70000"])
  func badLength(value: String) {
    let bytes = invite(replacing: "Content-Length: 166", with: "Content-Length: \(value)")
    let (messages, others) = self.frames(bytes + plainInvite, in: 50)
    #expect(messages.isEmpty)
    #expect(others == ["broken 400"])
  }

  @Test("RELIABILITY 5, 30: noise and endless headers end the connection, within bounds")
  func noise() {
    #expect(self.frames([0x16, 0x03, 0x01, 0x02, 0x00], in: 1).others == ["garbage"])
    #expect(
      self.frames(Array("INVITE sip:a SIP/2.0\r\n".utf8) + [UInt8](repeating: 0x41, count: 70000), in: 1400).others == ["garbage"]
    )
    #expect(self.frames(Array("GET / HTTP/1.1\r\n\r\n".utf8), in: 5).others.first?.hasPrefix("broken") == true)
    #expect(self.frames([0x0d, 0x41], in: 1).others == ["garbage"])
  }

  @Test("RELIABILITY 3: a body that never comes keeps the framer waiting, and it says so")
  func waiting() {
    var framer = StreamFramer()
    framer.append(plainInvite.dropLast())
    guard case .needsMore = framer.next() else { return #expect(Bool(false)) }
    #expect(framer.isInsideMessage)
    framer.append(plainInvite.suffix(1))
    guard case .message = framer.next() else { return #expect(Bool(false)) }
    #expect(!framer.isInsideMessage)
  }
}
