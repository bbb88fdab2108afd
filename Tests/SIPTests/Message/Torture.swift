import Foundation

import SIP

/// The torture messages, read where they stand: `STROWGER_TORTURE`, or `../shared/testdata/sip-torture` beside the package.
enum Torture {
  static let folder: String = {
    if let path = ProcessInfo.processInfo.environment["STROWGER_TORTURE"] { return path }
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    return package.deletingLastPathComponent().appendingPathComponent("shared/testdata/sip-torture").path
  }()

  static var isPresent: Bool { FileManager.default.fileExists(atPath: Self.folder + "/README.md") }

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(path)")))
  }

  static func files(_ subfolder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/\(subfolder)").sorted()
      .filter { $0.hasSuffix(".dat") }.map { "\(subfolder)/\($0)" }
  }

  /// A message of the RFC 4475 and RFC 5118 folders that parse must admit.
  static func message(_ path: String) throws -> SIPMessage {
    guard case .message(let message) = SIPMessage.parse(try Self.bytes(path), stream: false) else {
      throw CocoaError(.fileReadCorruptFile)
    }
    return message
  }

  /// Every PROTOS case as it would be sent: INVITE and teardown, placeholders filled in.
  static func protos() throws -> [[UInt8]] {
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-xOzf", "\(Self.folder)/protos-c07-sip/cases.tar.gz"]
    let pipe = Pipe()
    tar.standardOutput = pipe
    try tar.run()
    let all = Array(try pipe.fileHandleForReading.readToEnd() ?? Data())
    tar.waitUntilExit()
    var messages: [[UInt8]] = []
    var index = 0
    while index < all.count {
      guard let space = all[index...].firstIndex(of: 0x20), let count = Int(String(decoding: all[index..<space], as: UTF8.self))
      else { break }
      messages.append(Self.filledIn(all[(space + 1)..<min(space + 1 + count, all.count)]))
      index = space + 1 + count
      while index < all.count, all[index] == 0x0a || all[index] == 0x0d { index += 1 }
    }
    return messages
  }

  private static func filledIn(_ template: ArraySlice<UInt8>) -> [UInt8] {
    var data = Data(template)
    let values = [
      "<To>": "2002@pbx.example", "<From>": "2001@192.0.2.1", "<From-Address>": "192.0.2.1", "<From-IP>": "192.0.2.1",
      "<Local-Port>": "5060", "<Branch-ID>": "77", "<Call-ID>": "protos77", "<CSeq>": "5", "<Teardown-Method>": "CANCEL",
    ]
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      while let range = data.range(of: Data(name.utf8)) { data.replaceSubrange(range, with: Data(value.utf8)) }
    }
    let body = data.range(of: Data("\r\n\r\n".utf8)).map { data.distance(from: $0.upperBound, to: data.endIndex) } ?? 0
    if let range = data.range(of: Data("<Content-Length>".utf8)) {
      data.replaceSubrange(range, with: Data("\(body)".utf8))
    }
    return Array(data)
  }
}

/// An ordinary INVITE with SDP, as a desk phone sends it.
let plainInvite: [UInt8] = Array(
  """
  INVITE sip:2002@192.0.2.10:5060;transport=udp SIP/2.0\r
  Via: SIP/2.0/UDP 192.0.2.21:5062;branch=z9hG4bK-524287-1---8f6c3b2a91;rport\r
  Max-Forwards: 70\r
  Contact: <sip:2001@192.0.2.21:5062;transport=udp>\r
  To: <sip:2002@192.0.2.10>\r
  From: "Alice, Front Desk" <sip:2001@192.0.2.10>;tag=6a5b7c31\r
  Call-ID: 84311MTk3Njg0YzI5NGQ2@192.0.2.21\r
  CSeq: 2 INVITE\r
  Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE, UPDATE, PRACK\r
  Content-Type: application/sdp\r
  Supported: replaces, timer, 100rel\r
  User-Agent: Desk Phone 9.1\r
  Content-Length: 166\r
  \r
  v=0\r
  o=- 3927 1 IN IP4 192.0.2.21\r
  s=call\r
  c=IN IP4 192.0.2.21\r
  t=0 0\r
  m=audio 40376 RTP/AVP 8 0 101\r
  a=rtpmap:101 telephone-event/8000\r
  a=fmtp:101 0-15\r
  a=sendrecv\r\n
  """.utf8)

/// The plain INVITE with a text in place of another.
func invite(replacing old: String, with new: String) -> [UInt8] {
  let text = String(decoding: plainInvite, as: UTF8.self)
  precondition(text.contains(old), "the template has no \(old)")
  return Array(text.replacingOccurrences(of: old, with: new).utf8)
}

/// A short word for what became of some octets: `message`, `400`, `drop noVia`, `ping`.
func verdict(_ bytes: [UInt8], stream: Bool = false) -> String {
  switch SIPMessage.parse(bytes, stream: stream) {
  case .message: "message"
  case .keepAlive(let pong): pong ? "ping" : "pong"
  case .drop(let reason): "drop \(reason)"
  case .reject(let status, _, _): "\(status)"
  }
}

/// Repeatable pseudo-random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    self.state &+= 0x9e37_79b9_7f4a_7c15
    var word = self.state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}
