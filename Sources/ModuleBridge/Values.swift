package import CStrowger
package import Kernel

extension Digits {
  package init(_ digits: strowger_digits) throws(Refusal) {
    let read = withUnsafeBytes(of: digits) { Digits(untilNUL: $0) }
    guard let read else { throw .digits }
    self = read
  }

  /// Nil: there are none.
  package static func given(_ digits: strowger_digits) throws(Refusal) -> Digits? {
    let digits = try Digits(digits)
    return digits.isEmpty ? nil : digits
  }
}

extension strowger_digits {
  package init(_ digits: Digits) {
    self.init()
    withUnsafeMutableBytes(of: &self) { octets in
      for index in 0..<digits.count { octets[index] = digits.ascii(index) }
    }
  }
}

extension Handle {
  /// 0 is none: generations begin with 1, so no handle is 0.
  package init(number: UInt64) { self = number == 0 ? .none : Handle(raw: number) }
  package var number: UInt64 { self.isNone ? 0 : self.raw }
}

extension StationNumber {
  package init(_ digits: strowger_digits) throws(Refusal) {
    guard let number = StationNumber(try Digits(digits)) else { throw .digits }
    self = number
  }
}

extension strowger_party {
  package init(_ party: Party) {
    self.init()
    self.number = strowger_digits(party.number)
    switch party {
    case .station(_, let device):
      self.kind = STROWGER_PARTY_STATION
      self.device = device.rawValue
    case .trunk(let index, _):
      self.kind = STROWGER_PARTY_TRUNK
      self.trunk = UInt32(bitPattern: index)
    case .stranger: self.kind = STROWGER_PARTY_STRANGER
    }
  }

  /// A party that may call: stations and trunks are those of the plan.
  package func party(in world: World) throws(Refusal) -> Party {
    switch self.kind {
    case STROWGER_PARTY_STATION:
      let station = try StationNumber(self.number)
      guard world.isStation(station.digits) else { throw .unknown }
      return .station(station, DeviceID(self.device))
    case STROWGER_PARTY_TRUNK:
      guard world.trunks.indices.contains(Int(self.trunk)) else { throw .range }
      return .trunk(Int32(bitPattern: self.trunk), try Digits(self.number))
    case STROWGER_PARTY_STRANGER: return .stranger(try Digits(self.number))
    default: throw .kind
    }
  }
}

extension strowger_goal {
  package init(_ goal: Goal) {
    switch goal {
    case .nothing: self.init(kind: STROWGER_GOAL_NOTHING, value: 0, leg: 0)
    case .with(let leg): self.init(kind: STROWGER_GOAL_WITH, value: 0, leg: leg.number)
    case .music: self.init(kind: STROWGER_GOAL_MUSIC, value: 0, leg: 0)
    case .tone(let tone): self.init(kind: STROWGER_GOAL_TONE, value: tone.number, leg: 0)
    case .room(let number): self.init(kind: STROWGER_GOAL_ROOM, value: number, leg: 0)
    case .announcement(let sound): self.init(kind: STROWGER_GOAL_ANNOUNCEMENT, value: sound.number, leg: 0)
    case .recording(let number): self.init(kind: STROWGER_GOAL_RECORDING, value: number, leg: 0)
    case .playback(let number): self.init(kind: STROWGER_GOAL_PLAYBACK, value: number, leg: 0)
    }
  }
}

extension Instant {
  package static let latest: Int64 = 1 << 62

  package init(given nanoseconds: Int64) throws(Refusal) {
    guard nanoseconds >= 0, nanoseconds <= Self.latest else { throw .range }
    self.init(nanoseconds: nanoseconds)
  }
}

extension Interval {
  /// `otherwise` for 0.
  package init(given nanoseconds: Int64, otherwise: Interval) throws(Refusal) {
    guard nanoseconds >= 0, nanoseconds <= Instant.latest else { throw .range }
    self = nanoseconds == 0 ? otherwise : Interval(nanoseconds: nanoseconds)
  }
}

extension String {
  /// Text that ends with NUL; nil for a NULL pointer.
  package init?(given pointer: UnsafePointer<CChar>?) throws(Refusal) {
    guard let pointer else { return nil }
    var count = 0
    while pointer[count] != 0 {
      guard count < Int(STROWGER_TEXT_LONGEST) else { throw .text }
      count += 1
    }
    let octets = UnsafeRawBufferPointer(start: pointer, count: count)
    guard let text = String(validating: octets, as: UTF8.self) else { throw .text }
    self = text
  }

  package init(needed pointer: UnsafePointer<CChar>?) throws(Refusal) {
    guard let text = try String(given: pointer) else { throw .null }
    self = text
  }
}

extension Bool {
  package init(given number: UInt32) throws(Refusal) {
    guard number <= 1 else { throw .range }
    self = number == 1
  }
}
