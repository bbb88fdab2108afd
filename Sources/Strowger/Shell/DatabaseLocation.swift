import ArgumentParser
import Foundation
import Store
import Transport

/// Which database a command is about.
struct DatabaseLocation: ParsableArguments {
  @Option(
    name: .customLong("database"),
    help: ArgumentHelp("The database (environment: STROWGER_DATABASE; else var/strowger.sqlite).", valueName: "file"))
  var given: String?

  var path: String {
    if let given { return given }
    let named = ProcessInfo.processInfo.environment["STROWGER_DATABASE"] ?? ""
    return named.isEmpty ? "var/strowger.sqlite" : named
  }

  /// Where the running exchange of this database answers.
  var control: String { Self.control(of: self.path) }

  static func control(of database: String) -> String { database + ".control" }

  /// Opens the database.
  /// - Parameter create: makes it where there is none.
  func open(create: Bool = false) throws -> Administration {
    if create, self.given == nil { try? FileManager.default.createDirectory(atPath: "var", withIntermediateDirectories: false) }
    return Administration(try Database.open(self.path, create: create), by: .current())
  }

  /// Asks the running exchange; nil when none runs on this database.
  /// - Throws: ``Failure`` with what the exchange says against it.
  func ask(_ request: ControlRequest) throws -> JSON? {
    guard let octets = try self.askedOctets(request) else { return nil }
    guard let answer = JSON(parsing: octets) else { throw Failure("\(self.control): the exchange's answer cannot be read") }
    if let error = answer["error"].text { throw Failure(error) }
    return answer["result"]
  }

  private func askedOctets(_ request: ControlRequest) throws(TransportError) -> [UInt8]? {
    do {
      return try ControlClient.ask(path: self.control, Array(request.json.line.utf8))
    } catch {
      if error.code == .notRunning { return nil }
      throw error
    }
  }

  /// Tells the running exchange, if there is one, that the database has changed.
  func refresh() throws { _ = try self.ask(.refresh) }
}

/// How a command prints what it found.
struct Presentation: ParsableArguments {
  @Flag(help: "Print JSON: one document with stable keys.")
  var json = false

  /// Prints objects as a JSON array or as a table; `nothing` is what people read when there are none.
  func show(_ rows: [JSON], _ columns: [(key: String, title: String)], nothing: String) {
    if self.json { return Terminal.say(JSON.array(rows).document) }
    Terminal.say(rows.isEmpty ? nothing : Table(columns, of: rows).text)
  }
}
