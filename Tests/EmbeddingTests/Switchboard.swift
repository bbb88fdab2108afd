import CStrowger
import Testing

/// A host with a SIP stack: carries directives to the sessions and session orders to the kernel, and writes down what phones are told.
final class Switchboard {
  let office: Office
  /// `invite`, `reinvite`, `accept` … with the leg and the description, since the last look.
  var sent: [(kind: UInt32, leg: strowger_leg, sdp: String, order: strowger_session_order)] = []
  var now: Int64 = 0

  init(channels: UInt32 = 0) throws {
    var options = strowger_options()
    options.size = UInt32(MemoryLayout<strowger_options>.size)
    options.seed = 7
    options.channels = channels
    self.office = try Office(plan: Self.plan, options: options)
  }

  static let plan = Office.plan.replacing(
    "</features>",
    """
    <module name="CallPark"><code digits="11" action="park"/><code digits="12" action="retrieve"/></module>
    <module name="Conference"><code digits="46"/></module><module name="Hold"/></features>
    """)

  /// What phone `host` says of itself.
  static func sdp(_ host: Int, _ direction: String = "sendrecv", version: Int = 1) -> String {
    "v=0\r\no=- \(host) \(version) IN IP4 192.0.2.\(host)\r\ns=-\r\nc=IN IP4 192.0.2.\(host)\r\nt=0 0\r\n"
      + "m=audio 40\(host) RTP/AVP 8 0\r\na=\(direction)\r\n"
  }

  /// Tells one thing of a session, and does everything that follows.
  func say(
    _ kind: UInt32, _ leg: strowger_leg, sdp: String? = nil, _ fill: (inout strowger_session_event) -> Void = { _ in }
  ) -> Int32 {
    let result = self.negotiate(kind, leg, sdp: sdp, fill)
    self.settle()
    return result
  }

  private func negotiate(
    _ kind: UInt32, _ leg: strowger_leg, sdp: String? = nil, _ fill: (inout strowger_session_event) -> Void = { _ in }
  ) -> Int32 {
    var event = strowger_session_event()
    event.size = UInt32(MemoryLayout<strowger_session_event>.size)
    event.kind = kind
    event.leg = leg
    fill(&event)
    guard var text = sdp else { return strowger_negotiate(self.office.exchange, &event, self.now) }
    return text.withUTF8 { octets in
      octets.withMemoryRebound(to: CChar.self) { octets in
        event.sdp = octets.baseAddress
        event.sdp_length = octets.count
        return strowger_negotiate(self.office.exchange, &event, self.now)
      }
    }
  }

  func tell(_ kind: UInt32, _ leg: strowger_leg, cause: UInt32 = 0) {
    _ = self.office.tell(kind, leg, at: self.now) { $0.cause = cause }
    self.settle()
  }

  /// A phone calls, with its description or without.
  func call(_ number: String, from station: String, sdp: String?) throws -> strowger_leg {
    self.now += 1_000_000
    var leg: strowger_leg = 0
    #expect(strowger_reserve_leg(self.office.exchange, &leg) == STROWGER_OK)
    #expect(self.at("192.0.2.254", STROWGER_SESSION_INCOMING, leg, sdp: sdp) == STROWGER_OK)
    _ = self.office.tell(STROWGER_EVENT_DIALLED, leg, at: self.now) {
      $0.party.kind = STROWGER_PARTY_STATION
      $0.party.device = 1
      $0.party.number = .text(station)
      $0.number = .text(number)
    }
    self.settle()
    return leg
  }

  func at(_ address: String, _ kind: UInt32, _ leg: strowger_leg, other: strowger_leg = 0, sdp: String? = nil) -> Int32 {
    address.withCString { address in
      self.negotiate(kind, leg, sdp: sdp) {
        $0.address = address
        $0.other = other
      }
    }
  }

  func settle() {
    var isQuiet = false
    while !isQuiet {
      isQuiet = self.carryOutDirectives() == 0 && self.carryOutOrders() == 0
      var deadline: Int64 = 0
      if isQuiet, strowger_next_deadline(self.office.exchange, &deadline) == STROWGER_OK, deadline <= self.now {
        #expect(strowger_fire(self.office.exchange, self.now) == STROWGER_OK)
        isQuiet = false
      }
    }
  }

  private func carryOutDirectives() -> Int {
    _ = self.office.facts()
    let directives = self.office.directives()
    for directive in directives {
      switch directive.kind {
      case STROWGER_DIRECTIVE_ALERT:
        #expect(self.at("192.0.2.254", STROWGER_SESSION_OUTGOING, directive.leg, other: directive.other) == STROWGER_OK)
      case STROWGER_DIRECTIVE_MEDIA:
        #expect(self.negotiate(STROWGER_SESSION_GOAL, directive.leg) { $0.goal = directive.goal } >= STROWGER_OK)
      case STROWGER_DIRECTIVE_ANSWER: #expect(self.negotiate(STROWGER_SESSION_ANSWER, directive.leg) == STROWGER_OK)
      case STROWGER_DIRECTIVE_FINISH, STROWGER_DIRECTIVE_RELEASE:
        #expect(self.negotiate(STROWGER_SESSION_CLOSE, directive.leg) == STROWGER_OK)
      default: break
      }
    }
    return directives.count
  }

  private func carryOutOrders() -> Int {
    var order = strowger_session_order()
    order.size = UInt32(MemoryLayout<strowger_session_order>.size)
    var orders: [strowger_session_order] = []
    while strowger_next_session_order(self.office.exchange, &order) == STROWGER_OK {
      let sdp = order.sdp.map { String(cString: $0) } ?? ""
      #expect(sdp.utf8.count == order.sdp_length)
      self.sent.append((order.kind, order.leg, sdp, order))
      orders.append(order)
    }
    for order in orders {
      switch order.kind {
      case STROWGER_SESSION_DO_HELD: _ = self.office.tell(STROWGER_EVENT_HELD, order.leg, at: self.now)
      case STROWGER_SESSION_DO_RESUMED: _ = self.office.tell(STROWGER_EVENT_RESUMED, order.leg, at: self.now)
      case STROWGER_SESSION_DO_JOINED: _ = self.office.tell(STROWGER_EVENT_JOINED, order.leg, at: self.now)
      case STROWGER_SESSION_DO_JOIN_FAILED:
        _ = self.office.tell(STROWGER_EVENT_JOIN_FAILED, order.leg, at: self.now) { $0.cause = order.cause }
      default: break
      }
    }
    return orders.count
  }

  /// What was sent to a leg since the last look, by kind.
  func look(_ kind: UInt32, _ leg: strowger_leg? = nil) -> (leg: strowger_leg, sdp: String, order: strowger_session_order)? {
    guard let place = self.sent.firstIndex(where: { $0.kind == kind && (leg == nil || $0.leg == leg) }) else { return nil }
    let found = self.sent.remove(at: place)
    return (found.leg, found.sdp, found.order)
  }

  /// 2001 calls `number`, whose phone 2 rings and answers; both have been told of each other.
  func talk(_ number: String = "2002") throws -> (caller: strowger_leg, callee: strowger_leg) {
    let caller = try self.call(number, from: "2001", sdp: Self.sdp(1))
    let invite = try #require(self.look(STROWGER_SESSION_DO_INVITE))
    #expect(invite.sdp.contains("c=IN IP4 192.0.2.1\r\n") && invite.sdp.contains("m=audio 401 "))
    #expect(self.say(STROWGER_SESSION_PROVISIONAL, invite.leg) { $0.status = 180 } == STROWGER_OK)
    self.tell(STROWGER_EVENT_ALERTING, invite.leg)
    #expect(self.say(STROWGER_SESSION_ACCEPTED, invite.leg, sdp: Self.sdp(2)) == STROWGER_OK)
    self.tell(STROWGER_EVENT_ANSWERED, invite.leg)
    #expect(self.look(STROWGER_SESSION_DO_ACK, invite.leg) != nil)
    let accept = try #require(self.look(STROWGER_SESSION_DO_ACCEPT, caller))
    #expect(accept.sdp.contains("c=IN IP4 192.0.2.2\r\n"))
    #expect(self.say(STROWGER_SESSION_ACK, caller) == STROWGER_OK)
    self.sent.removeAll()
    return (caller, invite.leg)
  }
}
