public import Kernel
public import SIP
public import Sessions

/// An exchange and its telephones joined by a network in virtual time that loses, repeats, delays and reorders by seed.
public struct Network: Sendable {
  /// How bad the network is; everything in parts of a thousand.
  public struct Weather: Sendable {
    public var loss: UInt64 = 0
    public var repetition: UInt64 = 0
    /// Longest delay of a datagram.
    public var delay: Interval = .milliseconds(1)
    /// How often the store cannot keep a batch.
    public var storeFailure: UInt64 = 0
    /// How often the media server has no port.
    public var portFailure: UInt64 = 0
    /// Longest time that the media server takes for an answer.
    public var mediaDelay: Interval = .milliseconds(1)

    public init() {}

    public static let fine = Weather()
    public static let storm: Weather = {
      var weather = Weather()
      weather.loss = 100
      weather.repetition = 50
      weather.delay = .milliseconds(300)
      weather.mediaDelay = .milliseconds(400)
      return weather
    }()
  }

  private enum Delivery: Sendable {
    case toExchange(Flow, [UInt8])
    case toPhone(Int, [UInt8])
    case committed(UInt64, Bool)
    case heard(MediaEvent)
    case soundOver(ChannelID, turn: UInt64)
  }

  public var exchange: Exchange
  public var phones: [Phone] = []
  /// Telephones of the host, beside those that speak SIP.
  public var stations: [HostedStation] = []
  /// What was ordered for legs that no hosted station has.
  public internal(set) var lostOrders: [String] = []
  /// What the exchange's media commands reach; without sound and without loss.
  public var media = MediaDouble()
  public var weather: Weather
  public private(set) var now: Instant
  /// All that the exchange wanted kept, in order.
  public private(set) var facts: [ExchangeFact] = []
  public private(set) var notices: [Notice] = []
  /// Every datagram as it was sent, for ladders and replay: time, towards the exchange, phone's number, octets.
  public private(set) var trace: [(time: Instant, isToExchange: Bool, phone: String, bytes: [UInt8])] = []
  /// What the exchange sent to addresses where no telephone is.
  public private(set) var elsewhere: [(to: SocketAddress, bytes: [UInt8])] = []
  private var lastReport = Instant.zero
  private var flying = TimerTable<Delivery>()
  private var random: Dice

  public init(exchange: Exchange, seed: UInt64, weather: Weather = .fine, at now: Instant) {
    self.exchange = exchange
    self.weather = weather
    self.random = Dice(seed: seed)
    self.now = now
  }

  /// SplitMix64.
  struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func draw(_ bound: UInt64) -> UInt64 {
      self.state &+= 0x9e37_79b9_7f4a_7c15
      var word = self.state
      word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
      return (word ^ (word >> 31)) % max(bound, 1)
    }
  }

  public mutating func draw(_ bound: UInt64) -> UInt64 { self.random.draw(bound) }

  /// Lets the owner of a telephone do something, and sends what comes of it.
  public mutating func with(_ number: String, _ body: (inout Phone, Instant) -> Void) {
    guard let index = self.phones.firstIndex(where: { $0.number == number }) else { return }
    self.with(at: index, body)
  }

  /// As above, for one of several telephones of the same station.
  public mutating func with(at index: Int, _ body: (inout Phone, Instant) -> Void) {
    body(&self.phones[index], self.now)
    self.post(phone: index)
  }

  /// A stranger sends something at once; what comes back to him is in ``elsewhere``.
  public mutating func inject(_ bytes: [UInt8], from address: SocketAddress) {
    self.trace.append((self.now, true, "\(address)", bytes))
    self.exchange.receive(bytes, from: Flow(kind: .udp, local: 0, remote: address), at: self.now)
    self.post()
  }

  /// Octets that a telephone sends without knowing of it: a copy from earlier, or made up.
  public mutating func inject(_ bytes: [UInt8], from number: String) {
    guard let phone = self.phone(number) else { return }
    self.inject(bytes, from: phone.address)
  }

  public func phone(_ number: String) -> Phone? { self.phones.first { $0.number == number } }

  /// Lets time pass, with everything that falls due in it.
  public mutating func advance(by interval: Interval) {
    let end = self.now + interval
    while let next = self.nextDeadline, next <= end {
      self.now = max(self.now, next)
      self.step()
    }
    self.now = end
  }

  private var nextDeadline: Instant? {
    var earliest = self.flying.nextDeadline ?? .never
    if let deadline = self.exchange.nextDeadline { earliest = min(earliest, deadline) }
    for phone in self.phones {
      if let deadline = phone.nextDeadline { earliest = min(earliest, deadline) }
    }
    return earliest == .never ? nil : earliest
  }

  private mutating func step() {
    if let delivery = self.flying.popDue(at: self.now) {
      switch delivery {
      case .toExchange(let flow, let bytes): self.exchange.receive(bytes, from: flow, at: self.now)
      case .toPhone(let index, let bytes):
        self.phones[index].receive(bytes, at: self.now)
        self.post(phone: index)
      case .heard(let event): self.exchange.heard([event], at: self.now)
      case .soundOver(let channel, let turn):
        if let feed = self.media.feed(of: channel, turn: turn) { self.exchange.heard([.finished(channel, feed)], at: self.now) }
      case .committed(let token, let isKept): self.exchange.committed(token, succeeded: isKept, at: self.now)
      }
      return self.post()
    }
    if let deadline = self.exchange.nextDeadline, deadline <= self.now {
      self.exchange.fire(at: self.now)
      self.post()
    }
    for index in self.phones.indices {
      guard let deadline = self.phones[index].nextDeadline, deadline <= self.now else { continue }
      self.phones[index].fire(at: self.now)
      self.post(phone: index)
    }
  }

  mutating func post() {
    let outbox = self.exchange.outbox
    self.exchange.clearOutbox()
    defer { if !outbox.hosted.isEmpty { self.postHosted(outbox.hosted) } }
    for send in outbox.sends {
      guard let index = self.phones.firstIndex(where: { $0.address == send.flow.remote }) else {
        self.elsewhere.append((send.flow.remote, send.bytes))
        self.trace.append((self.now, false, "\(send.flow.remote)", send.bytes))
        continue
      }
      self.trace.append((self.now, false, self.phones[index].number, send.bytes))
      self.fly(.toPhone(index, send.bytes))
    }
    self.notices.append(contentsOf: outbox.notices)
    for command in outbox.media { self.carryOut(command) }
    guard !outbox.facts.isEmpty else { return }
    let isKept = self.draw(1000) >= self.weather.storeFailure
    if isKept { self.facts.append(contentsOf: outbox.facts) }
    if outbox.token != 0 {
      _ = self.flying.arm(.committed(outbox.token, isKept), at: self.now + .milliseconds(Int64(1 + self.draw(8))))
    }
  }

  /// What hosted stations do at once, such as ringing, has consequences of its own.
  private mutating func postHosted(_ orders: [HostedOrder]) {
    self.carryOut(orders)
    let outbox = self.exchange.outbox
    let isQuiet = outbox.sends.isEmpty && outbox.facts.isEmpty && outbox.media.isEmpty && outbox.hosted.isEmpty
    if !isQuiet || !outbox.notices.isEmpty { self.post() }
  }

  /// The media server has heard something.
  public mutating func hear(_ event: MediaEvent) {
    self.exchange.heard([event], at: self.now)
    self.post()
  }

  private mutating func carryOut(_ command: MediaCommand) {
    let isFull = self.media.isFull
    defer { self.media.isFull = isFull }
    if self.weather.portFailure > 0, self.draw(1000) < self.weather.portFailure { self.media.isFull = true }
    for outcome in self.media.carryOut(command, at: self.now) {
      switch outcome {
      case .event(let event): self.report(event)
      case .over(let channel, let turn, let wait): _ = self.flying.arm(.soundOver(channel, turn: turn), at: self.now + wait)
      }
    }
  }

  /// Reports come in order, however late.
  private mutating func report(_ event: MediaEvent) {
    let wait = max(1_000_000, Int64(self.draw(UInt64(max(1, self.weather.mediaDelay.nanoseconds)))))
    self.lastReport = max(self.lastReport + Interval(nanoseconds: 1), self.now + Interval(nanoseconds: wait))
    _ = self.flying.arm(.heard(event), at: self.lastReport)
  }

  private mutating func post(phone index: Int) {
    for send in self.phones[index].takeSends() {
      self.trace.append((self.now, true, self.phones[index].number, send.bytes))
      self.fly(.toExchange(Flow(kind: .udp, local: 0, remote: self.phones[index].address), send.bytes))
    }
  }

  private mutating func fly(_ delivery: Delivery) {
    if self.draw(1000) < self.weather.loss { return }
    let copies = self.draw(1000) < self.weather.repetition ? 2 : 1
    for _ in 0..<copies {
      let delay = Int64(self.draw(UInt64(max(1, self.weather.delay.nanoseconds))))
      _ = self.flying.arm(delivery, at: self.now + Interval(nanoseconds: delay))
    }
  }

  // MARK: Reading

  /// The datagrams as a ladder: when in ms, who sent what to whom, CSeq, and what its description says.
  public var ladder: String {
    var text = ""
    for entry in self.trace {
      let arrow = entry.isToExchange ? "\(entry.phone) ---> exchange" : "exchange ---> \(entry.phone)"
      let time = (entry.time - (self.trace.first?.time ?? entry.time)).milliseconds
      guard case .message(let message) = SIPMessage.parse(entry.bytes, stream: false) else {
        text += "\(time)\t\(arrow)\t? \(entry.bytes.count) octets\n"
        continue
      }
      let what = message.statusCode.map { "\($0) (\(message.cseq.method))" } ?? "\(message.string(message.methodBytes))"
      text += "\(time)\t\(arrow)\t\(what) \(message.cseq.number) \(Self.summary(of: message.array(message.body)))\n"
    }
    return text
  }

  /// `v3 audio video:0 sendonly`.
  private static func summary(of body: [UInt8]) -> String {
    var words: [String] = []
    for line in String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: " ")
      if line.hasPrefix("o="), fields.count > 2 { words.append("v\(fields[2])") }
      if line.hasPrefix("m="), fields.count > 1 { words.append("\(fields[0].dropFirst(2))\(fields[1] == "0" ? ":0" : "")") }
      if ["a=sendonly", "a=recvonly", "a=inactive"].contains(String(line)) { words.append(String(line.dropFirst(2))) }
    }
    return words.joined(separator: " ")
  }
}
