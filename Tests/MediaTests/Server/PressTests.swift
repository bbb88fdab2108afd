import CMediaShims
import Glibc
import Kernel
import Sessions
import Testing

@testable import Media

@Suite("Keys of phones", .serialized)
struct PressTests {
  @Test("MED-4: keys of a phone are taken out of its stream and reported, each once")
  func reported() throws {
    let pair = try Pair(ports: 21700...21719, { $0.reportsKeys = true })
    pair.one.send([1], to: pair.ports.one)
    #expect(pair.two.receiveRTP()?.payload == [1])
    for key in [1, 1, 11] as [UInt8] {
      for packet in keyPress(key, pair.one) { pair.one.send(raw: packet, to: pair.ports.one) }
    }
    #expect(pair.bench.until { self.keys(pair.bench) == [1, 1, 11] })
    pair.one.send([2], to: pair.ports.one)
    #expect(pair.two.receiveRTP()?.payload == [2])
    #expect(self.keys(pair.bench) == [1, 1, 11])
    #expect(pair.bench.wait { $0 == .pressed(ChannelID(1), key: 1, duration: .milliseconds(100)) ? true : nil } == true)
  }

  @Test("MED-4: a key whose end is lost is reported when nothing more comes of it")
  func lostEnd() throws {
    let pair = try Pair(ports: 21720...21739, { $0.reportsKeys = true })
    for packet in keyPress(7, pair.one).prefix(4) { pair.one.send(raw: packet, to: pair.ports.one) }
    #expect(pair.bench.until { self.keys(pair.bench) == [7] })
  }

  @Test("RELIABILITY 45: events in masses, unknown events and absurd durations press few keys, none of them twice")
  func hostile() throws {
    let pair = try Pair(ports: 21740...21759, { $0.reportsKeys = true })
    for event in [16, 255] as [UInt8] { pair.one.send([event, 0x80, 0xff, 0xff], type: 101, to: pair.ports.one) }
    for octets in [[], [1], [1, 0x80, 0]] as [[UInt8]] { pair.one.send(octets, type: 101, to: pair.ports.one) }
    pair.one.send([3, 0x80, 0xff, 0xff], type: 101, to: pair.ports.one)
    #expect(pair.bench.until { self.keys(pair.bench) == [3] })
    usleep(100_000)
    for _ in 0..<10_000 { pair.one.send([4, 0x80, 0, 160], type: 101, to: pair.ports.one) }
    usleep(100_000)
    #expect(self.keys(pair.bench).count < 60)
  }

  @Test("MED-4: a key is pressed for a phone as events within the relayed stream, and the voice goes on behind it")
  func pressed() throws {
    let pair = try Pair(ports: 21760...21779)
    for _ in 0..<3 { pair.one.send([1], to: pair.ports.one) }
    let received = (0..<3).compactMap { _ in pair.two.receiveRTP()?.header }
    let last = try #require(received.last)
    pair.bench.server.post([.press(ChannelID(2), key: 11, duration: .milliseconds(100))])
    let packets = pair.two.collect(for: 250)
    #expect(packets.allSatisfy { $0.header.payloadType == 101 && $0.payload.first == 11 })
    #expect(packets.count { $0.payload[1] & 0x80 != 0 } == 3)
    #expect(packets.map(\.header.hasMarker) == [true] + [Bool](repeating: false, count: packets.count - 1))
    #expect(Set(packets.map(\.header.timestamp)).count == 1)
    #expect(packets.map(\.header.sequence) == (1...packets.count).map { last.sequence &+ UInt16($0) })
    #expect(packets.allSatisfy { $0.header.ssrc == last.ssrc })
    #expect(packets.last.map { [UInt8]($0.payload[2...]) } == [3, 32])
    pair.one.sequence &+= 12
    pair.one.send([9], to: pair.ports.one)
    pair.one.send([10], to: pair.ports.one)
    #expect(pair.two.receiveRTP()?.header.sequence == last.sequence &+ UInt16(packets.count + 1))
    #expect(pair.two.receiveRTP()?.header.sequence == last.sequence &+ UInt16(packets.count + 2))
  }

  @Test("MED-4: a phone without events hears the two tones, and one that cannot send events is understood by them")
  func tones() throws {
    let bench = try Bench(ports: 21780...21799)
    let phone = try Phone(2)
    let voice = try Voice(phone, port: try bench.open(1).port, frequency: 400)
    bench.aim(1, at: phone) { $0.formats = [voice.format] }
    bench.server.post([.press(ChannelID(1), key: 5, duration: .milliseconds(400))])
    talk([voice], milliseconds: 380) { _ in false }
    #expect(voice.level(770) > 2000)
    #expect(voice.level(1336) > 2000)
    #expect(voice.level(941) < 300)

    let other = try Phone(3, ssrc: 3)
    let port = try bench.open(2).port
    bench.aim(2, at: other) {
      $0.formats = [MediaFormat(0, .pcmu)]
      $0.detectsTones = true
    }
    let low = try Voice(other, port: port, frequency: 770)
    for round in 0..<20 {
      var octets = [UInt8](repeating: 0xff, count: 160)
      if (4..<10).contains(round) {
        for index in 0..<160 {
          let time = Double(round * 160 + index) / 8000
          octets[index] = G711.octet(Int16(6000 * sin(2 * .pi * 770 * time) + 6000 * sin(2 * .pi * 1336 * time)), .mu)
        }
      }
      other.send(octets, type: 0, to: port)
      usleep(20_000)
    }
    #expect(low.format.payload == 0)
    #expect(bench.until { self.keys(bench) == [5] })
  }

  @Test("MED-4: a phone's events become tones for a phone without events, and keys in a room or at a sound are reported")
  func converted() throws {
    let pair = try Pair(ports: 21800...21819, { _ in }, { $0.formats = [MediaFormat(0, .pcmu)] })
    let voice = try Voice(pair.two, port: pair.ports.two, frequency: 400)
    for packet in keyPress(1, pair.one) { pair.one.send(raw: packet, to: pair.ports.one) }
    talk([voice], milliseconds: 120) { _ in false }
    #expect(voice.level(697) > 1500)
    #expect(voice.level(1209) > 1500)
    pair.bench.server.post([.attach(ChannelID(1), .room(3))])
    pair.bench.settle()
    for packet in keyPress(2, pair.one) { pair.one.send(raw: packet, to: pair.ports.one) }
    #expect(pair.bench.until { self.keys(pair.bench) == [2] })
    pair.bench.server.post([.attach(ChannelID(1), .sound(.greeting))])
    pair.bench.settle()
    for packet in keyPress(3, pair.one) { pair.one.send(raw: packet, to: pair.ports.one) }
    #expect(pair.bench.until { self.keys(pair.bench) == [2, 3] })
  }

  private func keys(_ bench: Bench) -> [UInt8] {
    bench.events.compactMap { if case .pressed(_, let key, _) = $0 { key } else { nil } }
  }
}
