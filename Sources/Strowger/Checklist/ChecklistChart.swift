import Foundation

/// The manual's chart, filled in.
struct ChecklistChart {
  let phone: String
  /// Brand, model and version, as the telephone's User-Agent says it.
  let model: String
  let notes: [ChecklistNote]
  private let date = WallTime.day()

  init(phone: String, model: String, notes: [ChecklistNote]) {
    self.phone = phone
    self.model = model
    self.notes = notes
  }

  /// What stands above the rows.
  private var head: [(String, String)] {
    [("SIP phone", "\(self.model), station \(self.phone)"), ("Exchange", "Strowger \(Strowger.release)"), ("Date", self.date)]
  }

  private var sum: String {
    let counted = [ChecklistResult.pass, .fail, .notSupported, .notTested].compactMap { result in
      let count = self.notes.count { $0.result == result }
      return count > 0 ? "\(count) \(result.rawValue)" : nil
    }
    return counted.joined(separator: ", ")
  }

  var text: String {
    var head = Table()
    for (name, value) in self.head { head.add([name, value]) }
    var rows = Table(["feature", "result", "notes"])
    for note in self.notes { rows.add([note.row, note.result.rawValue, note.notes]) }
    return "\(head.text)\n\n\(rows.text)\n\n\(self.sum)"
  }

  var markdown: String {
    func cell(_ text: String) -> String { Table.printable(text).replacingOccurrences(of: "|", with: "\\|") }
    let head = self.head.map { "* \($0.0): \(cell($0.1))\n" }.joined()
    let rows = self.notes.map { "| \(cell($0.row)) | \($0.result.rawValue) | \(cell($0.notes)) |\n" }.joined()
    return
      "# Checklist of \(cell(self.model))\n\n\(head)\n| Feature | Result | Notes |\n| --- | --- | --- |\n\(rows)\n\(self.sum)\n"
  }

  var json: JSON {
    [
      "phone": .string(self.model), "station": .string(self.phone), "exchange": .string("Strowger \(Strowger.release)"),
      "date": .string(self.date), "rows": .array(self.notes.map(\.json)),
    ]
  }
}
