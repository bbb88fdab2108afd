import Foundation
import Testing

extension Wire {
  /// "RTP bleed": packets of somebody who is not in the call (RELIABILITY §1, 43).
  @Suite("Strangers are neither heard nor answered")
  struct Strangers {
    /// Speaks to every media port that is open, from ports that nobody named; its frequency is the last of the voices.
    private final class Stranger {
      let voice: Double
      private var endpoints: [ToneEndpoint] = []

      init(_ ports: Set<UInt16>, from host: String, voice: Double = Voices.all[5]) throws {
        self.voice = voice
        endpoints = try ports.map { port in
          let endpoint = try ToneEndpoint(voice, at: host)
          endpoint.aim(at: HostPort("127.0.0.1", port))
          endpoint.rtcp.send([0x80, 201, 0, 1, 1, 2, 3, 4], to: HostPort("127.0.0.1", port))
          return endpoint
        }
      }

      deinit { for endpoint in endpoints { endpoint.close() } }

      var sent: Int { endpoints.map(\.sent).min() ?? 0 }
      var answers: Int { endpoints.reduce(0) { $0 + $1.packets.count + $1.reports + $1.others } }
    }

    private func expectUnheard(_ stranger: Stranger, by lines: [Line], sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(wait(4) { stranger.sent >= 50 }, sourceLocation: sourceLocation)
      #expect(stranger.answers == 0, "the stranger is answered", sourceLocation: sourceLocation)
      for line in lines {
        #expect(line.endpoint.sound.level(of: stranger.voice) < Sound.hardly, "\(line.hearing)", sourceLocation: sourceLocation)
      }
    }

    @Test("MED-5: from another address, before, while and after the phones' first packets", .timeLimit(.minutes(1)))
    func anotherAddress() throws {
      let office = try Office.withTwoNetworks(settings: [("2002", "nat-check=ip-and-port")])
      defer { office.close() }
      let inside = try office.phone("2001") { $0.isMuted = true }
      let outside = try office.outside("2002") { habits in
        habits.claimed = "127.5.0.9"
        habits.isMuted = true
      }
      let (near, far) = try inside.call(outside)
      #expect(wait(3) { office.openMediaPorts.count >= 4 }, "\(office.openMediaPorts)")
      let early = try Stranger(office.openMediaPorts, from: "127.0.0.66")
      expectUnheard(early, by: [near, far])
      near.endpoint.mute(false)
      far.endpoint.mute(false)
      #expect(near.hears(far), "\(near.hearing)")
      #expect(far.hears(near), "\(far.hearing)")
      let late = try Stranger(office.openMediaPorts, from: "127.5.0.66")
      expectUnheard(late, by: [near, far])
      expectUnheard(early, by: [near, far])
      #expect(near.hears(far) && far.hears(near), "the call has not suffered")
    }

    @Test("MED-5: from the phone's own address but another port, once the source is locked", .timeLimit(.minutes(1)))
    func anotherPort() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.outside("2002"))
      #expect(near.hears(far), "\(near.hearing)")
      #expect(far.hears(near), "\(far.hearing)")
      let strangers = try ["127.0.0.1", "127.5.0.10"].map { try Stranger(office.openMediaPorts, from: $0) }
      for stranger in strangers { expectUnheard(stranger, by: [near, far]) }
      #expect(near.hears(far) && far.hears(near), "the call has not suffered")
    }

    @Test("RELIABILITY 44: rubbish, short and endless packets on open ports harm nothing", .timeLimit(.minutes(1)))
    func rubbish() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.outside("2002"))
      #expect(near.hears(far), "\(near.hearing)")
      // From the caller's own RTP socket: the locked source itself sends what no phone should.
      let ports = office.openMediaPorts
      for port in ports {
        for size in [0, 1, 2, 4, 11, 12, 13, 20, 172, 1400, 9000, 65_000] {
          for first in [0x00, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xb0, 0xbf, 0xff] as [UInt8] {
            var octets = (0..<size).map { _ in UInt8.random(in: 0...255) }
            if size > 0 { octets[0] = first }
            near.endpoint.rtp.send(octets, to: HostPort("127.0.0.1", port))
          }
        }
      }
      #expect(near.hears(far) && far.hears(near), "\(near.hearing); \(far.hearing)")
      #expect(office.exchange.isAlive)
      #expect(office.openMediaPorts == ports)
    }
  }
}
