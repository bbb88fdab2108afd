import CStrowger
import Testing

/// An exchange behind the C interface with three registered stations.
struct Office: ~Copyable {
  let exchange: OpaquePointer
  static let plan = """
    <?xml version="1.0"?>
    <numberPlan xmlns="urn:strowger:number-plan:1" name="Office">
    <stations><range from="2000" to="2099"/></stations>
    <features><module name="DoNotDisturb"><code digits="40"/></module></features>
    <trunks><trunk name="carrier" address="sip:192.0.2.1"/></trunks>
    </numberPlan>
    """

  init(plan: String? = Self.plan, options: strowger_options? = nil) throws {
    var handle: OpaquePointer?
    if var options {
      #expect(strowger_create(&options, &handle) == STROWGER_OK)
    } else {
      #expect(strowger_create(nil, &handle) == STROWGER_OK)
    }
    self.exchange = try #require(handle)
    guard let plan else { return }
    #expect(self.use(plan) == STROWGER_OK)
    for station in ["2001", "2002", "2003"] { #expect(self.register(station, [1]) == STROWGER_OK) }
  }

  deinit { _ = strowger_destroy(self.exchange) }

  func use(_ plan: String) -> Int32 { strowger_use_plan(self.exchange, plan, plan.utf8.count, "office.xml") }

  func tell(_ kind: UInt32, _ leg: strowger_leg = 0, at now: Int64 = 0, _ fill: (inout strowger_event) -> Void = { _ in })
    -> Int32
  {
    var event = strowger_event.empty(kind)
    event.leg = leg
    fill(&event)
    return strowger_receive(self.exchange, &event, now)
  }

  func register(_ station: String, _ devices: [UInt64]) -> Int32 {
    devices.withUnsafeBufferPointer { devices in
      self.tell(STROWGER_EVENT_REGISTERED) {
        $0.number = .text(station)
        $0.devices = devices.baseAddress
        $0.device_count = devices.count
      }
    }
  }

  func dial(_ number: String, from station: String, at now: Int64 = 0) -> strowger_leg {
    var leg: strowger_leg = 0
    #expect(strowger_reserve_leg(self.exchange, &leg) == STROWGER_OK)
    let result = self.tell(STROWGER_EVENT_DIALLED, leg, at: now) {
      $0.party.kind = STROWGER_PARTY_STATION
      $0.party.device = 1
      $0.party.number = .text(station)
      $0.number = .text(number)
    }
    #expect(result == STROWGER_OK)
    return leg
  }

  func directives() -> [strowger_directive] {
    var read: [strowger_directive] = []
    var directive = strowger_directive()
    directive.size = UInt32(MemoryLayout<strowger_directive>.size)
    while strowger_next_directive(self.exchange, &directive) == STROWGER_OK { read.append(directive) }
    return read
  }

  func facts() -> [strowger_fact] {
    var read: [strowger_fact] = []
    var fact = strowger_fact()
    fact.size = UInt32(MemoryLayout<strowger_fact>.size)
    while strowger_next_fact(self.exchange, &fact) == STROWGER_OK { read.append(fact) }
    return read
  }

  func state() -> String {
    var needed = 0
    #expect(strowger_state(self.exchange, nil, 0, &needed) == STROWGER_TOO_SMALL)
    var text = [CChar](repeating: 1, count: needed)
    #expect(strowger_state(self.exchange, &text, needed, nil) == STROWGER_OK)
    return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }
}

extension strowger_event {
  static func empty(_ kind: UInt32) -> strowger_event {
    var event = strowger_event()
    event.size = UInt32(MemoryLayout<strowger_event>.size)
    event.kind = kind
    return event
  }
}

extension strowger_digits {
  static func text(_ text: String) -> strowger_digits {
    var digits = strowger_digits()
    withUnsafeMutableBytes(of: &digits) { $0.copyBytes(from: text.utf8.prefix(40)) }
    return digits
  }

  var string: String {
    withUnsafeBytes(of: self) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
