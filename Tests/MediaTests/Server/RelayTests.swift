import CMediaShims
import Glibc
import Kernel
import Sessions
import Testing

@testable import Media

@Suite("Relay", .serialized)
struct RelayTests {
  @Test("MED-1: two phones hear each other, packets as they are")
  func voice() throws {
    let pair = try Pair(ports: 20000...20019)
    let sent = pair.one.packet([1, 2, 3], marker: true)
    pair.one.send(raw: sent, to: pair.ports.one)
    let (octets, from) = try #require(pair.two.receive())
    #expect(octets == sent)
    #expect(from == SocketAddress(IPAddress(127, 0, 0, 1), port: pair.ports.two))
    pair.two.send([9], type: 8, to: pair.ports.two)
    #expect(pair.one.receiveRTP()?.payload == [9])
  }

  @Test("MED-1: header extension and sources of a packet are relayed with it")
  func extensions() throws {
    let pair = try Pair(ports: 20020...20039)
    var packet = pair.one.packet([])
    packet[0] = 0x91
    packet += [0, 0, 0, 7] + [0xbe, 0xde, 0, 1, 1, 2, 3, 4] + [0x55, 0x56]
    pair.one.send(raw: packet, to: pair.ports.one)
    #expect(pair.two.receive()?.octets == packet)
  }

  @Test("CALL-2: a codec that the phones call by other numbers arrives under the receiver's number; what was not agreed does not")
  func translation() throws {
    let pair = try Pair(
      ports: 20040...20059,
      { $0.formats = [MediaFormat(0, .pcmu), MediaFormat(96, .events), MediaFormat(110, .other)] },
      { $0.formats = [MediaFormat(0, .pcmu), MediaFormat(101, .events)] })
    pair.one.send([1, 10, 0, 160], type: 96, to: pair.ports.one)
    #expect(pair.two.receiveRTP()?.header.payloadType == 101)
    pair.one.send([7], type: 110, to: pair.ports.one)
    #expect(pair.two.receiveRTP()?.header.payloadType == 110)
    pair.two.send([1, 10, 0, 160], type: 101, to: pair.ports.two)
    #expect(pair.one.receiveRTP()?.header.payloadType == 96)
    pair.one.send([7], type: 127, to: pair.ports.one)
    #expect(pair.two.receive(within: 100) == nil)
    #expect(pair.bench.server.measures.malformed == 1)
  }

  @Test("MED-1: RTCP goes along on the next port, or on the same one where both agreed to that", arguments: [false, true])
  func control(isMultiplexed: Bool) throws {
    let base: UInt16 = isMultiplexed ? 20060 : 20080
    let bench = try Bench(ports: base...base + 19)
    let one = try Phone(2)
    let two = try Phone(3)
    let twoControl = try Phone(3)
    let ports = (try bench.open(1).port, try bench.open(2).port)
    bench.aim(1, at: one) { $0.isMultiplexed = true }
    bench.aim(2, at: two) {
      $0.isMultiplexed = isMultiplexed
      $0.control = isMultiplexed ? nil : twoControl.address
    }
    bench.relay(1, 2)
    bench.settle()
    let report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0x11, 0x11]
    // Before the voice has decided who speaks, RTCP is nobody's.
    one.send(raw: report, to: ports.0)
    #expect((isMultiplexed ? two : twoControl).receive(within: 50) == nil)
    one.send([1], to: ports.0)
    #expect(two.receiveRTP() != nil)
    one.send(raw: report, to: ports.0)
    #expect((isMultiplexed ? two : twoControl).receive()?.octets == report)
  }

  @Test("HOLD-1: a held phone hears nothing, and is not heard while it only receives")
  func directions() throws {
    let pair = try Pair(ports: 20100...20119)
    pair.one.send([1], to: pair.ports.one)
    #expect(pair.two.receiveRTP() != nil)
    pair.bench.aim(2, at: pair.two) {
      $0.sends = false
      $0.receives = false
    }
    pair.bench.settle()
    pair.one.send([1], to: pair.ports.one)
    #expect(pair.two.receive(within: 100) == nil)
    pair.two.send([1], to: pair.ports.two)
    #expect(pair.one.receive(within: 100) == nil)
    pair.bench.aim(2, at: pair.two)
    pair.bench.settle()
    pair.one.send([1], to: pair.ports.one)
    #expect(pair.two.receive() != nil)
  }

  @Test("MED-1: only what is attached both ways is relayed: a caller on hold does not hear what the other phone goes on saying")
  func oneWay() throws {
    let pair = try Pair(ports: 20120...20139)
    pair.bench.server.post([.attach(ChannelID(2), .nothing)])
    pair.bench.settle()
    pair.one.send([1], to: pair.ports.one)
    pair.two.send([1], to: pair.ports.two)
    #expect(pair.two.receive(within: 100) == nil)
    #expect(pair.one.receive(within: 10) == nil)
    pair.bench.relay(1, 2)
    pair.bench.settle()
    pair.one.send([1], to: pair.ports.one)
    #expect(pair.two.receive() != nil)
  }

  @Test("MED-1: over IPv6 as well, and between it and IPv4")
  func version6() throws {
    let bench = try Bench(ports: 20140...20159)
    let loopback = IPAddress(high: 0, low: 1)
    let one = try Phone(address: loopback)
    let two = try Phone(3, ssrc: 0x2222)
    let ports = (try bench.open(1, MediaRequest(family: .v6)).port, try bench.open(2).port)
    bench.aim(1, at: one)
    bench.aim(2, at: two)
    bench.relay(1, 2)
    bench.settle()
    one.send(raw: one.packet([1]), to: ports.0, host: loopback)
    #expect(two.receiveRTP()?.payload == [1])
    two.send([2], to: ports.1)
    #expect(one.receive()?.from == SocketAddress(loopback, port: ports.0))
  }
}
