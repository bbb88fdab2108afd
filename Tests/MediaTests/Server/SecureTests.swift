import Glibc
import Kernel
import Sessions
import Testing

@testable import Media

@Suite("SRTP", .serialized)
struct SecureTests {
  /// One phone with SRTP, the other plain.
  final class Scene {
    let pair: Pair
    let theirs = (0..<30).map { UInt8($0 * 7 & 0xff) }
    let ours = (0..<30).map { UInt8($0 * 3 & 0xff) }
    let sealing: SecureContext
    let opening: SecureContext

    init(ports: ClosedRange<UInt16>, tagBits: Int = 80) throws {
      self.sealing = try #require(SecureContext(key: self.theirs, tagBits: tagBits, direction: .outbound))
      self.opening = try #require(SecureContext(key: self.ours, tagBits: tagBits, direction: .inbound))
      let (theirs, ours) = (self.theirs, self.ours)
      self.pair = try Pair(ports: ports) {
        $0.theirKey = theirs
        $0.ourKey = ours
        $0.tagBits = tagBits
      }
    }

    func sealed(_ payload: [UInt8]) -> [UInt8] {
      seal(self.pair.one.packet(payload), with: self.sealing, ssrc: self.pair.one.ssrc)
    }
  }

  @Test("MED-3: SRTP ends at the server: one phone encrypted, the other plain, both hear each other", arguments: [80, 32])
  func voice(tagBits: Int) throws {
    let base: UInt16 = tagBits == 80 ? 20500 : 20520
    let scene = try Scene(ports: base...base + 19, tagBits: tagBits)
    scene.pair.one.send(raw: scene.sealed([1, 2, 3]), to: scene.pair.ports.one)
    #expect(scene.pair.two.receiveRTP()?.payload == [1, 2, 3])
    scene.pair.two.send([4, 5, 6], to: scene.pair.ports.two)
    let octets = try #require(scene.pair.one.receive()?.octets)
    #expect(octets.count == 12 + 3 + tagBits / 8)
    let opened = try #require(open(octets, with: scene.opening, ssrc: scene.pair.two.ssrc))
    #expect(Array(opened[12...]) == [4, 5, 6])
  }

  @Test("RELIABILITY 44: bad tags, plain packets and replays are dropped and counted; the call stays")
  func attacks() throws {
    let scene = try Scene(ports: 20540...20559)
    let first = scene.sealed([1])
    scene.pair.one.send(raw: first, to: scene.pair.ports.one)
    #expect(scene.pair.two.receiveRTP() != nil)
    for _ in 0..<100 {
      var packet = scene.sealed([2])
      packet[packet.count - 1] ^= 1
      scene.pair.one.send(raw: packet, to: scene.pair.ports.one)
    }
    scene.pair.one.send(raw: first, to: scene.pair.ports.one)
    scene.pair.one.send([3], to: scene.pair.ports.one)
    #expect(scene.pair.bench.until { scene.pair.bench.server.measures.srtp == 102 })
    #expect(scene.pair.two.receive(within: 50) == nil)
    scene.pair.one.send(raw: scene.sealed([4]), to: scene.pair.ports.one)
    #expect(scene.pair.two.receiveRTP()?.payload == [4])
  }

  @Test("MED-3: the same keys again go on where they were (rollover and all); a new key begins anew")
  func keys() throws {
    let scene = try Scene(ports: 20560...20579)
    scene.pair.one.sequence = 0xfffe
    for number in UInt8(1)...4 {
      scene.pair.one.send(raw: scene.sealed([number]), to: scene.pair.ports.one)
      #expect(scene.pair.two.receiveRTP()?.payload == [number])
    }
    scene.pair.bench.aim(1, at: scene.pair.one) {
      $0.theirKey = scene.theirs
      $0.ourKey = scene.ours
      $0.packetTime = 30
    }
    scene.pair.bench.settle()
    // The rollover counter is 1 by now: a context made anew would refuse this.
    scene.pair.one.send(raw: scene.sealed([5]), to: scene.pair.ports.one)
    #expect(scene.pair.two.receiveRTP()?.payload == [5])
    let key = scene.theirs.map { $0 ^ 0xff }
    scene.pair.bench.aim(1, at: scene.pair.one) {
      $0.theirKey = key
      $0.ourKey = scene.ours
    }
    scene.pair.bench.settle()
    scene.pair.one.send(raw: scene.sealed([6]), to: scene.pair.ports.one)
    #expect(scene.pair.two.receive(within: 50) == nil)
    let context = try #require(SecureContext(key: key, tagBits: 80, direction: .outbound))
    scene.pair.one.send(raw: seal(scene.pair.one.packet([7]), with: context, ssrc: scene.pair.one.ssrc), to: scene.pair.ports.one)
    #expect(scene.pair.two.receiveRTP()?.payload == [7])
  }

  @Test("MED-3: with a key that cannot be used nothing passes: never plain instead")
  func broken() throws {
    let scene = try Scene(ports: 20580...20599)
    scene.pair.bench.aim(1, at: scene.pair.one) {
      $0.theirKey = [1, 2, 3]
      $0.ourKey = scene.ours
    }
    scene.pair.bench.settle()
    scene.pair.one.send([1], to: scene.pair.ports.one)
    scene.pair.two.send([1], to: scene.pair.ports.two)
    #expect(scene.pair.two.receive(within: 50) == nil)
    #expect(scene.pair.one.receive(within: 10) == nil)
    #expect(scene.pair.bench.server.measures.srtp == 2)
  }

  @Test("MED-3: music and keys that the server makes are encrypted too, with room for the tag")
  func own() throws {
    let scene = try Scene(ports: 20620...20639)
    scene.pair.bench.server.post([.attach(ChannelID(1), .music)])
    var payloads: [Int] = []
    for _ in 0..<5 {
      let octets = try #require(scene.pair.one.receive()?.octets)
      let ssrc = octets.withUnsafeBytes { $0.number32(at: 8) }
      payloads.append(try #require(open(octets, with: scene.opening, ssrc: ssrc)).count - 12)
    }
    #expect(payloads == [160, 160, 160, 160, 160])
    scene.pair.bench.server.post([.press(ChannelID(1), key: 5, duration: .milliseconds(60))])
    var keys = 0
    for _ in 0..<10 {
      let octets = try #require(scene.pair.one.receive()?.octets)
      let ssrc = octets.withUnsafeBytes { $0.number32(at: 8) }
      let opened = try #require(open(octets, with: scene.opening, ssrc: ssrc))
      if opened.count == 16, opened[12] == 5 { keys += 1 }
    }
    #expect(keys == 5)
  }

  @Test("MED-3: RTCP is SRTCP on the side of the phone that asked for it, and plain RTCP from it is dropped")
  func control() throws {
    let scene = try Scene(ports: 20640...20659)
    scene.pair.one.send(raw: scene.sealed([1]), to: scene.pair.ports.one)
    #expect(scene.pair.two.receiveRTP() != nil)
    let report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0x22, 0x22]
    scene.pair.two.send([2], to: scene.pair.ports.two)
    #expect(scene.pair.one.receive() != nil)
    scene.pair.one.send(raw: report, to: scene.pair.ports.one + 1)
    #expect(scene.pair.bench.until { scene.pair.bench.server.measures.srtp == 1 })
  }

  @Test("MED-5: behind a NAT only packets with the right tag teach where the phone is")
  func learning() throws {
    let scene = try Scene(ports: 20600...20619)
    scene.pair.bench.aim(1, at: try Phone(4)) {
      $0.theirKey = scene.theirs
      $0.ourKey = scene.ours
      $0.learnsSource = true
    }
    scene.pair.bench.settle()
    let stranger = try Phone(9)
    for _ in 0..<10 { stranger.send([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], to: scene.pair.ports.one) }
    for number in UInt8(1)...2 { scene.pair.one.send(raw: scene.sealed([number]), to: scene.pair.ports.one) }
    #expect(scene.pair.two.receiveRTP()?.payload == [2])
  }

  @Test("MED-3: whoever makes up a new SSRC for each packet does not fill our memory, and is heard")
  func sources() throws {
    let context = try #require(SecureContext(key: [UInt8](0..<30), tagBits: 80, direction: .outbound))
    let back = try #require(SecureContext(key: [UInt8](0..<30), tagBits: 80, direction: .inbound))
    for ssrc in UInt32(1)...200 {
      let packet = seal(rtp([7], sequence: 1, timestamp: 1, ssrc: ssrc), with: context, ssrc: ssrc)
      #expect(open(packet, with: back, ssrc: ssrc) != nil)
    }
    // Dropped streams are really gone from the library: the first SSRC's index may be used again, the last one's not.
    #expect(!seal(rtp([7], sequence: 1, timestamp: 1, ssrc: 1), with: context, ssrc: 1).isEmpty)
    #expect(seal(rtp([7], sequence: 1, timestamp: 1, ssrc: 200), with: context, ssrc: 200).isEmpty)
  }
}

func seal(_ packet: [UInt8], with context: SecureContext, ssrc: UInt32) -> [UInt8] {
  var octets = packet + [UInt8](repeating: 0, count: 160)
  let length = octets.withUnsafeMutableBytes { bytes in
    bytes.baseAddress.flatMap { context.protect($0, count: packet.count, ssrc: ssrc) }
  }
  return Array(octets.prefix(length ?? 0))
}

func open(_ packet: [UInt8], with context: SecureContext, ssrc: UInt32) -> [UInt8]? {
  var octets = packet
  let length = octets.withUnsafeMutableBytes { bytes in
    bytes.baseAddress.flatMap { context.unprotect($0, count: packet.count, ssrc: ssrc) }
  }
  return length.map { Array(octets.prefix($0)) }
}
