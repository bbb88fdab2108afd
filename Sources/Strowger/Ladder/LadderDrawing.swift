import Foundation

/// A ladder in letters: the caller at the left, the exchange beside it, then whoever else took part; notes at the right.
struct LadderDrawing {
  private struct Row {
    var seconds: Double
    /// One arrow, or one that comes in and the same that goes out.
    var arrows: [LadderLine]
    var note = ""
  }

  private let columns: [String]
  private var rows: [Row] = []
  private let width: Int

  init(_ steps: [LadderLine]) {
    let parties = LadderLine.parties(steps)
    self.columns = Array(parties.prefix(1)) + ["exchange"] + Array(parties.dropFirst())
    self.width = min(40, max(16, (steps.filter { !$0.isNote }.map(\.label.count).max() ?? 0) + 8))
    for step in steps { self.add(step) }
  }

  private mutating func add(_ step: LadderLine) {
    guard let last = self.rows.indices.last else { return self.rows.append(Self.row(step)) }
    if step.isNote {
      if self.rows[last].note.isEmpty, step.seconds - self.rows[last].seconds < 0.000_5 {
        return self.rows[last].note = step.text
      }
    } else if let before = self.rows[last].arrows.first, self.rows[last].arrows.count == 1, !before.isSent, step.isSent,
      before.party != step.party, before.text == step.text, step.seconds - self.rows[last].seconds < 0.002,
      self.isOpposite(before, step)
    {
      return self.rows[last].arrows.append(step)
    }
    self.rows.append(Self.row(step))
  }

  private static func row(_ step: LadderLine) -> Row {
    Row(seconds: step.seconds, arrows: step.isNote ? [] : [step], note: step.isNote ? step.text : "")
  }

  /// One is at the left of the exchange and the other at its right: both arrows fit on a line.
  private func isOpposite(_ a: LadderLine, _ b: LadderLine) -> Bool {
    (a.party == self.columns.first) != (b.party == self.columns.first)
  }

  /// The drawing without a line end at the last line.
  var text: String {
    var header = Self.padded("  t/s", to: 10)
    for column in self.columns { header += Self.padded(column, to: self.width) }
    return ([header] + self.rows.map(self.line)).map(Self.trimmed).joined(separator: "\n")
  }

  private func line(_ row: Row) -> String {
    var cells = [Character](repeating: " ", count: (self.columns.count - 1) * self.width + 1)
    for column in self.columns.indices { cells[column * self.width] = "|" }
    for arrow in row.arrows { self.draw(arrow, in: &cells) }
    let time = String(format: "%7.3f", row.seconds)
    return "\(time)   " + String(cells) + (row.note.isEmpty ? "" : "   " + row.note)
  }

  private func draw(_ arrow: LadderLine, in cells: inout [Character]) {
    guard let party = self.columns.firstIndex(of: arrow.party) else { return }
    let ends = (min(party, 1) * self.width, max(party, 1) * self.width)
    for position in ends.0 + 1..<ends.1 where position % self.width != 0 { cells[position] = "-" }
    let pointsRight = arrow.isSent == (party > 1)
    if pointsRight { cells[ends.1 - 1] = ">" } else { cells[ends.0 + 1] = "<" }
    // The words stand in the part beside the party.
    let start = party == 0 ? 0 : (party - 1) * self.width
    let room = self.width - 7
    let words = Array(arrow.label.count > room ? String(arrow.label.prefix(room - 1)) + "…" : arrow.label)
    for (offset, letter) in words.enumerated() { cells[start + 4 + offset] = letter }
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func trimmed(_ text: String) -> String {
    String(text.reversed().drop { $0 == " " }.reversed())
  }
}
