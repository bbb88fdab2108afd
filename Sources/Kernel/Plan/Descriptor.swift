/// What a feature module tells about itself: name, codes and their actions, options, detection points (MOD-1).
///
/// Built-in and loaded modules register the same descriptor by the same call.
public struct Descriptor: Sendable {
  public var name: String
  public var version: String
  /// One line for `strowger module list`.
  public var summary: String
  /// What a `<code action="…">` of this module may name. A module with one action may leave its name empty.
  public var actions: [Action]
  public var options: [Option]
  /// Where in a call the module wants to be asked.
  public var points: DetectionPoints
  /// How the state of a station's machine is shown in `strowger status`; nil for modules that have none to show.
  public var status: StatusField?

  public init(
    name: String, version: String = "1.0", summary: String, actions: [Action] = [], options: [Option] = [],
    points: DetectionPoints = [], status: StatusField? = nil
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.actions = actions
    self.options = options
    self.points = points
    self.status = status
  }

  /// A key of a station's status: a flag (the machine is not in its initial state) or the state's summary.
  public enum StatusField: Sendable, Equatable {
    case flag(String)
    case text(String)
  }

  /// One thing a code can do, with the grammar of what is dialled behind the code (DIAL-1).
  public struct Action: Sendable {
    public var name: String
    public var argument: ArgumentGrammar
    public var meaning: String
    /// It acts on a held party, so that a transfer to its code may act on the transferred one (XFER-7).
    public var actsOnHeld: Bool
    /// The integer option that says how many digits at the beginning of the argument are a secret; nil: none (TRK-4).
    public var secretLength: Int?

    public init(
      _ name: String, argument: ArgumentGrammar, meaning: String, actsOnHeld: Bool = false, secretLength: Int? = nil
    ) {
      self.name = name
      self.argument = argument
      self.meaning = meaning
      self.actsOnHeld = actsOnHeld
      self.secretLength = secretLength
    }
  }

  /// An attribute of the module's element in the plan.
  public struct Option: Sendable {
    public var name: String
    public var kind: OptionKind
    public var meaning: String

    public init(_ name: String, _ kind: OptionKind, meaning: String) {
      self.name = name
      self.kind = kind
      self.meaning = meaning
    }
  }
}

/// What may stand behind a code.
public enum ArgumentGrammar: Sendable, Equatable {
  case none
  case oneOf([Digits])
  /// So many symbols; whether it is a number that exists is the module's business.
  case number(ClosedRange<Int>)
  /// Nothing, or so many symbols.
  case optionalNumber(ClosedRange<Int>)

  public func accepts(_ argument: Digits) -> Bool {
    switch self {
    case .none: argument.isEmpty
    case .oneOf(let choices): choices.contains(argument)
    case .number(let lengths): lengths.contains(argument.count)
    case .optionalNumber(let lengths): argument.isEmpty || lengths.contains(argument.count)
    }
  }

  /// The longest argument this grammar allows: a longer number is no mistyped code (DIAL-1, TRK-3).
  public var longest: Int {
    switch self {
    case .none: 0
    case .oneOf(let choices): choices.map(\.count).max() ?? 0
    case .number(let lengths), .optionalNumber(let lengths): lengths.upperBound
    }
  }
}

/// Type, default and range of a module's option.
public enum OptionKind: Sendable, Equatable {
  /// Seconds in the plan, `0.5` allowed, `0` = never.
  case time(default: Interval, ClosedRange<Interval>)
  case integer(default: Int, ClosedRange<Int>)
  case boolean(default: Bool)
  case choice(default: Int, [String])
  /// A number that belongs to the module: whoever dials it or is forwarded to it reaches the module (``Consult/called(_:_:)``).
  /// It may be left out, and may stand within a range of stations.
  case number

  public var defaultValue: OptionValue {
    switch self {
    case .time(let value, _): .time(value)
    case .integer(let value, _): .integer(value)
    case .boolean(let value): .boolean(value)
    case .choice(let index, _): .integer(index)
    case .number: .number(nil)
    }
  }
}

public enum OptionValue: Sendable, Equatable {
  case time(Interval)
  case integer(Int)
  case boolean(Bool)
  case number(Digits?)
}

/// A module's options as the plan sets them, in the order of its descriptor.
public struct OptionValues: Sendable, Equatable {
  private var values: [OptionValue]

  public init(_ values: [OptionValue] = []) { self.values = values }
  public init(defaultsOf descriptor: Descriptor) { self.values = descriptor.options.map(\.kind.defaultValue) }

  /// The numbers that belong to the module.
  public var numbers: [Digits] {
    self.values.compactMap { if case .number(let digits) = $0 { digits } else { nil } }
  }

  public subscript(index: Int) -> OptionValue? {
    get { index >= 0 && index < self.values.count ? self.values[index] : nil }
    set {
      guard let newValue, index >= 0, index < self.values.count else { return }
      self.values[index] = newValue
    }
  }

  public func time(_ index: Int) -> Interval {
    if case .time(let value) = self[index] { value } else { .zero }
  }

  /// An integer option, or the index of a choice.
  public func integer(_ index: Int) -> Int {
    if case .integer(let value) = self[index] { value } else { 0 }
  }

  /// A number of the module; nil when the plan gives it none.
  public func number(_ index: Int) -> Digits? {
    if case .number(let value) = self[index] { value } else { nil }
  }

  public func boolean(_ index: Int) -> Bool {
    if case .boolean(let value) = self[index] { value } else { false }
  }
}

/// Where in a call modules are asked (ITU-T Q.1214 detection points), as a set.
public struct DetectionPoints: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Originating half: the digits have been analysed, nobody is called yet.
  public static let informationAnalysed = DetectionPoints(rawValue: 1 << 0)
  /// Terminating half: the called station has been found, its state not yet looked at.
  public static let attemptAuthorised = DetectionPoints(rawValue: 1 << 1)
  public static let busy = DetectionPoints(rawValue: 1 << 2)
  public static let noAnswer = DetectionPoints(rawValue: 1 << 3)
  public static let notReachable = DetectionPoints(rawValue: 1 << 4)
  public static let answer = DetectionPoints(rawValue: 1 << 5)
  /// Hold, resume, a transfer request, a code dialled with a call held.
  public static let midCall = DetectionPoints(rawValue: 1 << 6)
  public static let disconnect = DetectionPoints(rawValue: 1 << 7)
  /// A group was called: the module that serves groups.
  public static let groupCalled = DetectionPoints(rawValue: 1 << 8)
  /// A caller shall take another leg's place (Replaces).
  public static let replaceRequested = DetectionPoints(rawValue: 1 << 9)

  static let count = 10
}
