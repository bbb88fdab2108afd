import SIP
import Sessions
import Testing

@Suite("Writing messages")
struct WriterTests {
  static func plain() -> SIPMessage {
    guard case .message(let message) = SIPMessage.parse(plainInvite, stream: false) else {
      preconditionFailure("the template is valid")
    }
    return message
  }

  private func lines(_ writer: MessageWriter) -> [String] {
    String(decoding: writer.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("RELIABILITY 8: whatever is written into a header stays one header")
  func injection() {
    let evil = Array("x\r\nInjected: 1\r\n\r\nBYE sip:a SIP/2.0\nfoo\0bar\rbaz".utf8)
    var writer = MessageWriter()
    writer.request(.invite, uri: Array("sip:a@b SIP/2.0\r\nEvil: 1\r\nX: <\">".utf8))
    writer.header(.subject, evil)
    writer.begin(.from)
    writer.quoted(evil)
    writer.text(" <sip:")
    writer.user(evil)
    writer.text("@x>;tag=")
    writer.octets(evil)
    writer.endLine()
    writer.finish()
    let written = self.lines(writer)
    #expect(written.count == 6)
    #expect(written[0] == "INVITE sip:a@b%20SIP/2.0%0D%0AEvil:%201%0D%0AX:%20%3C%22%3E SIP/2.0")
    #expect(written[1] == "Subject: x  Injected: 1    BYE sip:a SIP/2.0 foo bar baz")
    #expect(written[2].hasPrefix("From: \"x  Injected: 1    BYE"))
    #expect(written[3] == "Content-Length: 0")
    #expect(!writer.bytes.contains(0))
  }

  @Test("CALL-6: a display name with quotation marks and backslashes comes back as it was")
  func displayName() throws {
    var writer = MessageWriter()
    writer.begin(.from)
    writer.quoted(Array(#"A "B" \C"#.utf8))
    writer.text(" <sip:1@x>")
    let address = try #require(NameAddress.parse(Slice(6, writer.bytes.count), in: writer.bytes))
    var name: [UInt8] = []
    address.appendDisplay(in: writer.bytes, to: &name)
    #expect(name == Array(#"A "B" \C"#.utf8))
  }

  @Test("A user part comes back as it was, whatever octets it has")
  func userRoundTrip() throws {
    let user = (0...255).map { UInt8($0) }
    var writer = MessageWriter()
    writer.text("sip:")
    writer.user(user)
    writer.text("@x")
    let uri = try #require(SIPURI.parse(writer.bytes))
    #expect(uri.user(in: writer.bytes) == user)
  }

  @Test("A message written from the parts of another reads the same")
  func roundTrip() throws {
    let message = Self.plain()
    var writer = MessageWriter()
    writer.request(message.method, uri: message.requestURI.whole, of: message)
    for index in 0..<message.headerCount {
      guard let header = message.header(at: index), header.name != .contentLength, header.name != .contentType else { continue }
      writer.copy(header, of: message)
    }
    writer.finish(bodyOf: message)
    guard case .message(let copy) = SIPMessage.parse(writer.bytes, stream: true) else { return #expect(Bool(false)) }
    #expect(copy.array(copy.body) == message.array(message.body))
    #expect(copy.headerCount == message.headerCount)
    #expect(copy.string(copy.callID) == message.string(message.callID))
    #expect(copy.user(of: copy.requestURI) == Array("2002".utf8))
    #expect(copy.requestURI.transport(in: copy.bytes) == .udp && copy.hasSDP)
    #expect(copy.supports("100rel") && copy.supports("REPLACES") && !copy.supports("path"))
    #expect(copy.allows(.update) && !copy.allows(.publish) && copy.requires.isEmpty)
    #expect(copy.userAgent.map { copy.string($0) } == "Desk Phone 9.1")
  }

  @Test("REG-11, RFC 3581: an answer names the packet's true source, whatever the Via claimed")
  func received() {
    func via(_ written: String, from source: SocketAddress) -> String? {
      let bytes = invite(replacing: "SIP/2.0/UDP 192.0.2.21:5062;branch=z9hG4bK-524287-1---8f6c3b2a91;rport", with: written)
      guard case .message(let request) = SIPMessage.parse(bytes, stream: false) else { return nil }
      var writer = MessageWriter()
      writer.response(to: request, 180, toTag: Array("us".utf8), source: source)
      writer.finish()
      return self.lines(writer).first { $0.hasPrefix("Via: ") }
    }
    let same = SocketAddress(IPAddress(192, 0, 2, 21), port: 5062)
    #expect(via("SIP/2.0/UDP 192.0.2.21:5062;branch=z9hG4bKa", from: same) == "Via: SIP/2.0/UDP 192.0.2.21:5062;branch=z9hG4bKa")
    #expect(
      via("SIP/2.0/UDP 192.0.2.21:5062;rport;branch=z9hG4bKa", from: strangersAddress)
        == "Via: SIP/2.0/UDP 192.0.2.21:5062;branch=z9hG4bKa;received=198.51.100.9;rport=40999")
    #expect(
      via("SIP/2.0/UDP host.name;received=1.2.3.4;branch=z9hG4bKa;rport=1", from: strangersAddress)
        == "Via: SIP/2.0/UDP host.name;branch=z9hG4bKa;received=198.51.100.9;rport=40999")
    #expect(
      via("SIP/2.0/UDP 1.1.1.1;maddr=255.255.255.255;branch=z9hG4bKa, SIP/2.0/TCP b;rport", from: strangersAddress)
        == "Via: SIP/2.0/UDP 1.1.1.1;maddr=255.255.255.255;branch=z9hG4bKa;received=198.51.100.9, SIP/2.0/TCP b;rport")
  }

  @Test("RFC 3261 §8.2.6: an answer carries our tag once, Record-Route in dialog answers, Timestamp in the 100")
  func responseParts() {
    let extra = "Max-Forwards: 70\r\nRecord-Route: <sip:p1;lr>\r\nTimestamp: 54\r\nRecord-Route: <sip:p2;lr>, <sip:p3;lr>"
    guard case .message(let request) = SIPMessage.parse(invite(replacing: "Max-Forwards: 70", with: extra), stream: false)
    else { return #expect(Bool(false)) }
    #expect(request.routeSet.map { request.string($0) } == ["<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"])
    var writer = MessageWriter()
    writer.response(to: request, 200, toTag: Array("us".utf8), source: strangersAddress)
    writer.header(.contact, "<sip:us>")
    writer.finish(body: Array("v=0\r\n".utf8), type: "application/sdp")
    guard case .message(let answer) = SIPMessage.parse(writer.bytes, stream: true) else { return #expect(Bool(false)) }
    #expect(answer.statusCode == 200 && !answer.isRequest && answer.method == .invite)
    #expect(answer.to.tag.map { answer.string($0) } == "us")
    #expect(answer.from.tag.map { answer.string($0) } == "6a5b7c31")
    #expect(answer.elements(.recordRoute).count == 3 && answer.header(.timestamp) == nil)
    #expect(answer.topVia.received.map { answer.string($0) } == "198.51.100.9" && answer.topVia.rport == 40999)
    writer.response(to: request, 100, toTag: Array("us".utf8), source: strangersAddress)
    writer.finish()
    guard case .message(let trying) = SIPMessage.parse(writer.bytes, stream: true) else { return #expect(Bool(false)) }
    #expect(trying.to.tag == nil && trying.header(.recordRoute) == nil && trying.header(.timestamp) != nil)
  }

  @Test("Keys tell branches and Call-IDs apart, and depend on the seed")
  func keys() {
    let seed = HashSeed(1, 2)
    var seen: Set<Key128> = []
    for number in 0..<20_000 { seen.insert(Key128(Array("z9hG4bK\(number)".utf8), seed: seed)) }
    for length in 0..<64 { seen.insert(Key128([UInt8](repeating: 0, count: length), seed: seed)) }
    #expect(seen.count == 20_064)
    #expect(Key128([1, 2, 3], seed: seed) != Key128([1, 2, 3], seed: HashSeed(1, 3)))
    #expect(Key128([1, 2, 3], seed: seed).mixed(with: 1) != Key128([1, 2, 3], seed: seed).mixed(with: 2))
  }
}
