import CMediaShims
import Glibc
import Kernel
import Sessions
import Testing

@testable import Media

@Suite("SRTP at rtpengine", .serialized, .enabled(if: Daemon.isInstalled, Daemon.absence))
struct RTPEngineSecureTests {
  /// What a phone with SRTP does, by both keys.
  struct Secret {
    let theirs: [UInt8]
    let ours: [UInt8]
    let tagBits: Int
    private let sealing: SecureContext
    private let opening: SecureContext

    init(_ seed: Int, tagBits: Int = 80) throws {
      self.theirs = (0..<30).map { UInt8(($0 * 7 + seed) & 0xff) }
      self.ours = (0..<30).map { UInt8(($0 * 3 + seed) & 0xff) }
      self.tagBits = tagBits
      self.sealing = try #require(SecureContext(key: self.theirs, tagBits: tagBits, direction: .outbound))
      self.opening = try #require(SecureContext(key: self.ours, tagBits: tagBits, direction: .inbound))
    }

    func apply(_ target: inout MediaTarget) {
      target.theirKey = self.theirs
      target.ourKey = self.ours
      target.tagBits = self.tagBits
    }

    func sealed(_ packet: [UInt8], _ phone: Phone) -> [UInt8] { seal(packet, with: self.sealing, ssrc: phone.ssrc) }

    func opened(_ packet: [UInt8]) -> [UInt8]? {
      guard packet.count >= 12 else { return nil }
      return open(packet, with: self.opening, ssrc: packet.withUnsafeBytes { $0.number32(at: 8) })
    }
  }

  private func hearEachOther(_ scene: RTPEngineTests.Scene, _ secret: Secret, _ number: UInt8) {
    #expect(
      scene.bench.hears(scene.two, scene.one, scene.ports.one, [1, number], seal: { secret.sealed($0, scene.one) }))
    #expect(scene.bench.hears(scene.one, scene.two, scene.ports.two, [2, number], open: { secret.opened($0) }))
  }

  @Test("MED-3: SRTP ends at rtpengine: one phone encrypted with the keys it was told, the other plain", arguments: [80, 32])
  func voice(tagBits: Int) throws {
    let secret = try Secret(1, tagBits: tagBits)
    let scene = try RTPEngineTests.Scene(base: tagBits == 80 ? 27600 : 28000, { secret.apply(&$0) })
    self.hearEachOther(scene, secret, 1)
    // What comes plainly is nobody's.
    #expect(scene.bench.isDeaf(scene.two, scene.one, scene.ports.one, [9, 9, 9]))
    usleep(200_000)
    let before = scene.bench.engine.measures.packetsIn
    self.hearEachOther(scene, secret, 2)
    #expect(scene.bench.engine.measures.packetsIn == before)
  }

  @Test("MED-3: both phones encrypted, each with its own keys; new keys in the call, and plain again")
  func keys() throws {
    let (first, second, third) = (try Secret(1), try Secret(50, tagBits: 32), try Secret(100))
    let scene = try RTPEngineTests.Scene(base: 28400, { first.apply(&$0) }, { second.apply(&$0) })
    func hear(_ one: Secret, _ two: Secret, _ number: UInt8) {
      #expect(
        scene.bench.hears(
          scene.two, scene.one, scene.ports.one, [1, number], seal: { one.sealed($0, scene.one) }, open: { two.opened($0) }))
      #expect(
        scene.bench.hears(
          scene.one, scene.two, scene.ports.two, [2, number], seal: { two.sealed($0, scene.two) }, open: { one.opened($0) }))
    }
    hear(first, second, 1)
    scene.bench.aim(1, at: scene.one) { third.apply(&$0) }
    hear(third, second, 2)
    scene.bench.aim(1, at: scene.one)
    scene.bench.aim(2, at: scene.two)
    #expect(scene.hear == (true, true))
    scene.bench.aim(1, at: scene.one) { first.apply(&$0) }
    let again = try Secret(1)
    self.hearEachOther(scene, again, 3)
  }

  @Test("MED-3, HOLD-1: music for a phone with SRTP is encrypted, and voice goes on afterwards with the same keys")
  func hold() throws {
    let secret = try Secret(1)
    let scene = try RTPEngineTests.Scene(base: 28800, { secret.apply(&$0) })
    self.hearEachOther(scene, secret, 1)
    scene.bench.attach(2, .nothing)
    scene.bench.attach(1, .music)
    #expect(scene.bench.until { scene.one.receive(within: 50).flatMap { secret.opened($0.octets) }?.count == 172 })
    scene.bench.relay(1, 2)
    self.hearEachOther(scene, secret, 2)
  }

  @Test("MED-3: with a key that cannot be used nothing passes: never plain instead")
  func broken() throws {
    let scene = try RTPEngineTests.Scene(base: 29200, { $0.theirKey = [1, 2, 3] })
    #expect(scene.bench.isDeaf(scene.two, scene.one, scene.ports.one, [1, 1]))
    #expect(scene.bench.isDeaf(scene.one, scene.two, scene.ports.two, [2, 2]))
  }
}
