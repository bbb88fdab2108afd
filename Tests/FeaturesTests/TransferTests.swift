import Features
import Kernel
import TestKit
import Testing

@Suite("Transfer")
struct TransferTests {
  private func plan(_ options: [(String, OptionValue)]) -> Plan {
    var plan = Plan.office(BuiltIn.modules)
    for (name, value) in options { plan.set(name, value, of: Module(Transfer.self)) }
    return plan
  }

  // MARK: XFER-1

  @Test("XFER-1: a blind transfer: 202, ringing, done; the party talks to the target, the transferor is free")
  func blind() {
    for holds in [false, true] {
      let office = office().connect("2001", "2002")
      if holds { office.hold(by: "2001") }
      office.refer("2001", to: "2003").expect(.transfer(.accepted), at: "2001").expect(.transfer(.ringing), at: "2001")
        .expect(.alert, at: "2003").expectHearing(.tone(.ringback), at: "2002")
        .answer("2003").expect(.transfer(.done), at: "2001").expect(.release(.normal), at: "2001").expectIdle("2001")
        .expectTalking("2002", "2003").expect(.present("2003"), at: "2002").advance(by: .seconds(300))
        .expectTalking("2002", "2003")
    }
  }

  @Test("XFER-1: the target is shown the party, and who has transferred it; the called party may transfer as well")
  func shown() {
    let office = office().connect("2001", "2002").refer("2002", to: "2003")
    let alert = office.exchange.telephones.lines(of: "2003").last?.alert
    #expect(alert?.calling == "2001" && alert?.transferredBy == "2002" && alert?.purpose == .transfer)
    office.answer("2003").expectTalking("2001", "2003").expectIdle("2002")
  }

  @Test("XFER-1: the transferor hangs up at any point, the party's call goes on")
  func transferorLeaves() {
    office().connect("2001", "2002").hold(by: "2001").refer("2001", to: "2003").hangUp("2001").expectRinging("2003")
      .answer("2003").expectTalking("2002", "2003").advance(by: .seconds(300)).expectTalking("2002", "2003")
    office().silence("2003").connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").answer("2003")
      .expectTalking("2002", "2003")
  }

  @Test("XFER-1: the party hangs up while the target rings: all are free")
  func partyLeaves() {
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2002").expect(.release(.normal), at: "2003")
      .expectIdle("2001").expectIdle("2003")
  }

  @Test("XFER-1: the target forwards, has do not disturb, is a mailbox: as for any call")
  func targetHasFeatures() {
    office().dial("6012004", from: "2003").connect("2001", "2002").refer("2001", to: "2003").expect(.alert, at: "2004")
      .answer("2004").expect(.transfer(.done), at: "2001").expectTalking("2002", "2004")
    office().dial("401", from: "2003").connect("2001", "2002").refer("2001", to: "2003")
      .expect(.transfer(.failed(.busyHere)), at: "2001").expectTalking("2001", "2002")
    office().set("2003", StationSettings(mailbox: true)).dial("6012999", from: "2003").connect("2001", "2002")
      .refer("2001", to: "2003").expect(.transfer(.done), at: "2001").expectIdle("2001")
      .expectHearing(.announcement(.greeting), at: "2002")
  }

  @Test("XFER-1, HOLD-1: the party holds while it is transferred: the target hears music until it comes back")
  func partyHolds() {
    office().connect("2001", "2002").hold(by: "2002").refer("2001", to: "2003").answer("2003").expectHearing(.music, at: "2003")
      .resume(by: "2002").expectTalking("2002", "2003")
    office().connect("2001", "2002").refer("2001", to: "2003").hold(by: "2002").answer("2003").expectHearing(.music, at: "2003")
      .advance(by: .seconds(45)).expect(.alert, at: "2002").answer("2002").expectTalking("2002", "2003")
  }

  @Test("XFER-1: a transferred call is transferred again, by either")
  func again() {
    office().connect("2001", "2002").refer("2001", to: "2003").answer("2003").refer("2003", to: "2004").answer("2004")
      .expectTalking("2002", "2004").expectIdle("2003").refer("2002", to: "2001").answer("2001").expectTalking("2004", "2001")
      .expectIdle("2002")
  }

  @Test("CALL-10: the record tells of the transfer")
  func record() {
    let office = office().connect("2001", "2002").refer("2001", to: "2003").answer("2003").hangUp("2003")
    #expect(office.records.map(\.acts).contains { $0.map(\.note.description) == ["transferred to 2003"] })
    #expect(office.records.last?.dialled == "2003" && office.records.last?.caller == "2002")
  }

  // MARK: XFER-2, XFER-3

  @Test("XFER-2: a transfer after a consultation: both talk, the transferor is free on both lines")
  func attended() {
    for reverse in [false, true] {
      office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").refer(replacing: "2001", reverse: reverse)
        .expect(.transfer(.accepted), at: "2001").expect(.transfer(.done), at: "2001").expectIdle("2001")
        .expectTalking("2002", "2003").expect(.present("2003"), at: "2002").expect(.present("2002"), at: "2003")
        .advance(by: .seconds(300)).expectTalking("2002", "2003")
    }
  }

  @Test("XFER-2: whoever called whom, the far parties talk")
  func attendedCalled() {
    office().connect("2002", "2001").hold(by: "2001").register("2001", devices: 1)
      .dial("2003", from: "2001").answer("2003").hold(by: "2001").refer(replacing: "2001").expectTalking("2002", "2003")
      .expectIdle("2001").hangUp("2003").expectIdle("2002")
  }

  @Test("XFER-2: the two cannot be connected: both calls are as they were")
  func joinFails() {
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").breakMedia(at: "2002")
      .refer(replacing: "2001").expect(.transfer(.failed(.temporarilyUnavailable)), at: "2001").expectTalking("2001", "2003")
      .expectHearing(.music, at: "2002").hangUp("2003").resume(by: "2001").expectTalking("2001", "2002")
  }

  @Test("XFER-2, HOLD-1: party or target holds: the other hears music until it comes back")
  func attendedHolds() {
    office().connect("2001", "2002").hold(by: "2001").hold(by: "2002").connect("2001", "2003").refer(replacing: "2001")
      .expectHearing(.music, at: "2003").resume(by: "2002").expectTalking("2002", "2003")
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").hold(by: "2003").refer(replacing: "2001")
      .expectHearing(.music, at: "2002").advance(by: .seconds(45)).expect(.alert, at: "2003").answer("2003")
      .expectTalking("2002", "2003")
  }

  @Test("XFER-2: while the two are being connected anybody may hang up: those who are left talk")
  func leavingWhileJoining() {
    func joining() -> Scenario {
      let office = office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").joinNothing()
      return office.refer(replacing: "2001")
    }
    joining().hangUp("2001").hangUp("2001").joinAgain().expectTalking("2002", "2003").expectIdle("2001")
    joining().hangUp("2002").joinAgain().expectTalking("2001", "2003").hangUp("2001").expectIdle("2003").expectIdle("2001")
    joining().hangUp("2003").joinAgain().resume(by: "2001").expectTalking("2001", "2002").expectIdle("2003")
    joining().hangUp("2001").hangUp("2001").hangUp("2003").expect(.alert, at: "2001").joinAgain().answer("2001")
      .expectTalking("2001", "2002")
    joining().refer("2001", to: "2004").expectTransferRefused(.temporarilyUnavailable, at: "2001").joinAgain()
      .expectTalking("2002", "2003")
  }

  @Test("XFER-3: toggling between the two, returning to the first, transferring after all: nobody is lost")
  func toggling() {
    let office = office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003")
    for _ in 0..<3 {
      office.hold(by: "2001").resumeFirst(by: "2001").expectTalking("2001", "2002").expectHearing(.music, at: "2003")
        .hold(by: "2001").resume(by: "2001").expectTalking("2001", "2003").expectHearing(.music, at: "2002")
    }
    office.hangUp("2003").resume(by: "2001").expectTalking("2001", "2002").hold(by: "2001")
      .dial("2003", from: "2001").hangUp("2001").expectIdle("2003").resume(by: "2001").expectTalking("2001", "2002")
      .hold(by: "2001").connect("2001", "2004").refer(replacing: "2001").expectTalking("2002", "2004").expectIdle("2001")
  }

  @Test("XFER-3: the transferor takes its party back while the target rings")
  func takesBack() {
    office().connect("2001", "2002").hold(by: "2001").refer("2001", to: "2003").resume(by: "2001")
      .expect(.release(.noAnswer), at: "2003").expect(.transfer(.failed(.temporarilyUnavailable)), at: "2001")
      .expectTalking("2001", "2002").expectIdle("2003")
  }

  // MARK: XFER-7

  @Test("XFER-7: the target still rings: it keeps ringing, for the party; answered, both talk")
  func early() {
    let office = office().connect("2001", "2002").hold(by: "2001").dial("2003", from: "2001").refer(replacing: "2001")
      .expect(.transfer(.accepted), at: "2001").expect(.transfer(.ringing), at: "2001").expectNoAlert(at: "2003")
      .expect(.final(.requestTerminated), at: "2001").expectRinging("2003").expectHearing(.tone(.ringback), at: "2002")
    office.answer("2003").expect(.transfer(.done), at: "2001").expectIdle("2001").expectTalking("2002", "2003")
      .expect(.present("2002"), at: "2003").advance(by: .seconds(300)).expectTalking("2002", "2003")
  }

  @Test("XFER-7: the target that still rang refuses: the transferor has its party back")
  func earlyFails() {
    office().connect("2001", "2002").hold(by: "2001").dial("2003", from: "2001").refer(replacing: "2001")
      .refuse(by: "2003", .busyHere).expect(.transfer(.failed(.busyHere)), at: "2001").expectHearing(.music, at: "2002")
      .resume(by: "2001").expectTalking("2001", "2002")
    office().connect("2001", "2002").hold(by: "2001").dial("2003", from: "2001").refer(replacing: "2001").hangUp("2001")
      .refuse(by: "2003", .busyHere).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
  }

  @Test("XFER-7: the target that rang forwards on no answer: the call goes there, shown as the party's")
  func earlyForwards() {
    let office = office().dial("6032004", from: "2003").connect("2001", "2002").hold(by: "2001").dial("2003", from: "2001")
      .refer(replacing: "2001").advance(by: .seconds(15)).expect(.alert, at: "2004")
    #expect(office.exchange.telephones.lines(of: "2004").last?.alert?.calling == "2002")
    office.answer("2004").expectTalking("2002", "2004").expectIdle("2001")
  }

  @Test("XFER-7: REFER to a code that acts on nobody held is refused, the call goes on")
  func codes() {
    for code: Digits in ["6012003", "401", "600", "*98"] {
      office().connect("2001", "2002").refer("2001", to: code).expectTransferRefused(.forbidden, at: "2001")
        .expectTalking("2001", "2002").expectState("none", of: "CallForward", "2001")
    }
  }

  @Test("XFER-7: REFER to the code that parks parks the party; to the one that confers, it is in the conference")
  func actingCodes() {
    office().connect("2001", "2002").refer("2001", to: "11").expect(.transfer(.accepted), at: "2001")
      .expect(.transfer(.done), at: "2001").expectHearing(.music, at: "2002").expectIdle("2001")
      .dial("122001", from: "2003").expectTalking("2003", "2002")
    office().connect("2001", "2002").hold(by: "2001").refer("2001", to: "46").expect(.transfer(.done), at: "2001")
      .expectHearing(.room(1), at: "2002")
    office().connect("2001", "2002").refer("2001", to: "122003").expectTransferRefused(.forbidden, at: "2001")
      .expectTalking("2001", "2002")
  }

  @Test("PICK-1, XFER-7: a transferred call that rings is picked up")
  func pickedUp() {
    office().connect("2001", "2002").refer("2001", to: "2003").dial("652003", from: "2004").expect(.transfer(.done), at: "2001")
      .expectTalking("2002", "2004").expectIdle("2003").expectIdle("2001")
    office().connect("2001", "2002").hold(by: "2001").dial("2003", from: "2001").refer(replacing: "2001")
      .dial("652003", from: "2004").expect(.transfer(.done), at: "2001").expectTalking("2002", "2004").expectIdle("2001")
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere)
      .dial("652001", from: "2004").expectTalking("2004", "2002").expectIdle("2001")
  }

  // MARK: XFER-4

  @Test("XFER-4: hanging up with one held and another talking joins the two, if that station has it")
  func onHook() {
    office().set("2001", StationSettings(onHookTransfer: true)).connect("2001", "2002").hold(by: "2001")
      .connect("2001", "2003").hangUp("2001").expectIdle("2001").expectTalking("2002", "2003").advance(by: .seconds(300))
      .expectTalking("2002", "2003")
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").hangUp("2001").expectIdle("2003")
      .resume(by: "2001").expectTalking("2001", "2002")
  }

  @Test("XFER-4: hanging up while the other still rings: it rings on, for the held party")
  func onHookRinging() {
    let office = office().set("2001", StationSettings(onHookTransfer: true)).connect("2001", "2002").hold(by: "2001")
      .dial("2003", from: "2001").hangUp("2001").expectIdle("2001").expectRinging("2003")
      .expectHearing(.tone(.ringback), at: "2002")
    office.answer("2003").expectTalking("2002", "2003")
    office.hangUp("2003").expectIdle("2002")
  }

  @Test("XFER-4, XFER-5: nobody answers there: who has hung up is rung")
  func onHookRecall() {
    office().set("2001", StationSettings(onHookTransfer: true)).connect("2001", "2002").hold(by: "2001")
      .dial("2003", from: "2001").hangUp("2001").advance(by: .seconds(30)).expectIdle("2003").expect(.alert, at: "2001")
      .answer("2001").expectTalking("2001", "2002")
  }

  @Test("XFER-4: the two cannot be connected: the held party stays with its holder")
  func onHookFails() {
    office().set("2001", StationSettings(onHookTransfer: true)).connect("2001", "2002").hold(by: "2001")
      .connect("2001", "2003").breakMedia(at: "2003").hangUp("2001").expectIdle("2003").expectHearing(.music, at: "2002")
      .resume(by: "2001").expectTalking("2001", "2002")
  }

  @Test("XFER-4: hanging up the held call, a lost telephone, two held parties: no transfer")
  func onHookNot() {
    let settings = StationSettings(onHookTransfer: true)
    office().set("2001", settings).connect("2001", "2002").hold(by: "2001").connect("2001", "2003").hold(by: "2001")
      .hangUp("2001").expectIdle("2003").expectHearing(.music, at: "2002")
    office().set("2001", settings).connect("2001", "2002").hold(by: "2001").connect("2001", "2003").hold(by: "2001")
      .connect("2001", "2004").hangUp("2001").expectIdle("2004").expectHearing(.music, at: "2002")
      .expectHearing(.music, at: "2003")
    office().set("2001", settings).register("2001", devices: 2).connect("2001", "2002").hold(by: "2001")
      .dial("2003", from: "2001", device: 1).answer("2003").hangUp("2001").expectIdle("2003").expectHearing(.music, at: "2002")
  }

  // MARK: XFER-5

  @Test("XFER-5: the target is busy, refuses, is away: the transferor has its party back at once")
  func failsAtOnce() {
    office().connect("2001", "2002").connect("2003", "2004").refer("2001", to: "2003")
      .expect(.transfer(.accepted), at: "2001").expect(.transfer(.failed(.busyHere)), at: "2001").expectTalking("2001", "2002")
    office().connect("2001", "2002").hold(by: "2001").refer("2001", to: "2003").refuse(by: "2003", .decline)
      .expect(.transfer(.failed(.decline)), at: "2001").expectHearing(.music, at: "2002").resume(by: "2001")
      .expectTalking("2001", "2002")
    office().unregister("2003").connect("2001", "2002").refer("2001", to: "2003")
      .expect(.transfer(.failed(.temporarilyUnavailable)), at: "2001").expectTalking("2001", "2002")
  }

  @Test("XFER-5: nobody answers for recallTime: the transferor has its party back")
  func unanswered() {
    office().connect("2001", "2002").refer("2001", to: "2003").advance(by: .milliseconds(29_999)).expectRinging("2003")
      .advance(by: .milliseconds(1)).expect(.release(.noAnswer), at: "2003")
      .expect(.transfer(.failed(.temporarilyUnavailable)), at: "2001").expectTalking("2001", "2002")
    office(plan: self.plan([("recallTime", .time(.zero))])).connect("2001", "2002").refer("2001", to: "2003")
      .advance(by: .seconds(179)).expectRinging("2003").advance(by: .seconds(1)).expectIdle("2003")
      .expectTalking("2001", "2002")
  }

  @Test("XFER-5: a transferor that has hung up is rung, through do not disturb; answering it has its party back")
  func recall() {
    let office = office().dial("401", from: "2001").connect("2001", "2002").refer("2001", to: "2003").hangUp("2001")
      .advance(by: .seconds(30)).expect(.alert, at: "2001").expectIdle("2003").expectHearing(.music, at: "2002")
    let alert = office.exchange.telephones.lines(of: "2001").last?.alert
    #expect(alert?.purpose == .recall && alert?.calling == "2002" && alert?.diversions.isEmpty == true)
    office.answer("2001").expectTalking("2001", "2002").advance(by: .seconds(300)).expectTalking("2001", "2002")
  }

  @Test("XFER-5: the recall is refused, not answered, not possible: again after recallTime, released after recallLimit")
  func recallUnanswered() {
    let office = office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere)
      .expect(.alert, at: "2001").refuse(by: "2001", .busyHere).expectHearing(.music, at: "2002")
      .advance(by: .seconds(30)).expect(.alert, at: "2001").advance(by: .seconds(20)).expect(.release(.cancelled), at: "2001")
      .unregister("2001").advance(by: .seconds(30)).expectNoAlert(at: "2001").register("2001")
    for _ in 3..<10 { office.advance(by: .seconds(30)).expect(.alert, at: "2001").advance(by: .seconds(20)) }
    office.expectHearing(.music, at: "2002").advance(by: .seconds(30)).expectNoAlert(at: "2001")
      .expect(.release(.noAnswer), at: "2002").expectIdle("2002")
  }

  @Test("XFER-5: during the recall the party hangs up, or the recall cannot be connected")
  func recallEnds() {
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere).hangUp("2002")
      .expectIdle("2001")
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere)
      .breakMedia(at: "2001").answer("2001").expectIdle("2001").expectHearing(.music, at: "2002").advance(by: .seconds(30))
      .answer("2001").expectTalking("2001", "2002")
  }

  @Test("XFER-5: the party hangs up while who has answered the recall is being connected: both are free")
  func partyLeavesWhileReturning() {
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere).joinNothing()
      .answer("2001").hangUp("2002").expectIdle("2001").joinAgain()
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere).joinNothing()
      .answer("2001").hangUp("2001").expectHearing(.music, at: "2002").joinAgain().advance(by: .seconds(30))
      .expect(.alert, at: "2001")
  }

  @Test("XFER-5: several telephones of the transferor: one answers, the others stop; one refuses, the others ring on")
  func recallSeveral() {
    office().register("2001", devices: 2).connect("2001", "2002").refer("2001", to: "2003").hangUp("2001")
      .refuse(by: "2003", .busyHere).refuse(by: "2001", .busyHere, device: 0).expectRinging("2001").answer("2001", device: 1)
      .expectTalking("2001", "2002")
  }

  @Test("XFER-5: a restart while the target or the transferor rings: nobody is lost")
  func restart() {
    office().connect("2001", "2002").hold(by: "2001").refer("2001", to: "2003").restart().resume(by: "2001")
      .expectTalking("2001", "2002")
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").restart()
      .advance(by: .seconds(30)).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
    office().connect("2001", "2002").refer("2001", to: "2003").hangUp("2001").refuse(by: "2003", .busyHere).restart()
      .advance(by: .seconds(30)).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
  }

  // MARK: XFER-6

  @Test("XFER-6: to oneself, to the party itself, to nobody, to half a number: refused, the call goes on")
  func refused() {
    for (number, status) in [("2001", 403), ("2002", 403), ("20", 484), ("7777", 404), ("", 484)] as [(Digits, UInt16)] {
      office().connect("2001", "2002").hold(by: "2001").refer("2001", to: number)
        .expectTransferRefused(Status(rawValue: status), at: "2001").expectHearing(.music, at: "2002").resume(by: "2001")
        .expectTalking("2001", "2002")
    }
  }

  @Test("XFER-6: Replaces of a dialog that is unknown, over, another's, the same: refused, both calls go on")
  func refusedReplaces() {
    let office = office().connect("2001", "2002").connect("2003", "2004")
    let others = office.exchange.telephones.lines(of: "2003").first?.leg ?? .none
    let own = office.exchange.telephones.lines(of: "2001").first?.leg ?? .none
    let party = office.exchange.telephones.lines(of: "2002").first?.leg ?? .none
    for leg in [others, own, party, LegID(index: 900, generation: 3)] {
      office.refer("2001", replacing: leg).expectTransferRefused(.noSuchCall, at: "2001").expectTalking("2001", "2002")
        .expectTalking("2003", "2004")
    }
  }

  @Test("XFER-6: the same station at both ends, or one who is in another feature: refused")
  func refusedTarget() {
    office().register("2002", devices: 2).connect("2001", "2002").hold(by: "2001").dial("2001", from: "2002", device: 1)
      .expectFinal(.busyHere, at: "2002").resume(by: "2001").expectTalking("2001", "2002")
    office().set("2001", StationSettings(mailbox: true)).connect("2001", "2002").hold(by: "2001").dial("*98", from: "2001")
      .refer(replacing: "2001").expectTransferRefused(.temporarilyUnavailable, at: "2001").expectHearing(.music, at: "2002")
  }

  @Test("XFER-6: a second request while one is under way is refused, the first goes on")
  func twice() {
    office().connect("2001", "2002").hold(by: "2001").refer("2001", to: "2003").refer("2001", to: "2004")
      .expectTransferRefused(.noSuchCall, at: "2001").expectNoAlert(at: "2004").answer("2003").expectTalking("2002", "2003")
  }

  // MARK: TRK-1

  private func outside(trunkToTrunk: Bool) -> Plan {
    var plan = Plan.office(BuiltIn.modules)
    plan.trunks = [Plan.TrunkEntry(name: "carrier", address: "sip:192.0.2.1")]
    plan.trunkGroups = [Plan.TrunkGroupEntry(code: "9", trunks: ["carrier"])]
    plan.classes = [Plan.ClassEntry(name: "national", trunkCodes: ["9"], trunkToTrunk: trunkToTrunk)]
    plan.stations = []
    plan.addStations(from: "2001", to: "2003", className: "national")
    plan.addStations(from: "2004", to: "2099")
    return plan
  }

  @Test("XFER-1, TRK-1: to the outside, and from the outside to a station")
  func outside() {
    office(plan: self.outside(trunkToTrunk: false)).connect("2001", "2002").refer("2001", to: "90123").answerOutside()
      .expect(.transfer(.done), at: "2001").expectTalking("2002", outside: "0123").expectIdle("2001")
    office(plan: self.outside(trunkToTrunk: false)).dial("2001", fromTrunk: "carrier").answer("2001").refer("2001", to: "2002")
      .answer("2002").expectTalking("2002", outside: "0299").expectIdle("2001")
    office(plan: self.outside(trunkToTrunk: false)).dial("2001", fromTrunk: "carrier").answer("2001").hold(by: "2001")
      .connect("2001", "2002").refer(replacing: "2001").expectTalking("2002", outside: "0299").expectIdle("2001")
    office(plan: self.outside(trunkToTrunk: false)).connect("2001", "2002").hold(by: "2001").dial("90123", from: "2001")
      .refer(replacing: "2001").answerOutside().expectTalking("2002", outside: "0123").expectIdle("2001")
  }

  @Test("XFER-5: a caller from outside whom nobody takes comes back, and hears music meanwhile")
  func outsideComesBack() {
    let office = office(plan: self.outside(trunkToTrunk: false)).dial("2001", fromTrunk: "carrier").answer("2001")
      .refer("2001", to: "2002").hangUp("2001").advance(by: .seconds(30)).expect(.alert, at: "2001").expectIdle("2002")
    office.answer("2001").expectTalking("2001", outside: "0299")
    office.refer("2001", to: "2002").hangUp("2001").hangUpOutside().expectIdle("2002")
  }

  @Test("TRK-1, DIAL-3: to the outside without the class of service for it: 403, the call goes on")
  func barred() {
    office(plan: self.outside(trunkToTrunk: false)).connect("2004", "2002").refer("2004", to: "90123")
      .expectTransferRefused(.forbidden, at: "2004", "may not").expectTalking("2004", "2002")
    office(plan: self.outside(trunkToTrunk: false)).connect("2001", "2004").refer("2001", to: "90123").answerOutside()
      .expectTalking("2004", outside: "0123")
  }

  @Test("TRK-1: from trunk to trunk only where the transferor's class of service says so", arguments: [false, true])
  func trunkToTrunk(isAllowed: Bool) {
    let blind = office(plan: self.outside(trunkToTrunk: isAllowed)).dial("2001", fromTrunk: "carrier").answer("2001")
      .refer("2001", to: "90123")
    let early = office(plan: self.outside(trunkToTrunk: isAllowed)).dial("2001", fromTrunk: "carrier").answer("2001")
      .hold(by: "2001").dial("90123", from: "2001").refer(replacing: "2001")
    let attended = office(plan: self.outside(trunkToTrunk: isAllowed)).dial("2001", fromTrunk: "carrier").answer("2001")
      .hold(by: "2001").dial("90123", from: "2001").answerOutside().refer(replacing: "2001")
    if isAllowed {
      blind.answerOutside().expect(.transfer(.done), at: "2001").expectIdle("2001")
      early.answerOutside().expect(.transfer(.done), at: "2001").expectIdle("2001")
      attended.expect(.transfer(.done), at: "2001").expectIdle("2001")
      for office in [blind, early, attended] { #expect(office.exchange.telephones.lines.count == 2) }
    } else {
      for office in [blind, early, attended] { office.expectTransferRefused(.forbidden, at: "2001", "trunk to trunk") }
      for office in [early, attended] { office.resumeFirst(by: "2001") }
      for office in [blind, early, attended] { office.expectTalking("2001", outside: "0299") }
    }
  }

  @Test("TRK-1: who is outside may not transfer")
  func outsideTransfers() throws {
    let office = office(plan: self.outside(trunkToTrunk: true)).dial("2001", fromTrunk: "carrier").answer("2001")
    let line = try #require(office.exchange.telephones.lines.first { $0.party.trunk != nil })
    office.refer(line.leg, to: "2002").expectNoAlert(at: "2002").expectTalking("2001", outside: "0299")
  }

  // MARK: INVITE with Replaces

  @Test("XFER-2: a station moves its call to another telephone of its own")
  func moves() {
    office().register("2001", devices: 2).connect("2002", "2001").dial(replacing: "2001", from: "2001", device: 0)
      .expect(.answer, at: "2001").expect(.release(.answeredElsewhere), at: "2001").expectTalking("2001", "2002")
      .advance(by: .seconds(100)).expectTalking("2001", "2002")
    office().register("2001", devices: 2).connect("2001", "2002").hold(by: "2001").dial(
      replacing: "2001", from: "2001", device: 1
    )
    .expectTalking("2001", "2002").advance(by: .seconds(100)).expectTalking("2001", "2002")
  }

  @Test("XFER-2: whom the replaced station talks to may take its place; a stranger may not")
  func replaces() {
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").dial(replacing: "2001", from: "2004")
      .expectFinal(.forbidden, at: "2004").expectTalking("2001", "2003").expectHearing(.music, at: "2002")
    office().register("2003", devices: 2).connect("2001", "2002").hold(by: "2001").dial("2003", from: "2001")
      .answer("2003", device: 0).dial(replacing: "2001", from: "2003", device: 1).expectFinal(.forbidden, at: "2003", "itself")
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").dial(replacing: "2001", with: "2002", from: "2003")
      .expectTalking("2003", "2002").expectTalking("2001", "2003").hangUp("2001").expectTalking("2003", "2002")
  }

  @Test("XFER-6: the new telephone cannot be connected, gives up, or the party leaves: as before, or all free")
  func moveFails() {
    office().register("2001", devices: 2).connect("2002", "2001").breakMedia(at: "2002")
      .dial(replacing: "2001", from: "2001", device: 1).expectFinal(.notAcceptableHere, at: "2001").expectTalking("2001", "2002")
    office().register("2001", devices: 2).connect("2002", "2001").joinNothing()
      .dial(replacing: "2001", from: "2001", device: 1).hangUp("2001").joinAgain().expectTalking("2001", "2002")
    office().register("2001", devices: 2).connect("2002", "2001").joinNothing()
      .dial(replacing: "2001", from: "2001", device: 1).hangUp("2002").expectFinal(.noSuchCall, at: "2001").joinAgain()
      .expectIdle("2001")
  }
}
