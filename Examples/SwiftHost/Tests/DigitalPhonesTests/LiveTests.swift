import Glibc
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@testable import DigitalPhones

/// The living program: sockets, wall clock, console; a SIP telephone on a socket of its own.
@Suite("Live", .serialized)
struct LiveTests {
  @Test("XFER-4 live: a SIP telephone calls a digital phone by UDP, hears its own voice, and is transferred on by hanging up")
  func call() throws {
    let listener = SocketAddress(IPAddress(127, 0, 7, 1), port: 5060)
    var office = try ScriptTests.office()
    office.listener = listener
    var live = try #require(Live(office))
    let console = try #require(Console())
    var phones = try (1...2).map { try #require(Telephone("200\($0)", listener)) }

    func run(until isDone: ([Telephone]) -> Bool) -> Bool {
      for _ in 0..<500 {
        if isDone(phones) { return true }
        for index in phones.indices { phones[index].turn() }
        console.nudge()
        _ = live.turn(input: console.input)
      }
      return isDone(phones)
    }
    for index in phones.indices { phones[index].phone.register(at: Live.now) }
    let areRegistered = run { $0.allSatisfy(\.phone.isRegistered) }
    #expect(areRegistered)

    let call = phones[0].phone.dial("2101", at: Live.now)
    let rings = run { $0[0].phone.calls[call].provisionals.contains(180) }
    #expect(rings)
    console.type("2101 off")
    let isAnswered = run { $0[0].phone.calls[call].state == .connected }
    #expect(isAnswered)
    let target = try #require(VoiceLine(phones[0].phone.calls[call].remoteSDP)).address
    #expect(target.address == listener.address && target.port >= 30_000)
    let heard = phones[0].speak(to: target) { _ = run { _ in false } }
    #expect(heard > 0)

    console.type("2101 transfer")
    console.type("2101 dial 2002")
    let isCalled = run { !$0[1].phone.calls.isEmpty }
    #expect(isCalled)
    phones[1].phone.answer(0, at: Live.now)
    _ = run { $0[1].phone.calls[0].agreement != nil }
    console.type("2101 on")
    let areJoined = run { phones in
      VoiceLine(phones[0].phone.calls[call].remoteSDP)?.address.address == phones[1].phone.address.address
    }
    #expect(areJoined)
    phones[0].phone.hangUp(call, at: Live.now)
    let isOver = run { $0[1].phone.calls[0].state == .ended }
    #expect(isOver)
  }
}

/// A SIP telephone without a network of its own, put on a socket.
private struct Telephone {
  var phone: Phone
  private let socket: DatagramSocket
  private let voice: DatagramSocket
  private let listener: SocketAddress

  init?(_ number: String, _ listener: SocketAddress) {
    let host = IPAddress(127, 0, 7, number.last == "1" ? 11 : 12)
    let address = SocketAddress(host, port: 5060)
    guard let socket = DatagramSocket(address), let voice = DatagramSocket(SocketAddress(host, port: 20_000)) else { return nil }
    self.socket = socket
    self.voice = voice
    self.listener = listener
    self.phone = Phone(
      number: number, userID: number, password: "secret-\(number)", address: address, exchange: listener, digests: Office.digests,
      seed: UInt64(number) ?? 1)
  }

  mutating func turn() {
    while let (bytes, _) = self.socket.receive() { self.phone.receive(bytes, at: Live.now) }
    if let deadline = self.phone.nextDeadline, deadline <= Live.now { self.phone.fire(at: Live.now) }
    for call in self.phone.calls where call.state == .offered && call.provisionals.isEmpty {
      self.phone.ring(call.id, at: Live.now)
    }
    for send in self.phone.takeSends() { self.socket.send(send.bytes, to: self.listener) }
  }

  /// Says something.
  /// - Returns: packets that came back.
  func speak(to target: SocketAddress, while running: () -> Void) -> Int {
    for number in UInt8(0)..<10 {
      self.voice.send([0x80, 8, 0, number, 0, 0, 0, number, 1, 2, 3, 4] + [UInt8](repeating: 0xd5, count: 160), to: target)
    }
    running()
    var heard = 0
    while let (bytes, _) = self.voice.receive() { if bytes.count == 172, bytes[8] == ~1 { heard += 1 } }
    return heard
  }
}

/// What is typed. An empty line wakes the program up, so that no turn waits longer than the test.
private struct Console {
  let input: Int32
  private let output: Int32

  init?() {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    self.input = ends[0]
    self.output = ends[1]
  }

  func type(_ line: String) {
    let octets = Array((line + "\n").utf8)
    _ = write(self.output, octets, octets.count)
  }

  func nudge() {
    usleep(2000)
    self.type("")
  }
}
