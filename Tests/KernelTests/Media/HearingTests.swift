import Features
import Kernel
import TestKit
import Testing

/// Tones for codes, media that cannot be had, numbers of modules, recordings.
@Suite("Hearing")
struct HearingTests {
  private static let toneCode: Plan = {
    var plan = Plan.office(BuiltIn.modules)
    for module in plan.modules.indices {
      for code in plan.modules[module].codes.indices { plan.modules[module].codes[code].outcome = .ok }
    }
    return plan
  }()

  @Test(
    "DIAL-2: outcome=200: the code is answered, a confirmation tone is heard for 2 s, then the call ends; its record says why")
  func confirmation() {
    let office = office(plan: Self.toneCode).dial("401", from: "2001").expect(.answer, at: "2001")
      .expectHearing(.tone(.confirmation), at: "2001").expectState("on", of: "DoNotDisturb", "2001")
      .advance(by: .milliseconds(1_999)).expectHearing(.tone(.confirmation), at: "2001").advance(by: .milliseconds(1))
      .expect(.release(.normal), at: "2001").expectIdle("2001").expectRecord(.normal, caller: "2001", dialled: "401")
    #expect(office.records.last?.acts.map(\.note.description) == ["do not disturb on"])
  }

  @Test("DIAL-2: outcome=200: what did not work gets an error tone", arguments: ["402", "4011", "6012001", "601"] as [Digits])
  func error(digits: Digits) {
    let office = office(plan: Self.toneCode).dial(digits, from: "2001").expect(.answer, at: "2001")
      .expectHearing(.tone(.error), at: "2001").advance(by: .seconds(2)).expect(.release(.refused), at: "2001")
    #expect(office.records.last?.acts.count == 1)
  }

  @Test("DIAL-2: outcome=200: the caller hangs up first, or the exchange starts anew: nothing is left")
  func leftEarly() {
    office(plan: Self.toneCode).dial("401", from: "2001").hangUp("2001").expectIdle("2001").advance(by: .seconds(3))
      .dial("400", from: "2001").restart().expectIdle("2001").expectState("off", of: "DoNotDisturb", "2001")
  }

  @Test(
    "DIAL-2: outcome=200: no media for the tone: released at once, the setting stands",
    arguments: [Cause.mediaFailed, .noChannel])
  func noTone(cause: Cause) {
    office(plan: Self.toneCode).breakMedia(at: "2001", cause).dial("401", from: "2001").expectIdle("2001")
      .expectState("on", of: "DoNotDisturb", "2001")
  }

  @Test("MED-2: no channel for a new call: 503; no common media: 488")
  func noChannel() {
    for (cause, status) in [(.noChannel, 503), (.mediaFailed, 488)] as [(Cause, UInt16)] {
      let office = office().breakMedia(at: "2002", cause).dial("2002", from: "2001").answer("2002").expectIdle("2001")
        .expectIdle("2002")
      #expect(office.records.last?.cause == cause && office.records.last?.status.rawValue == status)
    }
  }

  @Test("DIAL-1: a module's number beats the range that contains it, can be forwarded to, and is no station")
  func numberOfAModule() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("number", .number("2050"), of: Module(VoiceMail.self))
    let kernel = office(plan: plan).kernel
    let place = plan.modules.firstIndex { $0.module == "VoiceMail" }
    #expect(kernel.world.dispatch.match("2050") == place.map { .module($0) })
    #expect(kernel.world.dispatch.match("2051") == .station("2051"))
    #expect(!kernel.world.isStation("2050"))
    #expect(kernel.world.may("2001", call: "2050"))
    #expect(kernel.world.dispatch.match("205") == .incomplete)
  }

  @Test("MWI-2: recordings are told, bounded, and numbered above all that were ever seen")
  func recordings() {
    let office = office().set("2002", StationSettings(mailbox: true)).dial("6012999", from: "2002")
      .keep([Recording(number: 77, isNew: true)], of: "2003").dial("2002", from: "2001").endSound(at: "2001")
      .expectHearing(.recording(78), at: "2001").hangUp("2001").expectRecordings([Recording(number: 78, isNew: true)], of: "2002")
      .keep([], of: "2002").expectRecordings([], of: "2002").expectRecordings([Recording(number: 77, isNew: true)], of: "2003")
    let many = (100..<(101 + UInt32(World.mostRecordings))).map { Recording(number: $0, isNew: false) }
    var kernel = office.kernel
    kernel.receive(.recordings(of: "2004", many), at: office.now)
    #expect(kernel.world.recordings(of: "2004").count == World.mostRecordings)
    #expect(kernel.world.recordings(of: "2004").first?.number == 100)
  }

  @Test("MED-4: keys and sounds that end mean nothing to a conversation")
  func keysInAConversation() {
    let office = office().connect("2001", "2002").press("5#", by: "2001")
    var kernel = office.kernel
    kernel.clearOutbox()
    for line in office.exchange.telephones.lines {
      kernel.receive(.played(line.leg), at: office.now)
      kernel.receive(.pressed(line.leg, key: 255), at: office.now)
    }
    #expect(kernel.outbox.directives.isEmpty && kernel.outbox.facts.isEmpty)
    office.expectTalking("2001", "2002")
  }
}
