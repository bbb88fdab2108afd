import CMediaShims
import Dispatch
import Glibc
import Kernel
import Sessions
import Synchronization
import Testing

@testable import Media

@Suite("Strangers", .serialized)
struct StrangerTests {
  @Test("MED-5: RTP bleed: strangers before, within and after learning get nothing and are not heard")
  func bleed() throws {
    let bench = try Bench(ports: 20200...20219)
    let one = try Phone(2)
    let two = try Phone(3)
    let strangers = try (0..<5).map { try Phone(9, ssrc: 0x9000 + UInt32($0)) }
    let ports = (try bench.open(1).port, try bench.open(2).port)
    func attack() {
      for _ in 0..<6 {
        for stranger in strangers {
          for port in [ports.0, ports.1] {
            stranger.send([0x66], to: port)
            stranger.send(raw: [0x80, 200, 0, 1, 0, 0, 0, 1], to: port + 1)
            stranger.send(raw: [0x80, 201, 0, 0], to: port + 1)
          }
        }
      }
      usleep(30_000)
    }
    attack()
    // The first phone is behind a NAT and registered from 127.0.0.2; the second is where it says.
    bench.aim(1, at: try Phone(4)) {
      $0.learnsSource = true
      $0.learnsFrom = IPAddress(127, 0, 0, 2)
    }
    bench.aim(2, at: two)
    bench.relay(1, 2)
    bench.settle()
    attack()
    one.send([1], to: ports.0)
    one.send([2], to: ports.0)
    #expect(two.receiveRTP()?.payload == [2])
    two.send([3], to: ports.1)
    #expect(one.receiveRTP()?.payload == [3])
    attack()
    #expect(one.receive(within: 50) == nil)
    #expect(two.receive(within: 50) == nil)
    for stranger in strangers { #expect(stranger.receive(within: 5) == nil) }
    #expect(bench.server.measures.strangers == 3 * 6 * 5 * 6)
    #expect(bench.wait { $0 == .learned(ChannelID(1), one.address) ? true : nil } == true)
    #expect(bench.wait { $0 == .learned(ChannelID(2), two.address) ? true : nil } == true)
    #expect(bench.events.count { if case .learned = $0 { true } else { false } } == 2)
  }

  @Test("MED-5: behind a NAT the first two packets that follow each other decide, and nothing changes that but a new address")
  func learning() throws {
    let bench = try Bench(ports: 20220...20239)
    let one = try Phone(2)
    let moved = try Phone(5, ssrc: 0x5555)
    let two = try Phone(3)
    let ports = (try bench.open(1).port, try bench.open(2).port)
    let said = try Phone(4)
    bench.aim(1, at: said) { $0.learnsSource = true }
    bench.aim(2, at: two)
    bench.relay(1, 2)
    bench.settle()
    // Until it is known, packets go where the phone said.
    two.send([1], to: ports.1)
    #expect(said.receiveRTP() != nil)
    one.send([1], to: ports.0)
    one.sequence &+= 500
    one.send([2], to: ports.0)
    #expect(two.receive(within: 50) == nil)
    one.send([3], to: ports.0)
    #expect(two.receiveRTP()?.payload == [3])
    // Symmetric: from now on to where it comes from (RFC 4961).
    two.send([1], to: ports.1)
    #expect(one.receiveRTP() != nil)
    moved.send([4], to: ports.0)
    moved.send([4], to: ports.0)
    #expect(two.receive(within: 50) == nil)
    // The same description again changes nothing; a new SSRC of the same source is allowed.
    bench.aim(1, at: said) { $0.learnsSource = true }
    bench.settle()
    moved.send([4], to: ports.0)
    moved.send([4], to: ports.0)
    #expect(two.receive(within: 50) == nil)
    one.ssrc = 0x7777
    one.send([5], to: ports.0)
    #expect(two.receiveRTP()?.header.ssrc == 0x7777)
    bench.aim(1, at: try Phone(6)) { $0.learnsSource = true }
    bench.settle()
    moved.send([6], to: ports.0)
    moved.send([7], to: ports.0)
    #expect(two.receiveRTP()?.payload == [7])
  }

  @Test("MED-5: without a NAT only the signalled host is taken")
  func host() throws {
    let pair = try Pair(ports: 20240...20259)
    let other = try Phone(7)
    other.send([1], to: pair.ports.one)
    other.send([1], to: pair.ports.one)
    #expect(pair.two.receive(within: 50) == nil)
    let secondPort = try Phone(2, ssrc: 0x3333)
    secondPort.send([1], to: pair.ports.one)
    #expect(pair.two.receive(within: 50) == nil)
    secondPort.send([2], to: pair.ports.one)
    #expect(pair.two.receiveRTP()?.payload == [2])
    pair.one.send([3], to: pair.ports.one)
    #expect(pair.two.receive(within: 50) == nil)
  }

  @Test("RELIABILITY 45, 46: packets that are no voice are dropped, and the call goes on")
  func malformed() throws {
    let pair = try Pair(ports: 20260...20279)
    pair.one.send([1], to: pair.ports.one)
    #expect(pair.two.receiveRTP() != nil)
    let header = Array(pair.one.packet([]).prefix(12))
    var extended = header + [0xbe, 0xde, 0xff, 0xff]
    extended[0] = 0x90
    var padded = header + [1, 2, 255]
    padded[0] = 0xa0
    var sources = header + [UInt8](repeating: 1, count: 59)
    sources[0] = 0x8f
    var type127 = header
    type127[1] = 127
    let stun: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42] + [UInt8](repeating: 7, count: 12)
    let dtls: [UInt8] = [22, 0xfe, 0xff] + [UInt8](repeating: 0, count: 40)
    let bad: [[UInt8]] = [
      [], [0x80], [0x80, 0], Array(header.prefix(11)), extended, padded, sources, type127, stun, dtls,
      header + [UInt8](repeating: 0, count: 2100), [0x80, 201, 0, 1],
    ]
    for octets in bad { pair.one.send(raw: octets, to: pair.ports.one) }
    #expect(pair.bench.until { pair.bench.server.measures.malformed >= UInt64(bad.count) })
    #expect(pair.two.receive(within: 50) == nil)
    // Twelve octets alone, and 2,000 that are a packet, are one.
    pair.one.send(raw: header, to: pair.ports.one)
    #expect(pair.two.receive()?.octets == header)
    pair.one.send([UInt8](repeating: 5, count: 1988), to: pair.ports.one)
    #expect(pair.two.receive()?.octets.count == 2000)
    let control = try Phone(2)
    for octets in [[0x80, 201, 0, 0], [0x80, 201, 0xff, 0xff, 0, 0, 0, 1], [0x80], stun] as [[UInt8]] {
      control.send(raw: octets, to: pair.ports.one + 1)
    }
    #expect(pair.bench.until { pair.bench.server.measures.malformed >= UInt64(bad.count) + 4 })
  }

  @Test("RELIABILITY 45, CONF-6: a stranger floods a member's port: the room hears the member all the same")
  func floodedMember() throws {
    let bench = try Bench(ports: 21780...21799)
    let voices = try bench.voices(3)
    bench.meet(voices, in: 5)
    let target = voices[0].port
    talk(voices, milliseconds: 300)
    let isOver = Mutex(false)
    let sent = Mutex(0)
    let flood = DispatchGroup()
    DispatchQueue.global().async(group: flood) {
      guard let stranger = try? Phone(99, ssrc: 0x9999) else { return }
      let packet = stranger.packet([UInt8](repeating: 0x55, count: 160))
      // A thousand in 20 ms: far more than the socket holds.
      while !isOver.withLock({ $0 }) {
        for _ in 0..<100 { stranger.send(raw: packet, to: target) }
        sent.withLock { $0 += 100 }
        usleep(1_500)
      }
    }
    talk(voices, milliseconds: 300)
    for voice in voices { voice.forget() }
    talk(voices, milliseconds: 600)
    isOver.withLock { $0 = true }
    flood.wait()
    for voice in voices.dropFirst() {
      #expect(voice.level(400) > 4000, "\(voice.level(400)) beside \(sent.withLock { $0 }) strangers")
    }
    #expect(bench.server.measures.strangers > 5_000)
  }

  @Test("RELIABILITY 45: a flood is cut to what voice can be, and the other phone's voice goes on")
  func flood() throws {
    let pair = try Pair(ports: 20280...20299)
    for _ in 0..<3000 { pair.one.send([1], to: pair.ports.one) }
    _ = pair.bench.until { pair.bench.server.measures.packetsIn >= 3000 }
    let measures = pair.bench.server.measures
    #expect(measures.floods > 500)
    #expect(measures.packetsOut < 2000)
    pair.two.send([2], to: pair.ports.two)
    #expect(pair.one.receiveRTP()?.payload == [2])
  }

  @Test(
    "RELIABILITY 16: nothing is sent to addresses of many, of nobody, or of the machine's neighbourhood",
    arguments: ["224.0.0.5", "255.255.255.255", "0.0.0.0", "169.254.169.254", "240.0.0.1", "ff02::1", "::", "fe80::1"])
  func forbidden(text: String) throws {
    let address = try #require(IPAddress(parsing: text.utf8))
    #expect(!address.isSendable)
    #expect(IPAddress(127, 0, 0, 1).isSendable)
    #expect(IPAddress(192, 168, 1, 255).isSendable)
  }
}
