import ArgumentParser
import Foundation
import Kernel
import Store

/// `strowger checklist`: the manual's interoperability checklist, run against a telephone (CHK-1).
struct Checklist: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try a telephone with every feature, and print the chart of what it can.",
    discussion: """
      Takes three telephones: the one to be tried and two others. Each line says what to do with them; the exchange watches its own
      messages and sees whether it was done. Meanwhile, with Enter:
        n  the telephone cannot do it      s  not now      f WHY  it failed, whatever was seen      q  stop here
      What only people hear is asked; without a terminal it is noted that nobody was asked.
        strowger checklist 2001 --with 2002,2003 --out 2001.md
        strowger checklist 2001 --with 2002,2003 --only hold --only transfer
        strowger checklist 2001 --with 2002,2003 --list
      Exit status 1 where a line failed, or the exchange ended.
      """)

  @Argument(help: ArgumentHelp("The telephone to be tried.", valueName: "station")) var phone: String
  @Option(help: ArgumentHelp("Two other telephones, with a comma between.", valueName: "stations")) var with: String
  @Option(help: ArgumentHelp("Only lines whose title has this in it; may be repeated.", valueName: "words")) var only: [String] =
    []
  @Option(help: ArgumentHelp("How long to wait for each line.", valueName: "seconds")) var patience = 120.0
  @Option(help: ArgumentHelp("Write the chart there as well, in Markdown.", valueName: "file")) var out: String?
  @Flag(help: "Print what there is to do, and do nothing.") var list = false
  @OptionGroup var plan: PlanLocation
  @OptionGroup var location: DatabaseLocation
  @OptionGroup var presentation: Presentation

  private var others: [String] { self.with.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }

  func validate() throws {
    let stations = [self.phone] + self.others
    if let wrong = stations.first(where: { StationNumber($0) == nil }) {
      throw ValidationError("\(wrong) is no station's number")
    }
    guard stations.count == 3, Set(stations).count == 3 else {
      throw ValidationError("Give one station, and two others: strowger checklist 2001 --with 2002,2003")
    }
    guard self.patience >= 1, self.patience <= 3600 else { throw ValidationError("--patience is 1 to 3600 seconds") }
  }

  func run() throws {
    let rows = try self.chosen(from: self.sheet().rows)
    guard !self.list else { return self.show(rows) }
    let station = try self.ready()
    var run = ChecklistRun(self.location, phone: self.phone, others: self.others, patience: self.patience, say: self.tell)
    var notes: [ChecklistNote] = []
    self.tell(
      "\(self.phone), with \(self.others.joined(separator: " and ")). Do what each line says; n, s, f WHY or q and Enter meanwhile."
    )
    for (index, row) in rows.enumerated() where !run.isStopped {
      let note = run.watch(row, "\(index + 1)/\(rows.count) \(row.title)")
      self.tell("      \(note.result.rawValue)" + (note.notes.isEmpty ? "" : ": \(note.notes)"))
      notes.append(note)
    }
    let chart = ChecklistChart(phone: self.phone, model: self.model(before: station), notes: notes)
    Terminal.say(self.presentation.json ? chart.json.document : "\n" + chart.text)
    if let out { try self.write(chart.markdown, to: out) }
    if run.isBroken || notes.contains(where: { $0.result == .fail }) { throw ExitCode.failure }
  }

  private func sheet() throws -> ChecklistSheet {
    let plan = try self.plan.load()
    let modules = InstalledModules.all
    return ChecklistSheet(phone: self.phone, one: self.others[0], two: self.others[1]) { name, action in
      guard let placement = plan.modules.first(where: { $0.module == name }),
        let module = modules.first(where: { $0.descriptor.name == name }),
        let index = module.descriptor.actions.firstIndex(where: { $0.name == action })
      else { return nil }
      return placement.codes.first { $0.action == index }?.digits.description
    }
  }

  private func chosen(from rows: [ChecklistRow]) throws -> [ChecklistRow] {
    guard !self.only.isEmpty else { return rows }
    for words in self.only where !rows.contains(where: { $0.title.localizedCaseInsensitiveContains(words) }) {
      throw Failure("no line has \"\(words)\" in its title; there are \(rows.map(\.title).joined(separator: "; "))")
    }
    return rows.filter { row in self.only.contains { row.title.localizedCaseInsensitiveContains($0) } }
  }

  /// The station's status, once an exchange runs and the two others can be called.
  private func ready() throws -> JSON {
    guard let stations = try self.location.ask(.status)?.elements else {
      throw Failure("no exchange runs on \(self.location.path); start it with `strowger serve`")
    }
    for number in [self.phone] + self.others where !stations.contains(where: { $0["number"].text == number }) {
      throw Failure("there is no station \(number); strowger station add \(number) --user-id \(number) --random-password")
    }
    for number in self.others {
      guard stations.first(where: { $0["number"].text == number })?["registered"].isTrue == true else {
        throw Failure("\(number) is not registered: switch that telephone on, or name another with --with")
      }
    }
    return stations.first { $0["number"].text == self.phone } ?? .null
  }

  /// Brand, model and version as the telephone says it itself; it may not have been there at the beginning.
  private func model(before: JSON) -> String {
    let now = (try? self.location.ask(.status)?.elements)?.first { $0["number"].text == self.phone }
    return Table.printable([now?["phone"].text, before["phone"].text].compactMap { $0 }.first { !$0.isEmpty } ?? "unknown")
  }

  private func show(_ rows: [ChecklistRow]) {
    var table = Table(["feature", "what to do"])
    for row in rows {
      if case .noCode(let module) = row.expectation {
        table.add([row.title, "(the number plan has no code of \(module) for it)"])
      } else {
        table.add([row.title, row.instruction])
      }
    }
    Terminal.say(table.text)
  }

  /// Progress: not where a program reads the result.
  private func tell(_ text: String) { self.presentation.json ? Terminal.complain(text) : Terminal.say(text) }

  private func write(_ text: String, to path: String) throws {
    do { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) } catch {
      throw Failure("\(path) cannot be written: \(error.localizedDescription)")
    }
  }
}
