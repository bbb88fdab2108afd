/// The number plan as the kernel uses it: already checked, without XML. `NumberPlan` makes it from a file; an embedder
/// or a test may make it in code.
public struct Plan: Sendable {
  public var name: String
  /// In the order in which they act on a call.
  public var modules: [Placement] = []
  public var stations: [StationEntry] = []
  public var groups: [GroupEntry] = []
  public var trunks: [TrunkEntry] = []
  public var trunkGroups: [TrunkGroupEntry] = []
  public var routes: [RouteEntry] = []
  public var classes: [ClassEntry] = []
  public var emergency: [EmergencyEntry] = []

  public init(name: String = "") { self.name = name }

  /// Where in the plan file something stands; line 0 when it was made in code.
  public struct Position: Sendable, Hashable, BitwiseCopyable {
    public var line: Int32
    public var column: Int32
    public init(line: Int32 = 0, column: Int32 = 0) {
      self.line = line
      self.column = column
    }
  }

  /// A module with its options and codes.
  public struct Placement: Sendable {
    public var module: String
    public var options: OptionValues
    public var codes: [Code]
    /// A library to load it from; nil for a module that is built in (MOD-2).
    public var library: String?
    public var position: Position

    public init(
      module: String, options: OptionValues, codes: [Code] = [], library: String? = nil, position: Position = Position()
    ) {
      self.module = module
      self.options = options
      self.codes = codes
      self.library = library
      self.position = position
    }
  }

  /// A feature code and what it does (DIAL-3).
  public struct Code: Sendable {
    public var digits: Digits
    /// Index into the descriptor's actions.
    public var action: Int
    /// 480 as the manual says, or 200: answered with a tone (DIAL-2).
    public var outcome: Status
    public var position: Position

    public init(
      digits: Digits, action: Int, outcome: Status = .temporarilyUnavailable, position: Position = Position()
    ) {
      self.digits = digits
      self.action = action
      self.outcome = outcome
      self.position = position
    }
  }

  /// Numbers that are stations: `from` … `to` of the same length, or one number. A single entry beats a range.
  public struct StationEntry: Sendable {
    public var from: StationNumber
    public var to: StationNumber
    public var className: String?
    public var pickupGroup: Int
    public var position: Position

    public init(
      from: StationNumber, to: StationNumber, className: String? = nil, pickupGroup: Int = 1,
      position: Position = Position()
    ) {
      self.from = from
      self.to = to
      self.className = className
      self.pickupGroup = pickupGroup
      self.position = position
    }
  }

  public enum Ring: UInt8, Sendable, CaseIterable { case unconditional, sequential, distributed }

  /// A ring group (GRP-1 to GRP-3).
  public struct GroupEntry: Sendable {
    public var number: Digits
    public var ring: Ring
    public var members: [StationNumber]
    public var overflow: Digits?
    public var overflowTime: Interval
    public var position: Position

    public init(
      number: Digits, ring: Ring, members: [StationNumber], overflow: Digits? = nil,
      overflowTime: Interval = .seconds(30), position: Position = Position()
    ) {
      self.number = number
      self.ring = ring
      self.members = members
      self.overflow = overflow
      self.overflowTime = overflowTime
      self.position = position
    }
  }

  /// A SIP peer that leads outside (TRK-1).
  public struct TrunkEntry: Sendable {
    public var name: String
    public var address: String
    public var sources: [String]
    public var channels: Int
    public var registers: Bool
    public var inward: [(digits: Digits, number: Digits)]
    public var position: Position

    public init(
      name: String, address: String, sources: [String] = [], channels: Int = 0, registers: Bool = false,
      inward: [(digits: Digits, number: Digits)] = [], position: Position = Position()
    ) {
      self.name = name
      self.address = address
      self.sources = sources
      self.channels = channels
      self.registers = registers
      self.inward = inward
      self.position = position
    }
  }

  /// Trunks tried in order behind an access code.
  public struct TrunkGroupEntry: Sendable {
    public var code: Digits
    public var trunks: [String]
    public var position: Position

    public init(code: Digits, trunks: [String], position: Position = Position()) {
      self.code = code
      self.trunks = trunks
      self.position = position
    }
  }

  /// One line of a least-cost-routing table: behind `code`, numbers that begin with `prefix` leave by `trunkGroup`.
  public struct RouteEntry: Sendable {
    public var code: Digits
    public var prefix: Digits
    public var trunkGroup: Digits
    public var position: Position

    public init(code: Digits, prefix: Digits, trunkGroup: Digits, position: Position = Position()) {
      self.code = code
      self.prefix = prefix
      self.trunkGroup = trunkGroup
      self.position = position
    }
  }

  /// A class of service: which access codes its stations may use and when, which modules they may not (DIAL-3).
  public struct ClassEntry: Sendable {
    public var name: String
    public var trunkCodes: [Digits]
    public var barredModules: [String]
    public var trunkToTrunk: Bool
    /// When access codes may be used.
    public var hours: Hours
    /// At most so many calls outside at once that one station pays for; 0: no limit (RELIABILITY 42).
    public var trunkCalls: Int
    /// At most so many calls outside that one station begins within a minute; 0: no limit (RELIABILITY 42).
    public var trunkCallsPerMinute: Int
    public var position: Position

    public static let defaultTrunkCalls = 10
    public static let defaultTrunkCallsPerMinute = 30

    public init(
      name: String, trunkCodes: [Digits] = [], barredModules: [String] = [], trunkToTrunk: Bool = false,
      hours: Hours = .always, trunkCalls: Int = Self.defaultTrunkCalls,
      trunkCallsPerMinute: Int = Self.defaultTrunkCallsPerMinute, position: Position = Position()
    ) {
      self.name = name
      self.trunkCodes = trunkCodes
      self.barredModules = barredModules
      self.trunkToTrunk = trunkToTrunk
      self.hours = hours
      self.trunkCalls = trunkCalls
      self.trunkCallsPerMinute = trunkCallsPerMinute
      self.position = position
    }
  }

  /// Matched before anything else and never barred, forwarded or held up (TRK-5).
  public struct EmergencyEntry: Sendable {
    public var digits: Digits
    public var trunkGroup: Digits
    public var position: Position

    public init(digits: Digits, trunkGroup: Digits, position: Position = Position()) {
      self.digits = digits
      self.trunkGroup = trunkGroup
      self.position = position
    }
  }
}
