import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Sessions that are refreshed, or end (RFC 4028)")
struct SessionTimerTests {
  /// 2001 calls 2002 and they talk; each header line goes into the INVITE and into its answers.
  private func connected(
    invite: String = "", answer: String = "", _ options: (inout ExchangeOptions) -> Void = { _ in },
    _ change: (inout Office) -> Void = { _ in }
  ) -> Office {
    var office = Office(options: options)
    office.network.with("2001") { phone, _ in phone.extraHeaders = invite }
    office.network.with("2002") { phone, _ in phone.answerHeaders = answer }
    change(&office)
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001")?.state == .connected, "\(office.network.ladder)")
    return office
  }

  @Test("CALL-1: our INVITE offers a timer; a phone that takes it and refreshes nothing is hung up, and so is the other")
  func calleeVanishes() {
    var office = self.connected(answer: "Session-Expires: 1800;refresher=uas\r\nRequire: timer\r\n")
    let invite = office.phone("2002").invites.first
    #expect(invite?.text(.sessionExpires) == "1800" && invite?.supports("timer") == true)
    office.advance(by: .seconds(1760))
    #expect(office.call("2002")?.state == .connected)
    office.advance(by: .seconds(20))
    #expect(office.call("2001")?.state == .ended && office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.last("BYE", to: "2002")?.text(.reason).hasPrefix("SIP;cause=408") == true)
    #expect(office.last("BYE", to: "2001")?.text(.reason).hasPrefix("Q.850;cause=27") == true)
    #expect(office.details.last?.cause == "device lost")
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: where we refresh, UPDATE without a description goes out at half; its answer begins the interval anew")
  func weRefresh() {
    var office = self.connected(answer: "Session-Expires: 200;refresher=uac\r\n")
    office.advance(by: .seconds(99))
    #expect(office.count("UPDATE", to: "2002") == 0)
    office.advance(by: .seconds(2))
    let update = office.last("UPDATE", to: "2002")
    #expect(update?.text(.sessionExpires) == "200;refresher=uac" && update?.body.isEmpty == true, "\(office.network.ladder)")
    office.advance(by: .seconds(1000))
    #expect(office.count("UPDATE", to: "2002") == 11)
    #expect(office.call("2001")?.state == .connected)
    office.network.with("2002") { phone, _ in phone.isDeaf = true }
    office.advance(by: .seconds(150))
    #expect(office.call("2001")?.state == .ended, "a telephone without power ends the call for the other")
  }

  @Test("CALL-1: a phone that knows no UPDATE is refreshed by a re-INVITE with what it has been told")
  func refreshByReinvite() {
    var office = self.connected(answer: "Session-Expires: 200;refresher=uac\r\n") {
      _ in
    } _: {
      $0.network.with("2002") { phone, _ in phone.methods = "INVITE, ACK, CANCEL, BYE" }
    }
    let told = office.heardSDP("2002")
    office.advance(by: .seconds(350))
    #expect(office.call("2002")?.reinvites == 3, "\(office.network.ladder)")
    #expect(office.heardSDP("2002") == told)
    #expect(office.call("2001")?.reinvites == 0)
  }

  @Test("CALL-1: UPDATE that is refused with 405 in spite of Allow is followed by a re-INVITE")
  func updateUnknown() {
    var office = self.connected(answer: "Session-Expires: 200;refresher=uac\r\n")
    office.network.with("2002") { phone, _ in phone.methods = "INVITE, ACK, CANCEL, BYE" }
    office.advance(by: .seconds(110))
    #expect(office.count("UPDATE", to: "2002") == 1 && office.call("2002")?.reinvites == 1, "\(office.network.ladder)")
    #expect(office.call("2001")?.state == .connected)
  }

  @Test(
    "CALL-1: the caller's timer is answered as RFC 4028's table says",
    arguments: [
      ("Supported: timer\r\nSession-Expires: 600\r\n", "600;refresher=uac", true),
      ("Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", "600;refresher=uas", false),
      ("Supported: timer\r\nx: 600;Refresher=UAC\r\n", "600;refresher=uac", true),
      ("Supported: timer\r\nSession-Expires: 7200\r\n", "1800;refresher=uac", true),
      ("Supported: timer\r\nSession-Expires: 7200\r\nMin-SE: 3600\r\n", "3600;refresher=uac", true),
      ("Session-Expires: 600\r\n", "600;refresher=uas", false),
      ("Supported: timer\r\n", "1800;refresher=uas", false),
      ("Supported: replaces\r\n", "", false),
      ("Require: timer\r\nSession-Expires: 300\r\n", "300;refresher=uac", true),
    ])
  func table(_ headers: String, _ answer: String, _ isRequired: Bool) {
    let office = self.connected(invite: headers)
    let accepted = office.last("SIP/2.0 200", to: "2001")
    #expect(accepted?.text(.sessionExpires) == answer, "\(headers)")
    #expect(accepted?.requires("timer") == isRequired)
  }

  @Test("CALL-1: too short an interval gets 422 with Min-SE, in an INVITE, a re-INVITE and an UPDATE")
  func tooShort() {
    var office = Office()
    office.network.with("2001") {
      $0.extraHeaders = "Supported: timer\r\nSession-Expires: 60\r\n"
      $0.dial("2002", at: $1)
    }
    office.advance()
    #expect(office.call("2001")?.finalStatus == 422)
    #expect(office.last("SIP/2.0 422", to: "2001")?.text(.minSE) == "90")
    #expect(office.phone("2002").invites.isEmpty)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: a phone's 422 is followed by the same INVITE with its interval, once")
  func tooShortForThem() {
    var office = Office(options: { $0.sessionExpires = 600 })
    office.network.with("2002") { phone, _ in phone.answerHeaders = "Min-SE: 1000\r\n" }
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.refuse(0, 422, at: $1) }
    office.advance()
    let again = office.phone("2002").invites.last
    #expect(office.phone("2002").invites.count == 2, "\(office.network.ladder)")
    #expect(again?.text(.sessionExpires) == "1000" && again?.text(.minSE) == "1000" && again?.hasSDP == true)
    office.network.with("2002") {
      $0.answerHeaders = "Session-Expires: 1000;refresher=uac\r\n"
      $0.answer(1, at: $1)
    }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected)
    var twice = Office()
    twice.network.with("2002") { phone, _ in phone.answerHeaders = "Min-SE: 2000\r\n" }
    let second = twice.dial("2002", from: "2001")
    for round in 0..<2 {
      twice.network.with("2002") { $0.refuse(round, 422, at: $1) }
      twice.advance()
    }
    #expect(twice.call("2001", second)?.finalStatus != nil && twice.phone("2002").invites.count == 2)
    #expect(twice.leftovers().isEmpty)
  }

  @Test("CALL-1: a re-INVITE or UPDATE of the phone that refreshes begins the interval anew")
  func theyRefresh() {
    var office = self.connected(invite: "Supported: timer\r\nSession-Expires: 200\r\n")
    for _ in 0..<5 {
      office.advance(by: .seconds(100))
      // The double repeats no Session-Expires, which would end the timer: it is put into its message.
      let text = String(decoding: office.bytes("ACK", by: "2001") ?? [], as: UTF8.self)
      let cseq = 50 + Int(office.network.now.nanoseconds / 1_000_000_000 % 10_000)
      let update = text.replacing("ACK sip", with: "UPDATE sip").replacing(#/CSeq: .*/#, with: "CSeq: \(cseq) UPDATE")
        .replacing("z9hG4bK", with: "z9hG4bKu\(cseq)")
        .replacing("Content-Length", with: "Supported: timer\r\nSession-Expires: 200;refresher=uac\r\nContent-Length")
      office.network.inject(Array(update.utf8), from: "2001")
      office.advance()
      let answer = office.last("SIP/2.0 200", to: "2001")
      #expect(answer?.cseq.method == .update && answer?.text(.sessionExpires) == "200;refresher=uac", "\(office.network.ladder)")
      #expect(answer?.contact != nil)
    }
    #expect(office.call("2001")?.state == .connected)
    office.advance(by: .seconds(180))
    #expect(office.call("2001")?.state == .ended && office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: with sip.session-expires=0 nothing is asked for, and what a phone asks for is honoured")
  func switchedOff() {
    let office = self.connected(invite: "Supported: timer\r\n") { $0.sessionExpires = 0 }
    #expect(office.phone("2002").invites.first?.header(.sessionExpires) == nil)
    #expect(office.last("SIP/2.0 200", to: "2001")?.header(.sessionExpires) == nil)
    let asked = self.connected(invite: "Supported: timer\r\nSession-Expires: 7200\r\n") { $0.sessionExpires = 0 }
    #expect(asked.last("SIP/2.0 200", to: "2001")?.text(.sessionExpires) == "7200;refresher=uac")
  }

  @Test("RELIABILITY 3: the timers of a call outlive a restart")
  func restart() {
    var office = self.connected(
      invite: "Supported: timer\r\nSession-Expires: 600\r\n", answer: "Session-Expires: 600;refresher=uac\r\n")
    office.restart()
    office.advance(by: .seconds(90))
    #expect(office.last("UPDATE", to: "2002")?.text(.sessionExpires) == "600;refresher=uac", "\(office.network.ladder)")
    #expect(office.call("2001")?.state == .connected)
    office.advance(by: .seconds(600))
    #expect(office.call("2001")?.state == .ended && office.call("2002")?.state == .ended, "2001 refreshes nothing")
    #expect(office.leftovers().isEmpty)
  }

  // MARK: The machine

  static let agreed = SessionTimer.Agreement(seconds: 200, refresher: .exchange)
  static let guarded = SessionTimer.Agreement(seconds: 90, refresher: .peer)
  static let states: [SessionTimer] = [
    .off, .ours(agreed, since: .zero), .refreshing(agreed, since: .zero, again: Instant.zero + .seconds(132)),
    .theirs(guarded, since: .zero),
  ]

  @Test("CALL-1: the session timer's machine, each state with each event")
  func machine() {
    let events: [SessionTimer.Event] = [.agreed(Self.agreed), .agreed(nil), .due, .refused]
    var rows: [String] = []
    for state in Self.states {
      for event in events {
        var next = state
        let effect = next.handle(event, at: Instant.zero + .seconds(100))
        rows.append("\(Self.name(state)) \(Self.name(event)): \(Self.name(next)) \(effect)")
      }
    }
    #expect(
      rows == [
        "off agreed: ours none", "off none: off none", "off due: off none", "off refused: off none",
        "ours agreed: ours none", "ours none: off none", "ours due: refreshing refresh", "ours refused: ours none",
        "refreshing agreed: ours none", "refreshing none: off none", "refreshing due: refreshing refresh",
        "refreshing refused: refreshing refresh", "theirs agreed: ours none", "theirs none: off none", "theirs due: off expire",
        "theirs refused: theirs none",
      ])
    var last = Self.states[2]
    #expect(last.handle(.due, at: Instant.zero + .seconds(200)) == .expire && last == .off)
    #expect(
      Self.states.map(\.deadline) == [
        .never, Instant.zero + .seconds(100), Instant.zero + .seconds(132), Instant.zero + .seconds(60),
      ])
  }

  private static func name(_ state: SessionTimer) -> String {
    switch state {
    case .off: "off"
    case .ours: "ours"
    case .refreshing: "refreshing"
    case .theirs: "theirs"
    }
  }

  private static func name(_ event: SessionTimer.Event) -> String {
    switch event {
    case .agreed(nil): "none"
    case .agreed: "agreed"
    case .due: "due"
    case .refused: "refused"
    }
  }
}

extension Office {
  /// The octets of the last message of that start that the telephone sent.
  func bytes(_ start: String, by number: String) -> [UInt8]? {
    self.network.trace.last { $0.isToExchange && $0.phone == number && $0.bytes.starts(with: Array(start.utf8)) }?.bytes
  }

  private func messages(_ start: String, to number: String) -> [[UInt8]] {
    self.network.trace.filter { !$0.isToExchange && $0.phone == number && $0.bytes.starts(with: Array(start.utf8)) }.map(\.bytes)
  }

  /// The last message of that start to the telephone.
  func last(_ start: String, to number: String) -> SIPMessage? {
    self.messages(start, to: number).last.flatMap { SIPMessage.read($0) }
  }

  func count(_ start: String, to number: String) -> Int { self.messages(start, to: number).count }

  var details: [CallDetail] {
    self.network.facts.compactMap { if case .call(let detail) = $0 { detail } else { nil } }
  }
}
