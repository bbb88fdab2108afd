import Fuzz
import Kernel
import Sessions

@testable import Media

// Datagrams on a media port, one after the other: RTP, RTCP, keys, SRTP under a known key, jitter buffer and decoders
// (RELIABILITY 43–46). Each has two octets before it: how long after the last, and its length.
fuzz { octets in
  var input = Input(octets)
  let choice = input.octet()
  var line = Line(choice)
  var count = 0
  while !input.isEmpty, count < 64 {
    line.pass(milliseconds: UInt64(input.octet()))
    line.receive(input.take(Int(input.octet())))
    count += 1
  }
}

struct Line {
  let receiver: VoiceReceiver
  let inbound: SecureContext?
  let outbound: SecureContext?
  /// A phone that has our key protects what it likes: its packets get past the tag, as no made-up one does.
  let phone: SecureContext?
  var lock = SourceLock()
  var control = ControlLock()
  var keys = KeyReader()
  var now: UInt64 = 1
  var frame: [Int16]
  let source = SocketAddress(IPAddress(192, 0, 2, 9), port: 4000)

  init(_ choice: UInt8) {
    self.receiver = VoiceReceiver(rate: choice & 1 == 0 ? .narrow : .wide)
    self.frame = [Int16](repeating: 0, count: choice & 1 == 0 ? SampleRate.narrow.frame : SampleRate.wide.frame)
    let key = (0..<UInt8(SecureContext.keyLength)).map { $0 &* 7 }
    self.inbound = choice & 2 == 0 ? nil : SecureContext(key: key, tagBits: choice & 4 == 0 ? 80 : 32, direction: .inbound)
    self.outbound = choice & 8 == 0 ? nil : SecureContext(key: key, tagBits: choice & 4 == 0 ? 80 : 32, direction: .outbound)
    self.phone = choice & 32 == 0 ? nil : SecureContext(key: key, tagBits: choice & 4 == 0 ? 80 : 32, direction: .outbound)
    self.lock.aim(at: self.source, learns: choice & 16 != 0)
  }

  mutating func pass(milliseconds: UInt64) {
    let end = self.now + milliseconds * 1_000_000
    while self.now + 20_000_000 <= end {
      self.now += 20_000_000
      _ = self.keys.fire(at: self.now)
      _ = self.frame.withUnsafeMutableBufferPointer { self.receiver.read(into: $0) }
    }
    self.now = end
  }

  mutating func receive(_ datagram: [UInt8]) {
    // Room behind it as in the server's inbox: what is written beyond is found.
    var room = datagram + [UInt8](repeating: 0, count: self.outbound == nil && self.phone == nil ? 0 : 160)
    room.withUnsafeMutableBytes { room in
      let packet = UnsafeRawBufferPointer(rebasing: room[..<datagram.count])
      switch PacketKind(packet) {
      case .other: return
      case .rtcp: self.report(room, self.protected(room, datagram.count, isControl: true))
      case .rtp: self.speak(room, self.protected(room, datagram.count, isControl: false))
      }
    }
  }

  private func protected(_ room: UnsafeMutableRawBufferPointer, _ count: Int, isControl: Bool) -> Int {
    guard let phone, let base = room.baseAddress, count >= 12, self.inbound != nil else { return count }
    let protected = isControl ? phone.protectControl(base, count: count, ssrc: 1) : phone.protect(base, count: count, ssrc: 1)
    return protected ?? count
  }

  private mutating func report(_ room: UnsafeMutableRawBufferPointer, _ count: Int) {
    let isSecure = self.inbound != nil
    guard let header = RTCPHeader(UnsafeRawBufferPointer(rebasing: room[..<count]), isEncrypted: isSecure) else { return }
    guard self.control.receive(self.source, host: self.lock.source?.address), let base = room.baseAddress else { return }
    var length = count
    if let inbound {
      guard let opened = inbound.unprotectControl(base, count: count, ssrc: header.ssrc) else { return }
      length = opened
      guard RTCPHeader(UnsafeRawBufferPointer(rebasing: room[..<length])) != nil else { return }
    }
    _ = self.outbound?.protectControl(base, count: length, ssrc: header.ssrc)
  }

  private mutating func speak(_ room: UnsafeMutableRawBufferPointer, _ count: Int) {
    guard let base = room.baseAddress else { return }
    var length = count
    if let inbound {
      guard let header = RTPHeader(UnsafeRawBufferPointer(rebasing: room[..<count]), isEncrypted: true) else { return }
      guard let opened = inbound.unprotect(base, count: count, ssrc: header.ssrc) else { return }
      length = opened
    }
    let packet = UnsafeRawBufferPointer(rebasing: room[..<length])
    guard let header = RTPHeader(packet) else { return }
    promise(header.payloadStart + header.payloadCount <= length, "a payload within the packet")
    _ = self.lock.receive(self.source, ssrc: header.ssrc, sequence: header.sequence, at: self.now)
    let payload = UnsafeRawBufferPointer(rebasing: packet[header.payloadStart..<header.payloadStart + header.payloadCount])
    let codec: MediaFormat.Codec =
      switch header.payloadType {
      case 0: .pcmu
      case 8: .pcma
      case 9: .g722
      case 13: .comfortNoise
      case 101: .events
      default: .other
      }
    if codec == .events, let press = self.keys.receive(payload, header: header, at: self.now) {
      promise(press.key <= 15, "a key that there is")
    }
    self.receiver.receive(
      payload.bindMemory(to: UInt8.self), codec, sequence: header.sequence, timestamp: header.timestamp,
      isMarked: header.hasMarker, at: Instant(nanoseconds: Int64(bitPattern: self.now)))
    _ = self.outbound?.protect(base, count: length, ssrc: header.ssrc)
  }
}
