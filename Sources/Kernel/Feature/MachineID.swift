/// What a machine belongs to.
public enum MachineKey: Hashable, Sendable, BitwiseCopyable {
  /// Ends with the call.
  case call(CallID)
  /// Ends with the leg.
  case leg(LegID)
  case number(Digits)
  case exchange

  public static func station(_ number: StationNumber) -> MachineKey { .number(number.digits) }
}

/// One machine: a module (index into the kernel's modules) and what the machine belongs to.
public struct MachineID: Hashable, Sendable, BitwiseCopyable {
  public var module: Int32
  public var key: MachineKey

  public init(module: Int, key: MachineKey) {
    self.module = Int32(truncatingIfNeeded: module)
    self.key = key
  }

  public static let none = MachineID(module: -1, key: .exchange)
  public var isNone: Bool { self.module < 0 }
}

extension MachineKey {
  /// The number the machine belongs to; empty for a call's or the exchange's.
  public var digits: Digits {
    if case .number(let digits) = self { digits } else { Digits() }
  }

  /// Whether the machine ends with what it belongs to.
  var isMortal: Bool {
    switch self {
    case .call, .leg: true
    case .number, .exchange: false
    }
  }
}
