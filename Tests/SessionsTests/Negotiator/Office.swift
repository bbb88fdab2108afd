import Kernel
import Sessions
import Testing

/// Phones, a network, a dialog layer and a small kernel around one negotiator; what must never happen is a fault.
struct Office {
  var negotiator: Negotiator
  var dice: Dice
  var now = Instant.zero
  var phones: [Telephone] = []
  var faults: [String] = []
  var ladder: [String] = []
  private var orders: [Negotiator.Order] = []
  private var mail: [(at: Instant, number: Int, letter: Letter)] = []
  private var letters = 0
  /// What the kernel wants, by leg.
  private var goals: [Goal?] = []
  private var failed = [false, false, false]
  private var moves = 60
  /// nil: there is no media server.
  private(set) var server: Switchroom?
  private var traits: [LegTraits] = []

  enum Letter {
    case toPhone(Int, Negotiator.Order)
    case toExchange(Int, Negotiator.Received)
    case wish(Int)
    case gone(Int)
    case report(MediaEvent)
  }

  /// - Parameter channels: of the media server; 0 for none.
  init(seed: UInt64, channels: Int = 0) {
    self.negotiator = Negotiator(seed: seed, media: MediaFacts(channels: channels))
    self.dice = Dice(seed: seed + 1)
    self.server = channels > 0 ? Switchroom() : nil
  }

  mutating func run() throws {
    try self.setUp()
    var steps = 0
    while !self.mail.isEmpty || self.negotiator.nextDeadline != .never {
      steps += 1
      if steps > 20_000 { return self.faults.append("never comes to rest") }
      let next = self.mail.indices.min { (self.mail[$0].at, self.mail[$0].number) < (self.mail[$1].at, self.mail[$1].number) }
      if let next, self.mail[next].at <= self.negotiator.nextDeadline {
        let letter = self.mail.remove(at: next)
        self.now = max(self.now, letter.at)
        self.deliver(letter.letter)
      } else {
        self.now = max(self.now, self.negotiator.nextDeadline)
        self.negotiator.fire(at: self.now, into: &self.orders)
      }
      self.carryOut()
      if !self.faults.isEmpty { return }
    }
    self.inspect()
  }

  private func leg(_ index: Int) -> LegID { Bench.leg(UInt32(index)) }

  private mutating func setUp() throws {
    let isOfferless = self.dice.below(4) == 0
    for index in 0..<3 { self.phones.append(Telephone(index: index, dice: Dice(seed: UInt64(self.dice.below(1 << 30))))) }
    for _ in 0..<3 {
      var traits = LegTraits(localAddress: Bench.home)
      if self.server != nil {
        traits.isPrivate = self.dice.below(3) > 0
        if self.dice.below(8) == 0 { traits.hiddenBehind = IPAddress(198, 51, 100, 5) }
        traits.keysByInfo = self.dice.below(8) == 0
      }
      self.traits.append(traits)
    }
    self.goals = [nil, .with(self.leg(0)), nil]
    try self.negotiator.open(
      self.leg(0), role: .incoming(offer: isOfferless ? nil : self.phones[0].describe()),
      traits: self.traits[0])
    try self.negotiator.open(self.leg(1), role: .outgoing, traits: self.traits[1])
    self.phones[0].isWaitingForCall = true
    self.phones[0].lastSentOffer = !isOfferless
    self.negotiator.goal(self.leg(1), .with(self.leg(0)), at: self.now, into: &self.orders)
    self.negotiator.alert(self.leg(1), peer: self.leg(0), at: self.now, into: &self.orders)
    self.carryOut()
    for _ in 0..<6 + self.dice.below(30) { self.post(.wish(self.dice.below(4)), within: 20_000) }
  }

  private mutating func post(_ letter: Letter, within milliseconds: Int) {
    self.letters += 1
    self.mail.append((self.now + .milliseconds(Int64(self.dice.below(milliseconds))), self.letters, letter))
  }

  private mutating func deliver(_ letter: Letter) {
    switch letter {
    case .toPhone(let index, let order):
      guard self.phones[index].isUp else { return }
      if self.phones[index].isDead { return }
      if self.dice.below(400) == 0 {
        // It loses its power; the dialog layer notices after 64·T1 at the latest.
        self.phones[index].isDead = true
        self.letters += 1
        self.mail.append((self.now + .seconds(33), self.letters, .gone(index)))
        return
      }
      for reply in self.phones[index].receive(order, &self.faults) {
        if case .refused(.notAcceptableHere, _) = reply { self.failed[index] = true }
        self.post(.toExchange(index, reply), within: 300)
      }
      if self.phones[index].wantsRetry { self.post(.wish(index), within: 3_000) }
    case .toExchange(let index, let event):
      guard self.phones[index].isUp else { return }
      if case .cancelledReinvite = event, !self.phones[index].serverPending { return }
      self.arrived(index, event)
      self.ladder.append("\(self.now.nanoseconds / 1_000_000) from \(index): \(told(event))")
      self.negotiator.received(self.leg(index), event, at: self.now, into: &self.orders)
      if case .accepted = event, index == 1, self.goals[0] == nil {
        self.want(0, .with(self.leg(1)))
        self.negotiator.answer(self.leg(0), at: self.now, into: &self.orders)
      }
    case .wish(let who): self.wish(who)
    case .report(let event): self.negotiator.heard(event, at: self.now, into: &self.orders)
    case .gone(let index): if self.phones[index].isUp { self.hangUp(index) }
    }
  }

  /// The dialog layer's view of what goes in: which transactions are open.
  private mutating func arrived(_ index: Int, _ event: Negotiator.Received) {
    switch event {
    case .reinvite, .update: self.phones[index].serverPending = true
    case .accepted:
      self.phones[index].clientPending = false
      self.phones[index].owesAck = true
    case .refused: self.phones[index].clientPending = false
    case .provisional, .ack, .cancelledReinvite: break
    }
  }

  private mutating func want(_ index: Int, _ goal: Goal) {
    self.goals[index] = goal
    self.failed[index] = false
    self.ladder.append("\(self.now.nanoseconds / 1_000_000) goal \(index) \(goal)")
    self.negotiator.goal(self.leg(index), goal, at: self.now, into: &self.orders)
  }

  /// Somebody does something: phones 0–2, or 3 for the kernel.
  private mutating func wish(_ who: Int) {
    self.moves -= 1
    guard self.moves > 0 else { return self.calmDown(who) }
    if who < 3 {
      guard self.phones[who].isUp, !self.phones[who].isDead, let event = self.phones[who].act() else { return }
      self.post(.toExchange(who, event), within: 300)
      if case .reinvite = event, self.dice.below(8) == 0 { self.post(.toExchange(who, .cancelledReinvite), within: 300) }
      return
    }
    switch self.dice.below(self.server == nil ? 5 : 7) {
    case 5 where self.goals[0] != nil && !self.phones[2].isWaitingForCall:
      self.want(self.dice.below(2), self.dice.below(2) == 0 ? .room(1) : .tone(.busy))
    case 4: _ = self.negotiator.refresh(self.leg(self.dice.below(3)), at: self.now, into: &self.orders)
    case 0 where self.goals[2] == nil && self.goals[0] != nil:
      // Phone 2 fetches phone 1; phone 0 is released, or left to music.
      self.phones[2].isWaitingForCall = true
      self.phones[2].lastSentOffer = true
      try? self.negotiator.open(
        self.leg(2), role: .incoming(offer: self.phones[2].describe()),
        traits: self.traits[2])
      if self.dice.below(2) == 0 { self.hangUp(0) } else { self.want(0, .music) }
      self.want(2, .with(self.leg(1)))
      self.negotiator.answer(self.leg(2), at: self.now, into: &self.orders)
      self.want(1, .with(self.leg(2)))
    case 1 where self.goals[0] != nil && !self.phones[2].isWaitingForCall: self.want(self.dice.below(2), .music)
    case 2 where self.goals[2] != nil && self.phones[0].isUp && !self.phones[2].isWaitingForCall:
      self.want(2, .music)
      self.want(0, .with(self.leg(1)))
      self.want(1, .with(self.leg(0)))
    default: if self.goals[0] != nil, !self.phones[2].isWaitingForCall { self.reconnect() }
    }
  }

  /// Whoever still waits at the end resumes, so that rest means conversation.
  private mutating func calmDown(_ who: Int) {
    guard who < 3, self.phones[who].isUp, !self.phones[who].isDead, self.phones[who].isHolding else { return }
    if let event = self.phones[who].resume() {
      self.post(.toExchange(who, event), within: 300)
    } else {
      self.post(.wish(who), within: 2_000)
    }
  }

  private mutating func reconnect() {
    for (a, b) in [(0, 1), (1, 2)] where self.goals[b] != nil && self.phones[a].isUp && self.phones[b].isUp {
      guard self.goals[a] != nil else { continue }
      self.want(a, .with(self.leg(b)))
      return self.want(b, .with(self.leg(a)))
    }
  }

  private mutating func hangUp(_ index: Int) {
    self.phones[index].isUp = false
    self.ladder.append("\(self.now.nanoseconds / 1_000_000) hang up \(index)")
    self.negotiator.close(self.leg(index), at: self.now, into: &self.orders)
    // A callee that never answered: the caller gets its final answer from the kernel.
    if index == 1, self.goals[0] == nil { self.hangUp(0) }
  }

  private mutating func carryOut() {
    while !self.orders.isEmpty {
      let batch = self.orders
      self.orders.removeAll()
      for order in batch {
        self.ladder.append("\(self.now.nanoseconds / 1_000_000) \(words(order))")
        self.carryOut(order)
      }
    }
  }

  private mutating func carryOut(_ order: Negotiator.Order) {
    switch order {
    case .invite(let leg, _), .reinvite(let leg, _):
      if self.phones[Int(leg.index)].clientPending { self.faults.append("second request to \(leg.index)") }
      if self.phones[Int(leg.index)].serverPending { self.faults.append("request to \(leg.index) while its own waits") }
      self.phones[Int(leg.index)].clientPending = true
      self.post(.toPhone(Int(leg.index), order), within: 300)
    case .accept(let leg, _, _), .refuse(let leg, _, _):
      let index = Int(leg.index)
      if !self.phones[index].serverPending, !self.phones[index].isWaitingForCall {
        self.faults.append("answer to no request of \(index)")
      }
      self.phones[index].serverPending = false
      self.post(.toPhone(index, order), within: 300)
    case .ack(let leg, _):
      if !self.phones[Int(leg.index)].owesAck { self.faults.append("ACK to nothing of \(leg.index)") }
      self.phones[Int(leg.index)].owesAck = false
      self.post(.toPhone(Int(leg.index), order), within: 300)
    case .held(let leg):
      // The Hold module: music for the other party, or nothing where the phone sends its own tone.
      if let peer = self.partner(Int(leg.index)), self.dice.below(3) > 0 { self.want(peer, .music) }
    case .resumed(let leg):
      if case .with(let peer)? = self.goals[Int(leg.index)], self.phones[Int(peer.index)].isUp,
        self.goals[Int(peer.index)] == .music
      {
        self.want(Int(peer.index), .with(leg))
      }
    case .lost(let leg):
      if !self.phones[Int(leg.index)].isDead { self.faults.append("lost \(leg.index)") }
      self.hangUp(Int(leg.index))
    case .joinFailed(let leg, _):
      self.failed[Int(leg.index)] = true
      // A callee that cannot be called: the caller gets its final answer.
      if leg.index == 1, self.goals[0] == nil { return self.hangUp(1) }
      guard leg.index == 2, self.phones[2].isWaitingForCall else { return }
      // The place goes back to what it was, the fetching phone gets 480.
      self.hangUp(2)
      self.want(1, .music)
    case .joined(let leg): self.failed[Int(leg.index)] = false
    case .media(let command):
      guard let report = self.server?.carryOut(command, fails: self.dice.below(40) == 0) else { return }
      self.post(.report(report), within: 200)
    case .progress, .path, .played, .pressed, .inform, .recorded: break
    }
  }

  private func partner(_ index: Int) -> Int? {
    for other in self.goals.indices where other != index && self.goals[other] == .with(self.leg(index)) { return other }
    return nil
  }

  func hasFailed(_ index: Int) -> Bool { self.failed[index] }
  func goal(of index: Int) -> Goal? { self.goals[index] }

  /// At rest nothing is owed, and who shall talk knows where the other listens.
  private mutating func inspect() {
    self.inspectServer()
    for phone in self.phones
    where phone.isUp && !phone.isDead
      && (phone.serverPending || phone.clientPending
        || phone.owesAck || phone.isBusy)
    {
      self.faults.append("phone \(phone.index) still waits")
    }
    for a in 0..<3 {
      guard self.phones[a].isUp, case .with(let leg)? = self.goals[a], self.goals[Int(leg.index)] == .with(self.leg(a))
      else { continue }
      let b = Int(leg.index)
      if self.hearsThroughServer(a, b) { continue }
      guard self.phones[b].isUp, !self.failed[a], !self.failed[b], !self.phones[a].isHolding, !self.phones[b].isHolding
      else { continue }
      if self.phones[a].sendsTo != self.phones[b].port {
        self.faults.append("\(a) sends to \(self.phones[a].sendsTo), \(b) listens on \(self.phones[b].port)")
      }
    }
  }
}

// Who hears whom through the media server, once all is quiet.
extension Office {
  /// Nothing is open for telephones that are gone, and who hears the server itself hears what it shall.
  mutating func inspectServer() {
    guard let server = self.server else { return }
    self.faults += server.faults
    if server.channels.count != self.negotiator.openLines {
      self.faults.append("\(server.channels.count) channels are open, the negotiator counts \(self.negotiator.openLines)")
    }
    if !self.phones.contains(where: { $0.isUp }), !server.channels.isEmpty { self.faults.append("channels stay open for nobody") }
    for (index, phone) in self.phones.enumerated() where phone.isUp && !phone.isDead && !phone.isHolding && !self.hasFailed(index)
    {
      guard let goal = self.goal(of: index), let expected = Self.feed(goal), phone.sendsTo != 0 else { continue }
      guard let (_, channel) = server.channel(at: phone.sendsTo) else {
        self.faults.append("\(index) shall hear \(goal) and sends to \(phone.sendsTo), which is no channel")
        continue
      }
      if channel.feed != expected { self.faults.append("\(index) shall hear \(goal) and is fed \(channel.feed)") }
      if channel.aim.address?.port != UInt16(phone.port) {
        self.faults.append(
          "\(index) listens on \(phone.port), its channel sends to \(channel.aim.address.map { "\($0)" } ?? "-")")
      }
    }
  }

  private static func feed(_ goal: Goal) -> MediaFeed? {
    switch goal {
    case .music: .music
    case .tone(let tone): .tone(tone)
    case .room(let number): .room(number)
    default: nil
    }
  }

  func hearsThroughServer(_ a: Int, _ b: Int) -> Bool {
    guard let server = self.server else { return false }
    return server.carries(from: self.phones[a].sendsTo, to: self.phones[b].port)
  }
}

private func told(_ event: Negotiator.Received) -> String {
  switch event {
  case .provisional(let status, _, _, _): "\(status)"
  case .accepted(let sdp, _): "200 \(about(sdp))"
  case .refused(let status, _): "\(status)"
  case .reinvite(let sdp): "INVITE \(about(sdp))"
  case .update(let sdp): "UPDATE \(about(sdp))"
  case .ack(let sdp): "ACK \(about(sdp))"
  case .cancelledReinvite: "CANCEL"
  }
}
