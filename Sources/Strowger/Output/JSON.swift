/// A JSON document whose objects keep the order in which their members were written: what `--json` prints and what the running
/// exchange and the commands say to each other.
enum JSON: Sendable, Equatable {
  struct Member: Sendable, Equatable {
    var name: String
    var value: JSON
  }

  case null
  case boolean(Bool)
  case integer(Int64)
  case decimal(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  init(_ text: String?) { self = text.map(JSON.string) ?? .null }
  init(_ number: some BinaryInteger) { self = .integer(Int64(clamping: number)) }

  /// The member of that name; null where there is none.
  subscript(_ name: String) -> JSON {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.name == name }?.value ?? .null
  }

  var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var isTrue: Bool { self == .boolean(true) }

  /// The value in a table's cell: `yes` and `no`, lists with commas, nothing for null.
  var cell: String {
    switch self {
    case .null: ""
    case .boolean(let value): value ? "yes" : "no"
    case .integer(let value): "\(value)"
    case .decimal(let value): "\(value)"
    case .string(let value): value
    case .array(let values): values.map(\.cell).joined(separator: ", ")
    case .object(let members): members.map { "\($0.name) \($0.value.cell)" }.joined(separator: ", ")
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member(name: $0.0, value: $0.1) })
  }
  init(nilLiteral: ()) { self = .null }
}

extension JSON {
  /// On one line, as the control socket wants it.
  var line: String {
    var text = ""
    self.write(to: &text)
    return text
  }

  /// As `--json` prints it: one line for each element of an outer list, or each member of an outer object.
  var document: String {
    switch self {
    case .array(let elements) where !elements.isEmpty:
      "[\n" + elements.map { "  " + $0.line }.joined(separator: ",\n") + "\n]"
    case .object(let members) where !members.isEmpty:
      "{\n" + members.map { "  " + JSON.string($0.name).line + ": " + $0.value.nested }.joined(separator: ",\n") + "\n}"
    default: self.line
    }
  }

  private var nested: String {
    guard case .array(let elements) = self, elements.count > 1, case .object? = elements.first else { return self.line }
    return "[\n" + elements.map { "    " + $0.line }.joined(separator: ",\n") + "\n  ]"
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .decimal(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += ", " }
        element.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += ", " }
        Self.write(member.name, to: &text)
        text += ": "
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default:
        if scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value || scalar.value == 0x2028 || scalar.value == 0x2029 {
          let digits = String(scalar.value, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }
}
