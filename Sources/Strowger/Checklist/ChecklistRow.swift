/// One line of the manual's chart: what is to be done with the telephones, and what must be seen then (CHK-1).
struct ChecklistRow {
  var title: String
  var instruction: String
  var expectation: Expectation
  /// What only somebody at the telephones can say.
  var question: String?

  enum Expectation {
    /// The telephone is registered.
    case registration
    /// These, one after the other, in calls that begin now.
    case signs([Sign])
    /// Its mailbox holds a new message.
    case message
    /// The number plan has no code for it.
    case noCode(of: String)
  }

  init(_ title: String, _ instruction: String, _ expectation: Expectation, asks question: String? = nil) {
    self.title = title
    self.instruction = instruction
    self.expectation = expectation
    self.question = question
  }

  init(_ title: String, _ instruction: String, _ signs: [Sign], asks question: String? = nil) {
    self.init(title, instruction, .signs(signs), asks: question)
  }
}

/// The rows of the chart for a telephone and two others, with the codes of a number plan.
struct ChecklistSheet {
  let phone, one, two: String
  /// The code of a module's action; nil where the plan has none.
  let code: (_ module: String, _ action: String) -> String?

  var rows: [ChecklistRow] { self.calls + self.holds + self.transfers + self.features + self.messages }

  private var calls: [ChecklistRow] {
    [
      ChecklistRow("Registration", "Switch \(phone) on.", .registration),
      ChecklistRow(
        "Basic call", "From \(phone) call \(one), answer, talk, hang up.", Sign.talks(phone, to: one) + [.ended],
        asks: "Did both hear each other"),
      ChecklistRow(
        "Basic call, called", "From \(one) call \(phone), answer, talk, hang up.",
        [.rings(phone), .from(phone, "200"), .ended], asks: "Did both hear each other"),
      ChecklistRow(
        "Calling name and number display", "From \(one) call \(phone); look at its display; hang up.",
        [.rings(phone), .from(phone, "180")], asks: "Did \(phone) show name and number of \(one)"),
    ]
  }

  private var holds: [ChecklistRow] {
    let consults: [Sign] = [.holds(phone), .from(phone, "INVITE \(two)"), .to(phone, "200")]
    return [
      ChecklistRow(
        "Hold/resume", "From \(phone) call \(one); hold; take the call back; hang up.",
        [.holds(phone), .to(phone, "200"), .resumes(phone), .to(phone, "200")], asks: "Did both hear each other again"),
      ChecklistRow(
        "Hold recall", "From \(phone) call \(one); hold, and wait until \(phone) is called back; answer; hang up.",
        [.holds(phone), .rings(phone), .from(phone, "200")]),
      ChecklistRow(
        "Music on hold", "From \(phone) call \(one); hold; listen at \(one); hang up.",
        [.holds(phone), .to(one, "INVITE"), .from(one, "200")], asks: "Did \(one) hear music"),
      ChecklistRow(
        "Consultation call, return", "From \(phone) call \(one); hold; call \(two); end that call; take the first back; hang up.",
        consults + [.ended, .resumes(phone), .to(phone, "200")], asks: "Did both hear each other again"),
      ChecklistRow(
        "Consultation call, toggle", "From \(phone) call \(one); hold; call \(two); change to \(one) and back; hang up.",
        consults + [.holds(phone), .resumes(phone), .holds(phone), .resumes(phone)], asks: "Did each time only one hear \(phone)"),
    ]
  }

  private var transfers: [ChecklistRow] {
    [
      ChecklistRow(
        "Consultation transfer, complete", "From \(phone) call \(one); hold; call \(two); transfer; hang up at \(one).",
        [
          .holds(phone), .from(phone, "INVITE \(two)"), .to(phone, "200"), .from(phone, "REFER"), .to(phone, "NOTIFY 200"),
          .to(phone, "BYE"),
        ], asks: "Did \(one) and \(two) hear each other"),
      ChecklistRow(
        "Consultation transfer, cancel",
        "From \(phone) call \(one); hold; call \(two), which rings; give up; take \(one) back; hang up.",
        [.holds(phone), .from(phone, "INVITE \(two)"), .from(phone, "CANCEL"), .resumes(phone), .to(phone, "200")]),
      ChecklistRow(
        "Blind transfer, answered", "From \(phone) call \(one); transfer to \(two) without calling it; answer there; hang up.",
        [.from(phone, "REFER \(two)"), .from(two, "200"), .to(phone, "NOTIFY 200")], asks: "Did \(one) and \(two) hear each other"
      ),
      ChecklistRow(
        "Blind transfer, unanswered recall", "The same, but let \(two) ring until \(phone) is called back; answer; hang up.",
        [.from(phone, "REFER \(two)"), .rings(two), .rings(phone), .from(phone, "200")]),
    ]
  }

  private var features: [ChecklistRow] {
    [
      self.row("Call pickup", "CallPickup", "directed") { code in
        ("From \(one) call \(two); from \(phone) dial \(code)\(two); hang up.", Sign.talks(phone, to: code + two), nil)
      },
      self.row("Call forward all", "CallForward", "all") { code in
        (
          "From \(phone) dial \(code)\(one); from \(two) call \(phone): \(one) rings; hang up.",
          Sign.dials(phone, code + one) + [.note("forward all to \(one)"), .rings(one)], nil
        )
      },
      self.row("Call forward busy", "CallForward", "busy") { code in
        (
          "From \(phone) dial \(code)\(one); make \(phone) busy or refuse the call that you make to it from \(two): \(one) rings.",
          Sign.dials(phone, code + one) + [.note("busy, forward to \(one)"), .rings(one)], nil
        )
      },
      self.row("Call forward no answer", "CallForward", "noAnswer") { code in
        (
          "From \(phone) dial \(code)\(one); from \(two) call \(phone) and do not answer: \(one) rings; hang up.",
          Sign.dials(phone, code + one) + [.rings(phone), .note("no answer, forward to \(one)"), .rings(one)], nil
        )
      },
      self.row("Call forward clear", "CallForward", "clear") { code in
        (
          "From \(phone) dial \(code); from \(two) call \(phone): it rings itself; hang up.",
          Sign.dials(phone, code) + [.rings(phone)], nil
        )
      },
      self.row("Conference", "Conference", "") { code in
        (
          "From \(phone) call \(one); hold; dial \(code); call \(two); hold; dial \(code) twice; take the call back; hang up.",
          [.holds(phone)] + Sign.dials(phone, code) + Sign.talks(phone, to: two) + [.holds(phone)] + Sign.dials(phone, code) + [
            .resumes(phone), .to(phone, "200"),
          ], "Did all three hear each other"
        )
      },
      self.row("Call park (system hold)", "CallPark", "park") { code in
        let fetch = self.code("CallPark", "retrieve") ?? ""
        return (
          "From \(phone) call \(one); hold; dial \(code); from \(two) dial \(fetch)\(phone); hang up.",
          [.holds(phone)] + Sign.dials(phone, code) + [.to(phone, "BYE")] + Sign.talks(two, to: fetch + phone),
          "Did \(one) and \(two) hear each other"
        )
      },
      self.row("Do not disturb", "DoNotDisturb", "") { code in
        (
          "From \(phone) dial \(code)1; from \(one) call \(phone): busy; from \(phone) dial \(code)0.",
          Sign.dials(phone, code + "1") + [.from(one, "INVITE \(phone)"), .to(one, "486")] + Sign.dials(phone, code + "0"), nil
        )
      },
    ]
  }

  private var messages: [ChecklistRow] {
    [
      ChecklistRow(
        "Voice mail indication", "Leave a message in the mailbox of \(phone) (a forward to voice mail, or its number).", .message,
        asks: "Is the lamp of \(phone) on"),
      self.row("Voice mail retrieve", "VoiceMail", "retrieve") { code in
        ("From \(phone) dial \(code), listen, hang up.", Sign.talks(phone, to: code) + [.ended], "Was the message heard")
      },
    ]
  }

  private func row(
    _ title: String, _ module: String, _ action: String, _ make: (_ code: String) -> (String, [Sign], String?)
  ) -> ChecklistRow {
    guard let code = self.code(module, action) else { return ChecklistRow(title, "", .noCode(of: module)) }
    let (instruction, signs, question) = make(code)
    return ChecklistRow(title, instruction, signs, asks: question)
  }
}
