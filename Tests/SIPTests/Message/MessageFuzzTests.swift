import Foundation
import SIP
import Sessions
import Testing

/// Octets changed at random and the PROTOS cases: nothing traps, and what we answer is a message with our headers only.
@Suite("Hostile octets")
struct MessageFuzzTests {
  @Test("RELIABILITY 1–18: 60,000 mutants of valid and torture messages; the seed is printed for a rerun")
  func mutants() throws {
    let given = ProcessInfo.processInfo.environment["STROWGER_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("mutation fuzz: STROWGER_SEED=\(seed)")
    var random = SeededGenerator(state: seed)
    var corpus = [plainInvite]
    if Torture.isPresent {
      for file in try Torture.files("rfc4475") + Torture.files("rfc5118") + Torture.files("sipgo-fuzz-seeds") {
        corpus.append(try Torture.bytes(file))
      }
    }
    var verdicts: [String: Int] = [:]
    for round in 0..<60_000 {
      var bytes = round % 2 == 0 ? plainInvite : corpus[Int.random(in: 0..<corpus.count, using: &random)]
      for _ in 0..<Int.random(in: 1...6, using: &random) { self.mutate(&bytes, &random) }
      let verdict = self.exercise(bytes, stream: round % 3 == 0, seed: seed)
      verdicts[verdict, default: 0] += 1
    }
    print("mutation fuzz: \(verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    #expect((verdicts["message"] ?? 0) > 1000 && (verdicts["reject"] ?? 0) > 1000)
  }

  @Test(
    "PROTOS c07-sip: every case is admitted, answered or dropped",
    .enabled(if: Torture.isPresent, "the PROTOS cases are not on this machine"))
  func protos() throws {
    var verdicts: [String: Int] = [:]
    let messages = try Torture.protos()
    for bytes in messages { verdicts[self.exercise(bytes, stream: bytes.count > SIPLimits.datagram, seed: 0), default: 0] += 1 }
    print("PROTOS: \(verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
    #expect(messages.count == 2 * 4527)
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return bytes.append(0x0d) }
    let index = Int.random(in: 0..<bytes.count, using: &random)
    let special: [UInt8] = Array("\r\n\t \0\",;:<>@?%=[]()\\/*0-9\u{7f}".utf8) + [0xff, 0x80]
    switch Int.random(in: 0..<8, using: &random) {
    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.remove(at: index)
    case 2, 3: bytes[index] = special[Int.random(in: 0..<special.count, using: &random)]
    case 4: bytes.insert(special[Int.random(in: 0..<special.count, using: &random)], at: index)
    case 5: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...40, using: &random)))
    case 6:
      let end = min(bytes.count, index + Int.random(in: 1...60, using: &random))
      let piece = Array(bytes[index..<end])
      for _ in 0..<Int.random(in: 1...20, using: &random) { bytes.insert(contentsOf: piece, at: index) }
    default: bytes.removeSubrange(index...)
    }
  }

  /// Parses, asks every accessor, answers, and reads the answer back.
  private func exercise(_ bytes: [UInt8], stream: Bool, seed: UInt64) -> String {
    var framer = StreamFramer()
    framer.append(bytes)
    for _ in 0..<4 { _ = framer.next() }
    switch SIPMessage.parse(bytes, stream: stream) {
    case .message(let message):
      self.ask(message)
      if message.isRequest { self.answer(message, 200, seed: seed, isWhole: true) }
      return "message"
    case .reject(let status, let reason, let message):
      self.ask(message)
      _ = reason
      self.answer(message, status, seed: seed, isWhole: false)
      return "reject"
    case .drop: return "drop"
    case .keepAlive: return "keep-alive"
    }
  }

  private func ask(_ message: SIPMessage) {
    _ = (message.contacts, message.routeSet, message.requires, message.expires, message.contentType, message.userAgent)
    _ = (message.supports("timer"), message.allows(.update), message.header(at: -1), message.header(at: 4000))
    _ = message.requestURI.transport(in: message.bytes)
    _ = (message.user(of: message.requestURI), message.user(of: message.from.uri), message.topVia.address(in: message.bytes))
    _ = message.key(message.callID, seed: HashSeed(1, 2))
    _ = try? message.credentials(realm: [1])
    var name: [UInt8] = []
    message.from.appendDisplay(in: message.bytes, to: &name)
    for index in 0..<message.headerCount {
      guard let header = message.header(at: index) else { continue }
      let value = message.array(header.value)
      #expect(!value.contains(0x0d) && !value.contains(0x0a))
    }
    _ = message.validateFully()
  }

  private func answer(_ request: SIPMessage, _ status: UInt16, seed: UInt64, isWhole: Bool) {
    var writer = MessageWriter()
    writer.response(to: request, status, toTag: Array("ours".utf8), source: SocketAddress(IPAddress(192, 0, 2, 9), port: 5060))
    writer.finish()
    let lines = String(decoding: writer.bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let ours = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: ", "Record-Route: ", "Content-Length: "]
    for line in lines.dropFirst().dropLast(2) {
      #expect(ours.contains { line.hasPrefix($0) }, "seed \(seed): \(line)")
      #expect(!line.contains("\r") && !line.contains("\n") && !line.contains("\0"), "seed \(seed)")
    }
    if isWhole, request.headers(.via).reduce(0, { count, _ in count + 1 }) == 1, request.elements(.via).count == 1 {
      guard case .message(let read) = SIPMessage.parse(writer.bytes, stream: true) else {
        Issue.record("seed \(seed): our answer is no message: \(lines)")
        return
      }
      #expect(read.topVia.branch.map { read.array($0) } == request.topVia.branch.map { request.array($0) }, "seed \(seed)")
      #expect(read.from.tag.map { read.array($0) } == request.from.tag.map { request.array($0) }, "seed \(seed)")
    }
  }
}
