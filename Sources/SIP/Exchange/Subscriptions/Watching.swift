import Kernel
import Sessions

/// What those who watch are told, and when: after each turn the stations whose legs it touched are compared with what was told last.
extension Exchange {
  mutating func touch(_ station: StationNumber?) {
    guard !self.subscriptions.isEmpty, let station else { return }
    self.subscriptions.touch(.station(station))
  }

  mutating func touch(_ leg: LegID?) {
    guard !self.subscriptions.isEmpty, let leg else { return }
    self.touch(self.dialogID(of: leg).flatMap { self.dialogs[$0] }?.station ?? self.kernel.world.leg(leg)?.party.station)
  }

  mutating func touch(_ fact: Fact) {
    guard !self.subscriptions.isEmpty, case .machine(let module, .number(let digits), _) = fact,
      let lamp = Lamp.of(module: module), let number = StationNumber(digits)
    else { return }
    self.subscriptions.touch(.lamp(lamp, number))
  }

  /// Machines may have gone back to what they were.
  mutating func touchLamps() {
    var lamps: [Resource] = []
    self.subscriptions.entries.forEach { _, found in if case .lamp = found.resource { lamps.append(found.resource) } }
    for lamp in lamps { self.subscriptions.touch(lamp) }
  }

  /// The end of a turn.
  mutating func tellWatchers() {
    guard !self.subscriptions.touched.isEmpty else { return }
    for resource in self.subscriptions.takeTouched() { self.tellWatchers(of: resource) }
  }

  mutating func tellWatchers(of resource: Resource) {
    let watchers = self.subscriptions.watchers(of: resource)
    guard !watchers.isEmpty else { return }
    let content = self.content(of: resource)
    for id in watchers {
      if let found = self.subscriptions[id], found.told != content { self.step(id, .changed) }
    }
  }

  // MARK: The state

  func content(of resource: Resource) -> Content {
    switch resource {
    case .station(let station): .dialogs(self.watched(station))
    case .lamp(let lamp, let number): .lamp(self.state(of: lamp, number))
    case .mailbox(let station): .messages(self.mailboxes.counts(of: station.digits))
    }
  }

  private func state(of lamp: Lamp, _ number: StationNumber) -> WatchedDialog.State {
    let key = MachineKey.station(number)
    guard let module = self.kernel.modules.firstIndex(where: { $0.descriptor.name == lamp.module }),
      self.kernel.summary(of: module, key) != nil
    else { return .terminated }
    return lamp.flashes(in: self.kernel.state(of: lamp.module, key) ?? "") ? .early : .confirmed
  }

  private func watched(_ station: StationNumber) -> [WatchedDialog] {
    var watched: [WatchedDialog] = []
    self.kernel.world.forEachLeg(of: station) { leg, state in
      guard watched.count < DialogDocument.mostDialogs, let id = self.dialogID(of: leg), let dialog = self.dialogs[id] else {
        return
      }
      watched.append(
        WatchedDialog(
          id: id, callID: dialog.callID, localTag: self.reference(of: leg)?.partyTag ?? [],
          remoteTag: dialog.localTag, isInitiator: dialog.isCaller, state: self.state(of: state),
          remote: self.remote(of: leg, state, dialog), isHolding: state.isHolding))
    }
    return watched
  }

  private func state(of leg: Leg) -> WatchedDialog.State {
    switch leg.phase {
    case .dialling: self.kernel.world.call(leg.call)?.point == .alerting ? .early : .trying
    case .seized, .proceeding: .trying
    case .alerting: .early
    case .active: .confirmed
    }
  }

  /// The other party as the telephone itself was shown it (CALL-6); what was dialled is no secret only once it is a station that rings.
  private func remote(of id: LegID, _ leg: Leg, _ dialog: Dialog) -> WatchedDialog.Identity? {
    if !dialog.isCaller, dialog.local.starts(with: Self.withheld) { return .init(number: Digits(), name: "Anonymous") }
    switch leg.phase {
    case .active:
      guard let peer = self.kernel.world.peer(of: id), let number = self.kernel.world.leg(peer)?.party.number else { return nil }
      return self.identity(number, self.names.of(peer))
    case .seized, .proceeding, .alerting:
      return self.alerts[id].flatMap { self.identity($0.calling, self.names.of($0.peer)) }
    case .dialling:
      guard let call = self.kernel.world.call(leg.call), call.point == .alerting, self.kernel.world.isStation(call.target) else {
        return nil
      }
      return self.identity(call.target, Presentation())
    }
  }

  private func identity(_ number: Digits, _ shown: Presentation) -> WatchedDialog.Identity? {
    if shown.isWithheld { return .init(number: Digits(), name: "Anonymous") }
    guard !number.isEmpty else { return nil }
    let own = StationNumber(number).flatMap { self.accounts[$0]?.name } ?? ""
    let name = shown.name.isEmpty ? own : String(decoding: shown.name, as: UTF8.self)
    return .init(number: number, name: String(String.UnicodeScalarView(name.unicodeScalars.prefix(64))))
  }

  private static let withheld: [UInt8] = Array("\"Anonymous\"".utf8)
}

extension Directive {
  /// The leg it is about, where a lamp may follow from it.
  var watchedLeg: LegID? {
    switch self {
    case .progress(let leg, _), .answer(let leg), .finish(let leg, _, _), .release(let leg, _), .media(let leg, _),
      .present(let leg, _):
      leg
    case .alert, .transfer, .verify, .recording, .record, .note, .fault: nil
    }
  }
}

extension Event {
  /// The leg it happened to, where a lamp may follow from it.
  var watchedLeg: LegID? {
    switch self {
    case .dialled(let origination): origination.leg
    case .proceeding(let leg), .alerting(let leg), .answered(let leg), .failed(let leg, _), .redirected(let leg, _),
      .released(let leg, _), .held(let leg), .resumed(let leg), .joined(let leg), .joinFailed(let leg, _):
      leg
    case .transferRequested, .verified, .trunk, .played, .pressed, .recordings, .registered, .settings, .kept, .notKept: nil
    }
  }
}
