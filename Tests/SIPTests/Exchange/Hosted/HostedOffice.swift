import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// 2001 to 2003 are SIP telephones, 2101 and 2102 stations of the host (the manual's digital phones); every feature has its code.
extension Office {
  static func hosting(seed: UInt64 = 1, channels: Int = 0) -> Office {
    var office = Office(["2001", "2002", "2003"], seed: seed, isRegistered: false)
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    options.mediaChannels = channels
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchangeAddress)],
      modules: BuiltIn.modules,
      digests: Self.digests, seed: (seed, 2, 3, 4), secret: [1, 2, 3], at: Self.start)
    exchange.install(Self.fullPlan())
    exchange.install(["2001", "2002", "2003"].map(Self.account), at: Self.start)
    exchange.install(whiteList: [AddressBlock("127.0.0.0/8")!])
    office.network.exchange = exchange
    for number in ["2001", "2002", "2003"] { office.network.with(number) { $0.register(at: $1) } }
    for number in ["2101", "2102"] { office.network.attach(number) }
    office.advance(by: .seconds(1))
    return office
  }

  /// The codes of the shipped plan.
  static func fullPlan() -> Plan {
    var plan = Self.plan()
    func place(_ descriptor: Descriptor, _ codes: [(String, Int)] = []) {
      plan.modules.append(
        Plan.Placement(
          module: descriptor.name, options: OptionValues(defaultsOf: descriptor),
          codes: codes.map { Plan.Code(digits: Digits($0.0) ?? Digits(), action: $0.1) }))
    }
    place(CallPark.descriptor, [("11", 0), ("12", 1)])
    place(CallPickup.descriptor, [("07", 0), ("66", 1), ("65", 2)])
    place(Conference.descriptor, [("46", 0)])
    place(Transfer.descriptor)
    place(Hold.descriptor)
    return plan
  }

  func hosted(_ number: String, _ id: Int = 0) -> HostedStation.Call? {
    let calls = self.network.station(number)?.calls ?? []
    return calls.indices.contains(id) ? calls[id] : nil
  }

  mutating func dial(_ digits: String, hosted number: String) -> Int {
    let call = self.network.dial(digits, hosted: number) ?? -1
    self.advance()
    return call
  }

  mutating func act(_ event: HostedEvent, _ number: String, _ call: Int) -> Bool {
    let isTaken = self.network.act(event, of: number, call: call)
    self.advance()
    return isTaken
  }

  mutating func does(
    _ event: HostedEvent, _ number: String, _ call: Int,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let isTaken = self.act(event, number, call)
    #expect(isTaken, "\(event) of \(number)", sourceLocation: location)
  }

  mutating func cannot(
    _ event: HostedEvent, _ number: String, _ call: Int,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let isTaken = self.act(event, number, call)
    #expect(!isTaken, "\(event) of \(number)", sourceLocation: location)
  }

  mutating func expect(
    _ status: UInt16, dialling digits: String, from number: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let found = self.outcome(of: digits, from: number)
    #expect(found == status, "\(self.network.ladder)", sourceLocation: location)
  }

  mutating func expect(
    isDone: Bool, dialling digits: String, hosted number: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let call = self.dial(digits, hosted: number)
    let outcome = self.hosted(number, call)?.outcome
    #expect(
      outcome?.status == .temporarilyUnavailable && outcome?.isDone == isDone, "\(outcome as Any)",
      sourceLocation: location)
  }

  mutating func answer(hosted number: String, _ call: Int) {
    self.network.answer(hosted: number, call: call)
    self.advance()
  }

  /// The SIP telephone's newest call is answered.
  mutating func answer(_ number: String) -> Int {
    let call = self.phone(number).calls.count - 1
    self.network.with(number) { $0.answer(call, at: $1) }
    self.advance()
    return call
  }

  /// Hosted station calls SIP telephone, which answers.
  mutating func talk(hosted: String, _ phone: String) -> (hosted: Int, phone: Int) {
    let call = self.dial(phone, hosted: hosted)
    return (call, self.answer(phone))
  }

  /// SIP telephone calls hosted station, which answers.
  mutating func talk(_ phone: String, hosted: String) -> (phone: Int, hosted: Int) {
    let call = self.dial(hosted, from: phone)
    let other = (self.network.station(hosted)?.calls.count ?? 0) - 1
    self.answer(hosted: hosted, other)
    return (call, other)
  }

  /// Whether station and telephone hear each other, without anything between.
  func talkDirectly(hosted: String, _ call: Int, _ phone: String, _ other: Int) -> Bool {
    guard let own = self.hosted(hosted, call), let target = own.target,
      let far = self.voice(phone, other)
    else { return false }
    return own.state == .connected && target.address?.port == far.listensOn && target.sends
      && target.receives
      && far.sendsTo == own.voice.address.port && far.sends
  }

  func talkDirectly(hosted a: String, _ callA: Int, hosted b: String, _ callB: Int) -> Bool {
    guard let one = self.hosted(a, callA), let other = self.hosted(b, callB),
      let there = one.target, let back = other.target
    else { return false }
    return there.address == other.voice.address && back.address == one.voice.address && there.sends
      && back.sends
      && there.receives && back.receives
  }

  /// What a telephone was sent and sent itself since `start`, as the manual's figures show it.
  func messages(with number: String, since start: Int = 0) -> [String] {
    self.network.trace.dropFirst(start).filter { $0.phone == number }.compactMap { entry in
      guard case .message(let message) = SIPMessage.parse(entry.bytes, stream: false) else {
        return nil
      }
      let name = message.statusCode.map { "\($0)" } ?? message.string(message.methodBytes)
      return (entry.isToExchange ? "> " : "< ") + name
    }
  }

  /// Everybody hangs up, and nothing is left.
  mutating func expectNothingLeft(_ location: SourceLocation = #_sourceLocation) {
    for station in self.network.stations {
      for (index, call) in station.calls.enumerated() where call.state != .ended {
        self.network.act(.hungUp, of: station.number, call: index)
        self.advance()
      }
    }
    for phone in self.network.phones.map(\.number) {
      for call in self.phone(phone).calls where call.state != .ended {
        self.network.with(phone) { $0.hangUp(call.id, at: $1) }
        self.advance()
      }
    }
    self.advance(by: .seconds(120))
    for station in self.network.stations {
      for (index, call) in station.calls.enumerated() where call.state != .ended {
        self.network.act(.refused(.decline), of: station.number, call: index)
      }
    }
    self.advance(by: .seconds(60))
    #expect(
      self.network.exchange.leftovers() == [], "\(self.network.ladder)", sourceLocation: location)
    #expect(self.network.exchange.audit() == [], sourceLocation: location)
    #expect(
      self.network.phones.flatMap(\.complaints) == [], "\(self.network.ladder)",
      sourceLocation: location)
    #expect(
      self.network.stations.flatMap(\.complaints) == [], "\(self.network.ladder)",
      sourceLocation: location)
    #expect(self.network.lostOrders == [], sourceLocation: location)
  }
}
