import CMediaShims
import Glibc
import Kernel
import Sessions
import Synchronization
import Testing

@testable import Media

/// A UDP socket that speaks RTP, on some address of this machine.
final class Phone {
  let address: SocketAddress
  private let descriptor: Int32
  private let inbox = media_inbox_make()
  private let outbox = media_outbox_make()
  private var waiting: [(octets: [UInt8], from: SocketAddress)] = []
  private var protection: (sealing: SecureContext, opening: SecureContext)?
  var ssrc: UInt32
  var sequence: UInt16 = 1000
  var timestamp: UInt32 = 16000

  /// - Parameters:
  ///   - host: the last number of 127.0.0.x.
  ///   - address: another address of this machine instead.
  init(_ host: UInt8 = 1, ssrc: UInt32 = 0x1111, port: UInt16 = 0, address: IPAddress? = nil) throws {
    var descriptor: Int32 = -1
    var address = SocketAddress(address ?? IPAddress(127, 0, 0, host), port: port)
    for _ in 0..<50 where descriptor < 0 {
      if port == 0 { address.port = UInt16.random(in: 40000...60000) }
      descriptor = media_udp_open(media_endpoint(address))
    }
    try #require(descriptor >= 0)
    self.descriptor = descriptor
    self.address = address
    self.ssrc = ssrc
  }

  deinit {
    _ = media_close(self.descriptor)
    media_inbox_free(self.inbox)
    media_outbox_free(self.outbox)
  }

  func send(raw octets: [UInt8], to port: UInt16, host: IPAddress = IPAddress(127, 0, 0, 1)) {
    octets.withUnsafeBufferPointer { octets in
      media_send(
        self.outbox, self.descriptor, octets.baseAddress, octets.count, media_endpoint(SocketAddress(host, port: port)))
      media_flush(self.outbox)
    }
  }

  /// The next packet of this phone's stream.
  func packet(_ payload: [UInt8], type: UInt8 = 0, marker: Bool = false) -> [UInt8] {
    defer {
      self.sequence &+= 1
      self.timestamp &+= 160
    }
    return rtp(payload, type: type, marker: marker, sequence: self.sequence, timestamp: self.timestamp, ssrc: self.ssrc)
  }

  func send(_ payload: [UInt8], type: UInt8 = 0, to port: UInt16) {
    let packet = self.packet(payload, type: type)
    self.send(raw: self.protection.map { seal(packet, with: $0.sealing, ssrc: self.ssrc) } ?? packet, to: port)
  }

  /// What comes next; nil when nothing does within the time.
  func receive(within milliseconds: Int = 1000) -> (octets: [UInt8], from: SocketAddress)? {
    let end = media_now() + UInt64(milliseconds) * 1_000_000
    repeat {
      if !self.waiting.isEmpty { return self.waiting.removeFirst() }
      let count = media_receive(self.inbox, self.descriptor)
      for index in 0..<max(count, 0) {
        let length = Int(media_received_length(self.inbox, index))
        let octets = UnsafeBufferPointer(start: media_received(self.inbox, index), count: max(length, 0))
        self.waiting.append((Array(octets), SocketAddress(media_received_from(self.inbox, index))))
      }
      if count <= 0 { usleep(1000) }
    } while media_now() < end
    return self.waiting.isEmpty ? nil : self.waiting.removeFirst()
  }

  /// The next RTP packet.
  func receiveRTP(within milliseconds: Int = 1000) -> (header: RTPHeader, payload: [UInt8])? {
    guard let (received, _) = self.receive(within: milliseconds), let octets = self.opened(received),
      let header = octets.withUnsafeBytes({ RTPHeader($0) })
    else { return nil }
    return (header, Array(octets[header.payloadStart..<header.payloadStart + header.payloadCount]))
  }

  /// What is not encrypted as agreed is nothing to this phone.
  private func opened(_ octets: [UInt8]) -> [UInt8]? {
    guard let protection = self.protection else { return octets }
    guard octets.count >= 12 else { return nil }
    let ssrc = octets[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return open(octets, with: protection.opening, ssrc: ssrc)
  }

  /// Speaks SRTP from now on.
  func encrypt(theirKey: [UInt8], ourKey: [UInt8]) throws {
    self.protection = (
      try #require(SecureContext(key: theirKey, tagBits: 80, direction: .outbound)),
      try #require(SecureContext(key: ourKey, tagBits: 80, direction: .inbound))
    )
  }

  /// All that comes in that time.
  func collect(for milliseconds: Int) -> [(header: RTPHeader, payload: [UInt8])] {
    let end = media_now() + UInt64(milliseconds) * 1_000_000
    var all: [(header: RTPHeader, payload: [UInt8])] = []
    while media_now() < end {
      if let packet = self.receiveRTP(within: 5) { all.append(packet) }
    }
    return all
  }
}

func rtp(
  _ payload: [UInt8], type: UInt8 = 0, marker: Bool = false, sequence: UInt16, timestamp: UInt32, ssrc: UInt32
) -> [UInt8] {
  var octets = [UInt8](repeating: 0, count: 12)
  octets.withUnsafeMutableBytes {
    RTPHeader(payloadType: type, hasMarker: marker, sequence: sequence, timestamp: timestamp, ssrc: ssrc).write(to: $0)
  }
  return octets + payload
}

/// A media server whose events can be waited for.
final class Bench: Sendable {
  let server: MediaServer
  private let seen: Events

  private final class Events: Sendable {
    let all = Mutex<[MediaEvent]>([])
  }

  init(
    ports: ClosedRange<UInt16>, channels: Int = 100, bind: IPAddress? = nil, music: [Int16]? = nil, shelf: RecordingShelf = .none,
    maximumRecording: Interval = .seconds(300)
  ) throws {
    let seen = Events()
    self.seen = seen
    self.server = try MediaServer(
      options: .init(ports: ports, channels: channels, bindAddress: bind, music: music, maximumRecording: maximumRecording),
      recordings: shelf
    ) { events in seen.all.withLock { $0 += events } }
  }

  deinit { self.server.stop() }

  var events: [MediaEvent] { self.seen.all.withLock { $0 } }

  /// Waits until an event fits.
  func wait<Found>(within milliseconds: Int = 2000, _ fits: (MediaEvent) -> Found?) -> Found? {
    let end = media_now() + UInt64(milliseconds) * 1_000_000
    repeat {
      for event in self.events { if let found = fits(event) { return found } }
      usleep(1000)
    } while media_now() < end
    return nil
  }

  /// Waits until something is so.
  func until(within milliseconds: Int = 2000, _ condition: () -> Bool) -> Bool {
    let end = media_now() + UInt64(milliseconds) * 1_000_000
    while !condition() {
      if media_now() >= end { return false }
      usleep(1000)
    }
    return true
  }

  func open(_ id: UInt64, _ request: MediaRequest = MediaRequest(family: .v4)) throws -> MediaPlace {
    let channel = ChannelID(id)
    self.server.post([.open(channel, request)])
    return try #require(
      self.wait { event -> MediaPlace? in
        if case .opened(channel, let place) = event { place } else { nil }
      })
  }

  func aim(_ id: UInt64, at phone: Phone, _ change: (inout MediaTarget) -> Void = { _ in }) {
    var target = MediaTarget(address: phone.address)
    target.formats = [MediaFormat(0, .pcmu), MediaFormat(8, .pcma), MediaFormat(101, .events)]
    change(&target)
    self.server.post([.aim(ChannelID(id), target)])
  }

  func relay(_ one: UInt64, _ other: UInt64) {
    self.server.post([.attach(ChannelID(one), .relay(ChannelID(other))), .attach(ChannelID(other), .relay(ChannelID(one)))])
  }

  /// Returns when all that was posted before is done.
  func settle() {
    let marker = UInt64.random(in: 1 << 40 ... .max)
    // No pair has port 1: the failure says that everything before has been carried out.
    self.server.post([.open(ChannelID(marker), MediaRequest(family: .v4, port: 1))])
    _ = self.wait { event -> Bool? in
      if case .failed(ChannelID(marker), _) = event { true } else { nil }
    }
  }
}

/// Two phones, two channels, relayed to each other.
struct Pair {
  let bench: Bench
  let one: Phone
  let two: Phone
  let ports: (one: UInt16, two: UInt16)

  init(
    ports: ClosedRange<UInt16>, _ first: (inout MediaTarget) -> Void = { _ in }, _ second: (inout MediaTarget) -> Void = { _ in }
  ) throws {
    self.bench = try Bench(ports: ports)
    self.one = try Phone(2, ssrc: 0x1111)
    self.two = try Phone(3, ssrc: 0x2222)
    self.ports = (try self.bench.open(1).port, try self.bench.open(2).port)
    self.bench.aim(1, at: self.one, first)
    self.bench.aim(2, at: self.two, second)
    self.bench.relay(1, 2)
    self.bench.settle()
  }
}
