import Foundation
import Testing

extension Wire {
  @Suite("Lamps")
  struct Lamps {
    @Test("RFC 4235: a key shows ringing, talking and over while two phones call, and names the call it could pick up")
    func call() throws {
      let exchange = try Exchange()
      let (caller, called) = (try Handset("2001", at: exchange), try Handset("2002", at: exchange))
      let watcher = try Handset("2003", at: exchange)
      for phone in [caller, called, watcher] { try phone.register() }
      var lamp = try Lamp(watcher, "2002")
      #expect(lamp.answer.status == 200 && lamp.answer["Expires"] == "600")
      #expect(try lamp.next().state == "terminated")
      var call = caller.call("2002")
      let incoming = try called.incoming()
      #expect(try lamp.next().state == "trying")
      called.ring(incoming)
      let early = try lamp.next()
      #expect(early.state == "early")
      let tag = SIPText.parameter("tag", of: incoming.invite?["From"] ?? "") ?? ""
      #expect(early.body.contains("call-id=\"\(incoming.callID)\" local-tag=\"\(incoming.localTag)\" remote-tag=\"\(tag)\""))
      #expect(early.body.contains(">sip:2001@127.0.0.1</identity>"))
      called.answer(incoming)
      try caller.finish(&call)
      #expect(try lamp.next().state == "confirmed")
      try caller.hangUp(call)
      try called.expect("BYE")
      #expect(try lamp.next().state == "terminated")
      #expect(lamp.isRising)
      exchange.stop()
    }

    @Test("freeswitch#3056: after kill -9 the key lights up again, its numbers rise, and it can be given up")
    func crash() throws {
      let exchange = try Exchange()
      let (caller, called) = (try Handset("2001", at: exchange), try Handset("2002", at: exchange))
      let watcher = try Handset("2003", at: exchange)
      for phone in [caller, called, watcher] { try phone.register() }
      var lamp = try Lamp(watcher, "2002")
      #expect(try lamp.next().state == "terminated")
      try exchange.crashAndRestart()
      let call = caller.call("2002")
      _ = try called.incoming()
      var seen = try lamp.next()
      if seen.state == "terminated" { seen = try lamp.next() }
      #expect(seen.state == "trying")
      #expect(try caller.cancel(call).status == 200)
      #expect(try lamp.next().state == "terminated")
      #expect(try lamp.again(expires: 0).status == 200)
      #expect(try lamp.next().subscription == "terminated;reason=timeout")
      #expect(try lamp.again(expires: 600).status == 481)
      #expect(lamp.isRising)
      exchange.stop()
    }

    @Test("DND-2, RFC 6665: `dnd-2002` follows the code; over TCP the NOTIFYs come by the connection of the SUBSCRIBE")
    func doNotDisturb() throws {
      let exchange = try Exchange()
      let station = try Handset("2002", at: exchange)
      let watcher = try Handset("2003", at: exchange, over: .tcp)
      for phone in [station, watcher] { try phone.register() }
      var lamp = try Lamp(watcher, "dnd-2002")
      #expect(try lamp.next().state == "terminated")
      #expect(try station.dial("401").final?.status == 480)
      #expect(try lamp.next().state == "confirmed")
      #expect(try station.dial("400").final?.status == 480)
      #expect(try lamp.next().state == "terminated")
      exchange.stop()
    }

    @Test("MWI-1: the own mailbox may be watched, another not")
    func messages() throws {
      let exchange = try Exchange(plan: Office.plan)
      try exchange.command("station", "set", "2002", "mailbox=on")
      let owner = try Handset("2002", at: exchange)
      try owner.register()
      try owner.expect("NOTIFY")
      var lamp = try Lamp(owner, "2002", event: "message-summary")
      #expect(lamp.answer.status == 200)
      #expect(try lamp.next().body.hasPrefix("Messages-Waiting: no\r\nMessage-Account: sip:*98@127.0.0.1\r\n"))
      #expect(try Lamp(owner, "2001", event: "message-summary").answer.status == 403)
      exchange.stop()
    }

    @Test("CALL-5, INTEROP 21: strangers are refused, unknown events too, with what there is")
    func refusals() throws {
      let exchange = try Exchange()
      let phone = try Handset("2001", at: exchange)
      #expect(try Lamp(phone, "2002").answer.status == 403)
      try phone.register()
      let unknown = try Lamp(phone, "2002", event: "as-feature-event").answer
      #expect(unknown.status == 489)
      #expect(unknown["Allow-Events"] == "dialog, message-summary")
      #expect(try Lamp(phone, "2098").answer.status == 404)
      exchange.stop()
    }
  }
}

/// A key of a phone that has subscribed.
private struct Lamp {
  struct Shown {
    var state: String
    var subscription: String
    var body: String
  }

  let phone: Handset
  let resource: String
  let event: String
  private let callID = "lamp-\(UUID().uuidString)"
  private let tag = "l\(UInt32.random(in: 0...UInt32.max))"
  private(set) var answer: SIPText
  private var cseq = 1
  private var sequence: [Int] = []
  private var versions: [Int] = []

  init(_ phone: Handset, _ resource: String, event: String = "dialog") throws {
    (self.phone, self.resource, self.event) = (phone, resource, event)
    let branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
    answer = try phone.transact(
      phone.request(
        "SUBSCRIBE", to: resource, callID: callID, cseq: 1, fromTag: tag, branch: branch,
        extra: ["Event: \(event)", "Expires: 600"]),
      branch: branch)
  }

  /// A SUBSCRIBE within the dialog; the answer.
  mutating func again(expires: Int) throws -> SIPText {
    cseq += 1
    let branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
    return try phone.transact(
      phone.request(
        "SUBSCRIBE", to: resource, uri: answer.contactURI, callID: callID, cseq: cseq, fromTag: tag,
        toTag: SIPText.parameter("tag", of: answer["To"] ?? ""), branch: branch,
        extra: ["Event: \(event)", "Expires: \(expires)"]),
      branch: branch)
  }

  /// The next NOTIFY, answered with 200.
  mutating func next() throws -> Shown {
    let (callID, event) = (callID, event)
    guard
      let notify = phone.next(within: 5, where: { $0.status == nil && $0.method == "NOTIFY" && $0.callID == callID })
    else { throw WireFailure("\(phone.number): no NOTIFY of \(resource) within 5 s") }
    phone.respond(200, "OK", to: notify)
    #expect(notify["Event"] == event)
    sequence.append(notify.sequence)
    if let version = Lamp.value("dialog-info\" version=\"", "\"", in: notify.body).flatMap({ Int($0) }) {
      versions.append(version)
    }
    return Shown(
      state: Lamp.value("<state>", "</state>", in: notify.body) ?? "", subscription: notify["Subscription-State"] ?? "",
      body: notify.body)
  }

  /// CSeq and version of each NOTIFY are above those of the one before.
  var isRising: Bool { [sequence, versions].allSatisfy { zip($0, $0.dropFirst()).allSatisfy { $0 < $1 } } }

  private static func value(_ start: String, _ end: String, in text: String) -> String? {
    guard let from = text.range(of: start), let to = text.range(of: end, range: from.upperBound..<text.endIndex) else {
      return nil
    }
    return String(text[from.upperBound..<to.lowerBound])
  }
}
