/// Room for one machine's state: copied by value, the same for built-in and loaded modules.
public struct MachineStorage: Sendable, BitwiseCopyable {
  /// Octets a state may take.
  public static let capacity = 96
  @usableFromInline package var words: InlineArray<12, UInt64> = InlineArray(repeating: 0)

  @inlinable public init() {}

  /// The same octets: certainly the same state. The reverse need not hold.
  package func isIdentical(to other: MachineStorage) -> Bool {
    for index in 0..<12 where self.words[index] != other.words[index] { return false }
    return true
  }

  @inlinable func load<State: BitwiseCopyable>(as type: State.Type) -> State {
    withUnsafeBytes(of: self.words) { $0.loadUnaligned(as: type) }
  }
  @inlinable mutating func store<State: BitwiseCopyable>(_ state: State) {
    withUnsafeMutableBytes(of: &self.words) { $0.storeBytes(of: state, as: State.self) }
  }
}

/// What a step came to, without the state's type.
@usableFromInline
package enum Outcome: Sendable, Equatable {
  case go, stay
  case refuse(Status, Note)
  case ignore(StaticString)
  case unreachable(StaticString)

  @usableFromInline
  package static func == (a: Outcome, b: Outcome) -> Bool {
    switch (a, b) {
    case (.go, .go), (.stay, .stay), (.ignore, .ignore), (.unreachable, .unreachable): true
    case (.refuse(let s, let n), .refuse(let t, let m)): s == t && n == m
    default: false
    }
  }
}

/// A feature behind closures that were specialised from its type once: what the kernel's list holds.
public struct Module: Sendable {
  public let descriptor: Descriptor
  package let initial: MachineStorage
  package let machine: @Sendable (Consult, World) -> MachineKey?
  package let step: @Sendable (inout MachineStorage, Consult, Context, World, inout Orders) -> Outcome?
  package let isInitial: @Sendable (MachineStorage) -> Bool
  package let write: @Sendable (MachineStorage, inout FactWriter) -> Void
  package let decode: @Sendable ([UInt8]) -> MachineStorage?
  package let stateName: @Sendable (MachineStorage) -> StaticString
  package let summary: @Sendable (MachineStorage) -> Note
  /// Every state × event of the feature's samples, stepped.
  public let transitions: @Sendable () -> [Transition]

  @inlinable
  public init<F: Feature>(_: F.Type) {
    precondition(
      MemoryLayout<F.State>.size <= MachineStorage.capacity, "a machine's state must fit MachineStorage.capacity octets")
    self.init(
      descriptor: F.descriptor,
      initial: Self.stored(F.initial),
      machine: { F.machine(for: $0, in: $1) },
      step: { storage, consult, context, world, orders in
        guard let event = F.event(for: consult, context, in: world) else { return nil }
        return Self.step(F.self, &storage, event, context, world, &orders)
      },
      isInitial: { Self.loaded($0, as: F.State.self) == F.initial },
      write: { F.encode(Self.loaded($0, as: F.State.self), into: &$1) },
      decode: {
        var fact = FactReader($0)
        return F.decode(&fact).map { Self.stored($0) }
      },
      stateName: { Self.loaded($0, as: F.State.self).name },
      summary: { Self.loaded($0, as: F.State.self).summary },
      transitions: { Transition.walk(F.self) })
  }

  /// A feature of which nothing is known but its functions, such as one in a library.
  @usableFromInline
  package init(
    descriptor: Descriptor, initial: MachineStorage, machine: @escaping @Sendable (Consult, World) -> MachineKey?,
    step: @escaping @Sendable (inout MachineStorage, Consult, Context, World, inout Orders) -> Outcome?,
    isInitial: @escaping @Sendable (MachineStorage) -> Bool,
    write: @escaping @Sendable (MachineStorage, inout FactWriter) -> Void,
    decode: @escaping @Sendable ([UInt8]) -> MachineStorage?,
    stateName: @escaping @Sendable (MachineStorage) -> StaticString,
    summary: @escaping @Sendable (MachineStorage) -> Note, transitions: @escaping @Sendable () -> [Transition]
  ) {
    self.descriptor = descriptor
    self.initial = initial
    self.machine = machine
    self.step = step
    self.isInitial = isInitial
    self.write = write
    self.decode = decode
    self.stateName = stateName
    self.summary = summary
    self.transitions = transitions
  }

  package func encode(_ storage: MachineStorage) -> [UInt8] {
    var fact = FactWriter()
    self.write(storage, &fact)
    return fact.octets
  }

  @inlinable
  static func stored<State: BitwiseCopyable>(_ state: State) -> MachineStorage {
    var storage = MachineStorage()
    storage.store(state)
    return storage
  }

  @inlinable
  static func loaded<State: BitwiseCopyable>(_ storage: MachineStorage, as type: State.Type) -> State {
    storage.load(as: type)
  }

  @inlinable
  static func step<F: Feature>(
    _: F.Type, _ storage: inout MachineStorage, _ event: F.Event, _ context: Context, _ world: World, _ orders: inout Orders
  ) -> Outcome {
    switch F.step(storage.load(as: F.State.self), event, context, in: world, &orders) {
    case .go(let next):
      storage.store(next)
      return .go
    case .stay(let next):
      storage.store(next)
      return .stay
    case .refuse(let status, let note): return .refuse(status, note)
    case .ignore(let why): return .ignore(why)
    case .unreachable(let why):
      storage.store(F.failed)
      return .unreachable(why)
    }
  }
}

/// One row of a machine's table, as data: what diagrams, `module describe` and tests read.
public struct Transition: Sendable, Equatable {
  public enum Result: Sendable, Equatable {
    case goes(to: String)
    case stays
    case refuses(UInt16)
    case ignores(String)
    case unreachable(String)
  }
  public var from: String
  public var event: String
  public var result: Result

  package init(from: String, event: String, result: Result) {
    self.from = from
    self.event = event
    self.result = result
  }

  /// Steps every sample state with every sample event in a world with nothing but the samples' recordings and conversations.
  public static func walk<F: Feature>(_: F.Type) -> [Transition] {
    var rows: [Transition] = []
    let samples = F.samples
    var world = World(modules: [])
    for (owner, recordings) in samples.recordings { world.kept.set(recordings, of: owner) }
    for (a, b) in samples.conversations { self.connect(a, b, in: &world) }
    let context = Context(machine: .exchange, options: OptionValues(defaultsOf: F.descriptor), now: .zero)
    for state in samples.states {
      for event in samples.events {
        var orders = Orders()
        let result: Result =
          switch F.step(state, event, context, in: world, &orders) {
          case .go(let next): .goes(to: "\(next.name)")
          case .stay: .stays
          case .refuse(let status, _): .refuses(status.rawValue)
          case .ignore(let why): .ignores("\(why)")
          case .unreachable(let why): .unreachable("\(why)")
          }
        let row = Transition(from: "\(state.name)", event: "\(event.name)", result: result)
        if !rows.contains(row) { rows.append(row) }
      }
    }
    return rows
  }

  private static func connect(_ a: LegID, _ b: LegID, in world: inout World) {
    let party = Party.stranger(Digits())
    let call = world.calls.insert(Call(caller: party, dialled: Digits(), origin: a, at: .zero))
    for (leg, other) in [(a, b), (b, a)] {
      var found = Leg(call: call, party: party, direction: .originating, phase: .active, purpose: .direct)
      found.goal = .with(other)
      if world.legs.restore(found, at: leg) { world.add(leg) }
    }
  }
}
