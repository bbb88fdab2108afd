import Features
import Kernel
import TestKit
import Testing

@Suite("Voice mail")
struct VoiceMailTests {
  static let mailbox = StationSettings(mailbox: true)

  /// 2002 has a mailbox, to which its calls go.
  private func forwarded(_ plan: Plan? = nil) -> Scenario {
    office(plan: plan).set("2002", Self.mailbox).dial("6012999", from: "2002")
  }

  /// 2002 has these messages.
  private func mailbox(_ messages: [Recording], plan: Plan? = nil) -> Scenario {
    office(plan: plan).set("2002", Self.mailbox).keep(messages, of: "2002")
  }

  private func new(_ number: UInt32) -> Recording { Recording(number: number, isNew: true) }
  private func old(_ number: UInt32) -> Recording { Recording(number: number, isNew: false) }

  // MARK: Leaving a message

  @Test("MWI-2: forwarded to voice mail a caller hears the greeting, is recorded, hangs up: a new message")
  func leave() {
    self.forwarded().dial("2002", from: "2001").expect(.answer, at: "2001").expectNoAlert(at: "2002")
      .expectHearing(.announcement(.greeting), at: "2001").endSound(at: "2001").expectHearing(.recording(1), at: "2001")
      .advance(by: .seconds(20)).hangUp("2001").expectRecordings([self.new(1)], of: "2002")
      .expectRecord(.normal, caller: "2001", dialled: "2002")
      .dial("2002", from: "2003").endSound(at: "2003").expectHearing(.recording(2), at: "2003").hangUp("2003")
      .expectRecordings([self.new(1), self.new(2)], of: "2002")
  }

  @Test("MWI-2: # skips the greeting, and ends the message with a tone; other keys mean nothing")
  func hash() {
    self.forwarded().dial("2002", from: "2001").press("57*", by: "2001").expectHearing(.announcement(.greeting), at: "2001")
      .press("#", by: "2001").expectHearing(.recording(1), at: "2001").press("7", by: "2001")
      .expectHearing(.recording(1), at: "2001").press("#", by: "2001").expectHearing(.announcement(.beep), at: "2001")
      .expectRecordings([self.new(1)], of: "2002").endSound(at: "2001").expect(.release(.normal), at: "2001")
      .expectRecordings([self.new(1)], of: "2002")
  }

  @Test("MWI-2: who hangs up during the greeting leaves nothing")
  func hangUpEarly() {
    self.forwarded().dial("2002", from: "2001").hangUp("2001").expectRecordings([], of: "2002")
  }

  @Test("MWI-2: a message ends after maximumLength")
  func tooLong() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("maximumLength", .time(.seconds(10)), of: Module(VoiceMail.self))
    self.forwarded(plan).dial("2002", from: "2001").endSound(at: "2001").advance(by: .milliseconds(9_999))
      .expectHearing(.recording(1), at: "2001").advance(by: .milliseconds(1)).expectHearing(.announcement(.beep), at: "2001")
      .advance(by: .seconds(10)).expectIdle("2001").expectRecordings([self.new(1)], of: "2002")
  }

  @Test("MWI-2: a full mailbox: busy, with the reason")
  func full() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("maximumMessages", .integer(2), of: Module(VoiceMail.self))
    self.forwarded(plan).keep([self.old(1), self.new(2)], of: "2002").dial("2002", from: "2001")
      .expectFinal(.busyHere, at: "2001", "mailbox of 2002 is full")
  }

  @Test("MWI-2: who is leaving a message takes room for one already")
  func fullWhileSomebodySpeaks() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("maximumMessages", .integer(1), of: Module(VoiceMail.self))
    self.forwarded(plan).dial("2002", from: "2001").dial("2002", from: "2003").expectFinal(.busyHere, at: "2003", "full")
      .hangUp("2001").dial("2002", from: "2003").expectHearing(.announcement(.greeting), at: "2003").hangUp("2003")
      .dial("2002", from: "2001").endSound(at: "2001").dial("2002", from: "2003").expectFinal(.busyHere, at: "2003", "full")
  }

  @Test("MWI-2: a station without a mailbox, or a group, takes no message: 480 with the reason")
  func noMailbox() {
    office().dial("6012999", from: "2002").dial("2002", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "2002 has no mailbox")
  }

  @Test("MWI-2, FWD-3: busy and no answer too; the mailbox is that of the last station that forwarded")
  func chain() {
    office().set("2003", Self.mailbox).dial("6032003", from: "2002").dial("6022999", from: "2003").connect("2003", "2004")
      .dial("2002", from: "2001").advance(by: .seconds(15)).expectHearing(.announcement(.greeting), at: "2001")
      .endSound(at: "2001").hangUp("2001").expectRecordings([self.new(1)], of: "2003").expectRecordings([], of: "2002")
  }

  @Test("MWI-2, FWD-8: not registered, the administrator's forward leads to voice mail")
  func unreachable() {
    office().set("2002", StationSettings(forwardUnreachable: "2999", mailbox: true)).unregister("2002")
      .dial("2002", from: "2001").expectHearing(.announcement(.greeting), at: "2001")
  }

  @Test("MWI-2: two callers at once leave two messages")
  func twoAtOnce() {
    self.forwarded().dial("2002", from: "2001").dial("2002", from: "2003").endSound(at: "2003").endSound(at: "2001")
      .expectHearing(.recording(1), at: "2003").expectHearing(.recording(2), at: "2001").hangUp("2001").hangUp("2003")
      .expectRecordings([self.new(1), self.new(2)], of: "2002")
  }

  @Test("MED-2: no channel for the greeting: the call ends at once")
  func noChannel() {
    self.forwarded().breakMedia(at: "2001", .noChannel).dial("2002", from: "2001").expect(.release(.noChannel), at: "2001")
      .expectRecord(.noChannel, caller: "2001", dialled: "2002").expectRecordings([], of: "2002")
  }

  @Test("MWI-2, restart: in the middle of greeting or message the call ends; what was said is kept")
  func restart() {
    self.forwarded().dial("2002", from: "2001").restart().expectIdle("2001").expectRecordings([], of: "2002")
      .dial("2002", from: "2001").endSound(at: "2001").restart().expectIdle("2001").expectRecordings([self.new(1)], of: "2002")
  }

  // MARK: Hearing one's messages

  @Test("MWI-2: *98: new messages are announced and played one after the other; played to the end they are heard")
  func retrieve() {
    self.mailbox([self.old(1), self.new(2), self.new(3)]).dial("*98", from: "2002").expect(.answer, at: "2002")
      .expectHearing(.announcement(.newMessages), at: "2002").endSound(at: "2002").expectHearing(.playback(2), at: "2002")
      .endSound(at: "2002").expectRecordings([self.old(1), self.old(2), self.new(3)], of: "2002")
      .expectHearing(.announcement(.beep), at: "2002").advance(by: .seconds(3)).expectHearing(.playback(3), at: "2002")
      .endSound(at: "2002").advance(by: .seconds(3)).expectHearing(.announcement(.endOfMessages), at: "2002")
      .endSound(at: "2002").expect(.release(.normal), at: "2002")
      .expectRecordings([self.old(1), self.old(2), self.old(3)], of: "2002").expectRecord(.normal, caller: "2002", dialled: "*98")
  }

  @Test("MWI-2: the number itself opens the mailbox too, and so does calling oneself when forwarded there")
  func ownNumber() {
    self.mailbox([self.new(1)]).dial("2999", from: "2002").expectHearing(.announcement(.newMessages), at: "2002")
    self.mailbox([self.new(1)]).dial("6012999", from: "2002").dial("2002", from: "2002")
      .expectHearing(.announcement(.newMessages), at: "2002")
  }

  @Test("MWI-2: nothing there: a word, and the call ends")
  func empty() {
    self.mailbox([]).dial("*98", from: "2002").expectHearing(.announcement(.noMessages), at: "2002").endSound(at: "2002")
      .expect(.release(.normal), at: "2002")
  }

  @Test("MWI-2: nothing new: what was kept is played")
  func keptOnes() {
    self.mailbox([self.old(4), self.old(7)]).dial("*98", from: "2002").expectHearing(.playback(4), at: "2002")
      .press("6", by: "2002").expectHearing(.playback(7), at: "2002").press("6", by: "2002")
      .expectHearing(.announcement(.endOfMessages), at: "2002").expectRecordings([self.old(4), self.old(7)], of: "2002")
  }

  @Test("MWI-2: 5 plays again, 6 goes on and leaves it new, 7 deletes, 9 keeps; other keys mean nothing")
  func keys() {
    let office = self.mailbox([self.new(1), self.new(2), self.new(3)]).dial("*98", from: "2002").press("6", by: "2002")
      .expectHearing(.playback(1), at: "2002").press("5", by: "2002").expect(.media(.playback(1)), at: "2002")
    office.press("0*#", by: "2002").expectHearing(.playback(1), at: "2002").press("6", by: "2002")
      .expectHearing(.playback(2), at: "2002").expectRecordings([self.new(1), self.new(2), self.new(3)], of: "2002")
      .press("7", by: "2002").expectHearing(.announcement(.deleted), at: "2002")
      .expectRecordings([self.new(1), self.new(3)], of: "2002").endSound(at: "2002").expectHearing(.playback(3), at: "2002")
      .press("9", by: "2002").expectHearing(.announcement(.kept), at: "2002").press("6", by: "2002")
      .expectHearing(.announcement(.endOfMessages), at: "2002").expectRecordings([self.new(1), self.old(3)], of: "2002")
  }

  @Test("MWI-2: for 3 s after a message keys still mean that message")
  func keysBehindAMessage() {
    for (key, left) in [("7", []), ("9", [Recording(number: 1, isNew: false)])] as [(Digits, [Recording])] {
      self.mailbox([self.new(1)]).dial("*98", from: "2002").endSound(at: "2002").endSound(at: "2002")
        .advance(by: .milliseconds(2_900)).press(key, by: "2002").expectRecordings(left, of: "2002").endSound(at: "2002")
        .expectHearing(.announcement(.endOfMessages), at: "2002")
    }
    self.mailbox([self.new(1)]).dial("*98", from: "2002").endSound(at: "2002").endSound(at: "2002").press("5", by: "2002")
      .expectHearing(.playback(1), at: "2002")
  }

  @Test("MWI-2: hanging up in the middle of a message loses nothing: it stays new")
  func hangUpInBetween() {
    self.mailbox([self.new(1), self.new(2)]).dial("*98", from: "2002").endSound(at: "2002").advance(by: .seconds(1))
      .hangUp("2002").expectRecordings([self.new(1), self.new(2)], of: "2002")
  }

  @Test("MWI-2, restart: in the middle of a message the call ends, the message stays new")
  func restartInBetween() {
    self.mailbox([self.new(1)]).dial("*98", from: "2002").endSound(at: "2002").restart().expectIdle("2002")
      .expectRecordings([self.new(1)], of: "2002").dial("*98", from: "2002").endSound(at: "2002")
      .expectHearing(.playback(1), at: "2002")
  }

  @Test("MWI-2: a message that comes while the owner listens is played after the others")
  func comesMeanwhile() {
    self.mailbox([self.new(1)]).dial("6022999", from: "2002").dial("*98", from: "2002").endSound(at: "2002")
      .dial("2002", from: "2001").endSound(at: "2001").hangUp("2001").press("6", by: "2002")
      .expectHearing(.playback(2), at: "2002")
  }

  @Test("MWI-2: two telephones of one station in the mailbox: what one deletes the other does not find")
  func twoTelephones() {
    self.mailbox([self.new(1), self.new(2)]).register("2002", devices: 2).dial("*98", from: "2002", device: 0)
      .dial("*98", from: "2002", device: 1).press("67", by: "2002").expectRecordings([self.new(2)], of: "2002")
  }

  @Test("MWI-2: a sound whose end is never told does not hold a line for ever")
  func lostEnd() {
    self.mailbox([self.new(1)]).loseSoundEnds().dial("*98", from: "2002").advance(by: .seconds(3_700)).expectIdle("2002")
  }

  @Test("DIAL-3: barred by class of service: neither code nor number nor a forward to it")
  func barred() {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations[0].className = "plain"
    plan.classes = [.init(name: "plain", barredModules: ["VoiceMail"])]
    office(plan: plan).set("2002", Self.mailbox).dial("*98", from: "2002")
      .expectFinal(.temporarilyUnavailable, at: "2002", "class of service")
      .dial("2999", from: "2002").expectFinal(.forbidden, at: "2002", "class of service")
      .dial("6012999", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "not possible")
  }

  @Test("MWI-2: nobody without a mailbox gets in, and *98 takes no argument")
  func strangers() {
    office().dial("*98", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "2001 has no mailbox")
      .dial("2999", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "2001 has no mailbox")
      .set("2002", Self.mailbox).dial("*982", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
  }

  @Test("MWI-2: without a number in the plan the code still works, and nothing can be forwarded to it")
  func noNumber() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("number", .number(nil), of: Module(VoiceMail.self))
    self.mailbox([self.new(1)], plan: plan).dial("*98", from: "2002").expectHearing(.announcement(.newMessages), at: "2002")
      .dial("2999", from: "2001").expectFinal(.notFound, at: "2001")
  }

  @Test("MOD-1: a visit fits the room of a machine")
  func size() { #expect(MemoryLayout<VoiceMail.State>.size <= MachineStorage.capacity) }
}
