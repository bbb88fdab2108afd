import ArgumentParser
import Foundation
import Store

/// `strowger audit`: who changed what.
struct Audit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Administrative changes: who changed what, when and from where, newest last.",
    discussion: """
      Every command that changes something leaves a row, in one transaction with the change, and so does every reload. Rows are only
      ever added; secrets never stand in them.
        strowger audit --since 7d
        strowger audit --since "2026-02-03 18:00" --by anna
        strowger audit --object "station 2001"
        strowger audit --json | jq -r '.[] | select(.object == "white list") | .new[]'
        strowger audit --check                    (has anybody been at the trail itself? exit status 1 if so)
      FROM is the terminal, and the remote address where the login came by SSH. Where one account acts for another (sudo), it reads
      "anna as strowger". A plan is shown by the hash of its file.
      Each row is sealed with the database's key over all rows before it. Whoever may write the database and read its key can still
      write another trail: note elsewhere the number and seal that --check prints, and compare.
      """)

  @Option(help: "How many, the newest.") var limit = 100
  @Option(help: ArgumentHelp("From that time on: 30m, 12h, 7d, 2026-02-03 or \"2026-02-03 18:00\".", valueName: "time"))
  var since: String?
  @Option(help: ArgumentHelp("By this person or account.", valueName: "user")) var by: String?
  @Option(help: ArgumentHelp("Of this object, or of all that begin so: \"station 2001\", station, option.", valueName: "object"))
  var object: String?
  @Flag(help: "Hold every row against its seal.") var check = false
  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  func validate() throws {
    if let since, WallTime.moment(since) == nil {
      throw ValidationError("\(since) is no time; for instance --since 7d or --since \"2026-02-03 18:00\"")
    }
    guard self.limit > 0 else { throw ValidationError("--limit \(self.limit) shows nothing") }
  }

  func run() throws {
    let administration = try self.location.open()
    guard !self.check else { return try self.show(administration.checkAudit()) }
    let rows = try administration.audit(
      limit: self.limit, since: self.since.flatMap { WallTime.moment($0) }, who: self.by, object: self.object)
    self.presentation.show(
      rows.reversed().map { self.presentation.json ? $0.json : $0.line },
      [
        ("time", "time"), ("who", "who"), ("from", "from"), ("command", "command"), ("object", "object"), ("old", "before"),
        ("new", "after"),
      ], nothing: "nothing has been changed\(self.since == nil ? " yet" : " since then")")
  }

  private func show(_ check: AuditCheck) throws {
    let seal = check.seal.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let document: JSON = [
      "changes": JSON(check.count), "last": JSON(Int(check.last)), "seal": .string(seal),
      "findings": .array(check.findings.map(JSON.string)),
    ]
    Terminal.say(
      self.presentation.json
        ? document.document
        : (check.findings + ["\(check.count) changes, the last is \(check.last), seal \(seal)"]).joined(separator: "\n"))
    if !check.findings.isEmpty { throw ExitCode(1) }
  }
}

extension AuditRow {
  /// The row as `--json` prints it.
  fileprivate var json: JSON {
    [
      "id": JSON(Int(self.id)), "time": JSON(time: self.time), "who": .string(self.who), "account": .string(self.account),
      "from": .string(self.origin), "command": .string(self.command), "object": .string(self.object),
      "old": .array(self.old.map(JSON.string)), "new": .array(self.new.map(JSON.string)), "what": .string(self.what),
    ]
  }

  /// The row for people.
  fileprivate var line: JSON {
    let who = self.account.isEmpty || self.account == self.who ? self.who : "\(self.who) as \(self.account)"
    return [
      "time": .string(WallTime.local(self.time.description)), "who": .string(who), "from": .string(self.origin),
      "command": .string(self.command), "object": .string(self.object.isEmpty ? self.what : self.object),
      "old": .string(self.old.joined(separator: "; ")), "new": .string(self.new.joined(separator: "; ")),
    ]
  }
}
