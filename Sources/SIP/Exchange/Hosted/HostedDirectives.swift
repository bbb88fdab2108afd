import Kernel
import Sessions

/// Carries out what kernel and negotiator order for legs of hosted stations.
extension Exchange {
  /// - Returns: false where the leg is none of the host's.
  mutating func carryOutHosted(_ directive: Directive) -> Bool {
    switch directive {
    case .alert(let leg, let alert):
      guard case .station(let station, let device) = alert.party, device.isHosted else {
        return false
      }
      self.ring(leg, alert, station, device)
    case .progress(let leg, let progress):
      guard self.hosted[leg] != nil else { return false }
      self.order(.progress(leg, progress))
      if progress == .ringing, let call = self.kernel.world.leg(leg)?.call {
        self.noteRinging(call)
      }
    case .finish(let leg, let status, let note):
      guard self.hosted[leg] != nil else { return false }
      self.finish(leg, status, note)
    case .release(let leg, let cause):
      guard self.hosted[leg] != nil else { return false }
      self.endHosted(leg)
      self.commits.held.append(.hosted(.released(leg, cause)))
    case .media(let leg, let goal):
      guard self.hosted[leg] != nil else { return false }
      self.order(.hears(leg, goal))
      self.negotiator.goal(leg, goal, at: self.now, into: &self.sessions)
    case .present(let leg, let number):
      guard self.hosted[leg] != nil else { return false }
      if !number.isEmpty { self.order(.present(leg, number)) }
    case .transfer(let leg, let report):
      guard self.hosted[leg] != nil else { return false }
      self.order(.transfer(leg, report))
    case .answer, .verify, .recording, .record, .note, .fault: return false
    }
    return true
  }

  /// - Returns: false where the leg is none of the host's.
  mutating func carryOutHosted(_ order: Negotiator.Order) -> Bool {
    switch order {
    case .invite(let leg, let sdp):
      guard let found = self.hosted[leg] else { return false }
      self.offer(sdp, found)
    case .reinvite(let leg, let sdp):
      guard let found = self.hosted[leg] else { return false }
      self.reoffer(sdp, found)
    case .accept(let leg, let sdp, _):
      guard let found = self.hosted[leg] else { return false }
      self.accepted(sdp, found)
    case .progress(let leg, _, let sdp, _):
      guard let found = self.hosted[leg] else { return false }
      if let sdp, case .dialling(let voice) = found.state {
        self.order(.voice(leg, voice.target(sdp)))
      }
    case .refuse(let leg, let status, _):
      guard let found = self.hosted[leg] else { return false }
      self.refused(status, found)
    case .ack(let leg, let sdp):
      guard let found = self.hosted[leg] else { return false }
      if let sdp, case .talking(let voice, _) = found.state {
        self.order(.voice(leg, voice.target(sdp)))
      }
    case .inform(let leg, let key, let duration):
      guard self.hosted[leg] != nil else { return false }
      self.order(.key(leg, key, duration))
    case .lost(let leg):
      guard self.hosted[leg] != nil else { return false }
      self.endHosted(leg)
      self.commits.held.append(.hosted(.released(leg, .lost)))
      self.tell(.released(leg, .lost))
    case .held, .resumed, .joined, .joinFailed, .path, .media, .played, .pressed, .recorded:
      return false
    }
    return true
  }

  mutating func order(_ order: HostedOrder) { self.outbox.hosted.append(order) }

  // MARK: The station is called

  private mutating func ring(
    _ leg: LegID, _ alert: Alert, _ station: StationNumber, _ device: DeviceID
  ) {
    guard self.hosted.station(of: device) == station else {
      return self.tell(.failed(leg, .temporarilyUnavailable))
    }
    do throws(SDPError) {
      try self.negotiator.open(leg, role: .outgoing, traits: self.hostedTraits)
    } catch {
      return self.tell(.failed(leg, .notAcceptableHere))
    }
    self.hosted.add(
      HostedLeg(
        leg: leg, station: station, device: device,
        call: self.callNumber(calling: leg, for: alert),
        state: .preparing(alert)))
    self.negotiator.goal(leg, self.goal(of: leg, alert), at: self.now, into: &self.sessions)
    self.negotiator.alert(leg, peer: alert.peer, at: self.now, into: &self.sessions)
  }

  /// What the station's answer will answer is known.
  private mutating func offer(_ sdp: [UInt8]?, _ found: HostedLeg) {
    switch found.state {
    case .preparing(let alert):
      self.hosted.update(found.leg) { $0.state = .ringing(offer: sdp) }
      let shown = self.presentation(of: alert.peer)
      self.order(
        .ring(
          found.leg,
          HostedCall(
            station: found.station, device: found.device,
            calling: shown.isWithheld ? Digits() : alert.calling,
            name: shown.isWithheld ? "" : String(decoding: shown.name, as: UTF8.self),
            purpose: alert.purpose,
            diversions: alert.diversions, transferredBy: alert.transferredBy)))
    case .answering(let voice):
      self.hosted.update(found.leg) { $0.state = .ringing(offer: sdp) }
      _ = self.take(.answered(voice), found.leg)
    case .ringing: self.hosted.update(found.leg) { $0.state = .ringing(offer: sdp) }
    case .dialling, .talking: break
    }
  }

  // MARK: Voice changes

  /// The station has another party, or hears something else: the host answers at once.
  private mutating func reoffer(_ sdp: [UInt8]?, _ found: HostedLeg) {
    guard case .talking(var voice, let change) = found.state else { return }
    let answer: [UInt8]
    if let sdp {
      guard let own = voice.answer(to: sdp) else {
        return self.session(found.leg, .refused(.notAcceptableHere, retryAfter: nil))
      }
      answer = own
      self.order(.voice(found.leg, voice.target(sdp)))
    } else {
      answer = voice.offer()
    }
    self.hosted.update(found.leg) { $0.state = .talking(voice, change) }
    self.session(found.leg, .accepted(sdp: answer, branch: 0))
  }

  /// What the station has dialled has been answered, or its hold or resume has reached the party.
  private mutating func accepted(_ sdp: [UInt8]?, _ found: HostedLeg) {
    switch found.state {
    case .dialling(let voice):
      self.hosted.update(found.leg) { $0.state = .talking(voice, .none) }
      if let sdp { self.order(.voice(found.leg, voice.target(sdp))) }
      self.commits.held.append(.hosted(.answered(found.leg)))
      self.noteAnswered(found.leg)
      self.session(found.leg, .ack(sdp: nil))
    case .talking(let voice, let change):
      self.hosted.update(found.leg) { $0.state = .talking(voice, .none) }
      if let sdp { self.order(.voice(found.leg, voice.target(sdp))) }
      self.session(found.leg, .ack(sdp: nil))
      if case .overtaken(_, let wanted) = change {
        _ = self.take(wanted ? .held : .resumed, found.leg)
      }
    case .preparing, .ringing, .answering: break
    }
  }

  private mutating func refused(_ status: Status, _ found: HostedLeg) {
    switch found.state {
    case .dialling:
      self.endHosted(found.leg)
      self.commits.held.append(
        .hosted(
          .finished(found.leg, HostedOutcome(status: status, text: "", feature: nil, isDone: false))
        ))
    case .talking(var voice, .asked(let before)):
      voice.isHolding = before
      self.hosted.update(found.leg) { $0.state = .talking(voice, .none) }
      self.order(.unchanged(found.leg, isHolding: before, status))
    case .talking(var voice, .overtaken(let before, let wanted)):
      voice.isHolding = before
      self.hosted.update(found.leg) { $0.state = .talking(voice, .none) }
      _ = self.take(wanted ? .held : .resumed, found.leg)
    case .talking(_, .none), .preparing, .ringing, .answering: break
    }
  }

  // MARK: The end

  /// The answer to a code waits for the store, as every answer does.
  private mutating func finish(_ leg: LegID, _ status: Status, _ note: Note) {
    let outcome = self.outcome
    self.outcome = nil
    let feature = outcome.flatMap {
      self.kernel.modules.indices.contains($0.module) ? self.kernel.modules[$0.module] : nil
    }
    if let found = self.hosted[leg] {
      self.outbox.notices.append(
        .refused(
          caller: found.station.description, dialled: found.dialled.description, status: status.rawValue,
          note: note.description))
    }
    self.endHosted(leg)
    self.commits.held.append(
      .hosted(
        .finished(
          leg,
          HostedOutcome(
            status: status, text: note.description, feature: feature?.descriptor.name,
            isDone: outcome?.isDone ?? false))))
  }
}

extension HostedOrder {
  /// What is said where the fact behind it could not be kept: a code has not taken effect.
  var whenUnkept: HostedOrder {
    guard case .finished(let leg, var outcome) = self, outcome.feature != nil else { return self }
    outcome.status = .temporarilyUnavailable
    outcome.text = "not kept: the database refused, nothing changed"
    outcome.isDone = false
    return .finished(leg, outcome)
  }
}
