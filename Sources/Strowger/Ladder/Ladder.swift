import ArgumentParser

/// `strowger ladder`: what was said in a call, and what features did.
struct Ladder: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the messages of a call, and what features did in it.",
    discussion: """
      The running exchange remembers the last calls' messages; secrets are left out.
        strowger ladder                       (the last call)
        strowger ladder 17                    (a call that `strowger calls` shows)
        strowger ladder 17 --mermaid          (for documents)
        strowger ladder 17 --sipp > caller.xml
      """)

  @Argument(help: ArgumentHelp("The call's number, or last.", valueName: "call")) var call = "last"
  @Flag(help: "Print JSON, messages included.") var json = false
  @Flag(help: "Print a Mermaid sequence diagram.") var mermaid = false
  @Flag(help: "Print a SIPp scenario that plays one party's part, to be filled in.") var sipp = false
  @Option(help: "Whose part (--sipp; else the caller's).") var party: String?
  @OptionGroup var location: DatabaseLocation

  func validate() throws {
    guard [self.json, self.mermaid, self.sipp].count(where: { $0 }) <= 1 else {
      throw ValidationError("Give one of --json, --mermaid and --sipp")
    }
    guard self.call == "last" || UInt64(self.call) != nil else {
      throw ValidationError("\(self.call) is neither a call's number nor last")
    }
  }

  func run() throws {
    let answer = try self.location.ask(.ladder(self.call == "last" ? "" : self.call))
    let steps = (answer?.elements ?? []).map(LadderLine.init)
    if self.json { return Terminal.say(JSON.array(answer?.elements ?? []).document) }
    guard !steps.isEmpty else {
      if answer == nil { throw Failure("no exchange runs on \(self.location.path); ladders are remembered by a running one") }
      if self.call == "last" { return Terminal.say("no calls yet") }
      throw Failure("call \(self.call) is not remembered; `strowger ladder` shows the last one, `strowger cdr` the records")
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
}
