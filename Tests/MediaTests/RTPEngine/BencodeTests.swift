import Testing

@testable import Media

@Suite("Bencode and NG replies")
struct BencodeTests {
  @Test("What is written is read again")
  func round() {
    let value = Bencode.entries([
      ("command", .text("offer")), ("flags", .words(["a", "bc"])), ("n", .number(-7)), ("empty", .list([])),
      ("inner", .entries([("", .octets([0, 255, 0x3a]))])),
    ])
    var octets: [UInt8] = []
    value.append(to: &octets)
    #expect(Bencode(parsing: octets[...]) == value)
    #expect(String(decoding: octets.prefix(22), as: UTF8.self) == "d7:command5:offer5:fla")
  }

  @Test(
    "RELIABILITY 45: what is no whole value is none, whatever it says of itself",
    arguments: [
      "", "i", "ie", "i-e", "i+1e", "i1", "i99999999999999999999e", "5:abc", "-1:", "1", ":", "l", "li1e", "d", "d1:a",
      "di1ei2ee", "i1ei2e",
      "9223372036854775807:a", "99999999999999999999:a", "e", "d1:ae", "x", "d2:ai1ee", String(repeating: "l", count: 10000),
      String(repeating: "l", count: 20) + String(repeating: "e", count: 20), String(repeating: "d1:a", count: 10000),
    ])
  func hostile(_ text: String) {
    #expect(Bencode(parsing: [UInt8](text.utf8)[...]) == nil)
  }

  @Test("RELIABILITY 45: a reply cut anywhere, or with any octet changed, is taken or not, and does no harm")
  func mutilated() {
    let reply = [UInt8]("1f d3:sdp21:v=0 m=audio 4 RTP/AVP6:result2:ok1:xli1eee".utf8)
    #expect(NGReply.parse(reply[...])?.cookie == 0x1f)
    for end in reply.indices { #expect(NGReply.parse(reply[..<end]) == nil) }
    for index in reply.indices {
      for octet: UInt8 in [0, 0x20, 0x2d, 0x30, 0x39, 0x65, 0x6c, 0xff] {
        var changed = reply
        changed[index] = octet
        if case .done(let sdp?)? = NGReply.parse(changed[...])?.reply { _ = NGDescription.place(in: sdp) }
      }
    }
  }

  @Test("A refusal says why, in letters that a log can show")
  func refusal() {
    let reply = [UInt8]("a d12:error-reason5:no\u{1b}me6:result5:errore".utf8)
    #expect(NGReply.parse(reply[...])?.reply == .refused("no?me"))
    #expect(NGReply.parse([UInt8]("a d6:result4:fulle".utf8)[...])?.reply == .refused("full"))
    #expect(NGReply.parse([UInt8]("nohex d6:result2:oke".utf8)[...]) == nil)
    #expect(NGReply.parse([UInt8]("a d1:ai1ee".utf8)[...]) == nil)
  }
}
