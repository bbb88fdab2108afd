import Kernel
import LoopbackSIP
import SIP
import Sessions

/// Plays a script: the host with its digital phones, and SIP telephones without sockets, in a time that passes only when the script waits. The same
/// script prints the same ladder on every machine.
public struct Stage {
  private var host: Host
  private var phones: [Phone] = []
  private var flying = TimerTable<Delivery>()
  private var now: Instant
  private var media = MediaDouble()
  private var office: Office
  private let passwords: [String: String]
  /// What the script expected and did not find.
  public private(set) var failures: [String] = []

  private enum Delivery: Sendable {
    case toHost(Flow, [UInt8])
    case toPhone(Int, [UInt8])
    case heard(MediaEvent)
    case soundOver(ChannelID, turn: UInt64)
  }

  /// A datagram's way.
  private static let delay = Interval.milliseconds(1)
  private static let start = Instant(nanoseconds: 1_700_000_000_000_000_000)

  public init(_ office: Office) {
    self.office = office
    self.passwords = Dictionary(office.telephones.map { ($0.number, $0.password) }, uniquingKeysWith: { first, _ in first })
    self.now = Self.start
    self.host = Host(office, card: PaperCard(address: IPAddress(127, 0, 2, 1)), at: Self.start)
  }

  /// Plays a script, and says what is wrong with its lines.
  /// - Parameter print: gets each line of the ladder.
  public mutating func play(_ script: String, print: (String) -> Void) {
    for (index, line) in script.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      do throws(Command.Problem) {
        self.carryOut(try Command(line), at: index + 1, print)
      } catch {
        self.fail("line \(index + 1): \(error)", print)
      }
      for line in self.host.takeLines() { print(line) }
    }
  }

  private mutating func fail(_ why: String, _ print: (String) -> Void) {
    self.failures.append(why)
    print("FAILED \(why)")
  }

  private mutating func carryOut(_ command: Command, at line: Int, _ print: (String) -> Void) {
    switch command {
    case .nothing, .quit: break
    case .wait(let time): self.advance(by: time)
    case .media(let channels):
      guard self.phones.isEmpty, self.now == Self.start else { return self.fail("line \(line): media comes first", print) }
      self.office.mediaChannels = channels
      self.host = Host(self.office, card: PaperCard(address: IPAddress(127, 0, 2, 1)), at: self.now)
    case .plug(let number): self.plug(number)
    case .restart:
      self.host.restart(at: self.now)
      self.post()
    case .show:
      for line in self.host.takeLines() { print(line) }
      for line in self.host.status() { print(line) }
    case .expect(let number, let text):
      let found = self.shown(number)
      guard !found.contains(text) else { return }
      for line in self.host.takeLines() { print(line) }
      self.fail("line \(line): \(number) shows \(found), not \(text)", print)
    case .phone(let number, let act):
      if self.host.desks.contains(where: { $0.number == number }) {
        self.host.user(act.event, at: number, self.now)
        self.post()
      } else if let phone = self.phones.firstIndex(where: { $0.number == number }) {
        self.act(phone, act)
      } else {
        return self.fail("line \(line): there is no telephone \(number)", print)
      }
      // People are slower than the network.
      self.advance(by: .milliseconds(100))
    }
  }

  /// The display of a digital phone; of a SIP telephone what its calls do.
  private func shown(_ number: String) -> String {
    if let phone = self.phones.first(where: { $0.number == number }) {
      let calls = phone.calls.filter { $0.state != .ended }
      return calls.isEmpty ? "idle" : calls.map { "\($0.state)\($0.isHeldByUs ? " held" : "")" }.joined(separator: ", ")
    }
    return self.host.display(number).map { "[\($0)]" }.joined()
  }

  // MARK: SIP telephones

  private mutating func plug(_ number: String) {
    let address = SocketAddress(IPAddress(127, 0, 1, UInt8(truncatingIfNeeded: self.phones.count + 1)), port: 5060)
    self.host.name(address, number)
    self.phones.append(
      Phone(
        number: number, userID: number, password: self.passwords[number] ?? "", address: address, exchange: self.office.listener,
        digests: Office.digests, seed: UInt64(self.phones.count + 1)))
    self.phones[self.phones.count - 1].register(at: self.now)
    self.post()
    self.advance(by: .milliseconds(100))
    self.host.note(number, self.phones[self.phones.count - 1].isRegistered ? "registered" : "not registered", at: self.now)
  }

  private mutating func act(_ index: Int, _ act: Command.Act) {
    let live = self.phones[index].calls.filter { $0.state != .ended }
    let now = self.now
    switch act {
    case .offHook: if let call = live.last(where: { $0.state == .offered }) { self.phones[index].answer(call.id, at: now) }
    case .onHook:
      if let call = live.last(where: { !$0.isHeldByUs }) ?? live.last { self.phones[index].hangUp(call.id, at: now) }
    case .reject: if let call = live.last(where: { $0.state == .offered }) { self.phones[index].refuse(call.id, 603, at: now) }
    case .hold:
      if let call = live.last(where: { $0.state == .connected }) { self.phones[index].hold(call.id, !call.isHeldByUs, at: now) }
    case .transfer(let number): if let call = live.last { self.phones[index].refer(call.id, to: number, at: now) }
    case .dial(let number): self.phones[index].dial(number, at: now)
    case .key: break
    }
    self.post()
  }

  /// A telephone that is called rings.
  private mutating func ring(_ index: Int) {
    for call in self.phones[index].calls where call.state == .offered && call.provisionals.isEmpty {
      self.phones[index].ring(call.id, at: self.now)
    }
  }

  // MARK: Time

  private mutating func advance(by time: Interval) {
    let end = self.now + time
    while let next = self.nextDeadline, next <= end {
      self.now = max(self.now, next)
      self.step()
    }
    self.now = end
  }

  private var nextDeadline: Instant? {
    var earliest = min(self.flying.nextDeadline ?? .never, self.host.nextDeadline ?? .never)
    for phone in self.phones { earliest = min(earliest, phone.nextDeadline ?? .never) }
    return earliest == .never ? nil : earliest
  }

  private mutating func step() {
    if let delivery = self.flying.popDue(at: self.now) {
      switch delivery {
      case .toHost(let flow, let bytes): self.host.receive(bytes, from: flow, at: self.now)
      case .toPhone(let index, let bytes):
        let known = self.phones[index].calls.count
        self.phones[index].receive(bytes, at: self.now)
        if self.phones[index].calls.count > known { self.ring(index) }
      case .heard(let event): self.host.heard(event, at: self.now)
      case .soundOver(let channel, let turn):
        if let feed = self.media.feed(of: channel, turn: turn) { self.host.heard(.finished(channel, feed), at: self.now) }
      }
    } else {
      if let deadline = self.host.nextDeadline, deadline <= self.now { self.host.fire(at: self.now) }
      for index in self.phones.indices where (self.phones[index].nextDeadline ?? .never) <= self.now {
        self.phones[index].fire(at: self.now)
      }
    }
    self.post()
  }

  private mutating func post() {
    for send in self.host.takeSends() {
      guard let index = self.phones.firstIndex(where: { $0.address == send.flow.remote }) else { continue }
      _ = self.flying.arm(.toPhone(index, send.bytes), at: self.now + Self.delay)
    }
    for command in self.host.takeMedia() {
      for outcome in self.media.carryOut(command, at: self.now) {
        switch outcome {
        case .event(let event): _ = self.flying.arm(.heard(event), at: self.now + Self.delay)
        case .over(let channel, let turn, let wait): _ = self.flying.arm(.soundOver(channel, turn: turn), at: self.now + wait)
        }
      }
    }
    for index in self.phones.indices {
      for send in self.phones[index].takeSends() {
        let flow = Flow(kind: .udp, local: 0, remote: self.phones[index].address)
        _ = self.flying.arm(.toHost(flow, send.bytes), at: self.now + Self.delay)
      }
    }
  }

  // MARK: For tests

  /// What is left of calls at the exchange.
  public var leftovers: [String] { self.host.exchange.leftovers() }
  /// What is not as it must be there.
  public var audit: [String] { self.host.exchange.audit() }
}
