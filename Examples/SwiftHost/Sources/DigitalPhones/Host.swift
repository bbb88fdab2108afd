public import Kernel
public import SIP
public import Sessions

/// The PBX that embeds the exchange: its digital phones, the exchange with SIP telephones beside them, what must survive a restart, and a ladder of all
/// that happened. It has no clock and no sockets: whoever drives it says what time it is, delivers ``sends`` and calls ``fire(at:)`` at
/// ``nextDeadline``. So the same program runs live and from a script.
public struct Host {
  public private(set) var exchange: Exchange
  public private(set) var desks: [Desk] = []
  public private(set) var ladder = Ladder()
  /// SIP messages to be sent, oldest first; taken with ``takeSends()``.
  public private(set) var sends: [Send] = []
  /// For the media server, oldest first; taken with ``takeMedia()``.
  private var media: [MediaCommand] = []
  /// What a store would hold: all that is needed to begin again (``restart(at:)``).
  public private(set) var kept = Kept()
  private var card: any VoiceCard
  private let office: Office
  private var restarts: UInt64 = 0

  /// How long a user may think between two keys.
  public static let keyPause = Interval.seconds(3)

  /// - Parameter card: where the voice of the digital phones is.
  public init(_ office: Office, card: any VoiceCard, at now: Instant) {
    self.office = office
    self.card = card
    self.exchange = office.exchange(restarts: 0, at: now)
    self.ladder.start = now
    self.attach(at: now)
    self.drain(now)
  }

  private mutating func attach(at now: Instant) {
    self.desks.removeAll()
    for number in self.office.digitalPhones {
      guard let station = StationNumber(number) else { continue }
      self.desks.append(Desk(number: number, device: self.exchange.attach(station, at: now)))
    }
  }

  // MARK: Doors

  /// A user does something at his digital phone.
  /// - Returns: false where that does nothing in the state in which the phone is.
  @discardableResult
  public mutating func user(_ event: DigitalPhone.Event, at number: String, _ now: Instant) -> Bool {
    guard let desk = self.desks.firstIndex(where: { $0.number == number }) else { return false }
    self.ladder.user(number, event.words, at: now)
    let isTaken = self.step(desk, event, now)
    if !isTaken { self.ladder.note(number, "nothing happens", at: now) }
    self.drain(now)
    return isTaken
  }

  /// A datagram has come in.
  public mutating func receive(_ bytes: [UInt8], from flow: Flow, at now: Instant) {
    self.ladder.sip(bytes, isToExchange: true, flow.remote, at: now)
    self.exchange.receive(bytes, from: flow, at: now)
    self.drain(now)
  }

  /// The media server reports.
  public mutating func heard(_ event: MediaEvent, at now: Instant) {
    self.exchange.heard([event], at: now)
    self.drain(now)
  }

  public mutating func fire(at now: Instant) {
    if let deadline = self.exchange.nextDeadline, deadline <= now { self.exchange.fire(at: now) }
    for desk in self.desks.indices where self.desks[desk].pause <= now {
      self.desks[desk].pause = .never
      self.step(desk, .pause, now)
    }
    self.drain(now)
  }

  /// When ``fire(at:)`` is wanted; nil while nothing waits.
  public var nextDeadline: Instant? {
    let earliest = self.desks.reduce(self.exchange.nextDeadline ?? .never) { min($0, $1.pause) }
    return earliest == .never ? nil : earliest
  }

  public mutating func takeSends() -> [Send] {
    defer { self.sends.removeAll() }
    return self.sends
  }

  public mutating func takeMedia() -> [MediaCommand] {
    defer { self.media.removeAll() }
    return self.media
  }

  /// The process dies and begins again with nothing but what was kept: calls of SIP telephones, parked ones too, go on; the digital phones, whose
  /// handsets the host knows nothing of, begin anew.
  public mutating func restart(at now: Instant) {
    self.restarts += 1
    for desk in self.desks { for entry in desk.voices { self.card.close(entry.voice) } }
    self.exchange = self.office.exchange(restarts: self.restarts, at: now)
    let rejected = self.kept.restore(&self.exchange, at: now)
    self.ladder.note("", "restart, \(rejected) facts could not be read", at: now)
    self.attach(at: now)
    self.drain(now)
  }

  // MARK: What comes of it

  /// Carries out what the exchange orders until it is quiet: facts first, then what they allow.
  private mutating func drain(_ now: Instant) {
    while true {
      let outbox = self.exchange.outbox
      self.exchange.clearOutbox()
      for send in outbox.sends {
        self.ladder.sip(send.bytes, isToExchange: false, send.flow.remote, at: now)
        self.sends.append(send)
      }
      for notice in outbox.notices {
        if case .registered(let station, let address, _, _) = notice { self.ladder.names[address] = station.description }
        self.ladder.notice("\(notice)", at: now)
      }
      self.media.append(contentsOf: outbox.media)
      for order in outbox.hosted { self.carryOut(order, now) }
      for fact in outbox.facts { self.kept.take(fact) }
      // A store of this host's own would answer when its transaction is through; this one is memory.
      if outbox.token != 0 { self.exchange.committed(outbox.token, succeeded: true, at: now) }
      let rest = self.exchange.outbox
      let isQuiet = rest.sends.isEmpty && rest.notices.isEmpty && rest.hosted.isEmpty && rest.facts.isEmpty && rest.media.isEmpty
      if isQuiet, rest.token == 0 { return }
    }
  }

  private mutating func carryOut(_ order: HostedOrder, _ now: Instant) {
    if case .ring(let leg, let call) = order, let desk = self.desks.firstIndex(where: { $0.device == call.device }) {
      return self.ring(desk, leg, call, now)
    }
    guard let desk = self.desks.firstIndex(where: { $0.voice(of: order.leg) != nil }) else { return }
    self.ladder.order(self.desks[desk].number, order, at: now)
    switch order {
    case .ring: break
    case .progress(let leg, let progress): if progress == .ringing { self.step(desk, .isRinging(leg), now) }
    case .answered(let leg): self.step(desk, .answered(leg), now)
    case .finished(let leg, let outcome):
      self.step(desk, .finished(leg, outcome), now)
      self.close(desk, leg)
    case .released(let leg, let cause):
      self.step(desk, .released(leg, cause), now)
      self.close(desk, leg)
    case .voice(let leg, let target): if let voice = self.desks[desk].voice(of: leg) { self.card.aim(voice, at: target) }
    case .hears(let leg, let goal):
      self.step(desk, .hears(leg, DigitalPhone.Hearing(goal), number: self.number(in: goal)), now)
    case .present(let leg, let number): self.step(desk, .shows(leg, number.description), now)
    case .unchanged(let leg, let isHolding, _): self.step(desk, .unchanged(leg, isHolding: isHolding), now)
    // These phones ask for no transfer but by hanging up, and their voice card hears keys in RTP (RFC 4733).
    case .transfer, .key: break
    }
  }

  /// Another may have taken the party's place.
  private func number(in goal: Goal) -> String? {
    guard case .with(let leg) = goal else { return nil }
    let number = self.exchange.kernelSnapshot().world.leg(leg)?.party.number
    return number.flatMap { $0.isEmpty ? nil : $0.description }
  }

  private mutating func ring(_ desk: Int, _ leg: LegID, _ call: HostedCall, _ now: Instant) {
    guard let voice = self.card.open() else {
      self.exchange.report(.refused(.serviceUnavailable), of: leg, at: now)
      return
    }
    self.desks[desk].voices.append((leg, voice))
    self.ladder.order(self.desks[desk].number, .ring(leg, call), at: now)
    let caller = call.calling.isEmpty ? "WITHHELD" : call.calling.description
    self.step(desk, .rings(DigitalPhone.Party(leg, caller), note: Self.note(on: call)), now)
  }

  private static func note(on call: HostedCall) -> String {
    if call.purpose == .recall { return "RECALL" }
    if let first = call.diversions.first { return "FOR \(first.from)" }
    if !call.transferredBy.isEmpty { return "FROM \(call.transferredBy)" }
    return call.name
  }

  @discardableResult
  private mutating func step(_ desk: Int, _ event: DigitalPhone.Event, _ now: Instant) -> Bool {
    let before = self.desks[desk].phone.display(number: self.desks[desk].number)
    guard let actions = self.desks[desk].phone.handle(event) else { return false }
    self.desks[desk].pause = .never
    let after = self.desks[desk].phone.display(number: self.desks[desk].number)
    if before != after { self.ladder.display(self.desks[desk].number, after, self.desks[desk].phone.lamp, at: now) }
    for action in actions { self.carryOut(action, desk, now) }
    return true
  }

  private mutating func carryOut(_ action: DigitalPhone.Action, _ desk: Int, _ now: Instant) {
    switch action {
    case .dial(let number): self.dial(number, desk, now)
    case .answer(let leg):
      guard let voice = self.desks[desk].voice(of: leg) else { return }
      self.exchange.report(.answered(voice), of: leg, at: now)
    case .report(let event, let leg):
      self.exchange.report(event, of: leg, at: now)
      switch event {
      case .hungUp, .refused, .redirected: self.close(desk, leg)
      case .alerting, .answered, .held, .resumed, .transfer, .pressed: break
      }
    case .startPause: self.desks[desk].pause = now + Self.keyPause
    }
  }

  private mutating func dial(_ number: String, _ desk: Int, _ now: Instant) {
    guard let digits = Digits(number), !digits.isEmpty, let voice = self.card.open() else {
      self.step(desk, .notDialled("no such digits"), now)
      return
    }
    do throws(HostedRefusal) {
      let leg = try self.exchange.dial(digits, from: self.desks[desk].device, voice: voice, at: now)
      self.desks[desk].voices.append((leg, voice))
      self.step(desk, .dialled(leg), now)
    } catch {
      self.card.close(voice)
      self.step(desk, .notDialled("\(error)"), now)
    }
  }

  private mutating func close(_ desk: Int, _ leg: LegID) {
    if let voice = self.desks[desk].voice(of: leg) { self.card.close(voice) }
    self.desks[desk].voices.removeAll { $0.leg == leg }
  }

  // MARK: Reading

  /// What a digital phone shows now, with what its features say while it rests.
  public func display(_ number: String) -> [String] {
    guard let desk = self.desks.first(where: { $0.number == number }) else { return [] }
    return desk.phone.display(number: number, note: self.features(of: number))
  }

  private func features(of number: String) -> String {
    guard let station = StationNumber(number) else { return "" }
    let kernel = self.exchange.kernelSnapshot()
    return kernel.modules.indices.compactMap { module -> String? in
      guard let field = kernel.modules[module].descriptor.status, let summary = kernel.summary(of: module, .station(station))
      else { return nil }
      switch field {
      case .flag(let name): return name
      case .text(let name): return "\(name) \(summary)"
      }
    }.joined(separator: ", ")
  }

  /// For the ladder of whoever adds to it.
  public mutating func note(_ who: String, _ text: String, at now: Instant) { self.ladder.note(who, text, at: now) }

  /// The lines since the last time.
  public mutating func takeLines() -> [String] { self.ladder.take() }

  public mutating func name(_ address: SocketAddress, _ number: String) { self.ladder.names[address] = number }
}
