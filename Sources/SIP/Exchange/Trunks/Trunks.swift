import Kernel
import Sessions

/// The trunk at the far end of a dialog.
final class TrunkUsage: Sendable {
  /// Index into the kernel's trunks.
  let index: Int
  /// Who is called or calls over it.
  let number: Digits
  /// What the INVITE proved itself with: its ACK carries the same (RFC 3261 §13.2.2.4).
  let proof: TrunkProof?

  init(_ index: Int, _ number: Digits, proof: TrunkProof? = nil) {
    self.index = index
    self.number = number
    self.proof = proof
  }
}

/// A line of credentials.
struct TrunkProof: Sendable {
  /// Authorization or Proxy-Authorization.
  var name: HeaderName
  var value: [UInt8]
}

/// A request of ours to a trunk that has no final answer yet.
struct TrunkRequest: Sendable {
  enum Purpose: Sendable { case dialog(DialogID), question, registration }

  var trunk: Int
  var purpose: Purpose
  var method: Method
  var bytes: [UInt8]
  var flow: Flow
  /// Challenges that have been answered for it.
  var answered = 0
  /// The realm of the last answer.
  var realm: [UInt8] = []
}

/// A trunk with what became of it.
struct Trunk: Sendable {
  var account: TrunkAccount
  /// Index into the kernel's trunks.
  let index: Int
  var reach = TrunkReach.State.resting
  var registration = TrunkRegistration.State.idle
  var reachTimer = TimerHandle.none
  var registrationTimer = TimerHandle.none
  /// Which of its addresses is used.
  var target = 0
  /// Whether the kernel has been told that it is up; nil: nothing yet.
  var isUp: Bool?
  /// The carrier's, once it has taken an answer of ours: a challenge by anybody else behind it is not answered.
  var realm: [UInt8]?
  /// The last challenge to a REGISTER that was answered well, whose nonce is used again.
  var challenge: (challenge: TrunkChallenge, proxy: Bool, count: UInt32)?
  /// Of all REGISTERs (RFC 3261 §10.2.4); OPTIONS have another one.
  var callID: [UInt8] = []
  var tag: [UInt8] = []
  var cseq: UInt32 = 0
  /// Of the request that is being written.
  var branch: [UInt8] = []
  /// OPTIONS and REGISTER under way, and the seconds that the last one asked for.
  var question: ClientTransactionID?
  var registering: ClientTransactionID?
  var asked: UInt32 = 0
  var lastError = ""

  var questionCallID: [UInt8] { self.callID + [0x71] }

  /// It leads somewhere and, if it registers, is registered.
  var isUsable: Bool {
    TrunkReach.isReachable(self.reach) && (!self.account.registers || TrunkRegistration.isRegistered(self.registration))
  }
}

/// All trunks of the plan, and what is under way with them.
struct Trunks: Sendable {
  /// In the plan's order. A trunk that the plan has dropped stays until it has said goodbye to its registrar.
  private(set) var all: [Trunk] = []
  /// Names of those that are to go once their registration has ended.
  var leaving: [String] = []
  var requests: [ClientTransactionID: TrunkRequest] = [:]
  /// Call-ID and tag of OPTIONS and REGISTER → the trunk's index: answers come from its addresses alone.
  var conversations: [Key128: Int] = [:]

  var isEmpty: Bool { self.all.isEmpty }

  func trunk(_ index: Int) -> Trunk? { self.all.first { $0.index == index } }

  /// The trunk whose packets come from here (CALL-5); the first of the plan, if several do.
  func trunk(at source: IPAddress) -> Trunk? {
    self.all.first { trunk in trunk.account.sources.contains { $0.contains(source) } }
  }

  func isSource(_ address: IPAddress, of index: Int) -> Bool {
    guard let account = self.trunk(index)?.account else { return false }
    return account.addresses.contains(address) || account.sources.contains { $0.contains(address) }
  }

  /// Requests within calls that have no final answer.
  var callRequests: Int {
    // order does not matter: a count.
    self.requests.values.reduce(0) { if case .dialog = $1.purpose { $0 + 1 } else { $0 } }
  }

  mutating func update(_ index: Int, _ body: (inout Trunk) -> Void) {
    guard let place = self.all.firstIndex(where: { $0.index == index }) else { return }
    body(&self.all[place])
  }

  mutating func replace(with trunks: [Trunk]) { self.all = trunks }

  /// Timers that run for trunks.
  var timers: Int {
    self.all.reduce(0) { $0 + ($1.reachTimer.isNone ? 0 : 1) + ($1.registrationTimer.isNone ? 0 : 1) }
  }
}
