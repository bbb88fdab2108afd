internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// What a module tells of itself, in memory that stays.
extension strowger_module_table {
  init(_ descriptor: Descriptor) {
    self.init()
    self.interface_number = STROWGER_INTERFACE
    self.size = UInt32(MemoryLayout<Self>.size)
    self.name = lasting(descriptor.name)
    self.version = lasting(descriptor.version)
    self.summary = lasting(descriptor.summary)
    self.actions = lasting(descriptor.actions.map { strowger_action($0) })
    self.action_count = descriptor.actions.count
    self.options = lasting(descriptor.options.map { strowger_option($0) })
    self.option_count = descriptor.options.count
    self.points = descriptor.points.rawValue
    switch descriptor.status {
    case nil: self.status_kind = STROWGER_STATUS_NONE
    case .flag(let name): (self.status_kind, self.status_name) = (STROWGER_STATUS_FLAG, lasting(name))
    case .text(let name): (self.status_kind, self.status_name) = (STROWGER_STATUS_TEXT, lasting(name))
    }
  }
}

extension strowger_action {
  init(_ action: Descriptor.Action) {
    self.init()
    self.size = UInt32(MemoryLayout<Self>.size)
    self.name = lasting(action.name)
    self.meaning = lasting(action.meaning)
    self.acts_on_held = action.actsOnHeld ? 1 : 0
    self.secret_length = UInt32(truncatingIfNeeded: action.secretLength.map { $0 + 1 } ?? 0)
    switch action.argument {
    case .none: self.argument = STROWGER_ARGUMENT_NONE
    case .oneOf(let choices):
      self.argument = STROWGER_ARGUMENT_ONE_OF
      self.choices = lasting(choices.map(\.description).joined(separator: " "))
    case .number(let lengths): self.set(STROWGER_ARGUMENT_NUMBER, lengths)
    case .optionalNumber(let lengths): self.set(STROWGER_ARGUMENT_OPTIONAL_NUMBER, lengths)
    }
  }

  private mutating func set(_ argument: UInt32, _ lengths: ClosedRange<Int>) {
    self.argument = argument
    self.shortest = UInt32(truncatingIfNeeded: lengths.lowerBound)
    self.longest = UInt32(truncatingIfNeeded: lengths.upperBound)
  }
}

extension strowger_option {
  init(_ option: Descriptor.Option) {
    self.init()
    self.size = UInt32(MemoryLayout<Self>.size)
    self.name = lasting(option.name)
    self.meaning = lasting(option.meaning)
    switch option.kind {
    case .time(let initial, let range):
      self.set(STROWGER_OPTION_TIME, initial.nanoseconds, range.lowerBound.nanoseconds, range.upperBound.nanoseconds)
    case .integer(let initial, let range):
      self.set(STROWGER_OPTION_INTEGER, Int64(initial), Int64(range.lowerBound), Int64(range.upperBound))
    case .boolean(let initial): self.set(STROWGER_OPTION_BOOLEAN, initial ? 1 : 0, 0, 1)
    case .choice(let initial, let words):
      self.set(STROWGER_OPTION_CHOICE, Int64(initial), 0, Int64(words.count) - 1)
      self.choices = lasting(words.joined(separator: " "))
    case .number: self.kind = STROWGER_OPTION_NUMBER
    }
  }

  private mutating func set(_ kind: UInt32, _ initial: Int64, _ lowest: Int64, _ highest: Int64) {
    (self.kind, self.initial, self.lowest, self.highest) = (kind, initial, lowest, highest)
  }
}

extension strowger_transition {
  init(_ row: Transition) {
    self.init()
    self.size = UInt32(MemoryLayout<Self>.size)
    self.from = lasting(row.from)
    self.event = lasting(row.event)
    switch row.result {
    case .goes(let next): (self.result, self.to) = (STROWGER_STEP_GO, lasting(next))
    case .stays: self.result = STROWGER_STEP_STAY
    case .refuses(let status): (self.result, self.status) = (STROWGER_STEP_REFUSE, UInt32(status))
    case .ignores(let why): (self.result, self.text) = (STROWGER_STEP_IGNORE, lasting(why))
    case .unreachable(let why): (self.result, self.text) = (STROWGER_STEP_UNREACHABLE, lasting(why))
    }
  }
}

extension Context {
  /// The options' values are read as the module has declared them.
  init(_ context: strowger_context, of descriptor: Descriptor) throws(Refusal) {
    var values: [OptionValue] = []
    for (index, option) in descriptor.options.enumerated() {
      guard index < context.option_count, let given = context.options?[index] else { throw .range }
      values.append(try OptionValue(given, as: option.kind))
    }
    self.init(machine: try MachineKey(context.machine), options: OptionValues(values), now: Instant(nanoseconds: context.now))
  }
}

extension OptionValue {
  fileprivate init(_ given: strowger_option_value, as kind: OptionKind) throws(Refusal) {
    switch kind {
    case .time: self = .time(Interval(nanoseconds: given.value))
    case .integer, .choice: self = .integer(Int(given.value))
    case .boolean: self = .boolean(given.value != 0)
    case .number: self = .number(try Digits.given(given.digits))
    }
  }
}

/// Copies that are never freed: made once, when the library is loaded.
private func lasting(_ text: String) -> UnsafePointer<CChar> {
  let octets = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
  for (place, octet) in text.utf8.enumerated() { octets[place] = CChar(bitPattern: octet) }
  octets[text.utf8.count] = 0
  return UnsafePointer(octets)
}

private func lasting<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element>? {
  guard !elements.isEmpty else { return nil }
  let copy = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
  for (place, element) in elements.enumerated() { (copy + place).initialize(to: element) }
  return UnsafePointer(copy)
}
