import Foundation
import Synchronization

/// A whole telephone on sockets of its own, with a sine wave for a voice: it registers, calls, answers, holds, presses keys and
/// does by itself what every phone does when the exchange asks (re-INVITE, BYE, OPTIONS, NOTIFY).
final class TestPhone: Sendable {
  let number: String
  /// The frequency it speaks with, in Hz.
  let voice: Double
  let habits: Habits
  let exchange: HostPort
  let socket: Datagrams
  private let state = Mutex(State())

  /// How this phone differs from others.
  struct Habits: Sendable {
    /// Its own address; also where its voice really comes from.
    var address = "127.0.0.1"
    /// What it believes its address to be, and says in Contact and SDP: that of before the NAT.
    var claimed: String?
    var user: String?
    /// Payload types in order of preference: 8 A-law, 0 µ-law; 9 and others are only named.
    var formats: [UInt8] = [8, 0]
    /// It answers 488 to an offer without any of its formats; other phones answer with their own formats all the same.
    var refusesStrangeCodecs = true
    /// Payload type of RFC 4733 events; nil when it has none.
    var events: UInt8? = 101
    var answer = Answer.byItself
    /// Its calls begin muted.
    var isMuted = false
    var profile = "RTP/AVP"
    /// More lines of its audio description, `a=crypto:…` for example.
    var lines: [String] = []
  }

  enum Answer: Sendable { case byItself, whenTold, busy }

  struct State: Sendable {
    var isStopped = false
    var lines: [String: Line] = [:]
    var incoming: [Line] = []
    var responses: [SIPText] = []
    /// Answers by branch and method, for repeated requests.
    var answered: [String: String] = [:]
    var notifications: [SIPText] = []
    var registration = (callID: "reg-\(UUID().uuidString)", cseq: 0)
    var count: UInt32 = 0

    /// What is long over is forgotten, so that a phone that makes ten thousand calls does not get slower.
    mutating func remember(_ response: SIPText) {
      responses.append(response)
      if responses.count > 400 { responses.removeFirst(200) }
    }

    mutating func remember(_ answer: String, to request: SIPText) {
      if answered.count > 2000 { answered.removeAll() }
      answered[request.branch + request.method] = answer
    }
  }

  init(_ number: String, voice: Double, at exchange: Exchange, _ habits: Habits = Habits()) throws {
    (self.number, self.voice, self.habits) = (number, voice, habits)
    self.exchange = HostPort("127.0.0.1", exchange.udp)
    socket = try Datagrams(habits.address)
    Thread.detachNewThread { [weak self, socket] in
      while true {
        Datagrams.wait(for: [socket], 0.05)
        guard let self, !self.with({ $0.isStopped }) else { return }
        while let (octets, _) = self.socket.receive() {
          if let message = SIPText(octets) { self.take(message) }
        }
      }
    }
  }

  func with<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value { state.withLock { body(&$0) } }

  /// Lets go of everything; the phone is silent from then on.
  func stop() {
    let lines = with { state in
      defer { (state.isStopped, state.lines, state.incoming) = (true, [:], []) }
      return Array(state.lines.values)
    }
    for line in lines { line.endpoint.close() }
  }

  // MARK: What a test does

  /// REGISTER with the station's password; throws unless it is accepted.
  func register(expires: Int = 600) throws {
    let answer = try request(
      "REGISTER", uri: "sip:\(exchange)", from: "<sip:\(number)@\(exchange)>;tag=r", to: "<sip:\(number)@\(exchange)>",
      callID: with { $0.registration.callID }, extra: ["Expires: \(expires)"]
    ) {
      self.with { state in
        state.registration.cseq += 1
        return state.registration.cseq
      }
    }
    guard answer.status == 200 else { throw WireFailure("\(number) cannot register: \(answer)") }
  }

  /// Calls and waits until it is answered.
  func call(_ number: String, within seconds: Double = 10) throws -> Line {
    let line = try dial(number)
    let final = try line.final(within: seconds)
    guard final.status == 200 else { throw WireFailure("\(self.number) calls \(number): \(final.startLine)") }
    return line
  }

  /// Calls another phone, which answers: both ends of the call.
  func call(_ other: TestPhone) throws -> (Line, Line) {
    let line = try dial(other.number)
    let far = try other.incoming()
    if other.habits.answer == .whenTold { far.answer() }
    let final = try line.final()
    guard final.status == 200 else { throw WireFailure("\(number) calls \(other.number): \(final.startLine)") }
    guard wait(3, for: { !far.requests("ACK").isEmpty }) else { throw WireFailure("\(other.number) gets no ACK") }
    return (line, far)
  }

  /// Dials and sees what the exchange says in the end, which may be a refusal.
  func outcome(_ number: String, within seconds: Double = 10) throws -> SIPText { try dial(number).final(within: seconds) }

  /// Sends the INVITE and returns at once.
  func dial(_ number: String) throws -> Line {
    let endpoint = try ToneEndpoint(voice, at: habits.address)
    let callID = "tp-\(UUID().uuidString)"
    let tag = "t\(UInt32.random(in: 1...UInt32.max))"
    let line = Line(
      self, callID: callID, endpoint: endpoint, invite: nil,
      state: Line.State(
        localTag: tag, peer: "<sip:\(number)@\(exchange)>", own: "<sip:\(self.number)@\(exchange)>;tag=\(tag)",
        target: "sip:\(number)@\(exchange)", cseq: 0))
    with { $0.lines[callID] = line }
    line.invite(line.describe())
    return line
  }

  /// Waits for a call to this phone.
  func incoming(within seconds: Double = 6) throws -> Line {
    var line: Line?
    _ = wait(seconds) {
      line = with { $0.incoming.isEmpty ? nil : $0.incoming.removeFirst() }
      return line != nil
    }
    guard let line else { throw WireFailure("\(number): no call within \(seconds) s") }
    return line
  }

  func staysQuiet(for seconds: Double) -> Bool { !wait(seconds) { with { !$0.incoming.isEmpty } } }

  /// Bodies of the NOTIFY requests that came outside of calls, oldest first.
  var notifications: [String] { with { $0.notifications }.map(\.body) }

  /// The message-waiting lamp as the last NOTIFY left it (RFC 3842); nil before the first.
  var lamp: Bool? {
    notifications.last { $0.lowercased().contains("messages-waiting:") }.map {
      $0.lowercased().contains(#/messages-waiting:\s*yes/#)
    }
  }

  /// Host of its Contact and of its descriptions.
  var claimed: String { habits.claimed ?? habits.address }
  var contact: String { "<sip:\(number)@\(claimed):\(socket.local.port)>" }
}
