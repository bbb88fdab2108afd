public import Kernel

/// Reads a number plan from a file or memory: form by the compiled-in schema, then meaning, all findings at once
/// (PLAN-1, PLAN-2). A file is hostile until it is read: see `Prescan` and `Document` for what is refused.
public enum PlanFile {
  /// The largest file that is read, in octets.
  public static let maximumSize = 16 << 20

  /// NumberPlan.xsd, as it is compiled in.
  public static var schema: String { "\(SchemaText.text)" }

  /// Reads and checks the plan at `path`. `modules` are the descriptors of all modules that exist; those that the plan wants from a
  /// library are asked of `library`, where it is given (MOD-2).
  ///
  /// A file that cannot be read is a finding as well; nothing is thrown.
  public static func load(path: String, modules: [Descriptor], library: LibraryLookup? = nil) -> LoadResult {
    switch FileOctets.read(path, atMost: self.maximumSize) {
    case .success(let bytes): return self.parse(bytes, name: path, modules: modules, library: library)
    case .failure(let problem):
      var findings = Findings(file: path)
      findings.error("file", at: Plan.Position(line: 1, column: 1), problem.message, mend: problem.mend)
      return LoadResult(file: path, plan: nil, findings: findings.sorted(), codes: 0, numbers: 0)
    }
  }

  /// Checks the plan in `bytes`; `name` stands in the findings.
  public static func parse(
    _ bytes: [UInt8], name: String, modules: [Descriptor], library: LibraryLookup? = nil
  ) -> LoadResult {
    var findings = Findings(file: name)
    guard let draft = self.read(bytes, modules, library, &findings) else {
      return LoadResult(file: name, plan: nil, findings: findings.sorted(), codes: 0, numbers: 0)
    }
    var meaning = Meaning(draft, findings)
    meaning.check()
    return LoadResult(
      file: name, plan: meaning.findings.hasErrors ? nil : draft.plan, findings: meaning.findings.sorted(),
      codes: draft.plan.codeCount, numbers: draft.plan.numberCount)
  }

  private static func read(
    _ bytes: [UInt8], _ modules: [Descriptor], _ library: LibraryLookup?, _ findings: inout Findings
  ) -> Draft? {
    guard bytes.count <= self.maximumSize else {
      findings.error(
        "size", at: Plan.Position(line: 1, column: 1), "the file is larger than 16 MiB", mend: "a number plan is far smaller")
      return nil
    }
    let source = Source(bytes)
    guard Prescan.passes(source, &findings), let document = Document(source, &findings) else { return nil }
    guard Structure.prune(document, source, &findings) else { return nil }
    document.checkForm(&findings)
    var reader = PlanReader(source, modules: modules, library: library, findings)
    reader.read(document)
    findings = reader.findings
    return reader.draft
  }
}

/// Brings the module of that name out of a library (`<module name="HotLine" library="libHotLine.so">`), or says why not.
public typealias LibraryLookup = (_ module: String, _ file: String) -> Result<Descriptor, LibraryProblem>

/// Why a library is of no use, as a finding says it.
public struct LibraryProblem: Error, Equatable, Sendable {
  public let message: String
  public let mend: String

  public init(message: String, mend: String) {
    self.message = message
    self.mend = mend
  }
}

/// A plan that was read, or why it was not.
public struct LoadResult: Sendable {
  public let file: String
  /// Nil if there is an error among the findings.
  public let plan: Plan?
  /// In the order of the file.
  public let findings: [Finding]
  /// How many codes and station numbers the plan has.
  public let codes: Int
  public let numbers: Int

  public var errors: Int { self.findings.count { $0.severity == .error } }
  public var warnings: Int { self.findings.count { $0.severity == .warning } }

  /// `14 codes, 1000 numbers`.
  public var counts: String { "\(plural(self.codes, "code")), \(plural(self.numbers, "number"))" }

  /// What `plan check` prints: every finding, then `2 errors, 1 warning: not loaded`.
  public var text: String {
    guard !self.findings.isEmpty else { return "\(self.file): \(self.counts), no findings" }
    var parts: [String] = []
    if self.errors > 0 { parts.append(plural(self.errors, "error")) }
    if self.warnings > 0 { parts.append(plural(self.warnings, "warning")) }
    let verdict = self.plan == nil ? "not loaded" : "may be loaded (\(self.counts))"
    return (self.findings.map(\.text) + [parts.joined(separator: ", ") + ": " + verdict]).joined(separator: "\n")
  }

  /// An array of findings; empty when there are none.
  public var json: String { JSON.array(self.findings.map(\.json)) }
}

func plural(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
