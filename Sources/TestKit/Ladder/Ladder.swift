public import Kernel

/// Who said what to whom, as a drawing in plain text: one column for each telephone, the exchange behind the first.
public struct Ladder: Sendable {
  /// `in`: a telephone tells the exchange; `out`: the exchange tells a telephone.
  public enum Way: Sendable { case `in`, out }

  struct Entry: Sendable {
    enum What: Sendable {
      case arrow(party: String, Way, label: String, remark: String)
      case remark(String)
    }
    var time: Instant
    var what: What
  }

  private(set) var entries: [Entry] = []
  /// The oldest entries are forgotten beyond this many.
  public var limit = 4000

  public init() {}

  public mutating func arrow(_ party: String, _ way: Way, _ label: String, _ remark: String = "", at time: Instant) {
    self.append(Entry(time: time, what: .arrow(party: party, way, label: label, remark: remark)))
  }

  public mutating func remark(_ text: String, at time: Instant) { self.append(Entry(time: time, what: .remark(text))) }

  private mutating func append(_ entry: Entry) {
    self.entries.append(entry)
    if self.entries.count > 2 * self.limit { self.entries.removeFirst(self.limit) }
  }

  /// The drawing; with `last`, only that many of the latest lines.
  public func text(last: Int = .max) -> String {
    let shown = self.entries.suffix(last)
    var names: [String] = []
    for entry in shown {
      if case .arrow(let party, _, _, _) = entry.what, !names.contains(party) { names.append(party) }
    }
    let exchange = min(1, names.count)
    names.insert("PBX", at: exchange)
    var text = Self.padded("t/s", 8, atEnd: false) + "  "
    for name in names { text += Self.centred(name, Self.width) }
    text += "\n"
    for entry in shown {
      text += Self.padded(Self.seconds(entry.time), 8, atEnd: false) + "  "
      switch entry.what {
      case .remark(let remark): text += Self.rails(names.count) + "  " + remark
      case .arrow(let party, let way, let label, let remark):
        let column = names.firstIndex(of: party) ?? 0
        text += Self.row(names.count, column, exchange, way, label)
        if !remark.isEmpty { text += "  " + remark }
      }
      text += "\n"
    }
    return text
  }

  private static let width = 14

  private static func rails(_ count: Int) -> String {
    (0..<count).map { _ in self.centred("|", self.width) }.joined()
  }

  /// One arrow between `column` and the exchange's, its label in the gap beside the telephone.
  private static func row(_ count: Int, _ column: Int, _ exchange: Int, _ way: Way, _ label: String) -> String {
    var cells = Array(self.rails(count))
    let a = min(column, exchange) * self.width + self.width / 2
    let b = max(column, exchange) * self.width + self.width / 2
    guard a + 1 < b else { return String(cells) }
    for index in (a + 1)..<b where cells[index] == " " { cells[index] = "-" }
    let pointsRight = (way == .in) == (column < exchange)
    cells[pointsRight ? b - 1 : a + 1] = pointsRight ? ">" : "<"
    let room = self.width - 4
    let short = Array(label.prefix(room))
    let gap = column < exchange ? a : b - self.width
    let start = gap + (self.width - short.count) / 2 + 1
    for (offset, character) in short.enumerated() { cells[start + offset] = character }
    return String(cells)
  }

  private static func seconds(_ time: Instant) -> String {
    let tenths = time.nanoseconds / 100_000_000
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func padded(_ text: String, _ width: Int, atEnd: Bool) -> String {
    let fill = String(repeating: " ", count: max(0, width - text.count))
    return atEnd ? text + fill : fill + text
  }

  private static func centred(_ text: String, _ width: Int) -> String {
    let left = max(0, (width - text.count + 1) / 2)
    return String(repeating: " ", count: left) + self.padded(text, width - left, atEnd: true)
  }
}
