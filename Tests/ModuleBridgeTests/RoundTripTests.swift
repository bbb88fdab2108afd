import CStrowger
import Kernel
import ModuleBridge
import Testing

@Suite("Consults and orders as C structs")
struct RoundTripTests {
  private let leg = LegID(raw: 0x1_0000_0007)
  private let other = LegID(raw: 0x2_0000_0003)
  private let call = CallID(raw: 0x3_0000_0001)
  private let digits: Digits = "0123456789*#+ABC0123456789*#+ABC"
  private let station = StationNumber(Digits("2001"))

  private func consults() throws -> [Consult] {
    let station = try #require(self.station)
    return [
      .code(
        DialledCode(leg: self.leg, by: station, action: 3, argument: self.digits, isBad: true, subject: self.other)),
      .informationAnalysed(self.call), .attemptAuthorised(self.call, station), .busy(self.call, station),
      .noAnswer(self.call, station), .notReachable(self.call, station), .answer(self.call, self.leg), .held(self.leg),
      .resumed(self.leg), .transferRequested(self.leg, to: self.digits, replacing: self.other),
      .transferRequested(self.leg, to: self.digits, replacing: .none), .disconnect(self.leg, .answeredElsewhere),
      .groupCalled(self.call, group: 5), .replaceRequested(self.call, self.leg), .called(self.call, self.digits), .timer(255),
      .legAlerting(self.leg), .legAnswered(self.leg), .legFailed(self.leg, .busyHere), .legReleased(self.leg, .lost),
      .joined(self.leg), .joinFailed(self.leg, .mediaFailed), .played(self.leg), .pressed(self.leg, key: 15),
      .dialAlerting(self.leg), .dialAnswered(self.leg), .dialFailed(self.leg, .decline), .verified(self.leg, isValid: true),
      .verified(.none, isValid: false), .handedOver(self.call, -7), .replaced(self.leg, by: self.other), .taken(self.leg),
      .restarted, .notKept,
    ]
  }

  @Test("MOD-2: every consult arrives as it was sent")
  func consultsArrive() throws {
    var kinds: Set<UInt32> = []
    for consult in try self.consults() {
      let sent = strowger_consult(consult)
      kinds.insert(sent.kind)
      #expect(try Consult(sent) == consult)
    }
    #expect(kinds == Set(1...STROWGER_CONSULT_NOT_KEPT))
  }

  private func orders() throws -> [(inout Orders) -> Void] {
    let station = try #require(self.station)
    let (leg, other, digits) = (self.leg, self.other, self.digits)
    return [
      { $0.reroute(digits, .noAnswer, maximumHops: 10) }, { $0.translate(to: digits) },
      { $0.refuse(.busyHere, Note("no to %", digits)) },
      { $0.fail(as: .notReachable) }, { $0.done(Note("done")) }, { $0.own() }, { $0.handOver(to: .leg(leg), -3) },
      { $0.handOver(to: .number(digits), 4) }, { $0.explain(Note("said")) }, { $0.ring(atMost: .seconds(9)) },
      { $0.show(digits) },
      { $0.finish(leg, .decline, Note("no"), .refused) }, { $0.release(leg, .busy) }, { $0.hear(leg, .with(other)) },
      { $0.hear(leg, .nothing) }, { $0.hear(leg, .music) }, { $0.hear(leg, .tone(.hold)) }, { $0.hear(leg, .room(77)) },
      { $0.hear(leg, .announcement(.kept)) }, { $0.hear(leg, .playback(.max)) }, { $0.hear(leg, .recording(1)) },
      { $0.record(leg, under: digits) }, { $0.heard(.max, of: digits) }, { $0.discard(0, of: digits) },
      { $0.arm(255, after: .milliseconds(1), whileIdle: leg) }, { $0.disarm(0) },
      { $0.alert(station, for: leg, calling: digits, .recall) }, { $0.substitute(leg, for: other) }, { $0.connect(leg, other) },
      { $0.own(leg) }, { $0.giveBack(leg) }, { $0.watch(leg) }, { $0.unwatch(leg) }, { $0.present(leg, digits) },
      { $0.report(leg, .accepted) }, { $0.report(leg, .refused(.forbidden, Note("%", digits))) }, { $0.report(leg, .ringing) },
      { $0.report(leg, .done) }, { $0.report(leg, .failed(.busyHere)) }, { $0.dial(digits, for: leg, payer: "2001") },
      { $0.stopDialling(leg) }, { $0.verify(digits, for: leg) }, { $0.proceed(leg, as: digits, dialled: "4") },
      { $0.forward(leg, to: digits, .userBusy, .overflow) },
      { $0.summon(station, calling: digits, hearing: .tone(.confirmation)) },
    ]
  }

  @Test("MOD-2: every order arrives as it was given")
  func ordersArrive() throws {
    var kinds: Set<UInt32> = []
    for give in try self.orders() {
      var given = Orders()
      give(&given)
      var taken = Orders()
      var failure: Refusal?
      given.forEachInC { order in
        kinds.insert(order.kind)
        do throws(Refusal) { try taken.take(order) } catch { failure = error }
      }
      #expect(failure == nil)
      #expect(taken.verdict == given.verdict)
      #expect(taken.list == given.list)
      #expect(taken.note == given.note)
      #expect(taken.ringTime == given.ringTime)
      #expect(taken.shown == given.shown)
    }
    #expect(kinds == Set(1...STROWGER_ORDER_SUMMON))
  }

  @Test("MOD-2: an order that is none is refused with the reason, whatever is in it")
  func rubbish() throws {
    var orders = Orders()
    func result(_ change: (inout strowger_order) -> Void) -> Int32 {
      var order = strowger_order()
      order.size = UInt32(MemoryLayout<strowger_order>.size)
      change(&order)
      do throws(Refusal) {
        try orders.take(order)
        return STROWGER_OK
      } catch { return error.result }
    }
    #expect(result { $0.kind = 0 } == STROWGER_KIND)
    #expect(result { $0.kind = STROWGER_ORDER_SUMMON + 1 } == STROWGER_KIND)
    #expect(result { ($0.kind, $0.cause) = (STROWGER_ORDER_RELEASE, 99) } == STROWGER_KIND)
    #expect(result { ($0.kind, $0.value) = (STROWGER_ORDER_ARM, 256) } == STROWGER_RANGE)
    #expect(result { ($0.kind, $0.time) = (STROWGER_ORDER_ARM, -1) } == STROWGER_RANGE)
    #expect(result { ($0.kind, $0.status) = (STROWGER_ORDER_REFUSE, 486) } == STROWGER_NULL)
    #expect(result { ($0.kind, $0.status) = (STROWGER_ORDER_REFUSE, 180) } == STROWGER_RANGE)
    #expect(result { ($0.kind, $0.goal.kind) = (STROWGER_ORDER_HEAR, 8) } == STROWGER_KIND)
    #expect(result { ($0.kind, $0.number.text.0) = (STROWGER_ORDER_TRANSLATE, 0x78) } == STROWGER_DIGITS)
    #expect(result { ($0.kind, $0.key.kind) = (STROWGER_ORDER_HAND_OVER, 9) } == STROWGER_KIND)
    #expect(orders.list.isEmpty)
    #expect(orders.verdict == .proceed)
  }

  @Test("MOD-2: text of a library is as good as a literal")
  func permanentText() throws {
    for text in ["", "plain", "Grüße an %"] {
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
      defer { copy.deallocate() }
      for (place, octet) in text.utf8.enumerated() { copy[place] = CChar(bitPattern: octet) }
      copy[text.utf8.count] = 0
      let permanent = try StaticString(permanent: copy)
      #expect("\(permanent)" == text)
      #expect(permanent.utf8CodeUnitCount == text.utf8.count)
      #expect(
        Note(permanent, self.digits).description
          == text.split(separator: "%", omittingEmptySubsequences: false)
          .joined(separator: self.digits.description))
    }
    let broken: [CChar] = [-1, 0]
    #expect(throws: Refusal.text) { try broken.withUnsafeBufferPointer { _ = try StaticString(permanent: $0.baseAddress) } }
    #expect(throws: Refusal.null) { _ = try StaticString(permanent: nil) }
  }
}
