import Features
import Kernel
import TestKit
import Testing

@Suite("Hold")
struct HoldTests {
  private func plan(_ options: [(String, OptionValue)]) -> Plan {
    var plan = Plan.office(BuiltIn.modules)
    for (name, value) in options { plan.set(name, value, of: Module(Hold.self)) }
    return plan
  }

  // MARK: HOLD-1, HOLD-2

  @Test("HOLD-1, HOLD-2: either party holds, the other hears music; resumed, both talk")
  func eitherHolds() {
    office().connect("2001", "2002").hold(by: "2001").expectHearing(.music, at: "2002").resume(by: "2001")
      .expectTalking("2001", "2002")
      .hold(by: "2002").expectHearing(.music, at: "2001").resume(by: "2002").expectTalking("2001", "2002")
  }

  @Test("HOLD-1: both hold and both resume, in any order")
  func bothHold() {
    office().connect("2001", "2002").hold(by: "2001").hold(by: "2002").expectHearing(.music, at: "2001")
      .expectHearing(.music, at: "2002").resume(by: "2001").resume(by: "2002").expectTalking("2001", "2002")
      .hold(by: "2002").hold(by: "2001").resume(by: "2001").resume(by: "2002").expectTalking("2001", "2002")
  }

  @Test("HOLD-1: hold and resume over and over leave nothing behind")
  func overAndOver() {
    let office = office().connect("2001", "2002")
    for _ in 0..<100 { office.hold(by: "2001").resume(by: "2001") }
    office.expectTalking("2001", "2002").advance(by: .seconds(100)).expectNoAlert(at: "2001").hangUp("2001")
    let acts = office.records.last?.acts.count ?? 0
    #expect((1...64).contains(acts))
  }

  @Test("HOLD-2: tone-source=phone: the held party goes on hearing the telephone that holds")
  func phoneIsTheSource() {
    office().set("2002", StationSettings(toneSource: .phone)).connect("2001", "2002").hold(by: "2001").expectTalking(
      "2001", "2002"
    )
    .resume(by: "2001").expectTalking("2001", "2002")
    .hold(by: "2002").expectHearing(.music, at: "2001")
  }

  @Test("HOLD-2, HOLD-3: tone-source=phone keeps its tone through an unanswered recall and a restart")
  func phoneIsTheSourceInRecall() {
    office().set("2002", StationSettings(toneSource: .phone)).connect("2001", "2002").hold(by: "2001")
      .advance(by: .seconds(45)).expect(.alert, at: "2001").restart().expectTalking("2001", "2002")
      .advance(by: .seconds(45)).answer("2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-2: sound=tone: the held party hears a hold tone")
  func tone() {
    office(plan: self.plan([("sound", .integer(1))])).connect("2001", "2002").hold(by: "2001")
      .expectHearing(.tone(.hold), at: "2002")
  }

  @Test("HOLD-2, MED-2: no channel for music: silence, and the call goes on")
  func noChannel() {
    office().connect("2001", "2002").breakMedia(at: "2002", .noChannel).hold(by: "2001").expectHearing(.music, at: "2002")
      .resume(by: "2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-2: a restart while somebody is held: still held, still music, resumed as ever")
  func restart() {
    office().connect("2001", "2002").hold(by: "2001").restart().expectHearing(.music, at: "2002").resume(by: "2001")
      .expectTalking("2001", "2002")
  }

  @Test("CALL-8: either hangs up while one holds, while both hold: nothing is left")
  func hangUp() {
    for (first, second) in [("2001", "2002"), ("2002", "2001")] as [(StationNumber, StationNumber)] {
      office().connect("2001", "2002").hold(by: "2001").hangUp(first).expectIdle(second)
      office().connect("2001", "2002").hold(by: "2001").hold(by: "2002").hangUp(first).expectIdle(second)
    }
  }

  @Test("CALL-10: the record says who was held")
  func record() {
    let office = office().connect("2001", "2002").hold(by: "2001").hangUp("2001")
    #expect(office.records.last?.acts.map(\.note.description) == ["2002 held"])
  }

  // MARK: HOLD-3

  @Test("HOLD-3: held for 45 s the holder is rung, shown the held party, through do not disturb; answering resumes")
  func recall() {
    let office = office().connect("2001", "2002").dial("401", from: "2001").dial("6012003", from: "2001").hold(by: "2001")
      .advance(by: .milliseconds(44_999)).expectNoAlert(at: "2001").advance(by: .milliseconds(1)).expect(.alert, at: "2001")
      .expectNoAlert(at: "2003").expectHearing(.music, at: "2002")
    let alert = office.exchange.telephones.lines(of: "2001").last?.alert
    #expect(alert?.purpose == .recall && alert?.calling == "2002" && alert?.diversions.isEmpty == true)
    office.answer("2001").expect(.release(.answeredElsewhere), at: "2001").expectTalking("2001", "2002")
      .advance(by: .seconds(300)).expectTalking("2001", "2002").expectNoAlert(at: "2001")
  }

  @Test("HOLD-3: recallTime is the plan's, 0 never rings", arguments: [0, 500, 90_000])
  func recallTime(milliseconds: Int) {
    let office = office(plan: self.plan([("recallTime", .time(.milliseconds(Int64(milliseconds))))])).connect("2001", "2002")
      .hold(by: "2001")
    if milliseconds == 0 {
      office.advance(by: .seconds(4000)).expectNoAlert(at: "2001").expectHearing(.music, at: "2002")
    } else {
      office.advance(by: .milliseconds(Int64(milliseconds - 1))).expectNoAlert(at: "2001").advance(by: .milliseconds(1))
        .expect(.alert, at: "2001")
    }
  }

  @Test("HOLD-3: the time runs only while that telephone has no other active call, across a restart too")
  func timeStandsStill() {
    office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(40))
      .dial("2003", from: "2001").answer("2003").advance(by: .seconds(300)).expectNoAlert(at: "2001").restart()
      .advance(by: .seconds(300)).expectNoAlert(at: "2001").hangUp("2003")
      .advance(by: .milliseconds(4_999)).expectNoAlert(at: "2001").advance(by: .milliseconds(1)).expect(.alert, at: "2001")
  }

  @Test("HOLD-3: a recall rings 20 s, the next comes 45 s later; refused or unanswered ten times, the held party is released")
  func unanswered() {
    let office = office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).expect(.alert, at: "2001")
      .advance(by: .milliseconds(19_999)).expectRinging("2001").advance(by: .milliseconds(1))
      .expect(.release(.cancelled), at: "2001").expectHearing(.music, at: "2002")
      .advance(by: .milliseconds(44_999)).expectNoAlert(at: "2001").advance(by: .milliseconds(1)).expect(.alert, at: "2001")
      .refuse(by: "2001", .busyHere).advance(by: .seconds(45)).expect(.alert, at: "2001").refuse(by: "2001", .decline)
    for _ in 3..<10 { office.advance(by: .seconds(45)).expect(.alert, at: "2001").advance(by: .seconds(20)) }
    office.expectHearing(.music, at: "2002").advance(by: .seconds(45)).expectNoAlert(at: "2001")
      .expect(.release(.noAnswer), at: "2002").expectIdle("2001")
  }

  @Test("HOLD-3: recallLimit and recallRing are the plan's")
  func limit() {
    office(plan: self.plan([("recallLimit", .integer(1)), ("recallRing", .time(.seconds(5)))])).connect("2001", "2002")
      .hold(by: "2001").advance(by: .seconds(45)).expect(.alert, at: "2001").advance(by: .seconds(5))
      .expect(.release(.cancelled), at: "2001").advance(by: .seconds(45)).expectIdle("2002").expectIdle("2001")
  }

  @Test("HOLD-3: with nobody registered a recall counts as unanswered, and is tried again")
  func notRegistered() {
    office().connect("2001", "2002").hold(by: "2001").unregister("2001").advance(by: .seconds(45)).expectNoAlert(at: "2001")
      .register("2001").advance(by: .seconds(45)).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-3: every telephone of the holder is rung; one answers, the others stop; one refuses, the others ring on")
  func severalTelephones() {
    office().register("2001", devices: 2).connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45))
      .refuse(by: "2001", .busyHere, device: 0).expectRinging("2001").answer("2001", device: 1).expectTalking("2001", "2002")
    office().register("2001", devices: 2).connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45))
      .answer("2001", device: 1).expect(.release(.answeredElsewhere), at: "2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-3: resuming the old line cancels the recall; an answer that comes too late is released")
  func resumed() {
    office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).resume(by: "2001")
      .expect(.release(.cancelled), at: "2001").expectTalking("2001", "2002").advance(by: .seconds(200)).expectNoAlert(at: "2001")
  }

  @Test("HOLD-3: the held party, or the holder on the old line, hangs up while the recall rings")
  func hangUpDuringRecall() {
    office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).hangUp("2002").expectIdle("2001")
    office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).hangUp("2001").expectIdle("2002").expectIdle(
      "2001")
  }

  @Test("HOLD-1, HOLD-3: both hold: each is recalled; who comes back hears music while the other still holds")
  func bothHoldAndOneIsRecalled() {
    office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(5)).hold(by: "2002").advance(by: .seconds(40))
      .expect(.alert, at: "2001").expectNoAlert(at: "2002").refuse(by: "2001", .busyHere)
      .expectHearing(.music, at: "2001").expectHearing(.music, at: "2002")
      .advance(by: .seconds(5)).expect(.alert, at: "2002").answer("2002").expectHearing(.music, at: "2002")
      .resume(by: "2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-3: a restart while the recall rings: it is tried again after recallTime")
  func restartDuringRecall() {
    office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(30)).restart().advance(by: .seconds(15))
      .expect(.alert, at: "2001").restart().expectHearing(.music, at: "2002")
      .advance(by: .seconds(45)).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-3: only stations are recalled: a party outside may hold for ever")
  func outsideHolds() throws {
    var kernel = Kernel(modules: BuiltIn.modules)
    kernel.install(.office(BuiltIn.modules))
    kernel.receive(.registered("2001", [DeviceID(1)]), at: .zero)
    let caller = kernel.reserveLeg()
    kernel.receive(.dialled(Origination(leg: caller, caller: .stranger("55501"), dialled: "2001")), at: .zero)
    let called = try #require(
      kernel.outbox.directives.lazy.compactMap { if case .alert(let leg, _) = $0 { leg } else { nil } }.first)
    for event: Event in [.answered(called), .joined(caller), .joined(called), .held(caller)] { kernel.receive(event, at: .zero) }
    #expect(kernel.world.leg(called)?.goal == .music)
    #expect(kernel.nextDeadline == nil)
    kernel.receive(.resumed(caller), at: .zero)
    #expect(kernel.world.leg(called)?.goal == .with(caller))
  }

  @Test("CALL-10: the record tells of the recall")
  func recallRecord() {
    let office = office().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).answer("2001").hangUp("2001")
    #expect(
      office.records.last?.acts.map(\.note.description) == ["2002 held", "recall of 2001", "recall answered by 2001"])
  }
}
