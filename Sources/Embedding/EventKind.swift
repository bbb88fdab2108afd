internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// Events by their numbers in the header.
enum EventKind: UInt32, CaseIterable {
  case dialled = 1
  case proceeding, alerting, answered, failed, redirected, released, held, resumed, transferRequested, verified, trunk, joined
  case joinFailed, played, pressed, recordings, registered, settings, kept, notKept

  init(_ event: Event) {
    switch event {
    case .dialled: self = .dialled
    case .proceeding: self = .proceeding
    case .alerting: self = .alerting
    case .answered: self = .answered
    case .failed: self = .failed
    case .redirected: self = .redirected
    case .released: self = .released
    case .held: self = .held
    case .resumed: self = .resumed
    case .transferRequested: self = .transferRequested
    case .verified: self = .verified
    case .trunk: self = .trunk
    case .joined: self = .joined
    case .joinFailed: self = .joinFailed
    case .played: self = .played
    case .pressed: self = .pressed
    case .recordings: self = .recordings
    case .registered: self = .registered
    case .settings: self = .settings
    case .kept: self = .kept
    case .notKept: self = .notKept
    }
  }
}

extension strowger_event {
  /// What the host tells, checked against what there is.
  func event(in world: World) throws(Refusal) -> Event {
    guard let kind = EventKind(rawValue: self.kind) else { throw .kind }
    switch kind {
    case .dialled:
      return .dialled(
        Origination(
          leg: try self.needed, caller: try self.party.party(in: world), dialled: try Digits(self.number),
          replacing: LegID(number: self.other)))
    case .proceeding: return .proceeding(try self.needed)
    case .alerting: return .alerting(try self.needed)
    case .answered: return .answered(try self.needed)
    case .failed:
      guard (300...699).contains(self.status) else { throw .range }
      return .failed(try self.needed, Status(rawValue: UInt16(truncatingIfNeeded: self.status)))
    case .redirected: return .redirected(try self.needed, try Digits(self.number))
    case .released: return .released(try self.needed, try Cause.numbered(self.cause))
    case .held: return .held(try self.needed)
    case .resumed: return .resumed(try self.needed)
    case .transferRequested:
      return .transferRequested(try self.needed, to: try Digits(self.number), replacing: LegID(number: self.other))
    case .verified: return .verified(try self.needed, try self.authorization(in: world))
    case .trunk:
      let name = try String(needed: self.name)
      guard world.trunk(named: name) != nil else { throw .unknown }
      return .trunk(name, isUp: try Bool(given: self.is_up))
    case .joined: return .joined(try self.needed)
    case .joinFailed: return .joinFailed(try self.needed, try Cause.numbered(self.cause))
    case .played: return .played(try self.needed)
    case .pressed:
      guard self.key <= 15 else { throw .range }
      return .pressed(try self.needed, key: UInt8(truncatingIfNeeded: self.key))
    case .recordings: return .recordings(of: try Digits(self.number), try self.kept())
    case .registered: return .registered(try self.station(in: world), try self.present())
    case .settings:
      let station = try self.station(in: world)
      return .settings(station, try StationSettings(try strowger_settings.read(self.settings), in: world))
    case .kept: return .kept(turn: self.turn)
    case .notKept: return .notKept(turn: self.turn)
    }
  }

  private var needed: LegID {
    get throws(Refusal) {
      guard self.leg != STROWGER_NO_LEG else { throw .leg }
      return LegID(number: self.leg)
    }
  }

  private func authorization(in world: World) throws(Refusal) -> Authorization? {
    guard let label = try String(given: self.name) else { return nil }
    return Authorization(label: label, className: try world.className(self.class_name))
  }

  /// A station of the plan, or one that an earlier plan had.
  private func station(in world: World) throws(Refusal) -> StationNumber {
    let station = try StationNumber(self.number)
    guard world.isStation(station.digits) || world.station(station) != nil else { throw .unknown }
    return station
  }

  private func present() throws(Refusal) -> [DeviceID] {
    guard self.device_count > 0 else { return [] }
    guard self.device_count <= Int(STROWGER_DEVICES) else { throw .range }
    guard let devices = self.devices else { throw .null }
    let present = UnsafeBufferPointer(start: devices, count: self.device_count).map { DeviceID($0) }
    guard Set(present).count == present.count else { throw .range }
    return present
  }

  private func kept() throws(Refusal) -> [Recording] {
    guard self.recording_count > 0 else { return [] }
    guard let recordings = self.recordings else { throw .null }
    var kept: [Recording] = []
    for index in 0..<Swift.min(self.recording_count, World.mostRecordings) {
      kept.append(Recording(number: recordings[index].number, isNew: try Bool(given: recordings[index].is_new)))
    }
    return kept
  }
}

extension World {
  /// A class of service that the plan has; nil for a NULL pointer.
  fileprivate func className(_ pointer: UnsafePointer<CChar>?) throws(Refusal) -> String? {
    guard let name = try String(given: pointer) else { return nil }
    guard self.plan.classes.contains(where: { $0.name == name }) else { throw .unknown }
    return name
  }
}

extension StationSettings {
  fileprivate init(_ settings: strowger_settings, in world: World) throws(Refusal) {
    guard settings.pickup_group <= 9999 else { throw .range }
    self.init(
      forwardUnreachable: try Digits.given(settings.forward_unreachable), className: try world.className(settings.class_name),
      pickupGroup: settings.pickup_group == 0 ? nil : Int(settings.pickup_group),
      toneSource: try ToneSource.numbered(settings.tone_source), mailbox: try Bool(given: settings.mailbox),
      onHookTransfer: try Bool(given: settings.on_hook_transfer), insertion: try Insertion.numbered(settings.insertion),
      insertedCode: try Digits(settings.inserted_code))
  }
}
