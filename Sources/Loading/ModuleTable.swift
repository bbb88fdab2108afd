internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// A library's table after everything in it was looked at. Its pointers stay as long as the process.
// Unchecked because of those pointers: what they lead to is constant.
struct ModuleTable: @unchecked Sendable {
  struct Rubbish: Error { let what: StaticString }

  let table: strowger_module_table
  let descriptor: Descriptor

  /// What the first interface that had this table knew of it, in octets.
  private static let smallest = 144
  private static let mostActions = 100
  private static let mostOptions = 100

  init(_ pointer: UnsafePointer<strowger_module_table>) throws(Rubbish) {
    let size = Int(UnsafeRawPointer(pointer).load(fromByteOffset: 4, as: UInt32.self))
    guard size >= Self.smallest, size <= 4096 else { throw Rubbish(what: "its table has another size") }
    var table = strowger_module_table()
    withUnsafeMutableBytes(of: &table) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: min(size, $0.count)))
    }
    guard table.initial != nil, table.machine != nil, table.step != nil, table.encode != nil, table.decode != nil,
      table.describe != nil
    else { throw Rubbish(what: "a function is missing in its table") }
    self.table = table
    self.descriptor = try Self.descriptor(table)
  }

  private static func descriptor(_ table: strowger_module_table) throws(Rubbish) -> Descriptor {
    let name = try self.text(table.name, "its name")
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 < 0x80 && $0 > 0x20 }) else { throw Rubbish(what: "its name is not one word") }
    guard table.action_count <= self.mostActions, table.option_count <= self.mostOptions,
      table.action_count == 0 || table.actions != nil, table.option_count == 0 || table.options != nil
    else { throw Rubbish(what: "a list in its table is not there, or too long") }
    var actions: [Descriptor.Action] = []
    for action in try self.elements(table.actions, table.action_count) { actions.append(try self.action(action)) }
    var options: [Descriptor.Option] = []
    for option in try self.elements(table.options, table.option_count) { options.append(try self.option(option)) }
    for action in actions where !(action.secretLength.map(options.indices.contains) ?? true) {
      throw Rubbish(what: "an action names an option that is not there")
    }
    guard table.points < 1 << 10 else { throw Rubbish(what: "a detection point that does not exist") }
    return Descriptor(
      name: name, version: try self.text(table.version, "its version"), summary: try self.text(table.summary, "its summary"),
      actions: actions, options: options, points: DetectionPoints(rawValue: table.points), status: try self.status(table))
  }

  /// The elements of a list as the module's header has them: each as long as the first one says, read as far as we know it.
  private static func elements<Element: Sized>(
    _ first: UnsafePointer<Element>?, _ count: Int
  ) throws(Rubbish) -> [Element] {
    guard let first, count > 0 else { return [] }
    let length = Int(UnsafeRawPointer(first).loadUnaligned(as: UInt32.self))
    var elements: [Element] = []
    for index in 0..<count {
      let place = UnsafeRawPointer(first) + index * length
      do throws(Refusal) {
        let element = try Element.read(place.assumingMemoryBound(to: Element.self))
        guard Int(element.size) == length else { throw .size }
        elements.append(element)
      } catch {
        throw Rubbish(what: "an action or option has another size, or uses what this exchange does not have")
      }
    }
    return elements
  }

  private static func status(_ table: strowger_module_table) throws(Rubbish) -> Descriptor.StatusField? {
    switch table.status_kind {
    case STROWGER_STATUS_NONE: nil
    case STROWGER_STATUS_FLAG: .flag(try self.text(table.status_name, "its status"))
    case STROWGER_STATUS_TEXT: .text(try self.text(table.status_name, "its status"))
    default: throw Rubbish(what: "a kind of status that does not exist")
    }
  }

  private static func action(_ action: strowger_action) throws(Rubbish) -> Descriptor.Action {
    let grammar: ArgumentGrammar
    switch action.argument {
    case STROWGER_ARGUMENT_NONE: grammar = .none
    case STROWGER_ARGUMENT_ONE_OF:
      var choices: [Digits] = []
      for word in try self.words(action.choices) {
        guard let digits = Digits(word) else { throw Rubbish(what: "a choice of an action cannot be dialled") }
        choices.append(digits)
      }
      grammar = .oneOf(choices)
    case STROWGER_ARGUMENT_NUMBER: grammar = .number(try self.lengths(action))
    case STROWGER_ARGUMENT_OPTIONAL_NUMBER: grammar = .optionalNumber(try self.lengths(action))
    default: throw Rubbish(what: "a kind of argument that does not exist")
    }
    return Descriptor.Action(
      try self.text(action.name, "an action's name"), argument: grammar,
      meaning: try self.text(action.meaning, "an action's meaning"),
      actsOnHeld: action.acts_on_held == 1, secretLength: action.secret_length == 0 ? nil : Int(action.secret_length) - 1)
  }

  private static func lengths(_ action: strowger_action) throws(Rubbish) -> ClosedRange<Int> {
    guard action.shortest <= action.longest, action.longest <= UInt32(Digits.longest) else {
      throw Rubbish(what: "the lengths of an action's argument are impossible")
    }
    return Int(action.shortest)...Int(action.longest)
  }

  private static func option(_ option: strowger_option) throws(Rubbish) -> Descriptor.Option {
    guard option.lowest <= option.initial, option.initial <= option.highest else {
      throw Rubbish(what: "the default of an option is outside its range")
    }
    let kind: OptionKind
    switch option.kind {
    case STROWGER_OPTION_TIME:
      guard option.lowest >= 0 else { throw Rubbish(what: "a time below 0") }
      kind = .time(
        default: Interval(nanoseconds: option.initial),
        Interval(nanoseconds: option.lowest)...Interval(nanoseconds: option.highest))
    case STROWGER_OPTION_INTEGER: kind = .integer(default: Int(option.initial), Int(option.lowest)...Int(option.highest))
    case STROWGER_OPTION_BOOLEAN: kind = .boolean(default: option.initial != 0)
    case STROWGER_OPTION_CHOICE:
      let words = try self.words(option.choices)
      guard words.indices.contains(Int(option.initial)) else {
        throw Rubbish(what: "the default of an option is no choice of it")
      }
      kind = .choice(default: Int(option.initial), words)
    case STROWGER_OPTION_NUMBER: kind = .number
    default: throw Rubbish(what: "a kind of option that does not exist")
    }
    return Descriptor.Option(
      try self.text(option.name, "an option's name"), kind, meaning: try self.text(option.meaning, "an option's meaning"))
  }

  private static func words(_ pointer: UnsafePointer<CChar>?) throws(Rubbish) -> [String] {
    try self.text(pointer, "its choices").split(separator: " ").map(String.init)
  }

  private static func text(_ pointer: UnsafePointer<CChar>?, _ what: StaticString) throws(Rubbish) -> String {
    do {
      return try String(needed: pointer)
    } catch {
      throw Rubbish(what: what)
    }
  }
}
