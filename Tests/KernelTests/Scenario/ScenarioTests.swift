import Features
import Kernel
import TestKit
import Testing

/// The test kit itself: that it objects.
@Suite("Scenario")
struct ScenarioTests {
  private func plain(_ modules: [Module] = BuiltIn.modules) -> Scenario {
    let office = Scenario(plan: .office(modules), modules: modules)
    return office.register("2001").register("2002").register("2003")
  }

  @Test("What was expected and did not come is a value that names the test's line and draws the ladder")
  func failure() throws {
    let office = self.plain().dial("6012003", from: "2002").dial("2002", from: "2001")
    let line = #line + 1
    office.expect(.alert, at: "2002")
    let failure = try #require(office.failures.first)
    #expect(office.failures.count == 1)
    #expect(failure.location.line == line)
    #expect(failure.location.fileID.hasSuffix("ScenarioTests.swift"))
    #expect(failure.message == "expected alert at 2002, nothing was sent to it")
    for part in ["CallForward of 2002: initial -> all", "INVITE", "181", "diverted by 2002 unconditional", "armed timers: 1"] {
      #expect(failure.ladder.contains(part), "\(part) in \(failure.ladder)")
    }
  }

  @Test("Every kind of expectation can fail")
  func everyExpectation() {
    let office = self.plain().dial("2002", from: "2001")
    office.expectTalking("2001", "2002").expectFinal(.busyHere, at: "2001").expectRinging("2001").expectIdle("2002")
      .expectNoAlert(at: "2002").expectHearing(.music, at: "2001").expectState("on", of: "DoNotDisturb", "2001")
      .expectRecord(.normal, caller: "2001", dialled: "2002").expectDiversions(
        [Diversion(from: "2003", reason: .userBusy)], at: "2002"
      )
      .answer("2003").hangUp("2003").refuse(by: "2001", .busyHere).hold(by: "2001").resume(by: "2001").redirect(
        by: "2001", to: "1"
      )
      .press("5", by: "2002").endSound(at: "2001").expectRecordings([Recording(number: 1, isNew: true)], of: "2002")
    #expect(office.failures.count == 18)
  }

  @Test("All is well when all hang up, and that is looked at once")
  func finish() {
    let office = self.plain().connect("2001", "2002")
    office.finish()
    office.finish()
    #expect(office.failures.isEmpty)
  }

  /// Does what no module may do.
  private enum Vandal: Feature {
    enum State: UInt8, MachineState {
      case idle, waits
      var name: StaticString { self == .idle ? "idle" : "waits" }
    }
    enum Event: MachineEvent {
      case dialled(LegID, Digits)
      var name: StaticString { "dialled" }
    }
    static let initial = State.idle
    static let descriptor = Descriptor(
      name: "Vandal", summary: "", actions: [.init("", argument: .oneOf(["1", "2", "3", "4"]), meaning: "")])
    static func machine(for consult: Consult, in world: World) -> MachineKey? { .exchange }
    static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
      if case .code(let code) = consult { .dialled(code.leg, code.argument) } else { nil }
    }
    static func step(_ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders) -> Step<State> {
      guard case .dialled(let leg, let argument) = event else { return .ignore("") }
      switch argument {
      case "1": orders.arm(1, after: .seconds(1_000_000))  // and never leaves
      case "2":
        orders.own(leg)  // and forgets about it
        orders.own()
      case "3": return .unreachable("on purpose")
      default:
        orders.release(leg, .normal)
        orders.release(leg, .normal)
        orders.finish(leg, .busyHere, Note("twice"))
        orders.connect(leg, leg)
        orders.hear(leg, .music)
        orders.substitute(leg, for: leg)
      }
      return .go(.waits)
    }
    static func encode(_ state: State, into fact: inout FactWriter) { fact.put(state.rawValue) }
    static func decode(_ fact: inout FactReader) -> State? { fact.octet().flatMap(State.init) }
    static var samples: Samples<State, Event> { Samples(states: [], events: []) }
  }

  @Test("What a module leaves behind is found, and what it does twice happens once", arguments: ["1", "2", "3", "4"] as [Digits])
  func vandal(argument: Digits) {
    let modules = [Module(Vandal.self)]
    var plan = Plan.office(modules)
    plan.modules[0].codes = [.init(digits: "9", action: 0)]
    let office = Scenario(plan: plan, modules: modules)
    office.register("2001").dial(Digits("9\(argument)") ?? "", from: "2001")
    let audit = office.kernel.audit()
    office.finish()
    switch argument {
    case "1": #expect(office.failures.contains { $0.message.contains("1 timers are left") })
    case "2": #expect(office.failures.isEmpty)  // the caller can still give up
    case "3": #expect(office.failures.contains { $0.message.contains("fault of module 0: on purpose") })
    default: #expect(office.failures.isEmpty)
    }
    #expect(audit.isEmpty == (argument != "2"))
  }
}
