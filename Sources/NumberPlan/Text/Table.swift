/// Lines of aligned columns.
struct Table {
  private var rows: [[String]] = []

  init(_ header: [String] = []) {
    if !header.isEmpty { self.rows.append(header) }
  }

  var isEmpty: Bool { self.rows.isEmpty }

  mutating func add(_ cells: [String]) { self.rows.append(cells) }

  /// Two spaces before each line and between columns, none at the end.
  func text() -> String {
    var widths: [Int] = []
    for row in self.rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    var text = ""
    for row in self.rows {
      var line = ""
      for (column, cell) in row.enumerated() {
        line += "  " + cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      while line.last == " " { line.removeLast() }
      text += line + "\n"
    }
    return text
  }
}
