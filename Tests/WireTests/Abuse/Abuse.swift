import Foundation
import Testing

/// What stands above the numbered list of abuse cases (RELIABILITY §1), checked around any abuse of the real program.
///
/// How to use it:
///
///     @Test("RELIABILITY 11: a status that is none is dropped")
///     func status() throws {
///       try Abuse.survived(counting: ["dropped"]) { abuse in
///         let stranger = try abuse.stranger(.udp)        // from 127.0.0.66, who is no station
///         let outcome = try stranger.send("SIP/2.0 0 \r\n\r\n".utf8)
///         #expect(outcome.answers.isEmpty)
///       }
///     }
///
/// `survived` starts an exchange with 2001 and 2002 registered (`abuse.one`, `abuse.two`), runs the abuse once to warm up and
/// once more, and then demands: the process lives; 2001 calls 2002 within one second; nobody who came by ``stranger(_:from:)``
/// got a 2xx; memory and descriptors are back; each of the counters named has risen; no secret and no control octet in the log.
/// An abuse that takes its time says `rounds: 1`.
final class Abuse {
  let exchange: Exchange
  /// 2001 and 2002, registered over UDP from 127.0.0.1.
  let one: Handset
  let two: Handset
  private var strangers: [Stranger] = []

  init(plan: String = Exchange.plan, options: [(String, String)] = [], arguments: [String] = []) throws {
    exchange = try Exchange(plan: plan, options: options, arguments: arguments)
    (one, two) = try registered("2001", "2002", at: exchange)
  }

  /// - Parameters:
  ///   - counters: names in `strowger status --counters --json`; each must rise.
  ///   - rounds: how often the abuse is repeated; memory is compared from the end of the first round where there are two.
  ///   - answersMayBe2xx: whether a stranger may be served here.
  ///   - secrets: what must not be in the log, beside the stations' password.
  static func survived(
    counting counters: [String] = [], plan: String = Exchange.plan, options: [(String, String)] = [], arguments: [String] = [],
    rounds: Int = 2, answersMayBe2xx: Bool = false, secrets: [String] = [], _ body: (Abuse) throws -> Void
  ) throws {
    let abuse = try Abuse(plan: plan, options: options, arguments: arguments)
    let exchange = abuse.exchange
    try abuse.call()
    let before = try abuse.counters()
    for _ in 1..<rounds { try abuse.round(body) }
    try abuse.call()
    let (memory, descriptors) = abuse.settled()
    try abuse.round(body)

    try #require(exchange.isAlive, "the exchange has died: \(exchange.log.suffix(3000))")
    try abuse.call()
    let after = try abuse.counters()
    for name in counters {
      #expect(after[name] ?? 0 > before[name] ?? 0, "the counter \(name) has not risen: \(after)")
    }
    #expect(after["faults"] == 0, "faults of call control: \(exchange.log.suffix(2000))")
    if !answersMayBe2xx {
      for answer in abuse.strangers.flatMap(\.heard) where !Stranger.isMarker(answer) {
        #expect(answer.status.map { $0 / 100 } != 2, "a stranger was served: \(answer)")
      }
    }
    abuse.strangers = []
    let allowed = memory + max(memory / 20, 2048)
    #expect(
      wait(4) { exchange.descriptors <= descriptors + max(descriptors / 20, 1) && exchange.memory <= allowed },
      "memory \(memory) KiB before, \(exchange.memory) after; descriptors \(descriptors), \(exchange.descriptors)")
    abuse.checkLog(secrets: secrets + [Exchange.password])
  }

  private func round(_ body: (Abuse) throws -> Void) throws {
    try body(self)
    try #require(exchange.isAlive, "the exchange has died: \(exchange.log.suffix(3000))")
  }

  // MARK: For the abuse

  /// Somebody on a socket of his own. Every answer to him is judged at the end.
  func stranger(_ kind: Socket.Kind, from source: String = Stranger.address) throws -> Stranger {
    let stranger = try Stranger(kind, at: exchange, from: source)
    strangers.append(stranger)
    // A stranger who is let go of keeps what he heard, not his connection.
    return stranger
  }

  /// 2001 calls 2002, is answered and hangs up. The call must stand within one second (RELIABILITY §1, "Always").
  func call() throws {
    while one.socket.receiveOctets(within: 0) != nil {}
    let start = DispatchTime.now().uptimeNanoseconds
    var call = one.call("2002")
    two.answer(try two.incoming(within: 2))
    try one.finish(&call, within: 2)
    let time = DispatchTime.now().uptimeNanoseconds - start
    #expect(call.final?.status == 200, "\(call.final?.startLine ?? "")")
    #expect(time < 1_000_000_000, "a valid call took \(time / 1_000_000) ms to stand")
    #expect(try one.hangUp(call).status == 200)
    try two.expect("BYE")
  }

  /// What `strowger status --counters --json` says.
  func counters() throws -> [String: Int] {
    let text = try exchange.command("status", "--counters", "--json")
    guard let all = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
      throw WireFailure("no object of counters: \(text)")
    }
    return all.compactMapValues { $0 as? Int }
  }

  /// Processor time of the exchange so far, in seconds, all its threads together.
  var processorTime: Double {
    let tasks = "/proc/\(exchange.pid)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.reduce(0) { sum, thread in
      let text = (try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8)) ?? ""
      return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
    }
  }

  /// What a bound on processor time is multiplied by: 1 for a release build of the program, 10 for a debug build, whose code is
  /// not optimised and checks every access. The bounds themselves are those of a release build.
  static let slowness: Double = (Program.strowger ?? "").contains("release") ? 1 : 10

  // MARK: What must be so afterwards

  /// Memory in KiB and descriptors once both have come to rest.
  private func settled() -> (memory: Int, descriptors: Int) {
    var last = (exchange.memory, exchange.descriptors)
    _ = wait(3) {
      usleep(150_000)
      let now = (exchange.memory, exchange.descriptors)
      defer { last = now }
      return now == last
    }
    return last
  }

  private func checkLog(secrets: [String]) {
    let log = exchange.log
    for secret in secrets { #expect(!log.contains(secret), "a secret in the log") }
    let raw = log.unicodeScalars.filter { ($0.value < 0x20 && $0 != "\n") || (0x7f...0x9f).contains($0.value) }
    #expect(raw.isEmpty, "control octets in the log: \(raw.map(\.value))")
    #expect(!log.unicodeScalars.contains("\u{fffd}"), "octets in the log that are no UTF-8")
  }
}
