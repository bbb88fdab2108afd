import SIP
import Sessions
import Testing

/// The tables of RFC 4475 and RFC 5118: what the message layer does with each file. Where the answer is policy (401, 404,
/// 405, 415, 420, 481, 483), the message is admitted and the layers above decide.
@Suite("RFC 4475 and RFC 5118", .enabled(if: Torture.isPresent, "the torture messages are not on this machine"))
struct TortureTests {
  static let rfc4475: [(String, String)] = [
    ("wsinv", "message"), ("intmeth", "501"), ("esc01", "message"), ("escnull", "message"), ("esc02", "message"),
    ("lwsdisp", "message"), ("longreq", "message"), ("dblreq", "message"), ("semiuri", "message"), ("transports", "message"),
    ("mpart01", "message"), ("unreason", "message"), ("noreason", "message"), ("badinv01", "400"), ("clerr", "400"),
    ("ncl", "400"), ("scalar02", "400"), ("scalarlg", "drop malformedResponse"), ("quotbal", "400"), ("ltgtruri", "400"),
    ("lwsruri", "400"), ("lwsstart", "400"), ("trws", "400"), ("escruri", "400"), ("baddate", "message"), ("regbadct", "400"),
    ("badaspec", "400"), ("baddn", "400"), ("badvers", "505"), ("mismatch01", "400"), ("mismatch02", "501"),
    ("bigcode", "drop malformedResponse"), ("badbranch", "400"), ("insuf", "400"), ("unkscm", "416"), ("novelsc", "416"),
    ("unksm2", "400"), ("bext01", "message"), ("invut", "message"), ("regaut01", "message"), ("multi01", "400"),
    ("mcl01", "400"), ("bcast", "drop misroutedResponse"), ("zeromf", "message"), ("cparam01", "message"),
    ("cparam02", "message"), ("regescrt", "message"), ("sdp01", "message"), ("inv2543", "message"),
  ]
  static let rfc5118: [(String, String)] = [
    ("ipv6-good", "message"), ("ipv6-bad", "400"), ("port-ambiguous", "message"), ("port-unambiguous", "message"),
    ("via-received-param-with-delim", "message"), ("via-received-param-no-delim", "message"), ("ipv6-in-sdp", "message"),
    ("mult-ip-in-header", "message"), ("mult-ip-in-sdp", "message"), ("ipv4-mapped-ipv6", "message"),
    ("ipv6-bug-abnf-3-colons", "message"), ("ipv6-correct-abnf-2-colons", "message"),
  ]

  @Test("RFC 4475: each message is admitted, answered or dropped as the exchange's table says", arguments: Self.rfc4475)
  func basicTorture(file: String, expected: String) throws {
    #expect(verdict(try Torture.bytes("rfc4475/\(file).dat")) == expected)
  }

  @Test("RFC 5118: IPv6 in every place, and the three colons that are tolerated", arguments: Self.rfc5118)
  func addressTorture(file: String, expected: String) throws {
    #expect(verdict(try Torture.bytes("rfc5118/\(file).dat")) == expected)
  }

  @Test("The tables name every file of their folders")
  func tablesAreWhole() throws {
    #expect(try Torture.files("rfc4475").count == Self.rfc4475.count)
    #expect(try Torture.files("rfc5118").count == Self.rfc5118.count)
  }

  @Test("RFC 4475 §3.1.2.15: the unquoted comma is refused in the copy with a blank line too; RFC 5118 with bare LF is refused")
  func otherCopies() throws {
    #expect(verdict(try Torture.bytes("rfc4475-wire/baddn.dat")) == "400")
    for file in try Torture.files("rfc5118-archive") { #expect(verdict(try Torture.bytes(file)) == "400", "\(file)") }
  }

  @Test("RFC 4475 §3.1.1.1: folding, odd case and blanks everywhere mean the same as the plain form")
  func whitespace() throws {
    let message = try Torture.message("rfc4475/wsinv.dat")
    #expect(message.method == .invite)
    #expect(message.string(message.callID) == "wsinv.ndaksdj@192.0.2.1")
    #expect(message.to.tag.map { message.string($0) } == "1918181833n")
    #expect(message.from.tag.map { message.string($0) } == "98asjd8")
    #expect(message.maxForwards == 68)
    #expect(message.cseq.number == 9)
    #expect(message.topVia.branch.map { message.string($0) } == "390skdjuw")
    #expect(message.string(message.topVia.host) == "192.0.2.2")
    #expect(message.topVia.transport(in: message.bytes) == .udp)
    #expect(message.elements(.via).count == 3)
    #expect(message.contact?.uri.user(in: message.bytes) == Array("jdrosen".utf8))
    #expect(message.body.count == 150)
    let unknown = (0..<message.headerCount).compactMap { message.header(at: $0) }
      .first { message.string($0.nameSlice) == "UnknownHeaderWithUnusualValue" }
    #expect(unknown.map { message.string($0.value) } == ";;,,;;,;")
    var name: [UInt8] = []
    message.from.appendDisplay(in: message.bytes, to: &name)
    #expect(String(decoding: name, as: UTF8.self) == "J Rosenberg \\\"")
  }

  @Test("DIAL-1: a user part is unescaped exactly once; an escaped NUL does not shorten it")
  func userParts() throws {
    let semicolons = try Torture.message("rfc4475/semiuri.dat")
    #expect(semicolons.user(of: semicolons.requestURI) == Array("user;par=u@example.net".utf8))
    let null = try Torture.message("rfc4475/escnull.dat")
    #expect(null.contacts.map { null.user(of: $0.uri) } == [[0], [0, 0]])
    let digits = invite(replacing: "sip:2002@192.0.2.10:5060", with: "sip:20%0001@192.0.2.10:5060")
    guard case .message(let message) = SIPMessage.parse(digits, stream: false) else { return #expect(Bool(false)) }
    #expect(message.user(of: message.requestURI) == [0x32, 0x30, 0, 0x30, 0x31])
    #expect(
      SIPURI.parse(Array("sip:value%25%34%31@x".utf8))?.user(in: Array("sip:value%25%34%31@x".utf8)) == Array("value%41".utf8))
  }

  @Test("RFC 4475 §3.1.1.2: a NUL in a quoted string ends nothing, and the answer carries no NUL")
  func unusualCharacters() throws {
    guard case .reject(501, _, let message) = SIPMessage.parse(try Torture.bytes("rfc4475/intmeth.dat"), stream: false)
    else { return #expect(Bool(false)) }
    #expect(message.methodBytes.count == 43)
    #expect(message.string(message.to.uri.host) == "example.com")
    #expect(message.from.tag.map { message.string($0) } == "_token~1'+`*%!-.")
    var writer = MessageWriter()
    writer.reject(message, 501, toTag: Array("x1".utf8), source: strangersAddress)
    #expect(!writer.bytes.contains(0))
    #expect(verdict(writer.bytes) == "message")
  }

  @Test("RFC 5118 §4.3: without brackets round the port the address is longer; §4.5: received with and without brackets")
  func ambiguousPort() throws {
    let ambiguous = try Torture.message("rfc5118/port-ambiguous.dat")
    #expect(ambiguous.requestURI.address(in: ambiguous.bytes) == IPAddress("2001:db8::10:5070"))
    #expect(ambiguous.requestURI.port == 0)
    let clear = try Torture.message("rfc5118/port-unambiguous.dat")
    #expect(clear.requestURI.port == 5070)
    for file in ["via-received-param-with-delim", "via-received-param-no-delim"] {
      let message = try Torture.message("rfc5118/\(file).dat")
      let received = try #require(message.topVia.received)
      #expect(IPAddress(parsing: message.array(received)) == IPAddress("2001:db8::9:255"))
    }
  }

  @Test("RELIABILITY 17: every refused torture message is answered by a well-formed response")
  func refusalsAreWellFormed() throws {
    for file in try Torture.files("rfc4475") + Torture.files("rfc5118") {
      guard case .reject(let status, let reason, let request) = SIPMessage.parse(try Torture.bytes(file), stream: false)
      else { continue }
      var writer = MessageWriter()
      writer.reject(request, status, reason: reason, toTag: Array("t".utf8), source: strangersAddress)
      let text = String(decoding: writer.bytes, as: UTF8.self)
      #expect(text.hasPrefix("SIP/2.0 \(status) "), "\(file)")
      #expect(text.hasSuffix("Content-Length: 0\r\n\r\n"), "\(file)")
      #expect(text.contains("\r\nVia: "), "\(file)")
    }
  }

  @Test("Our reading of Via, From, To and request-URI is libosip2's wherever both read the message")
  func agreesWithLibrary() throws {
    for file in try Torture.files("rfc4475") + Torture.files("rfc5118") {
      guard case .message(let message) = SIPMessage.parse(try Torture.bytes(file), stream: false) else { continue }
      if let via = OSIPGrammar.via(message.array(message.topVia.whole)) {
        #expect(via.host == message.array(message.topVia.host), "\(file)")
        #expect(via.transport == message.array(message.topVia.transportName), "\(file)")
      }
      for address in [message.from, message.to] {
        guard address.uri.scheme == .sip, let other = OSIPGrammar.address(message.array(address.whole)) else { continue }
        #expect(other.host == message.array(address.uri.host), "\(file)")
        let user = message.user(of: address.uri)
        if !user.contains(0) { #expect(other.user == user, "\(file)") }
      }
    }
  }
}
