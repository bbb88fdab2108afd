internal import Kernel

extension PlanReader {
  /// The module's attributes against its descriptor; those not written have their defaults.
  mutating func options(_ element: Element, _ descriptor: Descriptor, known: Bool) -> OptionValues {
    var values = OptionValues(defaultsOf: descriptor)
    guard known else { return values }
    for attribute in element.attributes where attribute.name != "name" && attribute.name != "library" {
      guard let index = descriptor.options.firstIndex(where: { $0.name == attribute.name }) else {
        let names = descriptor.options.map(\.name)
        self.findings.error(
          "unknown-option", at: self.place(element, attribute.name),
          "module \(descriptor.name) has no option \(attribute.name)",
          mend: names.isEmpty
            ? "remove it; \(descriptor.name) has no options" : self.findings.suggestion(for: attribute.name, among: names))
        continue
      }
      let option = descriptor.options[index]
      if let value = option.kind.parse(attribute.value) {
        values[index] = value
        if case .number(let number?) = value {
          self.draft.moduleNumbers.append((self.draft.plan.modules.count, number, self.place(element, attribute.name)))
        }
      } else {
        self.findings.error(
          "option-value", at: self.place(element, attribute.name),
          "\"\(attribute.value)\" is no \(attribute.name) of module \(descriptor.name)", mend: "allowed: \(option.kind.allowed)")
      }
    }
    return values
  }

  mutating func code(_ element: Element, _ descriptor: Descriptor, known: Bool) -> Plan.Code? {
    guard let digits = self.digits(element, "digits") else { return nil }
    let action = known ? self.action(element, digits, descriptor) : nil
    let outcome: Status = element.text("outcome") == "200" ? .ok : .temporarilyUnavailable
    return Plan.Code(digits: digits, action: action ?? -1, outcome: outcome, position: self.place(element))
  }

  private mutating func action(_ element: Element, _ digits: Digits, _ descriptor: Descriptor) -> Int? {
    let names = descriptor.actions.map(\.name)
    guard !names.isEmpty else {
      self.findings.error(
        "unknown-action", at: self.place(element), "code \(digits): module \(descriptor.name) serves no codes",
        mend: "remove the code or put it into another module")
      return nil
    }
    guard let name = element.text("action") else {
      if names.count == 1 { return 0 }
      if let index = names.firstIndex(of: "") { return index }
      self.findings.error(
        "missing-action", at: self.place(element), "code \(digits) does not say which action of \(descriptor.name) it is",
        mend: "add action=\"…\", one of " + names.joined(separator: ", "))
      return nil
    }
    if let index = names.firstIndex(of: name) { return index }
    let others = names.filter { !$0.isEmpty }
    self.findings.error(
      "unknown-action", at: self.place(element, "action"), "module \(descriptor.name) has no action \(name)",
      mend: others.isEmpty
        ? "remove action; \(descriptor.name) does one thing" : self.findings.suggestion(for: name, among: others))
    return nil
  }
}

extension OptionKind {
  /// Nil if `text` is not of this kind or out of its range.
  func parse(_ text: String) -> OptionValue? {
    switch self {
    case .time(_, let range):
      guard let value = Interval(seconds: text), range.contains(value) else { return nil }
      return .time(value)
    case .integer(_, let range):
      guard let value = self.integer(text), range.contains(value) else { return nil }
      return .integer(value)
    case .boolean:
      return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
    case .choice(_, let names):
      return names.firstIndex(of: text).map { .integer($0) }
    case .number:
      return StationNumber(text).map { .number($0.digits) }
    }
  }

  private func integer(_ text: String) -> Int? {
    text.hasPrefix("-") ? decimal(String(text.dropFirst())).map { -$0 } : decimal(text)
  }

  /// What may be written, for people: `1 to 20`, `refuse or busy`.
  var allowed: String {
    switch self {
    case .time(_, let range): "\(range.lowerBound) to \(range.upperBound) seconds, such as \(self.example)"
    case .integer(_, let range): "\(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .choice(_, let names): names.joined(separator: " or ")
    case .number: "a number of at most 24 digits"
    }
  }

  private var example: String {
    if case .time(let value) = self.defaultValue { "\(value)" } else { "" }
  }

  /// `value` as it would be written.
  func text(_ value: OptionValue) -> String {
    switch (self, value) {
    case (.choice(_, let names), .integer(let index)) where names.indices.contains(index): names[index]
    case (_, .time(let interval)): "\(interval)"
    case (_, .integer(let number)): "\(number)"
    case (_, .boolean(let truth)): "\(truth)"
    case (_, .number(let digits)): digits.map { "\($0)" } ?? "none"
    }
  }
}
