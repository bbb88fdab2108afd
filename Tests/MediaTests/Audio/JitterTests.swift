import Kernel
import Sessions
import Testing

@testable import Media

@Suite("Jitter")
struct JitterTests {
  /// A phone that sends 20 ms of A-law, each packet filled with its number, and a server that reads every 20 ms.
  struct Line {
    var buffer = JitterBuffer()
    var now: Int64 = 1000
    var sequence: UInt16
    var timestamp: UInt32

    init(sequence: UInt16 = 1, timestamp: UInt32 = 0) {
      self.sequence = sequence
      self.timestamp = timestamp
    }

    @discardableResult
    mutating func packet(
      _ sequence: UInt16, _ timestamp: UInt32, count: Int = 160, isMarked: Bool = false, at milliseconds: Int64? = nil
    ) -> JitterBuffer.Arrival {
      let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: count)
      return payload.withUnsafeBufferPointer {
        self.buffer.insert(
          $0, .pcma, sequence: sequence, timestamp: timestamp, isMarked: isMarked,
          at: Instant(nanoseconds: (milliseconds ?? self.now) * 1_000_000))
      }
    }

    /// The next packet in line.
    @discardableResult
    mutating func send(count: Int = 160, isMarked: Bool = false) -> JitterBuffer.Arrival {
      let arrival = self.packet(self.sequence, self.timestamp, count: count, isMarked: isMarked)
      self.sequence &+= 1
      self.timestamp &+= UInt32(count)
      return arrival
    }

    /// 20 ms later: what is heard, as the packets' numbers, -1 for made up, nil for silence.
    mutating func tick() -> Int? {
      self.now += 20
      self.buffer.tick()
      return self.next()
    }

    mutating func next() -> Int? {
      switch self.buffer.next() {
      case .packet(let packet, _): return self.buffer.read(packet) { Int($0[0]) }
      case .lost: return -1
      case .silence: return nil
      }
    }
  }

  @Test("MED-1: packets come out in order over the wrap of both numbers")
  func wrap() {
    var line = Line(sequence: 65530, timestamp: .max - 500)
    var heard: [Int?] = []
    for _ in 0..<20 {
      #expect(line.send() == .kept)
      heard.append(line.tick())
    }
    #expect(heard == (0..<20).map { Int(UInt8(truncatingIfNeeded: 65530 + $0)) })
    #expect(line.buffer.counts == JitterBuffer.Counts(kept: 20))
  }

  @Test("MED-1: a packet that gets lost is made up once, and the rest stays in time")
  func loss() {
    var line = Line()
    for number in 1...3 {
      line.send()
      if number > 1 { _ = line.tick() }
    }
    line.sequence += 1
    line.timestamp += 160
    line.send()
    line.send()
    #expect([line.tick(), line.tick(), line.tick(), line.tick()] == [3, -1, 5, 6])
    #expect(line.buffer.counts.lost == 1)
  }

  @Test("MED-1: overtaken packets are put in order, double ones and late ones are dropped")
  func order() {
    var line = Line()
    #expect(line.packet(11, 160) == .kept)
    #expect(line.packet(10, 0) == .kept)
    #expect(line.packet(10, 0) == .duplicate)
    #expect(line.packet(13, 480) == .kept)
    #expect(line.packet(12, 320) == .kept)
    #expect([line.tick(), line.tick(), line.tick()] == [10, 11, 12])
    #expect(line.packet(12, 320) == .late)
    #expect(line.packet(9, 0) == .late)
  }

  @Test("MED-1: a stray number is not believed, two in a row are a new beginning")
  func jump() {
    var line = Line()
    for _ in 0..<5 {
      line.send()
      _ = line.tick()
    }
    #expect(line.packet(30000, 99) == .strayed)
    #expect(line.send() == .kept)
    #expect(line.tick() == 6)
    #expect(line.packet(40000, 0xFFFF_FFF0) == .strayed)
    #expect(line.packet(40001, 0x90) == .kept)
    #expect(line.packet(40002, 0x130) == .kept)
    #expect([line.tick(), line.tick()] == [40001, 40002].map { Int(UInt8(truncatingIfNeeded: $0)) })
  }

  @Test("MED-1: after a pause nothing is made up, and the voice goes on as soon as it comes")
  func pause() {
    var line = Line()
    for _ in 0..<5 {
      line.send()
      _ = line.tick()
    }
    let gone = (0..<20).map { _ in line.tick() }
    #expect(gone[..<5].allSatisfy { $0 == -1 } && gone[5...].allSatisfy { $0 == nil })
    line.timestamp &+= 20 * 160
    line.send(isMarked: true)
    #expect(line.tick() == 6)
    #expect(line.buffer.counts.lost == 0)
  }

  @Test("MED-4: events and comfort noise between voice packets are no losses")
  func events() {
    var line = Line()
    for _ in 0..<3 {
      line.send()
      _ = line.tick()
    }
    let start = line.timestamp
    for _ in 0..<8 {
      line.timestamp = start
      line.send(count: 0)
      #expect(line.tick() == nil)
    }
    line.timestamp = start + 8 * 160
    line.send()
    #expect(line.tick() == 12)
    #expect(line.buffer.counts.lost == 0)
  }

  @Test("MED-1: a phone that sends unevenly is held back longer, at most 100 ms")
  func adapts() {
    var line = Line()
    #expect(line.buffer.target == 160)
    for number in 0..<200 {
      // Every fifth packet is 50 ms late.
      line.packet(UInt16(number), UInt32(number) * 160, at: 1000 + Int64(number) * 20 + (number % 5 == 0 ? 50 : 0))
      _ = line.next()
    }
    #expect((400...560).contains(line.buffer.target))
    for number in 200..<400 {
      line.packet(UInt16(number), UInt32(number) * 160, at: 1000 + Int64(number) * 20 + (number % 5 == 0 ? 700 : 0))
      _ = line.next()
    }
    #expect(line.buffer.target == 800)
    for number in 400..<3000 {
      line.packet(UInt16(number), UInt32(number) * 160, at: 1000 + Int64(number) * 20)
      _ = line.next()
    }
    #expect(line.buffer.target == 160)
  }

  @Test("RELIABILITY 45: a flood never holds back more than 200 ms, and what is newest is heard")
  func flood() {
    var line = Line()
    for _ in 0..<1000 {
      line.send()
      #expect(line.buffer.depth <= JitterBuffer.most)
    }
    let next = line.tick()
    #expect(next == Int(UInt8(truncatingIfNeeded: 1000 - 9)))
    var long = Line()
    for _ in 0..<10 { #expect(long.send(count: 2000) == .kept) }
    #expect(long.tick() == 10)
  }

  @Test("MED-1: phones with a clock of 16 kHz for G.722, or none, are heard without gaps", arguments: [0, 1, 320, 77777])
  func clocks(_ step: Int) {
    var line = Line()
    var heard: [Int?] = []
    for number in 0..<100 {
      line.packet(UInt16(number), UInt32(truncatingIfNeeded: number &* step))
      heard.append(line.tick())
    }
    // Wild clocks may make it collect anew, but nothing is made up.
    #expect(!heard.contains(-1))
    #expect(heard.count { $0 != nil } >= 90, "\(heard.count { $0 != nil })")
  }

  @Test("MED-1: by chance: lost, late, double, overtaken and wild packets; order is kept, delay is bounded", arguments: 0..<40)
  func chance(_ number: Int) {
    let seed = UInt64(number) &* 7919 &+ 13
    var random = Seeded(seed)
    var line = Line(
      sequence: UInt16.random(in: 0...UInt16.max, using: &random), timestamp: UInt32.random(in: 0...UInt32.max, using: &random))
    let first = line.sequence
    let jitter = Int64.random(in: 0...60, using: &random)
    var due: [(at: Int64, sequence: UInt16, timestamp: UInt32)] = []
    for index in 0..<600 {
      let sent = 1000 + Int64(index) * 20
      for _ in 0..<(Int.random(in: 0..<20, using: &random) == 0 ? 2 : 1) where Int.random(in: 0..<20, using: &random) > 0 {
        due.append((sent + Int64.random(in: 0...jitter, using: &random), line.sequence, line.timestamp))
      }
      line.sequence &+= 1
      line.timestamp &+= 160
    }
    due.sort { ($0.at, $0.sequence &- first) < ($1.at, $1.sequence &- first) }
    var (index, heard, last) = (0, 0, -1)
    for _ in 0..<640 {
      line.now += 20
      while index < due.count, due[index].at <= line.now {
        line.packet(due[index].sequence, due[index].timestamp, at: due[index].at)
        if Int.random(in: 0..<50, using: &random) == 0 { line.packet(line.sequence &+ 20000, 5) }
        index += 1
      }
      line.now -= 20
      #expect(line.buffer.depth <= JitterBuffer.most)
      guard let octet = line.tick(), octet >= 0 else { continue }
      heard += 1
      // The octet tells the number modulo 256: always ahead of the one before.
      let step = (octet - last) & 0xFF
      if last >= 0 { #expect((1..<64).contains(step), "seed \(seed): \(last) then \(octet)") }
      last = octet
    }
    #expect(heard > 480, "seed \(seed): \(heard) heard, \(line.buffer.counts)")
  }

  @Test("RELIABILITY 45: an overtaken packet that comes when all is full is given up, not played behind later ones")
  func full() {
    var line = Line()
    line.send()
    #expect(line.tick() == 1)
    for number in 3...12 { #expect(line.packet(UInt16(number), UInt32(number - 1) * 160) == .kept) }
    #expect(line.packet(2, 160) == .late)
    #expect((0..<10).map { _ in line.tick() } == [-1, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  }

  @Test("MED-1: packets of any length come out as they went in, however many are held", arguments: 1...4)
  func whole(_ held: Int) {
    var random = Seeded(UInt64(held))
    var shelf = PacketShelf()
    var waiting: [(packet: PacketShelf.Packet, octets: [UInt8])] = []
    for sequence in 0..<UInt16(3000) {
      // What a jitter buffer holds at most, besides the newest.
      let most = held == 1 ? JitterBuffer.longest : JitterBuffer.most / held
      let octets = (0..<Int.random(in: 1...most, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let packet = PacketShelf.Packet(sequence: sequence, timestamp: 0, isMarked: false, codec: .pcmu, count: octets.count)
      octets.withUnsafeBufferPointer { shelf.put(packet, $0) }
      waiting.append((packet, octets))
      guard waiting.count > held || Int.random(in: 0..<9, using: &random) == 0 else { continue }
      let next = waiting.removeFirst()
      guard let first = shelf.first(from: next.packet.sequence), first.sequence == next.packet.sequence else {
        Issue.record("packet \(next.packet.sequence) is gone")
        return
      }
      shelf.remove(first.sequence)
      let isWhole = shelf.read(first) { $0.elementsEqual(next.octets) }
      #expect(isWhole == true, "packet \(first.sequence) of \(next.octets.count) octets")
    }
    #expect(shelf.depth == waiting.reduce(0) { $0 + $1.octets.count } && shelf.count == waiting.count)
  }

  @Test("RELIABILITY 45: any packets at all, in any order, neither trap nor fill memory", arguments: 0..<10)
  func anything(_ number: Int) {
    let seed = UInt64(number) &+ 4242
    var random = Seeded(seed)
    let receiver = VoiceReceiver()
    var base: UInt16 = 0
    for _ in 0..<1500 {
      if Int.random(in: 0..<40, using: &random) == 0 { base = UInt16.random(in: 0...UInt16.max, using: &random) }
      base &+= UInt16.random(in: 0...2, using: &random)
      let sequence = base &+ UInt16.random(in: 0...(Bool.random(using: &random) ? 3 : 40), using: &random)
      let count = [0, 1, 33, 80, 160, 160, 160, 240, 480, 2000, 3000].randomElement(using: &random) ?? 160
      let payload = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: count)
      let codec = MediaFormat.Codec.allCases.randomElement(using: &random) ?? .pcmu
      payload.withUnsafeBufferPointer {
        _ = receiver.receive(
          $0, codec, sequence: sequence,
          timestamp: Bool.random(using: &random) ? UInt32(sequence) &* 160 : UInt32.random(in: 0...UInt32.max, using: &random),
          isMarked: Bool.random(using: &random), at: Instant(nanoseconds: Int64.random(in: Int64.min...Int64.max, using: &random))
        )
      }
      if Int.random(in: 0..<60, using: &random) == 0 { receiver.rate = receiver.rate == .narrow ? .wide : .narrow }
      if Int.random(in: 0..<90, using: &random) == 0 { receiver.reset() }
      if Bool.random(using: &random) {
        var frame = [Int16](repeating: 0, count: receiver.rate.frame)
        _ = frame.withUnsafeMutableBufferPointer { receiver.read(into: $0) }
      }
    }
  }
}
