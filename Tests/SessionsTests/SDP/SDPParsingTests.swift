import Kernel
import Sessions
import Testing

/// Lines joined with CRLF, as octets.
func text(_ lines: String...) -> [UInt8] { Array(lines.map { $0 + "\r\n" }.joined().utf8) }

/// A plain telephone's description.
func phone(
  _ address: String = "192.0.2.10", port: Int = 10_000, version: Int = 1, formats: String = "0 8 101",
  direction: String? = nil, extra: [String] = [], key: Int? = nil
) -> [UInt8] {
  var lines = [
    "v=0", "o=phone 4711 \(version) IN IP4 \(address)", "s=call", "c=IN IP4 \(address)", "t=0 0",
    "m=audio \(port) RTP/\(key == nil ? "AVP" : "SAVP") \(formats)", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20",
  ]
  if let key { lines.append("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + String(repeating: "ABCD", count: 9) + "AAA\(key)") }
  if let direction { lines.append("a=" + direction) }
  return Array((lines + extra).map { $0 + "\r\n" }.joined().utf8)
}

private func error(_ bytes: [UInt8]) -> SDPError? {
  do {
    _ = try SDP(parsing: bytes)
    return nil
  } catch { return error }
}

private func body(_ lines: String...) -> [UInt8] {
  Array((["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] + lines).map { $0 + "\r\n" }.joined().utf8)
}

@Suite struct SDPParsingTests {
  @Test("CALL-2: an ordinary description is understood")
  func ordinary() throws {
    let sdp = try SDP(parsing: phone())
    #expect(sdp.media.count == 1)
    #expect(sdp.media[0].kind == .audio)
    #expect(sdp.media[0].profile == .plain)
    #expect(sdp.media[0].port == 10_000)
    #expect(sdp.media[0].address == IPAddress(192, 0, 2, 10))
    #expect(!sdp.isHold && sdp.isUsable)
  }

  @Test("HOLD-1: sendonly, inactive and 0.0.0.0 are hold, at session or media level; recvonly is not")
  func hold() throws {
    #expect(try SDP(parsing: phone(direction: "sendonly")).isHold)
    #expect(try SDP(parsing: phone(direction: "inactive")).isHold)
    #expect(try SDP(parsing: phone("0.0.0.0")).isHold)
    #expect(try SDP(parsing: phone(extra: ["c=IN IP4 0.0.0.0"])).isHold)
    #expect(try SDP(parsing: body("a=sendonly", "m=audio 4000 RTP/AVP 0")).isHold)
    #expect(try !SDP(parsing: phone(direction: "recvonly")).isHold)
    #expect(try !SDP(parsing: body("m=audio 0 RTP/AVP 0")).isHold, "port 0 is not hold")
    #expect(try SDP(parsing: body("m=audio 4 RTP/AVP 0", "a=sendonly", "m=video 6 RTP/AVP 99")).isHold, "audio decides")
  }

  @Test(
    "RELIABILITY 16: addresses nobody may be sent to are refused with 488",
    arguments: [
      "224.2.1.1/127", "239.1.2.3", "255.255.255.255", "169.254.169.254", "0.1.2.3", "phone.example.org", "192.0.2.1/24",
      "010.1.1.1",
    ])
  func addresses(_ address: String) {
    let found = error(text("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 \(address)", "t=0 0", "m=audio 4000 RTP/AVP 0"))
    #expect(found == .unusableAddress)
    #expect(found?.status == .notAcceptableHere)
    #expect(error(body("m=audio 4000 RTP/AVP 0", "a=rtcp:4001 IN IP4 \(address)")) == .unusableAddress)
  }

  @Test(
    "RELIABILITY 16: numbers out of range are refused",
    arguments: [
      "m=audio -1 RTP/AVP 0", "m=audio 65536 RTP/AVP 0", "m=audio 100000000000000000000 RTP/AVP 0",
      "m=audio 4000 RTP/AVP 4294967296",
      "m=audio 4000 RTP/AVP 128", "m=audio 65535/2 RTP/AVP 0", "m=audio 4000/0 RTP/AVP 0", "m=audio 0x10 RTP/AVP 0",
    ])
  func numbers(_ line: String) {
    #expect(error(body(line)) == .outOfRange)
  }

  @Test(
    "RELIABILITY 16: packet times and clock rates out of range are refused",
    arguments: [
      "a=ptime:0", "a=ptime:2147483648", "a=maxptime:0", "a=rtpmap:0 PCMU/0", "a=rtpmap:300 PCMU/8000", "a=rtpmap:0 PCMU/-1",
    ])
  func attributes(_ line: String) {
    #expect(error(body("m=audio 4000 RTP/AVP 0", line)) == .outOfRange)
  }

  @Test("RELIABILITY 16: 300 media lines and 400 formats are refused")
  func sizes() {
    let lines = [String](repeating: "m=audio 4000 RTP/AVP 0\r\n", count: 300).joined()
    #expect(error(body() + Array(lines.utf8)) == .tooLarge)
    #expect(error(body("m=audio 4000 RTP/AVP" + String(repeating: " 0", count: 400))) == .tooLarge)
    #expect(error([UInt8](repeating: 0x41, count: 70_000)) == .tooLarge)
  }

  @Test("RELIABILITY 15, 16: what is no description is answered with 400")
  func malformed() {
    for bytes in [
      [], Array("hello".utf8), text("v=1"), text("v=0"), text("v=0", "s=-"), body("m=audio 9 RTP/AVP"), body("m=audio"),
      body("x"),
      body("m=audio 4000 RTP/AVP 0", "a=fmtp:0 \0"), body("m=audio 4000 RTP/AVP 0\rm=audio 1 RTP/AVP 0"),
      body() + Array("m=audio 9 RTP/AVP\r".utf8), body() + Array("m=audio 9 RTP/AVP\n".utf8),
      text("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "m=audio 4000 RTP/AVP 0"),
    ] {
      #expect(error(bytes) == .malformed)
      #expect(error(bytes)?.status == .badRequest)
    }
  }

  @Test("RFC 4566: line ends without CR, a missing last line end and unknown lines harm nobody")
  func tolerance() throws {
    let plain = String(decoding: phone(), as: UTF8.self)
    #expect(try SDP(parsing: Array(plain.replacing("\r\n", with: "\n").utf8)).media[0].port == 10_000)
    #expect(try SDP(parsing: Array(plain.dropLast().utf8)).media[0].port == 10_000)
    #expect(try SDP(parsing: phone(extra: ["z=0 0", "q=what", "a=unheard-of"])).media.count == 1)
  }

  @Test("RELIABILITY 44: a secure line without a key is refused")
  func keys() throws {
    #expect(error(body("m=audio 4000 RTP/SAVP 0")) == .missingKey)
    let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    #expect(try SDP(parsing: body("m=audio 4000 RTP/SAVP 0", crypto)).media[0].profile == .keyed)
    #expect(error(body("m=audio 4000 UDP/TLS/RTP/SAVPF 0")) == .missingKey)
    #expect(try SDP(parsing: body("a=fingerprint:sha-256 AA", "m=audio 4000 UDP/TLS/RTP/SAVPF 0")).media[0].profile == .dtls)
  }

  @Test("CALL-7: video, fax and data lines are understood as far as needed")
  func others() throws {
    let sdp = try SDP(
      parsing: body(
        "m=audio 1 RTP/AVP 0", "m=video 3 RTP/AVP 99", "m=image 5 udptl t38",
        "m=application 9 TCP/BFCP *"))
    #expect(sdp.media.map(\.kind) == [.audio, .video, .image, .application])
    #expect(sdp.media.map(\.profile) == [.plain, .plain, .other, .other])
  }
}
