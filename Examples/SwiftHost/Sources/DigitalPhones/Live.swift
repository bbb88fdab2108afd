import Glibc
import Kernel
import SIP
import Sessions

/// The host with sockets, the clock on the wall and a console: SIP over UDP, commands from standard input, one thread, `poll`.
public struct Live {
  private var host: Host
  private let sip: DatagramSocket
  private let card: EchoCard
  private var line: [UInt8] = []

  /// Nil where the address cannot be had.
  public init?(_ office: Office) {
    guard let sip = DatagramSocket(office.listener) else { return nil }
    let card = EchoCard(address: office.listener.address)
    self.sip = sip
    self.card = card
    self.host = Host(office, card: card, at: Self.now)
  }

  /// Runs until `quit` or the end of the input.
  /// - Returns: the exit status.
  public static func run(_ office: Office) -> Int32 {
    guard var live = Live(office) else {
      print("\(office.listener) cannot be listened on")
      return 1
    }
    print("SIP telephones register at \(office.listener). Type `2101 off`, `2101 dial 2001`, `show`, `quit`.")
    while live.turn(input: 0) {}
    return 0
  }

  /// Wall time when the process began, and how far the monotonic clock has come since: time never goes back.
  private static let anchor: (wall: Int64, steady: Int64) = (Self.read(CLOCK_REALTIME), Self.read(CLOCK_MONOTONIC))

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  static var now: Instant {
    let anchor = Self.anchor
    return Instant(nanoseconds: anchor.wall + Self.read(CLOCK_MONOTONIC) - anchor.steady)
  }

  /// Waits for whatever comes first and deals with it.
  /// - Parameter input: descriptor of the console.
  /// - Returns: false after `quit`.
  public mutating func turn(input: Int32) -> Bool {
    let wait = self.host.nextDeadline.map { max(0, min(60_000, ($0 - Self.now).milliseconds + 1)) } ?? 60_000
    var watched = [
      pollfd(fd: self.sip.descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: input, events: Int16(POLLIN), revents: 0),
    ]
    watched += self.card.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = poll(&watched, nfds_t(watched.count), Int32(wait))
    if watched[0].revents != 0 {
      while let (bytes, source) = self.sip.receive() {
        self.host.receive(bytes, from: Flow(kind: .udp, local: 0, remote: source), at: Self.now)
      }
    }
    self.card.echo()
    var goesOn = true
    if watched[1].revents != 0 { goesOn = self.readConsole(input) }
    self.host.fire(at: Self.now)
    for send in self.host.takeSends() { self.sip.send(send.bytes, to: send.flow.remote) }
    for line in self.host.takeLines() { print(line) }
    return goesOn
  }

  private mutating func readConsole(_ input: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(input, &buffer, buffer.count)
    guard count > 0 else { return false }
    for octet in buffer.prefix(count) {
      guard octet == 0x0a else {
        // Nobody types a longer line.
        if self.line.count < 1000 { self.line.append(octet) }
        continue
      }
      let text = String(decoding: self.line, as: UTF8.self)
      self.line.removeAll()
      if !self.carryOut(text) { return false }
    }
    return true
  }

  private mutating func carryOut(_ text: String) -> Bool {
    let command: Command
    do throws(Command.Problem) { command = try Command(text) } catch {
      print(error)
      return true
    }
    switch command {
    case .quit: return false
    case .show: for line in self.host.takeLines() + self.host.status() { print(line) }
    case .phone(let number, let act) where self.host.desks.contains(where: { $0.number == number }):
      self.host.user(act.event, at: number, Self.now)
    case .phone(let number, _): print("there is no digital phone \(number)")
    case .plug, .media, .wait, .restart, .expect: print("that is for scripts")
    case .nothing: break
    }
    return true
  }
}
