import Foundation
import Synchronization

/// One call of a ``TestPhone``: a dialog with its own voice. It ends by itself when the exchange says BYE or CANCEL.
final class Line: Sendable {
  let phone: TestPhone
  let callID: String
  let endpoint: ToneEndpoint
  /// The INVITE with which it came; nil for a call that this phone made.
  let invite: SIPText?
  private let state: Mutex<State>

  struct State: Sendable {
    var localTag: String
    /// To of our requests, with the tag once there is one.
    var peer: String
    var own: String
    var target: String
    var cseq = 1
    var version = 1
    /// What this phone last said of itself, and what it was told.
    var local: Description?
    var remote: Description?
    /// What our next description says.
    var direction = Description.Direction.both
    var phase = Phase.early
    /// ACK of the last INVITE of ours that was accepted, for its repetitions.
    var acknowledgement: (cseq: Int, text: String)?
    /// The last INVITE that came, while it is not answered or not acknowledged.
    var pending: SIPText?
    /// Branch of the last INVITE of ours, and whether it waits for its final response.
    var current = ""
    var isInviting = false
    /// A challenge to the last INVITE has been answered.
    var isProven = false
    /// Requests within the dialog, oldest first: ACK, re-INVITE, INFO, NOTIFY, BYE, CANCEL.
    var requests: [SIPText] = []
    var provisional: [Int] = []
    /// The other side's tag while the call is not answered.
    var earlyTag: String?
  }

  enum Phase: Equatable, Sendable { case early, talking, ended(String) }

  init(_ phone: TestPhone, callID: String, endpoint: ToneEndpoint, invite: SIPText?, state: State) {
    (self.phone, self.callID, self.endpoint, self.invite) = (phone, callID, endpoint, invite)
    self.state = Mutex(state)
    endpoint.mute(phone.habits.isMuted)
  }

  deinit { endpoint.close() }

  func with<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value { state.withLock { body(&$0) } }

  // MARK: What a test reads

  var phase: Phase { with { $0.phase } }
  var isUp: Bool { phase == .talking }
  var hasEnded: Bool { if case .ended = phase { true } else { false } }
  /// What the exchange last said about the other side.
  var remote: Description? { with { $0.remote } }
  var local: Description? { with { $0.local } }
  func requests(_ method: String) -> [SIPText] { with { $0.requests }.filter { $0.method == method } }

  /// Keys that came as SIP INFO, in their order.
  var infoKeys: String {
    requests("INFO").compactMap { info in
      info.body.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("signal=") }.map {
        $0.dropFirst(7).trimmingCharacters(in: .whitespaces)
      }
    }.joined()
  }

  /// Keys that came as RFC 4733 events, in their order.
  var eventKeys: String { String(endpoint.keys(local?.events ?? 101).map(\.key)) }

  // MARK: What a test hears

  /// Waits until exactly these of all test voices have been heard for as long as the window (seconds), and nothing of the others.
  func hears(_ voices: [Double], within seconds: Double = 6, window: Double = 0.5) -> Bool {
    wait(seconds) {
      let sound = endpoint.sound(last: window)
      return sound.length > window * 0.6 && sound.tones(among: Voices.all) == voices.sorted()
    }
  }

  func hears(_ other: Line, within seconds: Double = 6) -> Bool { hears([other.endpoint.frequency], within: seconds) }

  /// Waits until nothing has been heard for as long as the window: no packets, or silence in them.
  func hearsNothing(within seconds: Double = 6, window: Double = 0.5) -> Bool {
    wait(seconds) { endpoint.sound(last: window).level < Sound.hardly }
  }

  /// Waits until there is sound, but no test voice in it: a tone or music of the exchange.
  func hearsTheExchange(within seconds: Double = 6, window: Double = 0.5) -> Bool {
    wait(seconds) {
      let sound = endpoint.sound(last: window)
      return sound.length > window * 0.6 && sound.level > -40 && sound.tones(among: Voices.all) == []
    }
  }

  /// What is heard at the moment, for a test that fails.
  var hearing: String {
    let sound = endpoint.sound(last: 0.5)
    let levels = Voices.all.map { "\(Int($0)) Hz \(Int(sound.level(of: $0))) dB" }.joined(separator: ", ")
    let from = Set(endpoint.packets.suffix(50).map(\.from)).map(\.description).sorted().joined(separator: " ")
    return
      "\(phone.number) hears \(sound.length) s, all \(Int(sound.level)) dB; \(levels); loudest \(sound.loudest); from \(from); "
      + "sent \(endpoint.sent) to \(remote?.place.description ?? "nobody"); \(phase)"
  }

  /// Draws what is heard; waits first, so that the whole second belongs to the state of now.
  func draw(_ name: String, _ title: String) {
    guard Picture.folder != nil else { return }
    usleep(700_000)
    Picture.draw(endpoint.sound(last: 1), name, title: title)
  }
}
