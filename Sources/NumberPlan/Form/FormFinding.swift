internal import CXMLShims
internal import Kernel

/// Says in our words what libxml2 found, at the line and column it does not know.
struct FormFinding {
  private let place: Plan.Position
  private let kind: Int32
  private let code: Int32
  private let element: String
  private let attribute: String
  private let value: String
  private let message: String

  init(_ finding: strowger_xml_finding, _ source: Source) {
    self.kind = finding.kind
    self.code = finding.code
    self.element = Self.text(finding.element)
    self.attribute = Self.text(finding.attribute)
    self.value = Self.text(finding.value)
    self.message = Self.text(finding.message)
    if finding.offset >= 0 {
      self.place =
        self.attribute.isEmpty
        ? source.position(finding.offset) : source.position(ofAttribute: self.attribute, inTagAt: finding.offset)
    } else {
      self.place = Plan.Position(line: max(1, finding.line), column: max(1, finding.column))
    }
  }

  func add(to findings: inout Findings) {
    // libxml2 says what a value breaks and then that it is not of its type: once is enough.
    if !self.attribute.isEmpty, findings.mentions(self.place) { return }
    switch self.kind {
    case STROWGER_XML_PARSER:
      findings.error(
        "well-formed", at: self.place, self.trimmed, mend: "the mistake is here or just before; an XML editor shows it")
    case STROWGER_XML_DOCUMENT_TYPE:
      findings.error("document-type", at: self.place, "the plan declares a document type", mend: "take the <!DOCTYPE …> out")
    case STROWGER_XML_ELEMENTS:
      self.limit("more than \(Document.maximumElements) elements", &findings)
    case STROWGER_XML_DEPTH:
      self.limit("elements nested deeper than \(Document.maximumDepth)", &findings)
    case STROWGER_XML_ATTRIBUTES:
      self.limit("more than \(Document.maximumAttributes) attributes", &findings)
    case STROWGER_XML_VALUE:
      self.limit("\(self.attribute) is longer than \(Document.maximumValue) octets", &findings)
    case STROWGER_XML_TEXT:
      findings.error(
        "schema", at: self.place, "\(self.element) holds text", mend: "put it into <!-- --> if it is a comment")
    default:
      let (message, mend) = self.explained
      findings.error("schema", at: self.place, message, mend: mend)
    }
  }

  private func limit(_ message: String, _ findings: inout Findings) {
    findings.error("limit", at: self.place, message, mend: "a number plan needs no more")
  }

  private var explained: (message: String, mend: String?) {
    let allowed = Self.allowed(self.attribute, of: self.element)
    switch self.code {
    case _ where self.attribute.isEmpty: return (self.trimmed, nil)
    case Self.facets, Self.notOfItsType:
      return ("\"\(self.value)\" is no \(self.attribute) of a \(self.element)", allowed.map { "allowed: \($0)" })
    case Self.unknownAttribute:
      return ("\(self.element) has no attribute \(self.attribute)", "remove it; NumberPlan.xsd lists those there are")
    case Self.missingAttribute:
      return (
        "\(self.element) needs the attribute \(self.attribute)", allowed.map { "add \(self.attribute)=\"…\": \($0)" }
      )
    default: return (self.trimmed, nil)
    }
  }

  /// What libxml2 says, without the namespace that stands before each name.
  private var trimmed: String {
    var text = self.message
    while text.last?.isWhitespace == true { text.removeLast() }
    var result = ""
    var rest = Substring(text)
    while let brace = rest.firstIndex(of: "{") {
      let tail = rest[brace...]
      guard tail.hasPrefix("{urn:strowger:number-plan:1}") else {
        result += rest[...brace]
        rest = rest[rest.index(after: brace)...]
        continue
      }
      result += rest[..<brace]
      rest = tail.drop { $0 != "}" }.dropFirst()
    }
    return result + rest
  }

  private static func allowed(_ attribute: String, of element: String) -> String? {
    switch attribute {
    case "from", "to": "1 to 24 of the digits 0-9"
    case "number" where element != "ringGroup" && element != "did": "1 to 24 of the digits 0-9"
    case "digits", "code", "number", "overflow", "trunkGroup", "prefix": "1 to 32 of 0-9 * # + A B C"
    case "name", "class", "action": "letters, digits, dot, dash and underscore, at most 64"
    case "pickupGroup", "channels": "a number of at most six digits"
    case "overflowTime": "seconds, such as 30 or 0.5"
    case "outcome": "480 (refused with the reason in a Warning) or 200 (answered with a tone)"
    case "ring": "unconditional, sequential or distributed"
    case "register", "trunkToTrunk": "true or false"
    case "address": "sip:HOST or sip:HOST:PORT"
    default: nil
    }
  }

  private static func text(_ characters: UnsafePointer<CChar>?) -> String { characters.map { String(cString: $0) } ?? "" }

  // xmlParserErrors: the facets, XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1, …CVC_COMPLEX_TYPE_3_2_1, …_4.
  private static let facets: ClosedRange<Int32> = 1829...1840
  private static let notOfItsType: Int32 = 1824
  private static let unknownAttribute: Int32 = 1866
  private static let missingAttribute: Int32 = 1868
}
