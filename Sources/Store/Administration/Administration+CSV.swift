internal import GRDB

/// What an import did: the stations' numbers, in the file's order.
public struct ImportReport: Equatable, Sendable {
  public internal(set) var added: [String] = []
  public internal(set) var changed: [String] = []
}

extension Administration {
  /// Takes stations from a CSV file (RFC 4180) whose first line names the columns: `number`, and any of `user-id`, `name`,
  /// `password` and the station settings. A station that exists is changed; an empty cell leaves what is there.
  ///
  /// All or nothing. Throws `.csv` with every finding as `FILE:LINE:COLUMN: error: …` in `details`; no finding repeats a
  /// password.
  public func importStations(_ octets: [UInt8], file: String) throws(StoreError) -> ImportReport {
    let table = try StationTable(octets, file: file)
    return try database.write { connection in
      var report = ImportReport()
      var findings: [String] = []
      var entries: [AuditEntry] = []
      for row in table.rows {
        do {
          let isNew = try !exists(row.number.text, connection)
          if isNew {
            try insert(row.number.text, connection)
            report.added.append(row.number.text)
          } else {
            report.changed.append(row.number.text)
          }
          var entry = AuditEntry(
            "station \(row.number.text) \(isNew ? "added" : "changed") by import", of: "station \(row.number.text)")
          _ = try apply(row.password, row.settings.map(\.assignment), to: row.number.text, connection, &entry)
          entries.append(entry)
        } catch let error as StoreError {
          findings.append(table.finding(error, row))
        }
      }
      guard findings.isEmpty else { throw StationTable.failure(file, findings) }
      let summary = "\(report.added.count) stations added and \(report.changed.count) changed from \(file)"
      for entry in entries + [AuditEntry(summary, of: "stations", new: [file])] { try note(entry, connection) }
      return report
    }
  }

  /// All stations as CSV with a header line, in the form that `importStations` takes. Passwords are not shown: the column is left
  /// out.
  public func exportStations() throws(StoreError) -> String {
    let names = StationSetting.all.map(\.name)
    return try stations().reduce(into: CSV.line(["number", "user-id", "name"] + names)) { text, station in
      text += CSV.line([station.number, station.userID, station.name] + names.map { station.settings[$0] ?? "" })
    }
  }
}

/// The stations of a CSV file, with the places of their cells.
private struct StationTable {
  struct Row {
    var number: CSV.Field
    var password: Password?
    var passwordField: CSV.Field?
    var settings: [(assignment: Assignment, field: CSV.Field)]
  }

  private(set) var rows: [Row] = []
  private let file: String

  init(_ octets: [UInt8], file: String) throws(StoreError) {
    self.file = file
    let records: [[CSV.Field]]
    switch CSV.read(octets) {
    case .success(let read): records = read
    case .failure(let failure): throw StationTable.failure(file, [line(failure.finding)])
    }
    guard let header = records.first else {
      throw StationTable.failure(
        file, [line(CSV.Finding(line: 1, column: 1, message: "there is no header line; it must name number"))])
    }
    var findings = check(header)
    var seen: [String: Int] = [:]
    for record in records.dropFirst() {
      guard record.count == header.count, let first = record.first else {
        let message = "\(record.count) cells where the header names \(header.count)"
        findings.append(CSV.Finding(line: record.first?.line ?? 0, column: record.first?.column ?? 0, message: message))
        continue
      }
      var row = Row(number: first, settings: [])
      for (column, cell) in zip(header, record) {
        switch column.text {
        case "number": row.number = cell
        case "password":
          row.password = cell.text.isEmpty ? nil : Password(cell.text)
          row.passwordField = cell
        default:
          if !cell.text.isEmpty { row.settings.append((Assignment(column.text, cell.text), cell)) }
        }
      }
      if let earlier = seen.updateValue(row.number.line, forKey: row.number.text) {
        let message = "station \(row.number.text) stands in line \(earlier) already"
        findings.append(CSV.Finding(line: row.number.line, column: row.number.column, message: message))
      }
      rows.append(row)
    }
    guard findings.isEmpty else { throw StationTable.failure(file, findings.map(line)) }
  }

  private func check(_ header: [CSV.Field]) -> [CSV.Finding] {
    let known = ["number", "user-id", "name", "password"] + StationSetting.all.map(\.name)
    var findings: [CSV.Finding] = []
    for (index, column) in header.enumerated() {
      if !known.contains(column.text) {
        let message = "there is no column \(column.text); columns: \(known.joined(separator: ", "))"
        findings.append(CSV.Finding(line: column.line, column: column.column, message: message))
      } else if header[..<index].contains(where: { $0.text == column.text }) {
        findings.append(CSV.Finding(line: column.line, column: column.column, message: "column \(column.text) stands here twice"))
      }
    }
    if !header.contains(where: { $0.text == "number" }) {
      findings.append(CSV.Finding(line: 1, column: 1, message: "the header does not name the column number"))
    }
    return findings
  }

  /// Points at the cell that the error is about, as far as that can be told.
  func finding(_ error: StoreError, _ row: Row) -> String {
    let cell =
      error.code == .password
      ? row.passwordField : row.settings.first { error.cause.hasPrefix($0.assignment.name + " cannot") }?.field
    let place = cell ?? row.number
    let mend = error.mend.isEmpty ? "" : "; " + error.mend
    return line(CSV.Finding(line: place.line, column: place.column, message: "\(error.place): \(error.cause)\(mend)"))
  }

  private func line(_ finding: CSV.Finding) -> String {
    "\(file):\(finding.line):\(finding.column): error: \(finding.message)"
  }

  static func failure(_ file: String, _ findings: [String]) -> StoreError {
    let count = findings.count == 1 ? "1 error" : "\(findings.count) errors"
    return StoreError(.csv, at: file, "\(count), nothing was imported", mend: findings.first ?? "", details: findings)
  }
}
