import Glibc
import Kernel
import NumberPlan

/// Modules as the tests know them, so that no test depends on the built-in ones.
enum Modules {
  static let all = [doNotDisturb, callForward, callPark, speedDial, hold, callPickup]

  static let doNotDisturb = Descriptor(
    name: "DoNotDisturb", summary: "refuses calls",
    actions: [Descriptor.Action("", argument: .oneOf(["0", "1"]), meaning: "do not disturb is switched")],
    options: [Descriptor.Option("treatAs", .choice(default: 0, ["refuse", "busy"]), meaning: "what a caller sees")])

  static let callForward = Descriptor(
    name: "CallForward", summary: "sends calls elsewhere",
    actions: [
      Descriptor.Action("clear", argument: .none, meaning: "clears"),
      Descriptor.Action("all", argument: .number(1...24), meaning: "all calls"),
      Descriptor.Action("busy", argument: .number(1...24), meaning: "calls when busy"),
      Descriptor.Action("noAnswer", argument: .number(1...24), meaning: "calls not answered"),
      Descriptor.Action("busyOrNoAnswer", argument: .number(1...24), meaning: "both"),
    ],
    options: [
      Descriptor.Option("noAnswerTime", .time(default: .seconds(15), .zero ... .seconds(180)), meaning: "until no answer"),
      Descriptor.Option("maximumHops", .integer(default: 10, 1...20), meaning: "longest chain"),
    ])

  static let callPark = Descriptor(
    name: "CallPark", summary: "keeps a call on a number",
    actions: [
      Descriptor.Action("park", argument: .optionalNumber(1...24), meaning: "a call is parked on %"),
      Descriptor.Action("retrieve", argument: .number(1...24), meaning: "a call parked on % is fetched"),
    ],
    options: [
      Descriptor.Option("recallTime", .time(default: .seconds(60), .zero ... .seconds(3600)), meaning: "until recalled"),
      Descriptor.Option("stationCalls", .boolean(default: true), meaning: "calls between stations too"),
    ])

  static let speedDial = Descriptor(
    name: "SpeedDial", summary: "short numbers",
    actions: [Descriptor.Action("dial", argument: .number(1...3), meaning: "a stored number is called")])

  static let hold = Descriptor(name: "Hold", summary: "recalls held calls")

  static let callPickup = Descriptor(
    name: "CallPickup", summary: "takes another's call",
    actions: [
      Descriptor.Action("directed", argument: .number(1...24), meaning: "a call that rings at % is taken"),
      Descriptor.Action("group", argument: .number(1...3), meaning: "takes a call of a group"),
    ])
}

/// Checks a plan whose body is given: what stands between `<numberPlan>` in line 1 and its end.
func check(_ body: String, modules: [Descriptor] = Modules.all) -> LoadResult {
  checkText("<numberPlan xmlns=\"urn:strowger:number-plan:1\">\n" + body + "\n</numberPlan>\n", modules: modules)
}

func checkText(_ text: String, modules: [Descriptor] = Modules.all) -> LoadResult {
  PlanFile.parse(Array(text.utf8), name: "t.xml", modules: modules)
}

/// The repository's top, where the shipped plan and schema stand.
let repository = String(#filePath.dropLast("Tests/NumberPlanTests/Fixtures.swift".count))

func contents(_ path: String) -> String {
  var text = ""
  guard let file = fopen(path, "r") else { return "cannot open \(path)" }
  defer { fclose(file) }
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    guard count > 0 else { break }
    text += String(decoding: buffer[..<count], as: UTF8.self)
  }
  return text
}

/// `line:column severity: message`, a line each.
func lines(_ result: LoadResult) -> [String] {
  result.findings.map { "\($0.line):\($0.column) \($0.severity.rawValue): \($0.message)" }
}
