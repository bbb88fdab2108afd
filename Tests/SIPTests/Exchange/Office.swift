import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions

/// An exchange with registered telephones, without sockets: what the tests of this folder stand on.
struct Office {
  var network: Network
  /// Accounts as the test wants them; an exchange that restarts finds them in its database.
  var account: @Sendable (String) -> StationAccount = { Office.account($0) }
  /// What there is, also after a restart.
  private let modules: [Module]

  /// Not cryptographic, but the same on both sides: what is tested is the protocol around it.
  static let digests = DigestFunctions(
    md5: { Office.hash($0, length: 16) },
    sha256: { Office.hash($0, length: 32) })

  private static func hash(_ octets: UnsafeRawBufferPointer, length: Int) -> [UInt8] {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(length)
    for octet in octets { state = (state ^ UInt64(octet)) &* 0x100_0000_01b3 }
    return (0..<length).map { index in
      state = (state ^ UInt64(index)) &* 0x100_0000_01b3
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  static let exchangeAddress = SocketAddress(IPAddress(127, 0, 0, 1), port: 5060)
  static let start = Instant(nanoseconds: 1_700_000_000_000_000_000)

  static func plan() -> Plan {
    var plan = Plan(name: "office")
    plan.stations = [
      Plan.StationEntry(from: StationNumber("2000")!, to: StationNumber("2999")!, className: "national")
    ]
    plan.classes = [Plan.ClassEntry(name: "national")]
    plan.modules = [
      Plan.Placement(
        module: "DoNotDisturb", options: OptionValues(defaultsOf: DoNotDisturb.descriptor),
        codes: [Plan.Code(digits: "40", action: 0)]),
      Plan.Placement(
        module: "CallForward", options: OptionValues(defaultsOf: CallForward.descriptor),
        codes: (0..<5).map { Plan.Code(digits: Digits("60\($0)") ?? Digits(), action: $0) }),
      Plan.Placement(module: "MessageWaiting", options: OptionValues(defaultsOf: MessageWaiting.descriptor)),
      Plan.Placement(
        module: "VoiceMail", options: Self.voiceMailNumber("2999"), codes: [Plan.Code(digits: "*98", action: 0)]),
    ]
    return plan
  }

  private static func voiceMailNumber(_ number: Digits) -> OptionValues {
    var options = OptionValues(defaultsOf: VoiceMail.descriptor)
    options[VoiceMail.descriptor.options.firstIndex { $0.name == "number" } ?? 0] = .number(number)
    return options
  }

  static func account(_ number: String) -> StationAccount {
    let user = "\(number)-u"
    return StationAccount(
      number: StationNumber(number)!, userID: user, name: "Name \(number)",
      md5: self.digests.ha1(
        .md5, user: Array(user.utf8), realm: Array("strowger".utf8), password: Array("secret-\(number)".utf8)),
      sha256: self.digests.ha1(
        .sha256, user: Array(user.utf8), realm: Array("strowger".utf8), password: Array("secret-\(number)".utf8)))
  }

  init(
    _ numbers: [String] = ["2001", "2002", "2003"], seed: UInt64 = 1, weather: Network.Weather = .fine, isRegistered: Bool = true,
    modules: [Module] = BuiltIn.modules, plan: Plan = Self.plan()
  ) {
    self.modules = modules
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchangeAddress)], modules: modules,
      digests: Self.digests, seed: (seed, 2, 3, 4), secret: [1, 2, 3], at: Self.start)
    exchange.install(plan)
    exchange.install(numbers.map(Self.account), at: Self.start)
    exchange.install(whiteList: [AddressBlock("127.0.0.0/8")!])
    self.network = Network(exchange: exchange, seed: seed, at: Self.start)
    for (index, number) in numbers.enumerated() {
      self.network.phones.append(
        Phone(
          number: number, userID: "\(number)-u", password: "secret-\(number)",
          address: SocketAddress(IPAddress(127, 0, 1, UInt8(truncatingIfNeeded: index + 1)), port: 5070),
          exchange: Self.exchangeAddress,
          digests: Self.digests, seed: seed &* 1000 &+ UInt64(index)))
    }
    guard isRegistered else { return }
    for number in numbers { self.network.with(number) { $0.register(at: $1) } }
    self.network.advance(by: .seconds(1))
    self.network.weather = weather
  }

  mutating func dial(_ digits: String, from number: String) -> Int {
    var call = -1
    self.network.with(number) { call = $0.dial(digits, at: $1) }
    self.network.advance(by: .milliseconds(100))
    return call
  }

  mutating func advance(by interval: Interval = .milliseconds(100)) { self.network.advance(by: interval) }

  func phone(_ number: String) -> Phone { self.network.phone(number)! }  // the tests name phones they made

  func call(_ number: String, _ id: Int = 0) -> Phone.Call? {
    let calls = self.phone(number).calls
    return calls.indices.contains(id) ? calls[id] : nil
  }

  /// The session description the telephone was told last.
  func heardSDP(_ number: String, _ id: Int = 0) -> String {
    String(decoding: self.call(number, id)?.remoteSDP ?? [], as: UTF8.self)
  }

  /// Dials and says what the final answer was.
  mutating func outcome(of digits: String, from number: String) -> UInt16? {
    let call = self.dial(digits, from: number)
    return self.call(number, call)?.finalStatus
  }

  /// `kill -9`: a new exchange is told nothing but the facts that were kept.
  mutating func restart(
    _ numbers: [String] = ["2001", "2002", "2003"], plan: Plan = Self.plan(), trunks: [TrunkAccount] = []
  ) {
    var kept = KeptFacts()
    for fact in self.network.facts { kept.take(fact) }
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchangeAddress)], modules: self.modules,
      digests: Self.digests, seed: (UInt64(bitPattern: self.network.now.nanoseconds), 98, 97, 96), secret: [1, 2, 3],
      at: self.network.now)
    exchange.install(plan)
    exchange.install(trunks, at: self.network.now)
    exchange.install(numbers.map(self.account), at: self.network.now)
    exchange.install(whiteList: [AddressBlock("127.0.0.0/8")!])
    exchange.restore(recordings: kept.recordings, at: self.network.now)
    let rejected = exchange.restore(
      bindings: kept.bindings, features: kept.features, calls: kept.calls, answered: kept.answered,
      subscriptions: kept.subscriptions, blocks: [], nextBinding: 1000, nextCall: 1000, lastRecord: 1000, at: self.network.now)
    precondition(rejected == 0, "every fact that was kept can be read")
    self.network.exchange = exchange
  }
}

/// What a store would hold after the facts it was given.
struct KeptFacts {
  var bindings: [Binding] = []
  var features: [Fact] = []
  var calls: [(row: Int64, handle: UInt64, state: [UInt8])] = []
  var answered: [(key: [UInt8], response: [UInt8], until: Instant)] = []
  var recordings: [RecordingSummary] = []
  var subscriptions: [(row: Int64, state: [UInt8])] = []

  mutating func take(_ fact: ExchangeFact) {
    switch fact {
    case .binding(let binding):
      self.bindings.removeAll { $0.id == binding.id }
      self.bindings.append(binding)
    case .bindingGone(let id): self.bindings.removeAll { $0.id == id }
    case .feature(.machine(let module, let key, let state)):
      self.features.removeAll {
        if case .machine(module, key, _) = $0 { true } else { false }
      }
      if state != nil { self.features.append(.machine(module: module, key: key, state: state)) }
    case .liveCall(let row, let handle, let state):
      self.calls.removeAll { $0.row == row }
      if let state { self.calls.append((row, handle, state)) }
    case .answered(_, let key, let response, let until): self.answered.append((key, response, until))
    case .recording(let recording):
      self.recordings.removeAll { $0.number == recording.number }
      self.recordings.append(recording)
    case .removeRecording(let number): self.recordings.removeAll { $0.number == number }
    case .subscription(let row, let state):
      self.subscriptions.removeAll { $0.row == row }
      if let state { self.subscriptions.append((row, state)) }
    case .feature, .access, .call, .block, .unblock: break
    }
  }
}
