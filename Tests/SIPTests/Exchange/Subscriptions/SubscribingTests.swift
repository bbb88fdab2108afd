import Features
import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("SUBSCRIBE")
struct SubscribingTests {
  // MARK: Who may

  @Test("CALL-5, SEC-2: a stranger learns nothing: the same refusal whatever he asks for")
  func stranger() {
    var office = Office()
    for (number, event, resource) in [
      ("2001", "dialog", "2002"), ("2009", "dialog", "2002"), ("2001", "nothing", "2002"), ("2001", "dialog", "2999"),
      ("1", "message-summary", "2001"),
    ] {
      var stranger = Stranger(9, number: number, callID: "s-\(number)-\(event)-\(resource)")
      let bytes = stranger.text(
        "SUBSCRIBE", uri: "sip:\(resource)@127.0.0.1", to: resource, headers: "Event: \(event)\r\nExpires: 600\r\n")
      let answers = office.send(bytes, from: stranger)
      #expect(answers.map(\.statusCode) == [403], "\(number) \(event) \(resource)")
      #expect(answers.first?.own == "SIP/2.0 403 Forbidden\nContent-Length: 0")
    }
    #expect(office.network.exchange.counters.subscriptions == 0)
    #expect(office.access.contains { $0.reason == "subscription: not registered from this address" })
    #expect(office.leftovers() == [])
  }

  @Test("CALL-5: where calls need a password, lamps do")
  func digest() {
    var office = Office(options: { $0.callAuthentication = .digest })
    office.watch("2002", from: "2001")
    #expect(office.lamp("2001").status == 200)
    #expect(office.lamp("2001").notifications.count == 1)
    office.network.with("2003") { phone, _ in phone.password = Array("wrong".utf8) }
    office.watch("2002", from: "2003")
    #expect(office.lamp("2003").status == 403)
  }

  @Test("REG-6: a station that is not registered watches nothing")
  func unregistered() {
    var office = Office()
    office.network.with("2001") { $0.register(expires: 0, at: $1) }
    office.advance()
    office.watch("2002", from: "2001")
    #expect(office.lamp("2001").status == 403)
  }

  // MARK: What

  @Test(
    "INTEROP 21: an event we do not know gets one 489 that says what there is",
    arguments: ["as-feature-event", "presence", "", "dialog.winfo"])
  func unknownEvent(_ event: String) {
    var office = Office()
    office.watch("2002", from: "2001", event)
    #expect(office.lamp("2001").status == 489)
    #expect(office.lamp("2001").answer?.text(.allowEvents) == "dialog, message-summary")
    #expect(office.network.exchange.counters.subscriptionsRefused == 1)
    #expect(office.leftovers() == [])
  }

  @Test(
    "RFC 4235: nobody is there to be watched: 404",
    arguments: ["2999", "2555", "x", "park-", "park-1", "dnd-x", "PARK-2001", "12"])
  func unknownResource(_ resource: String) {
    var office = Office()
    office.watch(resource, from: "2001")
    #expect(office.lamp("2001").status == 404)
  }

  @Test(
    "RFC 6665: an Accept without our document: 406; with it, in any company: 200",
    arguments: [
      ("application/pidf+xml", 406), ("application/dialog-info+xml", 200), ("text/plain, Application/Dialog-Info+XML;q=0.5", 200),
      ("*/*", 200), ("application/*;q=0.1", 200), ("application/dialog-info+xmlx", 406), ("", 406),
    ] as [(String, UInt16)])
  func accept(_ accept: String, _ status: UInt16) {
    var office = Office()
    office.watch("2002", from: "2001", headers: "Accept: \(accept)\r\n")
    #expect(office.lamp("2001").status == status, "\(accept)")
  }

  @Test(
    "RFC 6665: how long is granted",
    arguments: [
      (nil, 200, 3600), ("59", 423, 60), ("1", 423, 60), ("60", 200, 60), ("7200", 200, 7200), ("7201", 200, 7200),
      ("4294967295", 200, 7200), ("99999999999999999999", 200, 3600), ("-1", 200, 3600), ("soon", 200, 3600), ("0", 200, 0),
    ] as [(String?, UInt16, UInt32)])
  func expires(_ text: String?, _ status: UInt16, _ seconds: UInt32) {
    var office = Office()
    office.watch("2002", from: "2001", expires: text)
    #expect(office.lamp("2001").status == status)
    let answer = office.lamp("2001").answer
    #expect((status == 423 ? answer?.number(.minExpires) : answer?.expires) == seconds)
  }

  @Test("RFC 6665: Event with an id is repeated with it; two Events are no request")
  func eventID() {
    var office = Office()
    office.watch("2002", from: "2001", "dialog;sla;id=key7")
    #expect(office.lamp("2001").notifications.first?.text(.event) == "dialog;id=key7")
    office.network.with("2001") { $0.resubscribe(0, at: $1) }
    office.advance()
    #expect(office.lamp("2001").status == 200)
    office.watch("2002", from: "2001", headers: "Event: dialog\r\n")
    #expect(office.lamp("2001", 1).status == 400)
    office.watch("2002", from: "2001", "dialog;id=a\u{22}b")
    #expect((office.lamp("2001", 2).status ?? 0) >= 400)
    #expect(office.leftovers() == [])
  }

  // MARK: How it goes on

  @Test("RFC 6665: asked once, answered once")
  func fetch() {
    var office = Office()
    office.watch("2002", from: "2001", expires: "0")
    #expect(office.lamp("2001").told == "terminated;reason=timeout")
    #expect(office.lamp("2001").state == .ended)
    #expect(office.network.exchange.subscriptions.isEmpty)
    _ = office.dial("2002", from: "2003")
    #expect(office.lamp("2001").notifications.count == 1)
  }

  @Test("RFC 6665: each refresh brings the whole state; giving up ends it with a last one; what is over is unknown")
  func refresh() {
    var office = Office()
    office.watch("2002", from: "2001")
    office.advance(by: .seconds(500))
    office.network.with("2001") {
      $0.register(at: $1)
      $0.resubscribe(0, at: $1)
    }
    office.advance(by: .seconds(500))
    #expect(office.lamp("2001").notifications.count == 2)
    #expect(office.lamp("2001").state == .active)
    office.network.with("2001") { $0.resubscribe(0, expires: "0", at: $1) }
    office.advance()
    #expect(office.lamp("2001").told == "terminated;reason=timeout")
    office.network.with("2001") { $0.resubscribe(0, at: $1) }
    office.advance()
    #expect(office.lamp("2001").status == 481)
    #expect(office.network.exchange.subscriptions.isEmpty)
    #expect(office.leftovers() == [])
  }

  @Test("RFC 6665: not refreshed, it ends with reason=timeout")
  func expired() {
    var office = Office()
    office.watch("2002", from: "2001", expires: "60")
    office.advance(by: .seconds(61))
    #expect(office.lamp("2001").told == "terminated;reason=timeout")
    #expect(office.network.exchange.subscriptions.isEmpty)
  }

  @Test(
    "RFC 6665: 481 to a NOTIFY ends the subscription, and whatever else says never",
    arguments: [UInt16(481), 489, 405, 404, 401, 603])
  func refused(_ status: UInt16) {
    var office = Office()
    office.watch("2002", from: "2001")
    office.network.with("2001") { phone, _ in phone.notifyStatus = status }
    _ = office.dial("2002", from: "2003")
    #expect(office.network.exchange.subscriptions.isEmpty)
    #expect(office.leftovers(after: .seconds(300)) == [])
  }

  @Test("INTEROP 10: a telephone that does not answer for a while keeps its lamps and gets the newest state only")
  func unanswered() {
    var office = Office()
    office.watch("2002", from: "2001")
    office.network.with("2001") { phone, _ in phone.isDeaf = true }
    let call = office.dial("2002", from: "2003")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance(by: .seconds(35))
    office.network.with("2001") { phone, _ in phone.isDeaf = false }
    office.advance(by: .seconds(12))
    #expect(office.states("2001") == ["terminated", "confirmed"])
    office.network.with("2003") { $0.hangUp(call, at: $1) }
    office.advance()
    #expect(office.states("2001") == ["terminated", "confirmed", "terminated"])
    #expect(office.versions("2001").isRising)
    #expect(office.leftovers() == [])
  }

  @Test("INTEROP 10: a telephone that registers again after a while is told at once what it missed")
  func backAgain() {
    var office = Office()
    office.watch("2002", from: "2001")
    office.network.with("2001") { phone, _ in phone.isDeaf = true }
    _ = office.dial("2002", from: "2003")
    office.network.with("2002") { $0.answer(0, at: $1) }
    // The second NOTIFY has had no answer either, and the third is due at 94 s.
    office.advance(by: .seconds(80))
    office.network.with("2001") {
      $0.isDeaf = false
      $0.register(at: $1)
    }
    office.advance(by: .seconds(1))
    #expect(office.states("2001") == ["terminated", "confirmed"])
    let facts = office.network.facts.count
    office.network.with("2001") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    let rows = office.network.facts.dropFirst(facts).filter { if case .subscription = $0 { true } else { false } }
    #expect(rows.isEmpty, "a refresh of the registration writes no subscriptions")
  }

  @Test("INTEROP 10: 503 with Retry-After and its like are tried again", arguments: [UInt16(503), 408, 480, 500])
  func notNow(_ status: UInt16) {
    var office = Office()
    office.watch("2002", from: "2001")
    office.network.with("2001") { phone, _ in phone.notifyStatus = status }
    _ = office.dial("2002", from: "2003")
    office.network.with("2001") { phone, _ in phone.notifyStatus = 200 }
    office.advance(by: .seconds(11))
    #expect(office.states("2001") == ["terminated", "trying"])
  }

  @Test("INTEROP 10: what changes while a NOTIFY is under way is told once, after it")
  func coalesced() {
    var office = Office()
    office.watch("2002", from: "2001")
    office.network.with("2001") { phone, _ in phone.isDeaf = true }
    for _ in 0..<3 {
      let call = office.dial("2002", from: "2003")
      office.network.with("2002") { $0.ring($0.calls.count - 1, at: $1) }
      office.advance(by: .milliseconds(10))
      office.network.with("2003") { $0.hangUp(call, at: $1) }
      office.advance(by: .milliseconds(10))
    }
    office.network.with("2001") { phone, _ in phone.isDeaf = false }
    office.advance(by: .seconds(5))
    let states = office.states("2001")
    #expect(states.count <= 3 && states.last == "terminated", "\(states)")
    #expect(office.leftovers() == [])
  }

  @Test("REG-3: a telephone that is not registered any more is told no more, and that it may come back")
  func deregistered() {
    var office = Office()
    office.watch("2002", from: "2001")
    office.network.with("2001") { $0.register(expires: 0, at: $1) }
    office.advance()
    #expect(office.lamp("2001").told == "terminated;reason=probation;retry-after=10")
    #expect(office.network.exchange.subscriptions.isEmpty)
    #expect(office.leftovers() == [])
  }

  @Test("RFC 4235: a station that is removed ends the lamps of it with noresource, its own with rejected")
  func removed() {
    var office = Office()
    office.watch("2002", from: "2001")
    office.watch("2001", from: "2002")
    office.network.exchange.install(["2001", "2003"].map(office.account), at: office.network.now)
    office.network.inject([0], from: SocketAddress(IPAddress(127, 0, 9, 9), port: 9))
    office.advance()
    #expect(office.lamp("2001").told == "terminated;reason=noresource")
    #expect(office.lamp("2002").told == "terminated;reason=rejected")
    #expect(office.network.exchange.subscriptions.isEmpty)
  }

  @Test("REG-13: a telephone that registers anew from another port keeps its lamps")
  func moved() throws {
    var office = Office()
    var phone = Stranger(20, host: IPAddress(127, 0, 1, 1), number: "2001", callID: "reg")
    #expect(office.register(&phone)?.statusCode == 200)
    var watcher = phone
    watcher.callID = "lamp"
    let answers = office.send(
      watcher.text("SUBSCRIBE", uri: "sip:2002@127.0.0.1", to: "2002", headers: "Event: dialog\r\n"), from: watcher)
    #expect(answers.map(\.statusCode) == [200, nil])
    office.send(Office.ok(to: answers[1]), from: watcher)
    #expect(office.network.exchange.subscriptions.count == 1)
    var moved = phone
    moved.address = SocketAddress(phone.address.address, port: 6099)
    #expect(office.register(&moved)?.statusCode == 200)
    let before = office.network.elsewhere.count
    _ = office.dial("2002", from: "2003")
    let sent = office.network.elsewhere.dropFirst(before)
    #expect(sent.contains { $0.to == moved.address && $0.bytes.starts(with: Array("NOTIFY ".utf8)) })
    #expect(office.network.exchange.audit() == [])
  }

  @Test("SEC-2: nobody else can refresh, end or answer a subscription, be his tags as right as they may")
  func foreign() throws {
    var office = Office()
    office.watch("2002", from: "2001")
    let lamp = office.lamp("2001")
    var thief = Stranger(66, number: "2001", callID: String(decoding: lamp.callID, as: UTF8.self))
    thief.cseq = 100
    let tag = try #require(lamp.answer?.to.tag.flatMap { lamp.answer?.string($0) })
    let bytes = thief.text(
      "SUBSCRIBE", to: "2002", tag: String(decoding: lamp.localTag, as: UTF8.self), toTag: tag,
      headers: "Event: dialog\r\nExpires: 0\r\n")
    #expect(office.send(bytes, from: thief).map(\.statusCode) == [481])
    #expect(office.network.exchange.subscriptions.count == 1)
  }

  @Test("SEC-2: a station has so many lamps and no more; a telephone that forgot its own gets new ones")
  func limit() {
    var office = Office()
    office.network.with("2001") { phone, _ in phone.isDeaf = true }
    var watcher = Stranger(1, host: IPAddress(127, 0, 1, 1), number: "2001", callID: "l")
    watcher.address = office.phone("2001").address
    func subscribe(_ to: String, _ count: Int) -> [UInt8] {
      watcher.callID = "l-\(to)-\(count)"
      return watcher.text("SUBSCRIBE", uri: "sip:\(to)@127.0.0.1", to: to, headers: "Event: dialog\r\n")
    }
    for count in 0..<Exchange.SubscriptionLimits.ofStation { office.network.inject(subscribe("2002", count), from: "2001") }
    office.advance(by: .milliseconds(5))
    #expect(office.network.exchange.subscriptions.count(of: StationNumber("2001")!) == Exchange.SubscriptionLimits.ofStation)
    let before = office.network.trace.count
    office.network.inject(subscribe("2003", 0), from: "2001")
    let refusal = String(decoding: office.network.trace.dropFirst(before).last?.bytes ?? [], as: UTF8.self)
    #expect(refusal.contains("watches as many lamps as it may"))
    office.network.inject(subscribe("2002", 9999), from: "2001")
    office.advance(by: .milliseconds(5))
    #expect(office.network.exchange.subscriptions.count(of: StationNumber("2001")!) == Exchange.SubscriptionLimits.ofStation)
    #expect(office.network.exchange.counters.subscriptionsRefused == 1)
    office.advance(by: .seconds(60))
    #expect(office.network.exchange.audit() == [])
  }

  // MARK: Restart

  @Test("freeswitch#3056: after a crash lamps work on, with versions and CSeq that rise")
  func restart() {
    var office = Office()
    office.watch("2002", from: "2001")
    for _ in 0..<3 {
      let call = office.dial("2002", from: "2003")
      office.network.with("2003") { $0.hangUp(call, at: $1) }
      office.advance()
      office.restart()
      office.advance(by: .milliseconds(50))
    }
    _ = office.dial("2002", from: "2003")
    #expect(office.states("2001").last == "trying", "\(office.states("2001"))")
    office.advance(by: .seconds(31))
    office.network.with("2001") { $0.resubscribe(0, at: $1) }
    office.advance()
    #expect(office.lamp("2001").status == 200)
    #expect(office.versions("2001").isRising)
    #expect(office.sequence("2001").isRising)
    #expect(office.phone("2001").complaints == [])
  }

  @Test("freeswitch#3056: numbers rise also when a crash comes after hundreds of NOTIFYs")
  func manyNotifies() {
    var office = Office()
    office.watch("2002", from: "2001")
    for round in 0..<220 {
      let call = office.dial("2002", from: "2003")
      office.network.with("2003") { $0.hangUp(call, at: $1) }
      office.advance()
      if round % 70 == 69 { office.restart() }
    }
    #expect(office.versions("2001").count > 400)
    #expect(office.versions("2001").isRising)
    #expect(office.sequence("2001").isRising)
  }

  @Test("RELIABILITY 36: a damaged row is counted and left out")
  func damaged() {
    var office = Office()
    office.watch("2002", from: "2001")
    var kept = KeptFacts()
    for fact in office.network.facts { kept.take(fact) }
    #expect(kept.subscriptions.count == 1)
    let row = kept.subscriptions[0].state
    for cut in 0..<row.count {
      var exchange = office.network.exchange
      let rejected = exchange.restore(
        bindings: [], features: [], subscriptions: [(1, Array(row.prefix(cut)))], blocks: [], nextBinding: 1, lastRecord: 1,
        at: office.network.now)
      #expect(rejected == 1, "\(cut)")
    }
    for index in row.indices {
      var exchange = office.network.exchange
      var changed = row
      changed[index] ^= 0x55
      _ = exchange.restore(
        bindings: kept.bindings, features: [], subscriptions: [(1, changed)], blocks: [], nextBinding: 1, lastRecord: 1,
        at: office.network.now)
    }
  }
}
