import CMediaShims
import Glibc
import Kernel
import Sessions
import Synchronization
import Testing

@testable import Media

@Suite("Feeds", .serialized)
struct FeedTests {
  @Test(
    "HOLD-2: music is heard as long as it is attached, in one stream without gaps, whatever the codec",
    arguments: [0, 8, 9] as [UInt8])
  func music(payload: UInt8) throws {
    let base = 21000 + UInt16(payload) * 20
    let samples = (0..<8000).map { Int16(6000 * sin(2 * .pi * 500 * Double($0) / 8000)) }
    let bench = try Bench(ports: base...base + 19, music: samples)
    let phone = try Phone(2)
    let codec: MediaFormat.Codec = payload == 0 ? .pcmu : payload == 8 ? .pcma : .g722
    let voice = try Voice(phone, port: try bench.open(1).port, frequency: 300, codec)
    bench.aim(1, at: phone) { $0.formats = [MediaFormat(101, .events), MediaFormat(payload, codec)] }
    bench.server.post([.attach(ChannelID(1), .music)])
    talk([voice], milliseconds: 500)
    #expect(voice.packets.count >= 20)
    #expect(voice.level(500) > 5000)
    #expect(voice.packets.first?.hasMarker == true)
    #expect(voice.packets.dropFirst().allSatisfy { !$0.hasMarker && $0.payloadType == payload })
    for (one, next) in zip(voice.packets, voice.packets.dropFirst()) {
      #expect(next.sequence == one.sequence &+ 1)
      #expect(next.timestamp == one.timestamp &+ 160)
      #expect(next.ssrc == one.ssrc)
    }
    bench.server.post([.attach(ChannelID(1), .nothing)])
    bench.settle()
    voice.forget()
    talk([voice], milliseconds: 60)
    #expect(voice.packets.isEmpty)
  }

  @Test("RFC 3551: packets are as long as the phone wants them", arguments: [10, 30, 60])
  func packetTime(milliseconds: Int) throws {
    let base = 21200 + UInt16(milliseconds)
    let bench = try Bench(ports: base...base + 9)
    let phone = try Phone(2)
    _ = try bench.open(1)
    bench.aim(1, at: phone) { $0.packetTime = milliseconds }
    bench.server.post([.attach(ChannelID(1), .music)])
    let packets = phone.collect(for: 300)
    #expect(packets.count >= 240 / milliseconds)
    #expect(packets.allSatisfy { $0.payload.count == milliseconds * 8 })
    for (one, next) in zip(packets, packets.dropFirst()) {
      #expect(next.header.timestamp == one.header.timestamp &+ UInt32(milliseconds * 8))
    }
  }

  @Test("HOLD-1: relay, music and relay again: no sequence goes back under the same SSRC, and time only goes on")
  func changes() throws {
    let pair = try Pair(ports: 21300...21319)
    var all: [RTPHeader] = []
    for _ in 0..<2 {
      for _ in 0..<5 {
        pair.one.send([UInt8](repeating: 0xff, count: 160), to: pair.ports.one)
        if let header = pair.two.receiveRTP()?.header { all.append(header) }
      }
      pair.bench.server.post([.attach(ChannelID(2), .music)])
      all += pair.two.collect(for: 100).map(\.header)
      pair.bench.relay(1, 2)
      pair.bench.settle()
      all += pair.two.collect(for: 20).map(\.header)
    }
    #expect(Set(all.map(\.ssrc)).count == 2)
    for ssrc in Set(all.map(\.ssrc)) {
      let stream = all.filter { $0.ssrc == ssrc }
      #expect(stream.count > 5)
      for (one, next) in zip(stream, stream.dropFirst()) {
        #expect(next.sequence == one.sequence &+ 1)
        #expect(Int32(bitPattern: next.timestamp &- one.timestamp) >= 160)
      }
    }
  }

  @Test(
    "CONF-6, MED-3: in a room each hears all the others and never oneself, encrypted or not", arguments: [3, 5], [false, true])
  func room(members: Int, isEncrypted: Bool) throws {
    let base = 21340 + UInt16(members) * 20 + (isEncrypted ? 2000 : 0)
    let bench = try Bench(ports: base...base + 19)
    let frequencies = [400.0, 700, 1000, 1300, 1600]
    let codecs: [MediaFormat.Codec] = members == 3 ? [.pcmu, .pcma, .pcmu] : [.pcmu, .pcma, .g722, .pcmu, .g722]
    var voices: [Voice] = []
    for index in 0..<members {
      let phone = try Phone(UInt8(2 + index), ssrc: UInt32(index + 1))
      let voice = try Voice(phone, port: try bench.open(UInt64(index + 1)).port, frequency: frequencies[index], codecs[index])
      let keys = (0..<2).map { [UInt8](repeating: UInt8(16 * index + $0 + 1), count: SecureContext.keyLength) }
      // The last one speaks in the clear: each encrypts as it agreed with the server, whoever else is there.
      let isSecure = isEncrypted && index < members - 1
      if isSecure { try phone.encrypt(theirKey: keys[0], ourKey: keys[1]) }
      bench.aim(UInt64(index + 1), at: phone) {
        $0.formats = [voice.format]
        if isSecure { ($0.theirKey, $0.ourKey) = (keys[0], keys[1]) }
      }
      bench.server.post([.attach(ChannelID(UInt64(index + 1)), .room(7))])
      voices.append(voice)
    }
    talk(voices, milliseconds: 400)
    for voice in voices { voice.forget() }
    talk(voices, milliseconds: 600)
    for voice in voices {
      for other in voices {
        let level = voice.level(other.frequency)
        if other === voice { #expect(level < 250, "\(voice.frequency) hears itself") } else { #expect(level > 4000) }
      }
    }
    voices[0].keep(as: "room-of-\(members)\(isEncrypted ? "-srtp" : "")")
    // One leaves: the others hear each other still, and nothing of it.
    bench.server.post([.close(ChannelID(1))])
    bench.settle()
    talk(voices, milliseconds: 300)
    for voice in voices { voice.forget() }
    talk(voices, milliseconds: 400)
    #expect(voices[0].packets.isEmpty)
    #expect(voices[1].level(voices[0].frequency) < 100)
    #expect(voices[1].level(voices[2].frequency) > 4000)
  }

  @Test("CONF-6: who leaves a room for a call is heard there, and who comes back is heard in the room")
  func inAndOut() throws {
    let bench = try Bench(ports: 21560...21579)
    let voices = try bench.voices(3)
    for round in 1...2 {
      bench.meet(voices, in: 4)
      talk(voices, milliseconds: 300)
      for voice in voices { voice.forget() }
      talk(voices, milliseconds: 400)
      #expect(voices[2].level(400) > 4000 && voices[0].level(700) > 4000, "in the room, round \(round)")
      bench.relay(1, 2)
      talk(voices, milliseconds: 200)
      for voice in voices { voice.forget() }
      talk(voices, milliseconds: 400)
      #expect(voices[0].level(700) > 4000 && voices[1].level(400) > 4000, "in the call, round \(round)")
      #expect(voices[2].level(400) < 250 && voices[2].level(700) < 250, "alone in the room, round \(round)")
    }
  }

  @Test("CONF-6: a room of more members than it began with loses nobody, and those who only listen hear all who speak")
  func growing() throws {
    let bench = try Bench(ports: 21500...21559)
    let voices = try bench.voices(12) { $0 % 2 == 0 ? .pcmu : .pcma }
    bench.meet(voices, in: 9)
    talk(voices, milliseconds: 300) { $0.frequency < 800 }
    for voice in voices { voice.forget() }
    talk(voices, milliseconds: 400) { $0.frequency < 800 }
    for voice in voices.dropFirst(2) {
      #expect(voice.level(400) > 4000)
      #expect(voice.level(700) > 4000)
    }
    #expect(voices[0].level(400) < 250)
    #expect(voices[0].level(700) > 4000)
  }

  @Test("CALL-2: phones without a common codec hear each other through the server")
  func bridge() throws {
    let bench = try Bench(ports: 21580...21599)
    let phones = [try Phone(2, ssrc: 1), try Phone(3, ssrc: 2)]
    let voices = [
      try Voice(phones[0], port: try bench.open(1).port, frequency: 500, .g722),
      try Voice(phones[1], port: try bench.open(2).port, frequency: 900, .pcma),
    ]
    bench.aim(1, at: phones[0]) { $0.formats = [voices[0].format, MediaFormat(101, .events)] }
    bench.aim(2, at: phones[1]) { $0.formats = [voices[1].format, MediaFormat(96, .events)] }
    bench.server.post([.attach(ChannelID(1), .bridge(ChannelID(2))), .attach(ChannelID(2), .bridge(ChannelID(1)))])
    talk(voices, milliseconds: 300)
    for voice in voices { voice.forget() }
    talk(voices, milliseconds: 400)
    #expect(voices[0].level(900) > 4000)
    #expect(voices[0].level(500) < 200)
    #expect(voices[1].level(500) > 4000)
    #expect(voices[1].level(900) < 200)
    // Keys go across as well, under the other phone's number.
    for packet in keyPress(5, phones[0]) { phones[0].send(raw: packet, to: voices[0].port) }
    voices[1].forget()
    talk([voices[1]], milliseconds: 300)
    #expect(voices[1].packets.contains { $0.payloadType == 96 })
    #expect(!bench.events.contains { if case .pressed = $0 { true } else { false } })
  }

  @Test("MWI-2: a sound ends once, then there is silence; a playback of nothing ends at once")
  func sound() throws {
    let bench = try Bench(ports: 21600...21619)
    let phone = try Phone(2)
    _ = try bench.open(1)
    bench.aim(1, at: phone)
    bench.server.post([.attach(ChannelID(1), .sound(.beep))])
    #expect(bench.wait { $0 == .finished(ChannelID(1), .sound(.beep)) ? true : nil } == true)
    #expect(phone.collect(for: 100).count > 10)
    bench.server.post([.attach(ChannelID(1), .playback(1))])
    #expect(bench.until { bench.events.contains { $0 == .finished(ChannelID(1), .playback(1)) } })
    usleep(100_000)
    #expect(bench.events.count { if case .finished = $0 { true } else { false } } == 2)
  }

  @Test("MWI-2: what is said is recorded, kept, and heard again; the limit ends it; a full disk loses it, with a word")
  func recording() throws {
    let kept = Kept()
    let shelf = RecordingShelf(
      save: { number, wav in
        guard number != 13 else { return false }
        kept.files.withLock { $0[number] = wav }
        return true
      }, load: { number in kept.files.withLock { $0[number] } })
    let bench = try Bench(ports: 21620...21639, shelf: shelf, maximumRecording: .milliseconds(600))
    let phone = try Phone(2)
    let voice = try Voice(phone, port: try bench.open(1).port, frequency: 620)
    bench.aim(1, at: phone)
    func record(_ number: UInt32, _ milliseconds: Int) throws -> RecordingDone {
      bench.server.post([.attach(ChannelID(1), .recording(number))])
      talk([voice], milliseconds: milliseconds)
      bench.server.post([.attach(ChannelID(1), .nothing)])
      return try #require(
        bench.wait { event -> RecordingDone? in
          if case .recorded(ChannelID(1), let done) = event, done.number == number { done } else { nil }
        })
    }
    let done = try record(5, 400)
    #expect(done.isKept)
    #expect((200...420).contains(done.length.milliseconds))
    #expect(try record(6, 900).length.milliseconds == 600)
    #expect(try record(13, 200) == RecordingDone(number: 13, length: .zero, isKept: false))
    #expect(bench.events.count { if case .recorded = $0 { true } else { false } } == 3)
    voice.forget()
    bench.server.post([.attach(ChannelID(1), .playback(5))])
    talk([voice], milliseconds: 300) { _ in false }
    #expect(voice.level(620) > 3000)
    #expect(bench.wait { $0 == .finished(ChannelID(1), .playback(5)) ? true : nil } == true)
  }

  private final class Kept: Sendable {
    let files = Mutex<[UInt32: [UInt8]]>([:])
  }
}

/// The packets of a key as a phone sends them: 100 ms, the end three times.
func keyPress(_ key: UInt8, _ phone: Phone, type: UInt8 = 101) -> [[UInt8]] {
  var packets: [[UInt8]] = []
  let began = phone.timestamp
  func add(_ duration: UInt16, isEnd: Bool) {
    phone.timestamp = began
    packets.append(
      phone.packet(
        [key, (isEnd ? 0x80 : 0) | 10, UInt8(duration >> 8), UInt8(duration & 0xff)], type: type, marker: packets.isEmpty))
  }
  for step in 1...4 { add(UInt16(step * 160), isEnd: false) }
  for _ in 0..<3 { add(800, isEnd: true) }
  phone.timestamp = began &+ 1600
  return packets
}
