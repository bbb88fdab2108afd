/// Parties, goals and machine keys as octets: the shapes that outlive a process.
extension FactWriter {
  mutating func put(_ party: Party) {
    switch party {
    case .station(let number, let device):
      self.put(UInt8(0))
      self.put(number.digits)
      self.put(device.rawValue)
    case .trunk(let index, let digits):
      self.put(UInt8(1))
      self.put(digits)
      self.put(UInt64(UInt32(bitPattern: index)))
    case .stranger(let digits):
      self.put(UInt8(2))
      self.put(digits)
      self.put(UInt64(0))
    }
  }

  mutating func put(_ goal: Goal) {
    if case .with(let leg) = goal {
      self.put(UInt8(1))
      return self.put(leg)
    }
    let (kind, value): (UInt8, UInt64) =
      switch goal {
      case .nothing: (0, 0)
      case .with(let leg): (1, leg.raw)
      case .music: (2, 0)
      case .tone(let tone): (3, UInt64(tone.rawValue))
      case .room(let number): (4, UInt64(number))
      case .announcement(let sound): (5, UInt64(sound.rawValue))
      case .recording(let number): (6, UInt64(number))
      case .playback(let number): (7, UInt64(number))
      }
    self.put(kind)
    self.put(value)
  }

  public mutating func put(_ key: MachineKey) {
    switch key {
    case .call(let call):
      self.put(UInt8(0))
      self.put(call)
    case .number(let digits):
      self.put(UInt8(1))
      self.put(digits)
    case .exchange: self.put(UInt8(2))
    case .leg(let leg):
      self.put(UInt8(3))
      self.put(leg)
    }
  }
}

extension FactReader {
  mutating func party() -> Party? {
    guard let kind = self.octet(), let digits = self.digits(), let value = self.integer() else { return nil }
    switch kind {
    case 0: return StationNumber(digits).map { .station($0, DeviceID(value)) }
    case 1: return UInt32(exactly: value).map { .trunk(Int32(bitPattern: $0), digits) }
    case 2: return .stranger(digits)
    default: return nil
    }
  }

  mutating func goal() -> Goal? {
    guard let kind = self.octet(), let value = self.integer() else { return nil }
    switch kind {
    case 0: return .nothing
    case 1: return .with(Handle(raw: value))
    case 2: return .music
    case 3: return UInt8(exactly: value).flatMap(Tone.init).map { .tone($0) }
    case 4: return UInt32(exactly: value).map { .room($0) }
    case 5: return UInt8(exactly: value).flatMap(Sound.init).map { .announcement($0) }
    case 6: return UInt32(exactly: value).map { .recording($0) }
    case 7: return UInt32(exactly: value).map { .playback($0) }
    default: return nil
    }
  }

  public mutating func machineKey() -> MachineKey? {
    switch self.octet() {
    case 0: self.handle(Call.self).map { .call($0) }
    case 1: self.digits().map { .number($0) }
    case 2: .exchange
    case 3: self.handle(Leg.self).map { .leg($0) }
    default: nil
    }
  }
}
