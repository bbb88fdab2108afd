public import Kernel
public import SIP
import Sessions

/// What a telephone has subscribed to, and what it has been told (RFC 6665 §4.1).
public struct PhoneSubscription: Sendable {
  public enum State: Sendable, Equatable { case asking, active, ended }

  public let event: String
  public let resource: String
  public let callID: [UInt8]
  public let localTag: [UInt8]
  public internal(set) var state = State.asking
  /// The last final answer to SUBSCRIBE, and how long it grants.
  public internal(set) var status: UInt16?
  public internal(set) var answer: SIPMessage?
  /// What came, repetitions and latecomers left out.
  public internal(set) var notifications: [SIPMessage] = []
  var remoteTag: [UInt8] = []
  var target: [UInt8]
  var cseq: UInt32 = 0
  var remoteCSeq: UInt32 = 0
  var hasAnsweredChallenge = false
  var expires: String?

  /// Subscription-State of the last NOTIFY.
  public var told: String {
    self.notifications.last.flatMap { message in message.header(.subscriptionState).map { message.string($0) } } ?? ""
  }

  /// The bodies that came, oldest first.
  public var bodies: [String] { self.notifications.map { message in message.string(message.body) } }
}

extension Phone {
  static let subscriptionOwner: UInt64 = 1 << 40

  /// Subscribes; the subscription's number is returned.
  /// - `expires`: the text of Expires; nil: none.
  @discardableResult
  public mutating func subscribe(
    _ event: String, to resource: String, expires: String? = "600", headers: String = "", at now: Instant
  ) -> Int {
    self.now = now
    self.subscriptions.append(
      PhoneSubscription(
        event: event, resource: resource, callID: self.token(), localTag: self.token(),
        target: Array("sip:\(resource)@\(self.exchange)".utf8)))
    let id = self.subscriptions.count - 1
    self.subscriptions[id].expires = expires
    self.sendSubscribe(id, headers: headers)
    return id
  }

  /// Goes on, or with `0` ends it.
  public mutating func resubscribe(_ id: Int, expires: String? = "600", headers: String = "", at now: Instant) {
    self.now = now
    guard self.subscriptions.indices.contains(id) else { return }
    self.subscriptions[id].expires = expires
    self.sendSubscribe(id, headers: headers)
  }

  private mutating func sendSubscribe(_ id: Int, headers: String = "", challenge: Challenge? = nil) {
    self.subscriptions[id].cseq += 1
    let found = self.subscriptions[id]
    let branch = self.token("z9hG4bK")
    self.writer.request(.subscribe, uri: found.target)
    self.writer.header(.via, Array("SIP/2.0/UDP \(self.contact);branch=".utf8) + branch + Array(";rport".utf8))
    self.writer.header(.maxForwards, 70)
    self.writer.header(.from, Array("<sip:\(self.number)@\(self.exchange.address)>;tag=".utf8) + found.localTag)
    let to = Array("<sip:\(found.resource)@\(self.exchange.address)>".utf8)
    self.writer.header(.to, found.remoteTag.isEmpty ? to : to + Array(";tag=".utf8) + found.remoteTag)
    self.writer.header(.callID, found.callID)
    self.writer.cseq(found.cseq, .subscribe)
    self.writer.header(.contact, Array("<sip:\(self.number)@\(self.contact)>".utf8))
    if !found.event.isEmpty { self.writer.header(.event, Array(found.event.utf8)) }
    if let expires = found.expires { self.writer.header(.expires, Array(expires.utf8)) }
    if let challenge {
      self.writer.header(.proxyAuthorization, self.credentials(challenge, method: "SUBSCRIBE", uri: found.target))
    }
    self.writer.finish()
    // Behind the first line: the writer itself lets nobody smuggle lines in.
    var bytes = self.writer.bytes
    if let end = bytes.firstIndex(of: 0x0a) { bytes.insert(contentsOf: Array(headers.utf8), at: end + 1) }
    _ = self.transactions.send(
      bytes, method: .subscribe, branch: Key128(branch, seed: self.seed), to: self.flow,
      owner: Self.subscriptionOwner + UInt64(id), at: self.now)
  }

  mutating func subscribeAnswered(_ message: SIPMessage, _ status: UInt16, _ id: Int) {
    guard status >= 200, self.subscriptions.indices.contains(id), message.cseq.number == self.subscriptions[id].cseq else {
      return
    }
    if status == 407, !self.subscriptions[id].hasAnsweredChallenge,
      let challenge = self.challenge(in: message, .proxyAuthenticate)
    {
      self.subscriptions[id].hasAnsweredChallenge = true
      return self.sendSubscribe(id, challenge: challenge)
    }
    self.subscriptions[id].status = status
    self.subscriptions[id].answer = message
    guard status < 300 else {
      // A refresh that is refused for another reason leaves the subscription as it was (RFC 6665 §4.1.2.2).
      if status == 481 || self.subscriptions[id].state == .asking { self.subscriptions[id].state = .ended }
      return
    }
    if let contact = message.contact { self.subscriptions[id].target = message.array(contact.uri.whole) }
    if let tag = message.to.tag, !tag.equals(self.subscriptions[id].remoteTag, in: message.bytes) {
      self.subscriptions[id].remoteTag = message.array(tag)
      self.subscriptions[id].remoteCSeq = 0
    }
    if self.subscriptions[id].state == .asking { self.subscriptions[id].state = .active }
  }

  mutating func subscribeTimedOut(_ id: Int) {
    guard self.subscriptions.indices.contains(id) else { return }
    self.subscriptions[id].status = 408
  }

  /// A NOTIFY within a subscription's dialog; it may overtake the 200 (RFC 6665 §4.4.1).
  /// - Returns: false when it belongs to none.
  mutating func notified(_ message: SIPMessage, _ transaction: ServerTransactionID) -> Bool {
    guard message.method == .notify, let tag = message.to.tag else { return false }
    let (callID, own) = (message.array(message.callID), message.array(tag))
    guard let id = self.subscriptions.firstIndex(where: { $0.callID == callID && $0.localTag == own }) else { return false }
    let found = self.subscriptions[id]
    // From another subscription that our SUBSCRIBE has made, before a crash: not ours (RFC 6665 §4.4.1).
    let isForeign = !found.remoteTag.isEmpty && found.remoteTag != message.from.tag.map({ message.array($0) }) ?? []
    guard !isForeign else {
      self.answer(message, transaction, 481, nil)
      return true
    }
    guard found.state != .ended, self.notifyStatus < 300 else {
      self.answer(message, transaction, found.state == .ended ? 481 : self.notifyStatus, nil)
      return true
    }
    guard message.cseq.number > found.remoteCSeq else {
      self.answer(message, transaction, 500, nil)
      return true
    }
    if message.header(.event) == nil || message.contact == nil || message.header(.subscriptionState) == nil {
      self.complaints.append("NOTIFY without Event, Contact or Subscription-State")
    }
    self.subscriptions[id].remoteCSeq = message.cseq.number
    self.subscriptions[id].notifications.append(message)
    if let remote = message.from.tag { self.subscriptions[id].remoteTag = message.array(remote) }
    self.subscriptions[id].state = self.subscriptions[id].told.hasPrefix("terminated") ? .ended : .active
    self.answer(message, transaction, self.notifyStatus, nil)
    return true
  }
}
