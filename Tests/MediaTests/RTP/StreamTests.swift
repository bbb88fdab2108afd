import Sessions
import Testing

@testable import Media

@Suite("Streams and ports")
struct StreamTests {
  private func header(_ ssrc: UInt32, _ sequence: UInt16, _ timestamp: UInt32 = 0) -> RTPHeader {
    RTPHeader(payloadType: 0, hasMarker: false, sequence: sequence, timestamp: timestamp, ssrc: ssrc)
  }

  @Test("MED-1: a relayed stream keeps its numbers, also over their end and out of order")
  func untouched() {
    var stream = OutgoingStream(seed: (1, 2))
    for sequence in [0xfffe, 0xffff, 0, 2, 1, 3] as [UInt16] {
      #expect(stream.relay(self.header(7, sequence), at: 0) == sequence)
    }
  }

  @Test("MED-4: behind packets of ours the relayed ones follow on, and what comes late from before is left out")
  func splice() throws {
    var stream = OutgoingStream(seed: (1, 2))
    #expect(stream.splice(101, hasMarker: true, timestamp: 5) == nil)
    _ = stream.relay(self.header(7, 100, 1000), at: 0)
    #expect(stream.relayedTimestamp == 1000)
    #expect(stream.splice(101, hasMarker: true, timestamp: 1160)?.sequence == 101)
    #expect(stream.splice(101, hasMarker: false, timestamp: 1160)?.sequence == 102)
    #expect(stream.relay(self.header(7, 110, 2600), at: 0) == 103)
    #expect(stream.relay(self.header(7, 109, 2440), at: 0) == nil)
    #expect(stream.relay(self.header(7, 111, 2760), at: 0) == 104)
    #expect(stream.relay(self.header(7, 112, 2760), at: 2_000_000_000) == 105)
    #expect(stream.relay(self.header(7, 109, 2440), at: 2_000_000_000) == 102)
  }

  @Test("MED-1: a second phone with the same SSRC goes on where the first ended, a resumed one where it is")
  func sameSource() {
    var stream = OutgoingStream(seed: (1, 2))
    _ = stream.relay(self.header(7, 5000), at: 0)
    stream.endRelay()
    #expect(stream.relay(self.header(7, 5400), at: 0) == 5400)
    stream.endRelay()
    #expect(stream.relay(self.header(7, 10), at: 0) == 5401)
    #expect(stream.relay(self.header(7, 11), at: 0) == 5402)
    stream.endRelay()
    #expect(stream.relay(self.header(8, 10), at: 0) == 5401 &- 10 &+ 10)
  }

  @Test("HOLD-1: our own stream's time follows the clock, never backwards")
  func clock() {
    var stream = OutgoingStream(seed: (1, 2))
    stream.begin(at: 1_000_000_000)
    let first = stream.next(0, samples: 160)
    #expect(first.hasMarker)
    #expect(!stream.next(0, samples: 160).hasMarker)
    stream.begin(at: 3_000_000_000)
    let later = stream.next(0, samples: 160)
    #expect(later.hasMarker)
    #expect(later.timestamp == first.timestamp &+ 16_000)
    #expect(later.sequence == first.sequence &+ 2)
    stream.begin(at: 3_000_000_000)
    #expect(stream.next(0, samples: 160).timestamp == later.timestamp &+ 160)
  }

  @Test("MED-2: each pair of a range once; what is given back comes last; odd borders are not used")
  func ports() {
    var pool = PortPool(1001...1010, start: 7)
    #expect(pool.count == 4)
    var ports: [UInt16] = []
    while let port = pool.take() { ports.append(port) }
    #expect(ports.sorted() == [1002, 1004, 1006, 1008])
    pool.give(ports[2])
    pool.give(ports[0])
    pool.give(ports[0])
    #expect(pool.take() == ports[2])
    #expect(pool.take() == ports[0])
    #expect(pool.take() == nil)
    pool.give(1004)
    #expect(pool.take(1003) == false)
    #expect(pool.take(999) == false)
    #expect(pool.take(1010) == false)
    #expect(pool.take(1004) == true)
    #expect(pool.take(1004) == false)
    #expect(pool.take() == nil)
    #expect(PortPool(5...5, start: 0).count == 0)
    #expect(PortPool(0...3, start: 1).count >= 1)
  }

  @Test("RELIABILITY 45: a gate lets its rate and a burst through")
  func flood() {
    var gate = FloodGate(perSecond: 100, burst: 10)
    let burst = (0..<100).count { _ in gate.pass(at: 0) }
    #expect((10...12).contains(burst))
    let second = (0..<1000).count { gate.pass(at: 1_000_000_000 + UInt64($0) * 1_000_000) }
    #expect((100...112).contains(second))
  }
}
