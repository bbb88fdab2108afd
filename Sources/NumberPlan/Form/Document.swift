internal import CXML
internal import CXMLShims
internal import Kernel

/// A parsed plan: owns libxml2's tree, which dies with it. Elements are only good while it lives.
struct Document: ~Copyable {
  static let maximumElements = 250_000
  static let maximumDepth = 16
  static let maximumAttributes = 32
  static let maximumValue = 256

  private let tree: xmlDocPtr
  private let source: Source

  /// Nil, with the reason among `findings`, if the source is not well-formed or too large in some way.
  init?(_ source: Source, _ findings: inout Findings) {
    Library.start()
    let tree = Self.reading(source, &findings) { strowger_xml_parse(&$0) }
    guard let tree else {
      if !findings.hasErrors {
        findings.error("well-formed", at: Plan.Position(line: 1, column: 1), "the plan cannot be parsed")
      }
      return nil
    }
    self.tree = tree
    self.source = source
  }

  deinit { xmlFreeDoc(self.tree) }

  var root: Element? { xmlDocGetRootElement(self.tree).map(Element.init) }

  /// Compares the tree with the schema; what ``Structure`` takes out must be out, for libxml2 looks no further behind it.
  borrowing func checkForm(_ findings: inout Findings) {
    guard let schema = Library.schema else {
      findings.error("schema", at: Plan.Position(line: 1, column: 1), "libxml2 does not accept the built-in schema")
      return
    }
    let result = Self.reading(self.source, &findings) { strowger_xml_validate(self.tree, schema.pointer, &$0) }
    if result < 0 {
      findings.error("schema", at: Plan.Position(line: 1, column: 1), "libxml2 could not check the plan against the schema")
    }
  }

  private static func reading<Result>(
    _ source: Source, _ findings: inout Findings, _ body: (inout strowger_xml_reading) -> Result
  ) -> Result {
    source.bytes.withUnsafeBytes { bytes in
      var reading = strowger_xml_reading()
      reading.bytes = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      reading.length = bytes.count
      reading.maximum_elements = Int32(self.maximumElements)
      reading.maximum_depth = Int32(self.maximumDepth)
      reading.maximum_attributes = Int32(self.maximumAttributes)
      reading.maximum_value = Int32(self.maximumValue)
      reading.maximum_findings = Int32(Findings.limit)
      defer { strowger_xml_free_findings(&reading) }
      let result = body(&reading)
      for index in 0..<Int(reading.count) {
        FormFinding(reading.findings[index], source).add(to: &findings)
      }
      return result
    }
  }
}

/// libxml2's process-wide state, set up once.
enum Library {
  // Unchecked because it holds a pointer: compiled once and only read afterwards, when libxml2 allows validation by several threads.
  struct Schema: @unchecked Sendable {
    let pointer: xmlSchemaPtr
  }

  static func start() { _ = self.started }

  private static let started: Void = strowger_xml_start()

  static let schema: Schema? = {
    Library.start()
    return SchemaText.text.withUTF8Buffer { text in
      text.withMemoryRebound(to: CChar.self) { strowger_xml_schema($0.baseAddress, $0.count) }
    }.map(Schema.init(pointer:))
  }()
}
