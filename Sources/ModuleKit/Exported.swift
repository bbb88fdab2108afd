public import CStrowger
public import Kernel
internal import ModuleBridge

/// Makes a `Feature` the module of the library it is built into (MOD-2). A library has one:
///
///     import CStrowger
///     import ModuleKit
///
///     @c @implementation
///     public func strowger_module(_ hostInterface: UInt32) -> UnsafePointer<strowger_module_table>? {
///       exported(SpeedDial.self, to: hostInterface)
///     }
///
/// The module is asked as one that is compiled in, with one difference: it sees the `World` through the exchange's eyes. What the
/// world's functions say is the same; `world.plan` and `world.dispatch` are empty, and so are `world.trunks`.
/// - `hostInterface`: What the exchange has given to `strowger_module`.
/// - Returns: The table, which stays as long as the process; nil where the exchange is older than this kit.
public func exported<F: Feature>(_: F.Type, to hostInterface: UInt32) -> UnsafePointer<strowger_module_table>? {
  guard hostInterface >= STROWGER_INTERFACE else { return nil }
  return ExportedModule.table(of: Module(F.self))
}

/// The library's module behind C functions, which know nothing of its type.
enum ExportedModule {
  /// Written when the library is loaded, before anything is asked.
  nonisolated(unsafe) private static var module: Module?

  static func table(of module: Module) -> UnsafePointer<strowger_module_table> {
    self.module = module
    self.rows = nil
    let table = UnsafeMutablePointer<strowger_module_table>.allocate(capacity: 1)
    table.initialize(to: strowger_module_table(module.descriptor))
    table.pointee.initial = { state in state?.pointee = strowger_machine_state(ExportedModule.module?.initial ?? MachineStorage())
    }
    table.pointee.is_initial = { state in
      guard let state, let module = ExportedModule.module else { return 0 }
      return module.isInitial(state.pointee.storage) ? 1 : 0
    }
    table.pointee.machine = { host, consult, key in ExportedModule.machine(host, consult, key) }
    table.pointee.step = { host, consult, context, state, result in ExportedModule.step(host, consult, context, state, result) }
    table.pointee.encode = { state, row, room in ExportedModule.encode(state, row, room) }
    table.pointee.decode = { row, length, state in ExportedModule.decode(row, length, state) }
    table.pointee.describe = { state, name in ExportedModule.describe(state, name) }
    table.pointee.transition = { index, row in ExportedModule.transition(index, row) }
    return UnsafePointer(table)
  }

  private static func machine(
    _ host: UnsafePointer<strowger_host>?, _ consult: UnsafePointer<strowger_consult>?,
    _ key: UnsafeMutablePointer<strowger_machine_key>?
  ) -> UInt32 {
    guard let host, let key, let module, let asked = try? Consult(strowger_consult.read(consult)) else { return 0 }
    guard let found = module.machine(asked, self.world(of: host)) else { return 0 }
    key.pointee = strowger_machine_key(found)
    return 1
  }

  private static func step(
    _ host: UnsafePointer<strowger_host>?, _ consult: UnsafePointer<strowger_consult>?,
    _ context: UnsafePointer<strowger_context>?, _ state: UnsafeMutablePointer<strowger_machine_state>?,
    _ result: UnsafeMutablePointer<strowger_step>?
  ) -> UInt32 {
    guard let host, let state, let result, let module, let asked = try? Consult(strowger_consult.read(consult)),
      let context = try? Context(strowger_context.read(context), of: module.descriptor)
    else { return STROWGER_STEP_NOTHING }
    var storage = state.pointee.storage
    var orders = Orders()
    guard let outcome = module.step(&storage, asked, context, self.world(of: host), &orders) else { return STROWGER_STEP_NOTHING }
    switch outcome {
    case .go, .stay:
      state.pointee = strowger_machine_state(storage)
      orders.forEachInC { order in withUnsafePointer(to: order) { _ = host.pointee.order?(host.pointee.context, $0) } }
      return outcome == .go ? STROWGER_STEP_GO : STROWGER_STEP_STAY
    case .refuse(let status, let note):
      result.pointee.status = UInt32(status.rawValue)
      result.pointee.text = note.template.permanentText
      result.pointee.by = strowger_digits(note.digits)
      return STROWGER_STEP_REFUSE
    case .ignore(let why):
      result.pointee.text = why.permanentText
      return STROWGER_STEP_IGNORE
    case .unreachable(let why):
      state.pointee = strowger_machine_state(storage)
      result.pointee.text = why.permanentText
      return STROWGER_STEP_UNREACHABLE
    }
  }

  private static func encode(
    _ state: UnsafePointer<strowger_machine_state>?, _ row: UnsafeMutablePointer<UInt8>?, _ room: Int
  ) -> Int {
    guard let state, let row, let octets = module?.encode(state.pointee.storage), octets.count <= room else { return 0 }
    for (index, octet) in octets.enumerated() { row[index] = octet }
    return octets.count
  }

  private static func decode(
    _ row: UnsafePointer<UInt8>?, _ length: Int, _ state: UnsafeMutablePointer<strowger_machine_state>?
  ) -> UInt32 {
    guard let row, length >= 0, let state else { return 0 }
    guard let storage = module?.decode(Array(UnsafeBufferPointer(start: row, count: length))) else { return 0 }
    state.pointee = strowger_machine_state(storage)
    return 1
  }

  private static func describe(
    _ state: UnsafePointer<strowger_machine_state>?, _ name: UnsafeMutablePointer<strowger_state_name>?
  ) {
    guard let state, let name, let module else { return }
    let storage = state.pointee.storage
    let summary = module.summary(storage)
    name.pointee.name = module.stateName(storage).permanentText
    name.pointee.summary = summary.template.permanentText
    name.pointee.by = strowger_digits(summary.digits)
  }

  /// Walked once: asked for row by row.
  nonisolated(unsafe) private static var rows: [strowger_transition]?

  private static func transition(_ index: Int, _ row: UnsafeMutablePointer<strowger_transition>?) -> UInt32 {
    let rows = self.rows ?? module?.transitions().map(strowger_transition.init) ?? []
    self.rows = rows
    guard let row, rows.indices.contains(index) else { return 0 }
    row.pointee = rows[index]
    return 1
  }

  private static func world(of host: UnsafePointer<strowger_host>) -> World {
    World(seenThrough: HostWorld(host.pointee), descriptors: module.map { [$0.descriptor] } ?? [])
  }
}
