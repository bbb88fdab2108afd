import ArgumentParser
import Features
import Foundation
import Kernel
import SIP
import Store

/// `strowger authcode …`: who may call outside from any telephone, by a code of one's own (TRK-4).
struct AuthcodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "authcode", abstract: "Authorisation codes: calls outside from any phone.",
    discussion: """
      A code is read from standard input, so that it stands in no list of processes and no history. It is kept as a keyed hash: nobody
      can print it again. Codes have as many digits as the plan's AuthorizationCode module says (codeLength, 6 unless set); the plan
      named with --plan, or NumberPlan.xml where it is here, is looked at when one is added.
        echo 314159 | strowger authcode add --label Sales --class national
        strowger authcode list
        strowger authcode remove Sales
      """,
    subcommands: [Add.self, Remove.self, List.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a code, read from standard input; it holds at once.")

    @Option(help: ArgumentHelp("Whose it is: what call records say instead of the code.", valueName: "text")) var label: String
    @Option(
      name: .customLong("class"),
      help: ArgumentHelp("The class of service that pays (else the telephone's own).", valueName: "name"))
    var className: String?
    @OptionGroup var location: DatabaseLocation
    @OptionGroup var plan: PlanLocation

    func run() throws {
      guard let line = readLine(), !line.isEmpty else {
        throw Failure("no code on standard input; for instance: echo 314159 | strowger authcode add --label \(self.label)")
      }
      let code = line.filter { !$0.isWhitespace }
      try self.check(code)
      try self.location.open(create: true)
        .addAuthorisationCode(code, label: self.label, classOfService: self.className ?? "")
      try self.location.refresh()
    }

    /// What the plan has against it, if there is a plan to ask.
    private func check(_ code: String) throws {
      let path = self.plan.path
      guard self.plan.given != nil || FileManager.default.fileExists(atPath: path) else { return }
      let plan = try self.plan.load()
      let descriptor = AuthorizationCode.descriptor
      guard let placement = plan.modules.first(where: { $0.module == descriptor.name }),
        let option = descriptor.options.firstIndex(where: { $0.name == "codeLength" })
      else { throw Failure("\(path) has no module AuthorizationCode, so nobody could dial the code") }
      let length = placement.options.integer(option)
      guard code.utf8.count == length else {
        throw Failure("the code has \(code.utf8.count) digits; \(path) wants \(length) (codeLength of AuthorizationCode)")
      }
      if let name = self.className, !plan.classes.contains(where: { $0.name == name }) {
        let names = plan.classes.map(\.name)
        throw Failure(
          "\(path) has no class of service \(name); "
            + (names.isEmpty ? "it has none" : "there \(names.count == 1 ? "is" : "are") \(names.joined(separator: ", "))"))
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove the code with that label.")

    @Argument(help: "The label as `authcode list` shows it.") var label: String
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      try self.location.open().removeAuthorisationCode(label: self.label)
      try self.location.refresh()
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print labels and classes; never codes.")

    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let rows = try self.location.open().authorisationCodes()
      self.presentation.show(
        rows.map { ["label": .string($0.label), "class": $0.classOfService.isEmpty ? .null : .string($0.classOfService)] },
        [("label", "label"), ("class", "class")], nothing: "there are no authorisation codes; strowger authcode add --label TEXT")
    }
  }
}

extension AuthorizationCodes {
  /// Those of the database.
  init(_ snapshot: Snapshot, _ secrets: Secrets) {
    self.init(
      snapshot.authorisationCodes.map { row in
        (row.hash, Authorization(label: row.label, className: row.classOfService.isEmpty ? nil : row.classOfService))
      },
      hash: { secrets.hash(ofCode: $0) })
  }
}
