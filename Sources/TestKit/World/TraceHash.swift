import Kernel

/// FNV-1a over directives: the same in every process and on every machine, unlike `Hasher`.
public struct TraceHash: Sendable, Equatable {
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  mutating func add(_ word: UInt64) {
    self.value = (self.value ^ word) &* 0x100_0000_01B3
    self.value ^= self.value >> 29
  }

  mutating func add(_ digits: Digits) {
    var word = UInt64(digits.count)
    for index in 0..<digits.count { word = word &* 31 &+ UInt64(digits[index]) }
    self.add(word)
  }

  mutating func add(_ directive: Directive) {
    switch directive {
    case .progress(let leg, let progress): self.add(1, leg, UInt64(progress.rawValue))
    case .alert(let leg, let alert):
      self.add(2, leg, alert.device?.rawValue ?? UInt64(alert.party.trunk ?? 0))
      self.add(alert.calling)
      for diversion in alert.diversions { self.add(diversion.from) }
    case .answer(let leg): self.add(3, leg, 0)
    case .finish(let leg, let status, let note):
      self.add(4, leg, UInt64(status.rawValue))
      self.add(note.digits)
    case .release(let leg, let cause): self.add(5, leg, UInt64(cause.rawValue))
    case .media(let leg, let goal):
      if case .with(let other) = goal { self.add(6, leg, other.raw) } else { self.add(7, leg, Self.number(goal)) }
    case .present(let leg, let number):
      self.add(8, leg, 0)
      self.add(number)
    case .record(let record):
      self.add(9)
      self.add(record.call.raw)
      self.add(UInt64(record.status.rawValue))
      self.add(UInt64(bitPattern: record.end.nanoseconds))
    case .note(let call, let module, let note):
      self.add(10)
      self.add(call.raw ^ UInt64(bitPattern: Int64(module)))
      self.add(note.digits)
    case .recording(let order):
      switch order {
      case .begin(let number, let leg, let owner, let caller):
        self.add(12, leg, UInt64(number))
        self.add(owner)
        self.add(caller)
      case .heard(let number): self.add(13 | UInt64(number) << 8)
      case .discard(let number): self.add(14 | UInt64(number) << 8)
      }
    case .transfer(let leg, let report): self.add(15, leg, Self.number(report))
    case .verify(let leg, let code):
      self.add(16, leg, 0)
      self.add(code)
    case .fault(let module, _): self.add(UInt64(bitPattern: Int64(module)) &+ 11)
    }
  }

  private mutating func add(_ kind: UInt64, _ leg: LegID, _ value: UInt64) {
    self.add(kind)
    self.add(leg.raw)
    self.add(value)
  }

  private static func number(_ report: TransferReport) -> UInt64 {
    switch report {
    case .accepted: 0
    case .refused(let status, _): 1 | UInt64(status.rawValue) << 8
    case .ringing: 2
    case .done: 3
    case .failed(let status): 4 | UInt64(status.rawValue) << 8
    }
  }

  private static func number(_ goal: Goal) -> UInt64 {
    switch goal {
    case .nothing: 0
    case .with(let leg): leg.raw
    case .music: 1
    case .tone(let tone): 2 | UInt64(tone.rawValue) << 8
    case .room(let number): 3 | UInt64(number) << 8
    case .announcement(let sound): 4 | UInt64(sound.rawValue) << 8
    case .playback(let number): 7 | UInt64(number) << 8
    case .recording(let number): 5 | UInt64(number) << 8
    }
  }
}
