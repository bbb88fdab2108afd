import SIP
import Sessions
import Testing

let strangersAddress = SocketAddress(IPAddress(198, 51, 100, 9), port: 40999)

@Suite("Admission of single messages")
struct AdmissionTests {
  @Test(
    "RELIABILITY 1, 2, 3: a Content-Length that cannot be meant is refused",
    arguments: [
      "-1", "-999", "2147483648", "4294967296", "4294967328", "18446744073709551616", "0x10", "0, 0", "five", "",
      "166\r\nContent-Length: 13", "166\r\nl: 166", "167", "+5", "1 2",
    ])
  func contentLength(value: String) {
    let bytes = invite(replacing: "Content-Length: 166", with: "Content-Length: \(value)")
    #expect(verdict(bytes) == "400")
    #expect(verdict(bytes, stream: true) == "400")
  }

  @Test("RELIABILITY 4: what follows the body in a datagram is ignored")
  func secondMessage() throws {
    guard case .message(let message) = SIPMessage.parse(plainInvite + plainInvite, stream: false) else {
      return #expect(Bool(false))
    }
    #expect(message.body.count == 166)
    #expect(message.headerCount == 12)
  }

  @Test("RELIABILITY 5: noise is dropped, empty lines are keep-alives")
  func noise() {
    #expect(verdict([UInt8](repeating: 0x41, count: 65507)) == "drop notSIP")
    #expect(verdict([UInt8](repeating: 0, count: 65507)) == "drop notSIP")
    #expect(verdict((0..<32753).flatMap { _ in [0x0d, 0x0a] }) == "drop notSIP")
    #expect(verdict([]) == "drop empty")
    #expect(verdict([0x41]) == "drop empty")
    #expect(verdict(Array("\r\n\r\n".utf8)) == "ping")
    #expect(verdict(Array("\r\n".utf8)) == "pong")
    #expect(verdict(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)) == "drop notSIP")
    #expect(verdict([0x16, 0x03, 0x01] + [UInt8](repeating: 7, count: 200)) == "drop notSIP")
    #expect(verdict([0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42] + [UInt8](repeating: 9, count: 12)) == "drop notSIP")
    #expect(verdict([0x80, 0x00] + [UInt8](repeating: 0xd5, count: 170)) == "drop notSIP")
  }

  @Test("RFC 3261 §7.5: empty lines before the start line are passed over")
  func leadingLines() {
    #expect(verdict(Array("\r\n\r\n".utf8) + plainInvite) == "message")
  }

  @Test("RELIABILITY 6: too many or too long parts are refused before anything looks at them")
  func limits() {
    func via(_ count: Int) -> String { (0..<count).map { "Via: SIP/2.0/UDP h\($0);branch=z9hG4bK\($0)\r\n" }.joined() }
    let cases: [(String, String, String)] = [
      ("30,000 parameters", "Subject: " + String(repeating: ";a", count: 30000) + "\r\n", "513"),
      ("33 parameters", "Subject: x" + String(repeating: ";a=1", count: 33) + "\r\n", "400"),
      ("32 parameters", "Subject: x" + String(repeating: ";a=1", count: 32) + "\r\n", "message"),
      ("12,000 headers", String(repeating: "N: y\r\n", count: 12000), "513"),
      ("200 headers", String(repeating: "N: y\r\n", count: 200), "400"),
      ("60 headers", String(repeating: "N: y\r\n", count: 60), "message"), ("90 Vias", via(90), "400"),
      ("60 Vias", via(60), "message"),
      ("90 Vias in a line", "Via: " + (0..<90).map { "SIP/2.0/UDP h\($0)" }.joined(separator: ",") + "\r\n", "400"),
      ("500 Contacts", "Contact: " + (0..<200).map { _ in "<sip:a>" }.joined(separator: ",") + "\r\n", "400"),
      ("10,000 folded empty lines", "N: y\r\n" + String(repeating: " \r\n", count: 10000), "513"),
      ("header of 3 KiB", "X: " + String(repeating: "y", count: 3000) + "\r\n", "400"),
      ("header of 2000 octets", "X: " + String(repeating: "y", count: 2000) + "\r\n", "message"),
    ]
    for (name, extra, expected) in cases {
      let bytes = invite(replacing: "Max-Forwards: 70\r\n", with: "Max-Forwards: 70\r\n\(extra)")
      #expect(verdict(bytes) == expected, "\(name)")
    }
    #expect(verdict(invite(replacing: "sip:2002@", with: "sip:\(String(repeating: "2", count: 300))@")) == "414")
    #expect(verdict(invite(replacing: "a=sendrecv\r\n", with: "a=sendrecv\r\n" + String(repeating: "x", count: 17000))) == "513")
    #expect(verdict(Array("\(String(repeating: "M", count: 40)) sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n".utf8)) == "400")
  }

  @Test("RELIABILITY 7, 8: NUL, CR or LF alone never end a message or hide a header")
  func lineEnds() {
    #expect(verdict(invite(replacing: "INVITE sip:", with: "INV\0ITE sip:")) == "drop notSIP")
    #expect(verdict(invite(replacing: "Desk Phone", with: "Desk\0Phone")) == "400")
    #expect(verdict(invite(replacing: "Desk Phone 9.1", with: "a\nInjected: 1")) == "400")
    #expect(verdict(invite(replacing: "Desk Phone 9.1", with: "a\rInjected: 1")) == "400")
    #expect(verdict(invite(replacing: "9.1\r\n", with: "9.1\n")) == "400")
    let body = invite(replacing: "s=call", with: "s=\0all")
    guard case .message(let message) = SIPMessage.parse(body, stream: false) else { return #expect(Bool(false)) }
    #expect(message.body.count == 166)
    let quoted = invite(replacing: "\"Alice, Front Desk\"", with: "\"Al\0ice\"")
    #expect(verdict(quoted) == "message")
  }

  @Test(
    "RELIABILITY 9: blanks, tabs, folding, case and short forms read like the plain form",
    arguments: ["Call-ID :", "call-id\t:", "CALL-ID:\r\n ", "i:", "I :", "i\t \t:\r\n\t"])
  func spellings(name: String) throws {
    let bytes = invite(replacing: "Call-ID: ", with: name)
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else { return #expect(Bool(false), "\(name)") }
    #expect(message.string(message.callID) == "84311MTk3Njg0YzI5NGQ2@192.0.2.21")
    #expect(message.from.isPresent && message.to.isPresent)
  }

  @Test("Every known header is found by its name, its short form, and in any case")
  func headerNames() {
    for name in HeaderName.allCases where name != .other {
      let spelling = name.spelling.description
      #expect(HeaderName(Array(spelling.utf8)) == name)
      #expect(HeaderName(Array(spelling.uppercased().utf8)) == name)
      if spelling.count > 2 { #expect(HeaderName(Array(spelling.dropLast().utf8)) != name) }
      if name.shortForm != 0 { #expect(HeaderName([name.shortForm]) == name) }
    }
    #expect(HeaderName(Array("X-Other".utf8)) == .other)
    #expect(HeaderName([]) == .other)
  }

  @Test(
    "RELIABILITY 10: hostile display names and Call-IDs are data or refused",
    arguments: [
      ("\"open", "400"), ("\"trail\\", "400"), ("\"\u{1b}[2J\"", "message"), ("\"<script>\"", "message"),
      ("\(String(repeating: "a", count: 3000))", "400"), ("Bell, Alexander", "400"), ("Jörg Müller", "message"), ("", "message"),
    ])
  func displayNames(name: String, expected: String) {
    #expect(verdict(invite(replacing: "\"Alice, Front Desk\"", with: name)) == expected)
  }

  @Test("RELIABILITY 10: a display name that is no UTF-8 and a Call-ID %n%s are carried as data")
  func rawOctets() {
    #expect(verdict(invite(replacing: "84311MTk3Njg0YzI5NGQ2@", with: "%n%s%n")) == "message")
    let marker = Array("Front".utf8)
    var bytes = plainInvite
    let index = (0..<bytes.count).first { bytes[$0...].starts(with: marker) } ?? 0
    bytes.replaceSubrange(index..<(index + 5), with: [0xff, 0xfe, 0xc3, 0x28, 0x80])
    #expect(verdict(bytes) == "message")
  }

  @Test(
    "RELIABILITY 11: a status that is none is dropped without arithmetic",
    arguments: ["4294967301", "0", "99", "700", "999", "-200", "", "2000", "20", "abc", "18446744073709551816"])
  func statusCodes(code: String) {
    let response = invite(replacing: "INVITE sip:2002@192.0.2.10:5060;transport=udp SIP/2.0", with: "SIP/2.0 \(code) x")
    #expect(verdict(response) == "drop malformedResponse")
    #expect(verdict(Array("SIP/2.0 \r\n\r\n".utf8)).hasPrefix("drop"))
  }

  @Test(
    "RELIABILITY 12: CSeq, Max-Forwards and q out of range are refused; expiry alone counts as the default",
    arguments: [
      ("CSeq: 2 INVITE", "CSeq: 4294967296 INVITE", "400"), ("CSeq: 2 INVITE", "CSeq: 4294967295 INVITE", "message"),
      ("CSeq: 2 INVITE", "CSeq: 2 BYE", "400"), ("CSeq: 2 INVITE", "CSeq: INVITE", "400"), ("CSeq: 2 INVITE", "CSeq: 2", "400"),
      ("CSeq: 2 INVITE", "CSeq: -2 INVITE", "400"), ("Max-Forwards: 70", "Max-Forwards: 256", "400"),
      ("Max-Forwards: 70", "Max-Forwards: -1", "400"), ("Max-Forwards: 70", "Max-Forwards: 0", "message"),
      ("transport=udp>\r\n", "transport=udp>;q=1.5\r\n", "400"), ("transport=udp>\r\n", "transport=udp>;q=0.5\r\n", "message"),
      ("transport=udp>\r\n", "transport=udp>;q=-1\r\n", "400"), ("transport=udp>\r\n", "transport=udp>;q=1.000\r\n", "message"),
      ("Max-Forwards: 70", "Max-Forwards: 70\r\nExpires: 99999999999999999999", "message"),
    ])
  func ranges(old: String, new: String, expected: String) {
    #expect(verdict(invite(replacing: old, with: new)) == expected, "\(new)")
  }

  @Test("RELIABILITY 12: an expiry out of range reads as none")
  func hugeExpiry() {
    let bytes = invite(replacing: "Max-Forwards: 70", with: "Max-Forwards: 70\r\nExpires: 99999999999999999999")
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else { return #expect(Bool(false)) }
    #expect(message.expires == nil)
  }

  @Test(
    "RELIABILITY 13: hostile request-URIs are refused, tel: is left to the user agent",
    arguments: [
      ("<sip:2002@x>", "400"), ("sip:2002 @x", "400"), ("sip:2002@x?Route=%3Csip:y%3E", "400"), ("foo:bar", "416"),
      ("tel:+15551234;phone-context=x", "message"), ("tel:", "400"), ("sip:", "400"), ("sip:@x", "400"), ("sip:a@@x", "400"),
      ("sip:a@x:0", "400"), ("sip:a@x:65536", "400"), ("sip:a@x:99999999999999999999", "400"), ("sip:a%0@x", "400"),
      ("sip:a%zz@x", "400"), ("sip:2001:db8::10", "400"), ("sip:a@[2001:db8::10", "400"), ("2002", "400"),
      ("sip:*98#1@x", "message"),
      ("sips:2002@x", "message"), ("sip:x", "message"), ("sip:a@x;;lr", "400"), ("sip:a:pw@x", "message"), ("http://x/", "416"),
    ])
  func requestURIs(uri: String, expected: String) {
    #expect(verdict(invite(replacing: "sip:2002@192.0.2.10:5060;transport=udp", with: uri)) == expected, "\(uri)")
  }

  @Test(
    "RELIABILITY 18, 24, 39: repeated single headers, wild-card Contact beside others, bad Vias",
    arguments: [
      ("Max-Forwards: 70", "Max-Forwards: 70\r\nf: <sip:x@y>;tag=1", "400"),
      ("Max-Forwards: 70", "Max-Forwards: 70\r\nRefer-To: <sip:a>\r\nr: <sip:b>", "400"),
      ("Contact: <sip:2001@192.0.2.21:5062;transport=udp>", "Contact: *", "400"),
      ("Contact: <sip:2001@192.0.2.21:5062;transport=udp>", "Contact: *, <sip:a@b>", "400"),
      ("Via: SIP/2.0/UDP 192.0.2.21:5062", "Via: SIP/2.0/UDP", "400"),
      ("Via: SIP/2.0/UDP 192.0.2.21:5062", "Via: SIP/3.0/UDP a", "400"),
      ("z9hG4bK-524287-1---8f6c3b2a91", "z9hG4bK", "400"), ("192.0.2.21:5062;branch", "no.such.host.invalid;branch", "message"),
      ("192.0.2.21:5062;branch", "255.255.255.255;branch", "message"), (";rport\r\n", ";rport=\r\n", "message"),
      ("To: <sip:2002@192.0.2.10>", "To: <sip:2002@192.0.2.10>;tag=1;tag=2", "400"), ("To: <sip:2002@192.0.2.10>", "To: ", "400"),
      ("To: <sip:2002@192.0.2.10>\r\n", "", "400"), ("Call-ID: 84311MTk3Njg0YzI5NGQ2@192.0.2.21\r\n", "", "400"),
      ("CSeq: 2 INVITE\r\n", "", "400"),
    ])
  func fields(old: String, new: String, expected: String) {
    #expect(verdict(invite(replacing: old, with: new)) == expected, "\(new)")
  }

  @Test("RELIABILITY 17, 18: nobody to answer to, or nothing that may be answered, is a drop")
  func unanswerable() {
    let text = String(decoding: plainInvite, as: UTF8.self)
    let via = text.split(separator: "\r\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Via") }.joined(
      separator: "\r\n")
    #expect(verdict(Array(via.utf8)) == "drop noVia")
    let ack = text.replacing("INVITE sip", with: "ACK sip").replacing("2 INVITE", with: "2 BYE")
    #expect(verdict(Array(ack.utf8)) == "drop malformedACK")
    #expect(
      verdict(Array(via.replacing("INVITE sip:2002@192.0.2.10:5060;transport=udp SIP/2.0", with: "SIP/2.0 200 OK").utf8))
        == "drop malformedResponse")
  }

  @Test("An empty element behind our Via does not make a response somebody else's")
  func trailingComma() {
    let response = invite(replacing: "INVITE sip:2002@192.0.2.10:5060;transport=udp SIP/2.0", with: "SIP/2.0 200 OK")
    #expect(verdict(response) == "message")
    #expect(verdict(Array(String(decoding: response, as: UTF8.self).replacing(";rport", with: ";rport,").utf8)) == "message")
    #expect(
      verdict(Array(String(decoding: response, as: UTF8.self).replacing(";rport", with: ",SIP/2.0/UDP b").utf8))
        == "drop misroutedResponse")
  }

  @Test("A REGISTER that removes all bindings says so")
  func wildcard() {
    let text = String(decoding: plainInvite, as: UTF8.self).replacing("INVITE", with: "REGISTER")
      .replacing("Contact: <sip:2001@192.0.2.21:5062;transport=udp>", with: "Contact: *\r\nExpires: 0")
    guard case .message(let message) = SIPMessage.parse(Array(text.utf8), stream: false) else { return #expect(Bool(false)) }
    #expect(message.hasWildcardContact && message.contact == nil && message.expires == 0)
  }
}
