import Kernel
import Sessions

/// A telephone with one line, as RFC 3261 and 3264 want it: what it is sent out of turn is a fault of the exchange.
struct Telephone {
  let index: Int
  private var dice: Dice
  private(set) var port: Int
  private(set) var isHolding = false
  /// Where it sends its voice: 0 while it is told not to.
  private(set) var sendsTo = 0
  private(set) var wantsRetry = false
  var isUp = true
  /// It says nothing any more.
  var isDead = false
  /// Its first INVITE has no final answer.
  var isWaitingForCall = false
  var lastSentOffer = false
  /// The dialog layer's view, kept here because it is one dialog a phone.
  var serverPending = false
  var clientPending = false
  var owesAck = false

  private var version = 0
  private var heard: (id: Int, version: Int)?
  private var lines = 0
  private var request: Request?
  /// It has answered our INVITE and waits for the ACK; with its offer, when that was asked for.
  private var waitsForAck = false
  private var ackBringsAnswer = false
  /// What to go back to when a change is refused.
  private var before: (port: Int, isHolding: Bool) = (0, false)

  private enum Request { case offer, offerless, update }

  init(index: Int, dice: Dice) {
    self.index = index
    self.dice = dice
    self.port = 10_000 * (index + 1)
  }

  var isBusy: Bool { self.request != nil || self.waitsForAck || self.isWaitingForCall }

  mutating func describe(_ direction: String? = nil) -> [UInt8] {
    self.version += 1
    return phone(
      "192.0.2.\(self.index + 10)", port: self.port, version: self.version,
      direction: direction ?? (self.isHolding ? "sendonly" : nil))
  }

  /// Something its owner does; nil while it cannot.
  mutating func act() -> Negotiator.Received? {
    guard !self.isBusy, self.lines > 0 else { return nil }
    self.wantsRetry = false
    self.before = (self.port, self.isHolding)
    switch self.dice.below(7) {
    case 0, 1, 2: self.isHolding.toggle()
    case 3: self.port += 2
    case 4:
      self.request = .offerless
      return .reinvite(sdp: nil)
    case 5:
      self.request = .update
      self.port += 2
      return .update(sdp: self.describe())
    default: break
    }
    self.request = .offer
    return .reinvite(sdp: self.describe())
  }

  mutating func resume() -> Negotiator.Received? {
    guard !self.isBusy else { return nil }
    self.before = (self.port, self.isHolding)
    self.isHolding = false
    self.request = .offer
    return .reinvite(sdp: self.describe())
  }

  mutating func receive(_ order: Negotiator.Order, _ faults: inout [String]) -> [Negotiator.Received] {
    self.wantsRetry = false
    switch order {
    case .invite(_, let sdp), .reinvite(_, let sdp):
      if self.isBusy { return [.refused(Status(rawValue: 491), retryAfter: nil)] }
      if self.dice.below(40) == 0, self.lines > 0 { return [.refused(.notAcceptableHere, retryAfter: nil)] }
      self.waitsForAck = true
      self.ackBringsAnswer = sdp == nil
      guard let sdp else { return [.accepted(sdp: self.describe(), branch: 1)] }
      let direction = self.listen(sdp, isOffer: true, &faults)
      return [.accepted(sdp: self.describe(direction), branch: 1)]
    case .accept(_, let sdp, _):
      guard self.request != nil || self.isWaitingForCall else {
        faults.append("2xx to nothing at \(self.index)")
        return []
      }
      let wasOfferless = self.request == .offerless || (self.isWaitingForCall && !self.lastSentOffer)
      let isUpdate = self.request == .update
      self.request = nil
      self.isWaitingForCall = false
      guard let sdp else {
        faults.append("2xx without SDP at \(self.index)")
        return []
      }
      let direction = self.listen(sdp, isOffer: wasOfferless, &faults)
      if isUpdate { return [] }
      return [.ack(sdp: wasOfferless ? self.describe(direction) : nil)]
    case .refuse(_, let status, _):
      if self.request == nil { faults.append("\(status) to nothing at \(self.index)") }
      self.request = nil
      (self.port, self.isHolding) = self.before
      self.wantsRetry = status.rawValue == 491 || status.rawValue == 500
      return []
    case .ack(_, let sdp):
      if !self.waitsForAck { faults.append("ACK to nothing at \(self.index)") }
      self.waitsForAck = false
      if (sdp != nil) != self.ackBringsAnswer { faults.append("ACK with the wrong body at \(self.index)") }
      if let sdp { _ = self.listen(sdp, isOffer: false, &faults) }
      return []
    case .progress, .held, .resumed, .joined, .joinFailed, .path, .lost, .media, .played, .pressed, .inform, .recorded: return []
    }
  }

  /// Takes a description in: its version must rise or stay, its places must not go. Returns the answer's direction.
  private mutating func listen(_ bytes: [UInt8], isOffer: Bool, _ faults: inout [String]) -> String? {
    guard let sdp = try? SDP(parsing: bytes), let now = origin(bytes) else {
      faults.append("unreadable SDP at \(self.index)")
      return nil
    }
    if let heard = self.heard, heard.id != now.id || heard.version > now.version {
      faults.append("o= goes back at \(self.index)")
    }
    if sdp.media.count < self.lines { faults.append("a place went at \(self.index)") }
    self.heard = now
    self.lines = sdp.media.count
    let line = sdp.media[0]
    let flows = line.direction == .sendrecv || line.direction == .recvonly
    self.sendsTo = flows ? Int(line.port) : 0
    guard isOffer else { return nil }
    switch line.direction {
    case .sendrecv: return nil
    case .sendonly: return self.isHolding ? "inactive" : "recvonly"
    case .recvonly: return "sendonly"
    case .inactive: return "inactive"
    }
  }
}
