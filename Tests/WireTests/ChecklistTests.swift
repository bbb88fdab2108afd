import Foundation
import Testing

extension Wire {
  @Suite("The checklist tries a telephone")
  struct TryingTelephones {
    /// The checklist at work, and the telephones that do what it says.
    private final class Trial {
      let office: Office
      let phone, one, two: TestPhone
      let chart: URL
      private let child: Child

      init(_ words: [String], typed: String = "", plan: String) throws {
        self.office = try Office(plan: plan)
        self.phone = try self.office.phone("2001")
        self.one = try self.office.phone("2002")
        self.two = try self.office.phone("2003")
        let exchange = self.office.exchange
        self.chart = exchange.folder.url.appendingPathComponent("chart.md")
        guard let program = Program.strowger else { throw WireFailure("no strowger program") }
        let command =
          [
            program, "checklist", "2001", "--with", "2002,2003", "--plan", exchange.plan.path, "--database",
            exchange.database.path,
          ]
          + ["--out", self.chart.path] + words
        self.child = try Child(
          "/bin/sh", ["-c", "printf '\(typed)' | \"$0\" \"$@\""] + command, in: exchange.folder.url, name: "checklist")
      }

      /// Does what a line asks for, as soon as it is asked for.
      func line(_ title: String, _ act: () throws -> Void) throws {
        guard wait(10, for: { self.child.outputText.contains(" \(title): ") }) else {
          throw WireFailure("\(title) is not asked for: \(self.child.outputText)\(self.child.errorText)")
        }
        try act()
      }

      func status(within seconds: Double) -> Int32? { self.child.exitStatus(within: seconds) }

      /// The chart's text.
      var text: String { (try? String(contentsOf: self.chart, encoding: .utf8)) ?? "" }

      /// `feature: result` of each row of the chart.
      var results: [String] {
        self.text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2).map { row in
          let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
          return "\(cells[0]): \(cells[1])"
        }
      }
    }

    @Test(
      "CHK-1: a telephone goes through hold, consultation, transfers, forwards, conference, park and do not disturb",
      .timeLimit(.minutes(2)))
    func allOfIt() throws {
      let titles = [
        "Registration", "Basic call", "Hold/resume", "Music on hold", "Consultation call, return",
        "Consultation transfer, complete",
        "Blind transfer, answered", "Call forward all", "Call forward clear", "Conference", "Call park (system hold)",
        "Do not disturb",
      ]
      let trial = try Trial(["--patience", "20"] + titles.flatMap { ["--only", $0] }, plan: Office.shipped())
      defer { trial.office.close() }
      let (phone, one, two) = (trial.phone, trial.one, trial.two)
      func call(_ caller: TestPhone, _ called: TestPhone, _ act: (Line) throws -> Void = { _ in }) throws {
        let (near, far) = try caller.call(called)
        #expect(near.hears(far) && far.hears(near), "\(near.hearing) \(far.hearing)")
        try act(near)
        if !near.hasEnded { try near.hangUp() }
        #expect(wait(3) { far.hasEnded })
      }
      try trial.line("Basic call") { try call(phone, one) }
      try trial.line("Basic call, called") { try call(one, phone) }
      try trial.line("Hold/resume") {
        try call(phone, one) {
          try $0.hold()
          try $0.resume()
        }
      }
      try trial.line("Music on hold") {
        try call(phone, one) {
          try $0.hold()
          usleep(300_000)
        }
      }
      try trial.line("Consultation call, return") {
        try call(phone, one) {
          try $0.hold()
          try call(phone, two)
          try $0.resume()
        }
      }
      try trial.line("Consultation transfer, complete") {
        let (near, far) = try phone.call(one)
        try near.hold()
        let (consulting, target) = try phone.call(two)
        try consulting.hold()
        try near.refer(to: "2003", replacing: consulting)
        #expect(near.hasTransferred() && wait(3) { near.hasEnded && consulting.hasEnded })
        #expect(far.hears(target), "\(far.hearing)")
        try far.hangUp()
      }
      try trial.line("Blind transfer, answered") {
        let (near, far) = try phone.call(one)
        try near.refer(to: "2003")
        let target = try two.incoming()
        #expect(near.hasTransferred())
        #expect(far.hears(target), "\(far.hearing)")
        try far.hangUp()
      }
      try trial.line("Call forward all") {
        #expect(try phone.outcome("6012002").status == 480)
        let line = try two.call("2001")
        let rung = try one.incoming()
        try line.hangUp()
        #expect(wait(3) { rung.hasEnded })
      }
      try trial.line("Call forward clear") {
        #expect(try phone.outcome("600").status == 480)
        try call(two, phone)
      }
      try trial.line("Conference") {
        let (first, member) = try phone.call(one)
        try first.hold()
        #expect(try phone.outcome("46").status == 480)
        let (own, last) = try phone.call(two)
        try own.hold()
        #expect(try phone.outcome("46").status == 480)
        #expect(try phone.outcome("46").status == 480)
        try own.resume()
        #expect(own.hears([one.voice, two.voice], within: 10), "\(own.hearing)")
        try own.hangUp()
        try member.hangUp()
        #expect(wait(3) { last.hasEnded })
      }
      try trial.line("Call park (system hold)") {
        let (near, _) = try phone.call(one)
        try near.hold()
        #expect(try phone.outcome("11").status == 480)
        try two.call("122001").hangUp()
      }
      try trial.line("Do not disturb") { () throws in
        #expect(try phone.outcome("401").status == 480)
        #expect(try one.outcome("2001").status == 486)
        #expect(try phone.outcome("400").status == 480)
      }
      #expect(trial.status(within: 20) == 0)
      #expect(trial.results == (titles.prefix(2) + ["Basic call, called"] + titles.dropFirst(2)).map { "\($0): pass" })
    }

    @Test(
      "CHK-1: what a telephone does not do fails after the time that it has, with what is missing; status 1",
      .timeLimit(.minutes(1)))
    func notDone() throws {
      let trial = try Trial(["--only", "blind transfer, answered", "--patience", "2"], plan: Office.shipped())
      defer { trial.office.close() }
      #expect(trial.status(within: 10) == 1)
      #expect(trial.results == ["Blind transfer, answered: fail"])
      #expect(trial.text.contains("not seen: 2001 sends REFER 2003"), "\(trial.text)")
    }

    @Test("CHK-1: a person says that the telephone cannot, not now, that it failed, and stop", .timeLimit(.minutes(1)))
    func typed() throws {
      let trial = try Trial(
        ["--patience", "20"], typed: "n no such key\\nnonsense\\ns\\nf no voice\\nq\\n", plan: Office.shipped())
      defer { trial.office.close() }
      #expect(trial.status(within: 10) == 1)
      #expect(
        trial.results == [
          "Registration: pass", "Basic call: not supported", "Basic call, called: not tested",
          "Calling name and number display: fail", "Hold/resume: not tested",
        ])
      #expect(trial.text.contains("no such key") && trial.text.contains("no voice; not seen: 2001 is called"), "\(trial.text)")
    }

    @Test("CHK-1: the exchange ends meanwhile: the chart of what was found out stands all the same", .timeLimit(.minutes(1)))
    func exchangeEnds() throws {
      let trial = try Trial(["--patience", "20"], plan: Office.shipped())
      defer { trial.office.close() }
      try trial.line("Basic call") { trial.office.exchange.stop() }
      #expect(trial.status(within: 10) == 1)
      #expect(trial.results == ["Registration: pass", "Basic call: not tested"])
      #expect(trial.text.contains("the exchange has ended"), "\(trial.text)")
    }

    @Test("CHK-1: without an exchange, with stations that are not there or not registered: one line that says what to do")
    func notReady() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      func complaint(_ words: String...) throws -> String {
        let answer = try Exchange.run(
          ["checklist"] + words + ["--plan", office.exchange.plan.path, "--database", office.exchange.database.path],
          in: office.exchange.folder.url)
        #expect(answer.status != 0)
        return answer.errors
      }
      #expect(try complaint("2001", "--with", "2002,2003").contains("2002 is not registered"))
      #expect(try complaint("2001", "--with", "2002,2099").contains("there is no station 2099"))
      #expect(try complaint("2001", "--with", "2001,2002").contains("strowger checklist 2001 --with 2002,2003"))
      #expect(try complaint("2001", "--with", "2002,2003", "--only", "teleport").contains("no line has \"teleport\""))
      office.exchange.stop()
      #expect(try complaint("2001", "--with", "2002,2003").contains("no exchange runs"))
    }
  }
}
