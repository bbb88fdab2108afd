import ArgumentParser

/// `strowger ladder`: what was said in a call, and what features did.
struct Ladder: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the messages of a call, and what features did in it.",
    discussion: """
      The running exchange remembers the last calls' messages; secrets are left out.
        strowger ladder                       (the last call)
        strowger ladder 17                    (a call that `strowger calls` shows)
        strowger ladder 17 18                 (two that belong together, a consultation for example)
        strowger ladder 17 --mermaid          (for documents)
        strowger ladder 17 --sipp > caller.xml
      """)

  @Argument(help: ArgumentHelp("The call's number, or several, or last.", valueName: "call")) var calls = ["last"]
  @Flag(help: "Print JSON, messages included.") var json = false
  @Flag(help: "Print a Mermaid sequence diagram.") var mermaid = false
  @Flag(help: "Print a SIPp scenario that plays one party's part, to be filled in.") var sipp = false
  @Option(help: "Whose part (--sipp; else the caller's).") var party: String?
  @OptionGroup var location: DatabaseLocation

  func validate() throws {
    guard [self.json, self.mermaid, self.sipp].count(where: { $0 }) <= 1 else {
      throw ValidationError("Give one of --json, --mermaid and --sipp")
    }
    if let word = self.calls.first(where: { UInt64($0) == nil }), self.calls != ["last"] {
      throw ValidationError("\(word) is not a call's number; `last` stands alone")
    }
  }

  func run() throws {
    let isLast = self.calls == ["last"]
    let answer = try self.location.ask(.ladder(isLast ? "" : self.calls.joined(separator: " ")))
    let steps = LadderLine.numbered((answer?.elements ?? []).map(LadderLine.init))
    if self.json { return Terminal.say(JSON.array(answer?.elements ?? []).document) }
    guard !steps.isEmpty else {
      if answer == nil { throw Failure("no exchange runs on \(self.location.path); ladders are remembered by a running one") }
      if isLast { return Terminal.say("no calls yet") }
      throw Failure(
        "call \(self.calls.joined(separator: ", ")) is not remembered; `strowger ladder` shows the last one, `strowger cdr` the records"
      )
    }
    if self.mermaid { return Terminal.say(LadderMermaid.text(steps)) }
    guard self.sipp else { return Terminal.say(LadderDrawing(steps).text) }
    let parties = LadderLine.parties(steps)
    guard let party = self.party ?? parties.first, parties.contains(party) else {
      throw Failure("\(self.party ?? "nobody") has no part in this call; there are \(parties.joined(separator: ", "))")
    }
    Terminal.say(LadderScenario.text(steps, of: party))
  }
}

/// One line of a ladder as the running exchange tells it.
struct LadderLine: Equatable {
  /// Since the first line.
  var seconds: Double
  /// Empty for a note.
  var party: String
  /// By the exchange.
  var isSent: Bool
  var isNote: Bool
  var text: String
  var message: String
  /// `[2]` and so on where the party has more than one dialog in the ladder: which of them.
  var dialog = ""

  init(seconds: Double, party: String, isSent: Bool, isNote: Bool = false, text: String, message: String = "") {
    self.seconds = seconds
    self.party = party
    self.isSent = isSent
    self.isNote = isNote
    self.text = text
    self.message = message
  }

  init(_ json: JSON) {
    let seconds: Double =
      switch json["seconds"] {
      case .decimal(let value): value
      case .integer(let value): Double(value)
      default: 0
      }
    self.init(
      seconds: seconds, party: json["party"].cell, isSent: json["sent"].isTrue, isNote: json["note"].isTrue,
      text: Table.printable(json["text"].cell), message: json["message"].cell)
  }

  /// In the order in which they appear: the caller first.
  static func parties(_ steps: [LadderLine]) -> [String] {
    steps.reduce(into: []) { parties, step in
      if !step.isNote, !parties.contains(step.party) { parties.append(step.party) }
    }
  }

  /// The text with the dialog behind it.
  var label: String { self.dialog.isEmpty ? self.text : "\(self.text) \(self.dialog)" }

  /// The same steps, and which dialog each belongs to where a party has several: their Call-IDs as they appear.
  static func numbered(_ steps: [LadderLine]) -> [LadderLine] {
    let identifiers = steps.map { $0.isNote ? "" : $0.callID }
    var dialogs: [String: [String]] = [:]
    for (step, identifier) in zip(steps, identifiers) where !step.isNote {
      if dialogs[step.party]?.contains(identifier) != true { dialogs[step.party, default: []].append(identifier) }
    }
    return zip(steps, identifiers).map { step, identifier in
      guard !step.isNote, let own = dialogs[step.party], own.count > 1, let index = own.firstIndex(of: identifier) else {
        return step
      }
      var step = step
      step.dialog = "[\(index + 1)]"
      return step
    }
  }

  private var callID: String {
    let line = self.message.split(separator: "\n").first {
      $0.lowercased().hasPrefix("call-id:") || $0.lowercased().hasPrefix("i:")
    }
    return line.map { $0.drop { $0 != ":" }.dropFirst().filter { $0 != " " } } ?? ""
  }
}
