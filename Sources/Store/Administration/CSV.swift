/// A reader and writer of comma-separated values as RFC 4180 has them: quoted fields with doubled quotes, CRLF or LF.
enum CSV {
  struct Field: Equatable {
    var text: String
    /// Where it begins, from 1; columns count octets.
    var line: Int
    var column: Int
  }

  struct Finding: Equatable {
    var line: Int
    var column: Int
    var message: String
  }

  /// The records with the places of their fields; empty lines are left out. The first finding ends the reading.
  static func read(_ octets: [UInt8]) -> Result<[[Field]], Failure> {
    var reader = Reader(octets)
    return reader.read()
  }

  struct Failure: Error, Equatable {
    var finding: Finding
  }

  /// One record with its CRLF; fields are quoted where they must be.
  static func line(_ fields: [String]) -> String {
    fields.map { field in
      let needsQuotes = field.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
      return needsQuotes
        ? "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : field
    }.joined(separator: ",") + "\r\n"
  }

  private struct Reader {
    private let octets: [UInt8]
    private var position = 0
    private var line = 1
    private var column = 1

    init(_ octets: [UInt8]) {
      self.octets = octets
      if octets.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }  // a byte order mark, as spreadsheets write it
    }

    mutating func read() -> Result<[[Field]], Failure> {
      var records: [[Field]] = []
      var record: [Field] = []
      while true {
        if record.isEmpty, current == nil { return .success(records) }
        let field: Field
        do { field = try self.field() } catch { return .failure(error) }
        record.append(field)
        switch current {
        case comma:
          advance()
        case nil, carriageReturn, lineFeed:
          endLine()
          if record.count > 1 || !field.text.isEmpty { records.append(record) }
          record = []
        default:
          return .failure(failure("only a comma or the line's end may follow a closing quote"))
        }
      }
    }

    private mutating func field() throws(Failure) -> Field {
      let (startLine, startColumn) = (line, column)
      var text: [UInt8] = []
      if current == quote {
        advance()
        while true {
          guard let octet = current else {
            throw Failure(
              finding: Finding(line: startLine, column: startColumn, message: "the quote that begins here is not closed"))
          }
          advance()
          if octet == quote {
            guard current == quote else { break }
            advance()
          }
          text.append(octet)
        }
      } else {
        while let octet = current, octet != comma, octet != carriageReturn, octet != lineFeed {
          guard octet != quote else { throw failure("a field that holds a quote must begin with one") }
          text.append(octet)
          advance()
        }
      }
      guard let valid = String(validating: text, as: UTF8.self) else {
        throw Failure(finding: Finding(line: startLine, column: startColumn, message: "is not UTF-8"))
      }
      return Field(text: valid, line: startLine, column: startColumn)
    }

    private var current: UInt8? {
      position < octets.count ? octets[position] : nil
    }

    private mutating func advance() {
      if current == lineFeed {
        line += 1
        column = 1
      } else {
        column += 1
      }
      position += 1
    }

    private mutating func endLine() {
      if current == carriageReturn { advance() }
      if current == lineFeed { advance() }
    }

    private func failure(_ message: String) -> Failure {
      Failure(finding: Finding(line: line, column: column, message: message))
    }
  }
}

private let comma: UInt8 = 0x2C
private let quote: UInt8 = 0x22
private let carriageReturn: UInt8 = 0x0D
private let lineFeed: UInt8 = 0x0A
