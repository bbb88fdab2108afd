import SIP
import Testing

/// MD5 and SHA-256 for the RFC's examples: in the program they come from a library.
private let functions = DigestFunctions(md5: { referenceMD5(Array($0)) }, sha256: { referenceSHA256(Array($0)) })

@Suite("Digest authentication")
struct DigestTests {
  /// RFC 7616 §3.9.1: both algorithms' answers to one challenge.
  static let common =
    #"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", "#
    + #"nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, "#
    + #"cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, "#
    + #"opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", "#
  static let md5 = Self.common + #"response="8ca523f5e9506fed4657c9700eebdbec", algorithm=MD5"#
  static let sha256 =
    Self.common + #"response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", algorithm=SHA-256"#

  private func parse(_ text: String) throws(DigestCredentials.Failure) -> DigestCredentials {
    let bytes = Array(text.utf8)
    return try DigestCredentials.parse(Slice(0, bytes.count), in: bytes)
  }

  @Test("REG-1: RFC 7616's own examples verify, with MD5 and SHA-256, and one wrong thing makes them fail")
  func examples() throws {
    for (text, algorithm) in [(Self.md5, DigestAlgorithm.md5), (Self.sha256, .sha256)] {
      let bytes = Array(text.utf8)
      let credentials = try self.parse(text)
      #expect(credentials.algorithm == algorithm && credentials.nonceCount == 1)
      #expect(credentials.matches(user: Array("Mufasa".utf8), in: bytes))
      func ha1(_ password: String) -> [UInt8] {
        functions.ha1(
          algorithm, user: Array("Mufasa".utf8), realm: Array("http-auth@example.org".utf8), password: Array(password.utf8))
      }
      let good = ha1("Circle of Life")
      #expect(credentials.verify(method: Array("GET".utf8), ha1: good, in: bytes, with: functions))
      #expect(!credentials.verify(method: Array("INVITE".utf8), ha1: good, in: bytes, with: functions))
      #expect(!credentials.verify(method: Array("GET".utf8), ha1: ha1("circle of life"), in: bytes, with: functions))
    }
  }

  @Test(
    "RELIABILITY 23: hostile credentials are refused, none crashes",
    arguments: [
      (Self.md5.replacing("algorithm=MD5", with: "algorithm=MD4"), DigestCredentials.Failure.unknownAlgorithm),
      (Self.md5.replacing("qop=auth", with: "qop=auth-int"), .unknownQop),
      (Self.md5.replacing("qop=auth, ", with: ""), .unknownQop),
      (Self.md5.replacing("username=", with: "username*="), .malformed), (Self.md5 + ", username=\"x\"", .malformed),
      (Self.md5.replacing("Mufasa", with: "Mu\0fasa"), .malformed), (Self.md5.replacing("Mufasa", with: ""), .malformed),
      (Self.md5.replacing("8ca523", with: "8ca52"), .malformed), (Self.md5.replacing("00000001", with: "1"), .malformed),
      (Self.md5.replacing("00000001", with: "00000000"), .malformed),
      (Self.md5.replacing("00000001", with: "zzzzzzzz"), .malformed),
      (Self.md5 + ", " + String(repeating: "a=b,", count: 100), .malformed), (Self.md5 + ", \"", .malformed),
      (Self.md5 + ", x", .malformed),
      ("Basic QWxhZGRpbg==", .otherScheme), ("NoOneKnowsThisScheme opaque-data=here", .otherScheme), ("", .otherScheme),
      ("Digest", .otherScheme), ("Digest ", .malformed), ("Digest username=\"x", .malformed),
    ])
  func hostile(text: String, failure: DigestCredentials.Failure) {
    #expect(throws: failure) { try self.parse(text) }
  }

  @Test("RELIABILITY 23: a response of 60 KB is malformed")
  func longResponse() {
    let text = Self.md5.replacing("8ca523", with: String(repeating: "a", count: 60_000))
    #expect(throws: DigestCredentials.Failure.malformed) { try self.parse(text) }
  }

  @Test("RELIABILITY 23: of 200 Authorization headers eight are looked at; another realm's are no credentials")
  func manyHeaders() throws {
    func message(_ fields: [String]) throws -> SIPMessage {
      let lines = fields.map { "Authorization: \($0)\r\n" }.joined()
      guard
        case .message(let message) = SIPMessage.parse(
          invite(replacing: "Max-Forwards: 70\r\n", with: "Max-Forwards: 70\r\n" + lines), stream: false)
      else { throw DigestCredentials.Failure.malformed }
      return message
    }
    let realm = Array("http-auth@example.org".utf8)
    #expect(try message(["Basic a", Self.md5]).credentials(realm: realm)?.algorithm == .md5)
    #expect(try message([Self.md5]).credentials(realm: Array("other".utf8)) == nil)
    #expect(try message([Self.md5]).credentials(realm: realm, proxy: true) == nil)
    #expect(try message((0..<8).map { _ in "Basic a" } + [Self.md5]).credentials(realm: realm) == nil)
    #expect(throws: DigestCredentials.Failure.unknownAlgorithm) {
      try message([Self.md5.replacing("=MD5", with: "=X")]).credentials(realm: realm)
    }
    #expect(
      verdict(invite(replacing: "Max-Forwards: 70\r\n", with: String(repeating: "Authorization: Digest a=b\r\n", count: 200)))
        == "400")
  }

  @Test("A user name with an escaped quotation mark is the user's name")
  func escapedUser() throws {
    let text = Self.md5.replacing("Mufasa", with: #"Mu\"fasa"#)
    #expect(try self.parse(text).matches(user: Array(#"Mu"fasa"#.utf8), in: Array(text.utf8)))
  }

  @Test("REG-1: a challenge names realm, nonce, algorithm, quality and staleness")
  func challenge() {
    var writer = MessageWriter()
    let challenge = DigestChallenge(realm: Array("p\"x".utf8), nonce: Array("n1".utf8), algorithm: .sha256, isStale: true)
    challenge.write(to: &writer)
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == "WWW-Authenticate: Digest realm=\"p\\\"x\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\", stale=true\r\n")
  }

  @Test("Responses compare by value, letter case aside")
  func comparison() {
    #expect(DigestResponse.equal(Array("0aF9".utf8), Array("0Af9".utf8)))
    #expect(!DigestResponse.equal(Array("0af9".utf8), Array("0af8".utf8)))
    #expect(!DigestResponse.equal(Array("1".utf8), [0x11]))
    #expect(!DigestResponse.equal(Array("1".utf8), Array("11".utf8)))
  }
}
