import ArgumentParser
import Sessions
import Store

/// `strowger accesslog`: every attempt to register (REG-9).
struct AccessLog: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accesslog", abstract: "Attempts to register, newest last.",
    discussion: """
        strowger accesslog --number 2001
        strowger accesslog --source 203.0.113. --limit 20
      """)

  @Option(help: "How many, the newest.") var limit = 100
  @Option(help: "Of this station only.") var number: String?
  @Option(help: "From sources that begin so.") var source: String?
  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  func run() throws {
    let rows = try self.location.open().accessLog(limit: self.limit, number: self.number, source: self.source)
    self.presentation.show(
      rows.reversed().map {
        self.presentation.json ? $0.json : $0.json.replacing("time", .string(WallTime.local($0.time.description)))
      },
      [
        ("time", "time"), ("source", "source"), ("number", "number"), ("outcome", "outcome"), ("reason", "why"),
        ("userAgent", "phone"),
      ], nothing: "nobody has tried to register yet")
  }
}

/// `strowger cdr`: call detail records (CALL-10).
struct CallRecords: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cdr", abstract: "Call detail records, newest last.",
    discussion: """
        strowger cdr --party 2001
        strowger cdr --json --limit 1000
      """)

  @Option(help: "How many, the newest.") var limit = 100
  @Option(help: "Of calls that this number made, dialled or answered.") var party: String?
  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  func run() throws {
    let rows = try self.location.open().callRecords(limit: self.limit, party: self.party).reversed()
    guard !self.presentation.json else { return Terminal.say(JSON.array(rows.map(\.json)).document) }
    guard !rows.isEmpty else { return Terminal.say("no calls yet") }
    var table = Table(["start", "caller", "dialled", "answered by", "talked", "end", "media", "features"])
    for row in rows {
      let talked = row.answer.flatMap { answer in row.end.map { ($0.milliseconds - answer.milliseconds) / 1000 } }
      table.add([
        WallTime.local(row.start.description), row.caller, row.dialled, row.answeredBy ?? "", talked.map { "\($0) s" } ?? "",
        row.cause, row.mediaPath, row.features.joined(separator: "; "),
      ])
    }
    Terminal.say(table.text)
  }
}

/// `strowger blocked`: sources whose messages are dropped (REG-8).
struct Blocked: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sources that guessed passwords too often and are not listened to.",
    discussion: """
        strowger blocked
        strowger blocked --unblock 192.168.1.31
      """)

  @Option(help: ArgumentHelp("Listen to this source again.", valueName: "address")) var unblock: String?
  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  func validate() throws {
    if let unblock, IPAddress(unblock) == nil { throw ValidationError("\(unblock) is not an IP address") }
  }

  func run() throws {
    if let unblock { return try self.lift(unblock) }
    let rows = try self.location.ask(.blocked)?.elements ?? self.location.open().blocks().map(\.json)
    let shown = self.presentation.json ? rows : rows.map { $0.replacing("until", .string(WallTime.local($0["until"].cell))) }
    self.presentation.show(shown, [("source", "source"), ("until", "until"), ("reason", "why")], nothing: "nobody is blocked")
  }

  private func lift(_ source: String) throws {
    let administration = try self.location.open()
    do {
      try administration.unblock(source)
      _ = try self.location.ask(.unblock(source))
    } catch let error as StoreError where error.code == .noSuchEntry {
      // The running exchange may not have put it into the database yet.
      guard try self.location.ask(.unblock(source))?.isTrue ?? false else { throw error }
      try administration.unblock(source, isLifted: true)
    }
  }
}

/// `strowger backup`: a copy while the exchange runs.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the database to a new file, also while the exchange runs.",
    discussion: "The key file beside the database is not in it; passwords cannot be opened without it. Keep a copy elsewhere. "
      + "What was said to mailboxes is not in it either: copy the folder that ends in .recordings.")

  @Argument(help: ArgumentHelp("The copy; it must not exist.", valueName: "file")) var file: String
  @OptionGroup var location: DatabaseLocation

  func run() throws { try self.location.open().backUp(to: self.file) }
}

/// `strowger restore`: a backup in the place of the database.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a backup in the place of the database. The exchange must be stopped.")

  @Argument(help: ArgumentHelp("The backup.", valueName: "file")) var file: String
  @OptionGroup var location: DatabaseLocation

  func run() throws { try Database.restore(self.file, to: self.location.path, by: .current()) }
}
