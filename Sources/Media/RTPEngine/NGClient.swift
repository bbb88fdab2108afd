internal import CMediaShims
internal import Sessions

/// Questions to rtpengine that wait for their answers, in whatever order these come.
///
/// A question is a datagram that is sent again twice; rtpengine knows the cookie and gives the same answer without doing it
/// twice.
struct NGClient {
  /// Whom an answer is for.
  enum Purpose {
    /// The next step of a channel.
    case step(ChannelID)
    /// Whether a channel is still known.
    case check(ChannelID)
    /// The end of a call that nobody asks for any more.
    case end
  }

  enum Outcome {
    case reply(NGReply)
    case silence
  }

  private struct Question {
    let purpose: Purpose
    let datagram: [UInt8]
    let asked: UInt64
    var repeated = 0
  }

  private let host: String
  private let port: UInt16
  private let counters: RelayCounters
  private let random: Random
  private(set) var socket: NGSocket?
  private var soughtAt: UInt64 = 0
  /// By cookie; the order in which they are looked through does not matter.
  private var questions: [UInt64: Question] = [:]

  static let patience: UInt64 = 1_000_000_000
  private static let repetition: UInt64 = 250_000_000
  private static let repetitions = 2
  /// A name that has no address is looked up again after that time.
  private static let lookup: UInt64 = 5_000_000_000

  init(host: String, port: UInt16, counters: RelayCounters, random: Random) {
    self.host = host
    self.port = port
    self.counters = counters
    self.random = random
  }

  var isWaiting: Bool { !self.questions.isEmpty }
  var count: Int { self.questions.count }

  /// Looks rtpengine's address up, where it is not known yet. True when there is a new socket to be read.
  mutating func connect(at now: UInt64) -> Bool {
    guard self.socket == nil, self.soughtAt == 0 || now &- self.soughtAt > Self.lookup else { return false }
    self.soughtAt = now
    self.socket = NGSocket(host: self.host, port: self.port)
    return self.socket != nil
  }

  mutating func ask(_ message: Bencode, for purpose: Purpose, at now: UInt64) {
    let cookie = self.random.next()
    var datagram = [UInt8](String(cookie, radix: 16).utf8)
    datagram.append(0x20)
    message.append(to: &datagram)
    self.questions[cookie] = Question(purpose: purpose, datagram: datagram, asked: now)
    self.counters.asked.count()
    self.socket?.send(datagram)
  }

  /// The next answer that has come; nil when there is none (more).
  mutating func receive() -> (Purpose, Outcome)? {
    while let datagram = self.socket?.receive() {
      guard let (cookie, reply) = NGReply.parse(datagram), let question = self.questions.removeValue(forKey: cookie) else {
        self.counters.strange.count()
        continue
      }
      return (question.purpose, .reply(reply))
    }
    return nil
  }

  /// Repeats what is due, and gives up what has waited long enough: whose answer will not come.
  mutating func age(at now: UInt64) -> [Purpose] {
    var silent: [Purpose] = []
    for (cookie, question) in self.questions {
      let age = now &- question.asked
      if age >= Self.patience {
        self.questions[cookie] = nil
        self.counters.unanswered.count()
        silent.append(question.purpose)
      } else if question.repeated < Self.repetitions, age >= Self.repetition * UInt64(question.repeated + 1) {
        self.questions[cookie]?.repeated += 1
        self.socket?.send(question.datagram)
      }
    }
    return silent
  }
}
