internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// A library's functions as the kernel asks them.
extension Module {
  init(_ table: ModuleTable) {
    var state = strowger_machine_state()
    table.table.initial?(&state)
    let initial = state.storage
    self.init(
      descriptor: table.descriptor,
      initial: initial,
      machine: { table.machine($0, $1) },
      step: { table.step(&$0, $1, $2, $3, &$4) },
      isInitial: { table.isInitial($0, initial) },
      write: { $1.put(table.encode($0)) },
      decode: { table.decode($0) },
      stateName: { table.name($0).template },
      summary: { table.name($0, isSummary: true) },
      transitions: { table.transitions() })
  }
}

extension ModuleTable {
  func machine(_ consult: Consult, _ world: World) -> MachineKey? {
    let consultation = Consultation(world, module: self.descriptor.name)
    var asked = strowger_consult(consult)
    var key = strowger_machine_key()
    let concerns = consultation.withHost { self.table.machine?($0, &asked, &key) ?? 0 }
    return concerns == 1 ? try? MachineKey(key) : nil
  }

  func step(
    _ storage: inout MachineStorage, _ consult: Consult, _ context: Context, _ world: World, _ orders: inout Orders
  ) -> Outcome? {
    let consultation = Consultation(world, module: self.descriptor.name)
    consultation.orders = orders
    var asked = strowger_consult(consult)
    var state = strowger_machine_state(storage)
    var result = strowger_step()
    result.size = UInt32(MemoryLayout<strowger_step>.size)
    let values = self.descriptor.options.indices.map { strowger_option_value(context.options[$0]) }
    let step = values.withUnsafeBufferPointer { values in
      var given = strowger_context()
      given.size = UInt32(MemoryLayout<strowger_context>.size)
      given.machine = strowger_machine_key(context.machine)
      given.now = context.now.nanoseconds
      given.options = values.baseAddress
      given.option_count = values.count
      return consultation.withHost { self.table.step?($0, &asked, &given, &state, &result) ?? STROWGER_STEP_NOTHING }
    }
    let outcome = self.outcome(step, result, isBad: consultation.isBad)
    switch outcome {
    case .go, .stay:
      storage = state.storage
      orders = consultation.orders
    case .unreachable:
      var first = strowger_machine_state()
      self.table.initial?(&first)
      storage = first.storage
    case .refuse, .ignore, nil: break
    }
    return outcome
  }

  /// Rubbish ends the machine, as any row that must not be reached.
  private func outcome(_ step: UInt32, _ result: strowger_step, isBad: Bool) -> Outcome? {
    guard !isBad else { return .unreachable("the module gave an order that is none") }
    switch step {
    case STROWGER_STEP_NOTHING: return nil
    case STROWGER_STEP_GO: return .go
    case STROWGER_STEP_STAY: return .stay
    case STROWGER_STEP_REFUSE:
      guard let status = try? Status(given: result.status), status.rawValue >= 400,
        let text = try? StaticString(permanent: result.text),
        let digits = try? Digits(result.by)
      else { return .unreachable("the module refused without a status and a reason") }
      return .refuse(status, Note(text, digits))
    case STROWGER_STEP_IGNORE:
      return .ignore((try? StaticString(permanent: result.text)) ?? "without a reason")
    case STROWGER_STEP_UNREACHABLE:
      return .unreachable((try? StaticString(permanent: result.text)) ?? "without a reason")
    default: return .unreachable("the module gave a step that is none")
    }
  }

  func isInitial(_ storage: MachineStorage, _ initial: MachineStorage) -> Bool {
    var state = strowger_machine_state(storage)
    guard let function = self.table.is_initial else { return storage.isIdentical(to: initial) }
    return function(&state) == 1
  }

  /// Octets that a state takes at most.
  private static let room = 1024

  func encode(_ storage: MachineStorage) -> [UInt8] {
    var state = strowger_machine_state(storage)
    return [UInt8](unsafeUninitializedCapacity: Self.room) { row, count in
      row.initialize(repeating: 0)
      count = min(self.table.encode?(&state, row.baseAddress, Self.room) ?? 0, Self.room)
    }
  }

  func decode(_ row: [UInt8]) -> MachineStorage? {
    var state = strowger_machine_state()
    let isRead = row.withUnsafeBufferPointer { self.table.decode?($0.baseAddress, $0.count, &state) ?? 0 }
    return isRead == 1 ? state.storage : nil
  }

  func name(_ storage: MachineStorage, isSummary: Bool = false) -> Note {
    var state = strowger_machine_state(storage)
    var name = strowger_state_name()
    name.size = UInt32(MemoryLayout<strowger_state_name>.size)
    self.table.describe?(&state, &name)
    let plain = (try? StaticString(permanent: name.name)) ?? "nameless"
    guard isSummary, let text = try? StaticString(permanent: name.summary), let digits = try? Digits(name.by) else {
      return Note(plain)
    }
    return Note(text, digits)
  }

  func transitions() -> [Transition] {
    var rows: [Transition] = []
    var row = strowger_transition()
    while rows.count < 10_000 {
      row.size = UInt32(MemoryLayout<strowger_transition>.size)
      guard self.table.transition?(rows.count, &row) == 1, let read = try? Transition(row) else { break }
      rows.append(read)
    }
    return rows
  }
}

extension strowger_option_value {
  fileprivate init(_ value: OptionValue?) {
    self.init()
    switch value {
    case .time(let interval): self.value = interval.nanoseconds
    case .integer(let number): self.value = Int64(number)
    case .boolean(let flag): self.value = flag ? 1 : 0
    case .number(let digits): self.digits = strowger_digits(digits ?? Digits())
    case nil: break
    }
  }
}

extension Transition {
  fileprivate init(_ row: strowger_transition) throws(Refusal) {
    let result: Result
    switch row.result {
    case STROWGER_STEP_GO: result = .goes(to: try String(needed: row.to))
    case STROWGER_STEP_STAY: result = .stays
    case STROWGER_STEP_REFUSE: result = .refuses(try Status(given: row.status).rawValue)
    case STROWGER_STEP_IGNORE: result = .ignores(try String(needed: row.text))
    case STROWGER_STEP_UNREACHABLE: result = .unreachable(try String(needed: row.text))
    default: throw .kind
    }
    self.init(from: try String(needed: row.from), event: try String(needed: row.event), result: result)
  }
}
