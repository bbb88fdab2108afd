internal import CStrowger
internal import Kernel
internal import ModuleBridge
internal import Sessions

/// Session events by their numbers in the header.
enum SessionEventKind: UInt32, CaseIterable {
  case incoming = 1
  case outgoing, close, goal, answer, provisional, accepted, refused, reinvite, update, ack, reinviteCancelled
  case opened, notOpened, finished
}

/// What happens to a session that is open.
enum SessionEvent {
  case close(LegID)
  case goal(LegID, Goal)
  case alert(LegID, peer: LegID)
  case answer(LegID)
  case received(LegID, Negotiator.Received)
  case heard(MediaEvent)

  /// Nil for what concerns a channel.
  var leg: LegID? {
    switch self {
    case .close(let leg), .goal(let leg, _), .alert(let leg, _), .answer(let leg), .received(let leg, _): leg
    case .heard: nil
    }
  }
}

extension HostedExchange {
  /// - Returns: false when the leg has no session, and nothing happened.
  mutating func negotiate(_ told: strowger_session_event, at now: Instant) throws(Refusal) -> Bool {
    try self.descriptions.makeRoom()
    guard let kind = SessionEventKind(rawValue: told.kind) else { throw .kind }
    let leg = LegID(number: told.leg)
    switch kind {
    case .incoming:
      let role = Negotiator.Role.incoming(offer: try told.description)
      try self.open(leg, role, told)
      return true
    case .outgoing:
      try self.open(leg, .outgoing, told)
      // The directive that says what it shall hear came before the one that makes it ring.
      let peer = LegID(number: told.other)
      let goal = peer.isNone ? self.kernel.world.leg(leg)?.goal ?? .nothing : .with(peer)
      self.descriptions.carryOut(.goal(leg, goal), at: now)
      self.descriptions.carryOut(.alert(leg, peer: peer), at: now)
      return true
    case .close, .goal, .answer, .provisional, .accepted, .refused, .reinvite, .update, .ack, .reinviteCancelled, .opened,
      .notOpened, .finished:
      let event = try told.event(kind, leg)
      if let leg = event.leg, !self.descriptions.isOpen(leg) { return false }
      self.descriptions.carryOut(event, at: now)
      return true
    }
  }

  private mutating func open(_ leg: LegID, _ role: Negotiator.Role, _ told: strowger_session_event) throws(Refusal) {
    guard self.kernel.world.leg(leg) != nil, !self.descriptions.isOpen(leg) else { throw .leg }
    guard let address = IPAddress(try String(needed: told.address)) else { throw .text }
    try self.descriptions.open(leg, role, at: address, earlyMedia: try Bool(given: told.early_media))
  }
}

extension strowger_session_event {
  fileprivate var description: [UInt8]? {
    get throws(Refusal) {
      guard let sdp = self.sdp else { return nil }
      guard self.sdp_length >= 0, self.sdp_length <= Int(STROWGER_SESSION_LARGEST) else { throw .range }
      return Array(UnsafeRawBufferPointer(start: sdp, count: self.sdp_length))
    }
  }

  fileprivate func event(_ kind: SessionEventKind, _ leg: LegID) throws(Refusal) -> SessionEvent {
    switch kind {
    case .incoming, .outgoing: throw .kind
    case .close: return .close(leg)
    case .goal: return .goal(leg, try Goal(self.goal))
    case .answer: return .answer(leg)
    case .provisional:
      let status = try self.status(in: 101...199)
      return .received(leg, .provisional(status, sdp: try self.description, branch: self.branch, reliable: false))
    case .accepted: return .received(leg, .accepted(sdp: try self.description, branch: self.branch))
    case .refused:
      guard self.retry_after >= 0, self.retry_after <= Instant.latest else { throw .range }
      let retryAfter = self.retry_after == 0 ? nil : Interval(nanoseconds: self.retry_after)
      return .received(leg, .refused(try self.status(in: 300...699), retryAfter: retryAfter))
    case .reinvite: return .received(leg, .reinvite(sdp: try self.description))
    case .update: return .received(leg, .update(sdp: try self.description))
    case .ack: return .received(leg, .ack(sdp: try self.description))
    case .reinviteCancelled: return .received(leg, .cancelledReinvite)
    case .opened:
      guard (1...65534).contains(self.port) else { throw .range }
      let text = try String(given: self.address)
      let address = text.flatMap { IPAddress($0) }
      guard (text == nil) == (address == nil) else { throw .text }
      // A plain port needs no key.
      let place = MediaPlace(port: UInt16(truncatingIfNeeded: self.port), address: address, key: [])
      return .heard(.opened(ChannelID(self.channel), place))
    case .notOpened: return .heard(.failed(ChannelID(self.channel), .noPort))
    case .finished: return .heard(.finished(ChannelID(self.channel), try self.finishedFeed))
    }
  }

  private var finishedFeed: MediaFeed {
    get throws(Refusal) {
      switch try Goal(self.goal) {
      case .announcement(let sound): .sound(sound)
      case .playback(let number): .playback(number)
      case .nothing, .with, .music, .tone, .room, .recording: throw .kind
      }
    }
  }

  private func status(in range: ClosedRange<UInt32>) throws(Refusal) -> Status {
    guard range.contains(self.status) else { throw .range }
    return Status(rawValue: UInt16(truncatingIfNeeded: self.status))
  }
}
