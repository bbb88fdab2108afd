/// Aligned columns for people: two spaces between them, none at a line's end; a column in which every cell is empty is left out.
struct Table {
  private var header: [String]
  private var rows: [[String]] = []

  init(_ header: [String] = []) { self.header = header }

  /// The members of objects, one column for each `(key, title)`.
  init(_ columns: [(key: String, title: String)], of rows: [JSON]) {
    self.header = columns.map(\.title)
    self.rows = rows.map { row in columns.map { Self.printable(row[$0.key].cell) } }
  }

  var isEmpty: Bool { self.rows.isEmpty }

  mutating func add(_ cells: [String]) { self.rows.append(cells.map(Self.printable)) }

  /// The lines without a line end at the last.
  var text: String {
    let columns = max(self.header.count, self.rows.map(\.count).max() ?? 0)
    var widths = [Int](repeating: 0, count: columns)
    for row in self.rows {
      for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    for (column, title) in self.header.enumerated() where widths[column] > 0 { widths[column] = max(widths[column], title.count) }
    let lines = (self.header.isEmpty ? [] : [self.header]) + self.rows
    return lines.map { self.line($0, widths) }.joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    var gap = ""
    for (column, cell) in cells.enumerated() where widths[column] > 0 {
      line += gap + cell
      gap = String(repeating: " ", count: widths[column] - cell.count + 2)
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// What a phone calls itself goes to a terminal: no control characters.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: Self.isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isControl($0) ? "\u{B7}" : $0 }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value || 0x200E...0x200F ~= scalar.value || 0x202A...0x202E ~= scalar.value
      || 0x2066...0x2069 ~= scalar.value
  }
}
