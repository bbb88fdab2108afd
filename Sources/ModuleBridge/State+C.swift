package import CStrowger
package import Kernel

/// Keys, states, goals and parties of a module in a library.
extension strowger_machine_key {
  package init(_ key: MachineKey) {
    self.init()
    switch key {
    case .call(let call): (self.kind, self.handle) = (STROWGER_KEY_CALL, call.number)
    case .leg(let leg): (self.kind, self.handle) = (STROWGER_KEY_LEG, leg.number)
    case .number(let digits): (self.kind, self.number) = (STROWGER_KEY_NUMBER, strowger_digits(digits))
    case .exchange: self.kind = STROWGER_KEY_EXCHANGE
    }
  }
}

extension MachineKey {
  package init(_ key: strowger_machine_key) throws(Refusal) {
    switch key.kind {
    case STROWGER_KEY_CALL: self = .call(CallID(number: key.handle))
    case STROWGER_KEY_LEG: self = .leg(LegID(number: key.handle))
    case STROWGER_KEY_NUMBER: self = .number(try Digits(key.number))
    case STROWGER_KEY_EXCHANGE: self = .exchange
    default: throw .kind
    }
  }
}

extension Goal {
  package init(_ goal: strowger_goal) throws(Refusal) {
    switch goal.kind {
    case STROWGER_GOAL_NOTHING: self = .nothing
    case STROWGER_GOAL_WITH: self = .with(LegID(number: goal.leg))
    case STROWGER_GOAL_MUSIC: self = .music
    case STROWGER_GOAL_TONE: self = .tone(try .numbered(goal.value))
    case STROWGER_GOAL_ROOM: self = .room(goal.value)
    case STROWGER_GOAL_ANNOUNCEMENT: self = .announcement(try .numbered(goal.value))
    case STROWGER_GOAL_RECORDING: self = .recording(goal.value)
    case STROWGER_GOAL_PLAYBACK: self = .playback(goal.value)
    default: throw .kind
    }
  }
}

extension Party {
  package init(_ party: strowger_party) throws(Refusal) {
    switch party.kind {
    case STROWGER_PARTY_STATION: self = .station(try StationNumber(party.number), DeviceID(party.device))
    case STROWGER_PARTY_TRUNK: self = .trunk(Int32(bitPattern: party.trunk), try Digits(party.number))
    case STROWGER_PARTY_STRANGER: self = .stranger(try Digits(party.number))
    default: throw .kind
    }
  }
}

extension Leg.Phase: Numbered {
  package var number: UInt32 {
    switch self {
    case .dialling: STROWGER_PHASE_DIALLING
    case .seized: STROWGER_PHASE_SEIZED
    case .proceeding: STROWGER_PHASE_PROCEEDING
    case .alerting: STROWGER_PHASE_ALERTING
    case .active: STROWGER_PHASE_ACTIVE
    }
  }
}

extension Call.Point: Numbered {
  package var number: UInt32 {
    switch self {
    case .analysing: STROWGER_POINT_ANALYSING
    case .alerting: STROWGER_POINT_ALERTING
    case .active: STROWGER_POINT_ACTIVE
    }
  }
}

extension strowger_settings {
  /// `className` must stay as long as the struct is read.
  package init(_ settings: StationSettings, className: UnsafePointer<CChar>?) {
    self.init()
    self.size = UInt32(MemoryLayout<Self>.size)
    self.mailbox = settings.mailbox ? 1 : 0
    self.on_hook_transfer = settings.onHookTransfer ? 1 : 0
    self.tone_source = settings.toneSource.number
    self.insertion = settings.insertion.number
    self.pickup_group = UInt32(truncatingIfNeeded: settings.pickupGroup ?? 0)
    self.inserted_code = strowger_digits(settings.insertedCode)
    self.forward_unreachable = strowger_digits(settings.forwardUnreachable ?? Digits())
    self.class_name = className
  }
}

extension StationSettings {
  /// Whether the class of service exists is for the caller to say.
  package init(_ settings: strowger_settings) throws(Refusal) {
    guard settings.pickup_group <= 9999 else { throw .range }
    self.init(
      forwardUnreachable: try Digits.given(settings.forward_unreachable), className: try String(given: settings.class_name),
      pickupGroup: settings.pickup_group == 0 ? nil : Int(settings.pickup_group),
      toneSource: try .numbered(settings.tone_source), mailbox: try Bool(given: settings.mailbox),
      onHookTransfer: try Bool(given: settings.on_hook_transfer), insertion: try .numbered(settings.insertion),
      insertedCode: try Digits(settings.inserted_code))
  }
}

extension strowger_machine_state {
  package init(_ storage: MachineStorage) {
    self.init()
    withUnsafeMutableBytes(of: &self) { state in withUnsafeBytes(of: storage.words) { state.copyMemory(from: $0) } }
  }

  package var storage: MachineStorage {
    var storage = MachineStorage()
    withUnsafeBytes(of: self) { state in withUnsafeMutableBytes(of: &storage.words) { $0.copyMemory(from: state) } }
    return storage
  }
}

extension StaticString {
  /// The text with its NUL: literals have one behind their last octet.
  package var permanentText: UnsafePointer<CChar>? {
    guard self.hasPointerRepresentation else { return nil }
    return UnsafeRawPointer(self.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// Text of a library that is never unloaded, which therefore is as static as a literal. The standard library makes one of literals
  /// only, so it is put together by its layout, which is frozen: pointer, length, flags (bit 1: ASCII).
  package init(permanent pointer: UnsafePointer<CChar>?) throws(Refusal) {
    let text = try String(needed: pointer)
    guard let pointer else { throw .null }
    let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    let parts = (start: UInt(bitPattern: pointer), count: text.utf8.count, flags: UInt8(isASCII ? 2 : 0))
    guard MemoryLayout.size(ofValue: parts) == MemoryLayout<StaticString>.size else { throw .text }
    self = unsafeBitCast(parts, to: StaticString.self)
  }
}

extension strowger_consult: Sized { package static var smallest: Int { 136 } }
extension strowger_order: Sized { package static var smallest: Int { 224 } }
extension strowger_action: Sized { package static var smallest: Int { 48 } }
extension strowger_option: Sized { package static var smallest: Int { 56 } }
extension strowger_leg_state: Sized { package static var smallest: Int { 200 } }
extension strowger_call_state: Sized { package static var smallest: Int { 280 } }
extension strowger_station_state: Sized { package static var smallest: Int { 40 } }
extension strowger_settings: Sized { package static var smallest: Int { 112 } }
extension strowger_step: Sized { package static var smallest: Int { 56 } }
extension strowger_state_name: Sized { package static var smallest: Int { 64 } }
extension strowger_transition: Sized { package static var smallest: Int { 48 } }
extension strowger_context: Sized { package static var smallest: Int { 88 } }
