internal import Kernel

/// Collects findings while a plan is read and checked.
struct Findings {
  /// Beyond this many the rest is left out: nobody reads on, and a hostile file shall not fill memory.
  static let limit = 1000

  let file: String
  private(set) var list: [Finding] = []
  private(set) var hasErrors = false
  private var leftOut = 0
  private var places: Set<Plan.Position> = []

  init(file: String) { self.file = file }

  mutating func error(_ rule: String, at place: Plan.Position, _ message: String, mend: String? = nil) {
    self.hasErrors = true
    self.add(.error, rule, place, message, mend)
  }

  mutating func warning(_ rule: String, at place: Plan.Position, _ message: String, mend: String? = nil) {
    self.add(.warning, rule, place, message, mend)
  }

  /// Whether something is already said about exactly this place.
  func mentions(_ place: Plan.Position) -> Bool { self.places.contains(place) }

  private mutating func add(
    _ severity: Finding.Severity, _ rule: String, _ place: Plan.Position, _ message: String, _ mend: String?
  ) {
    guard self.list.count < Self.limit else {
      self.leftOut += 1
      return
    }
    self.places.insert(place)
    self.list.append(
      Finding(
        file: self.file, line: Int(place.line), column: Int(place.column), severity: severity, rule: rule,
        message: message, mend: mend))
  }

  /// `did you mean CallPark? there are CallForward, CallPark, …`. It takes a while: not for findings that are left out.
  func suggestion(for name: String, among names: [String]) -> String {
    guard !names.isEmpty, self.list.count < Self.limit else { return "remove it" }
    let all = "there are " + names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    let near = names.prefix(100).map { ($0, distance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
    guard let near, near.1 <= max(1, name.count / 3) else { return all }
    return "did you mean \(near.0)? " + all
  }

  /// In the order of the file.
  func sorted() -> [Finding] {
    var result = self.list.enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
    }.map(\.element)
    if self.leftOut > 0, let last = result.last {
      result.append(
        Finding(
          file: self.file, line: last.line, column: last.column, severity: .error, rule: "too-many-findings",
          message: "\(self.leftOut) more findings are left out", mend: "mend those above first"))
    }
    return result
  }
}

/// Levenshtein's; names are at most 64 characters.
private func distance(_ a: String, _ b: String) -> Int {
  let a = Array(a.utf8.prefix(64))
  let b = Array(b.utf8.prefix(64))
  var row = Array(0...b.count)
  for (i, octet) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in b.enumerated() {
      let cost = octet == other ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
      diagonal = row[j + 1]
      row[j + 1] = cost
    }
  }
  return row[b.count]
}
