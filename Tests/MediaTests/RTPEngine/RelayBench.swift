import CMediaShims
import Foundation
import Glibc
import Kernel
import Sessions
import Synchronization
import Testing

@testable import Media

/// A real rtpengine of the test's own, in userspace.
final class Daemon {
  static let path = "/usr/bin/rtpengine"
  static var isInstalled: Bool { access(Self.path, X_OK) == 0 }
  static let absence: Comment = "rtpengine is not installed (Packaging/install-dependencies bench)"

  let port: UInt16
  /// The ports that it gives, from its next start on.
  var media: ClosedRange<UInt16>
  private var process: Process?

  init(port: UInt16, media: ClosedRange<UInt16>) throws {
    self.port = port
    self.media = media
    try self.start()
  }

  deinit { self.stop() }

  func start() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = [
      "--table=-1", "--config-file=none", "--interface=127.0.0.1", "--interface=::1", "--listen-ng=127.0.0.1:\(self.port)",
      "--foreground", "--log-stderr", "--log-level=3", "--num-threads=2", "--port-min=\(self.media.lowerBound)",
      "--port-max=\(self.media.upperBound)",
    ]
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    self.process = process
    try #require(self.answers())
  }

  /// Whether it answers a ping.
  private func answers() -> Bool {
    guard let socket = NGSocket(host: "127.0.0.1", port: self.port) else { return false }
    for _ in 0..<100 {
      socket.send([UInt8]("1 d7:command4:pinge".utf8))
      usleep(50_000)
      if socket.receive() != nil { return true }
    }
    return false
  }

  func stop() {
    guard let process = self.process else { return }
    self.process = nil
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// How many calls it has.
  func calls() -> Int? {
    guard let socket = NGSocket(host: "127.0.0.1", port: self.port) else { return nil }
    // A cookie twice is a question twice, and gets the old answer.
    socket.send([UInt8]("\(UInt64.random(in: 0 ... .max)) d7:command4:list5:limit3:100e".utf8))
    for _ in 0..<100 {
      usleep(5_000)
      if let reply = socket.receive(), let space = reply.firstIndex(of: 0x20),
        let value = Bencode(parsing: reply[(space + 1)...]), case .list(let calls)? = value["calls"]
      {
        return calls.count
      }
    }
    return nil
  }
}

/// The exchange's side: commands in, events out.
final class RelayBench: Sendable {
  let engine: RTPEngine
  private let seen: Seen

  private final class Seen: Sendable {
    let events = Mutex<[MediaEvent]>([])
    let said = Mutex<[String]>([])
  }

  init(port: UInt16, ports: ClosedRange<UInt16>) throws {
    let seen = Seen()
    self.seen = seen
    self.engine = try RTPEngine(
      host: "127.0.0.1", port: port, options: .init(ports: ports, channels: 50), recordings: .none,
      say: { text in seen.said.withLock { $0.append(text) } }, onEvents: { events in seen.events.withLock { $0 += events } })
  }

  deinit { self.engine.stop() }

  var events: [MediaEvent] { self.seen.events.withLock { $0 } }
  var said: [String] { self.seen.said.withLock { $0 } }

  func until(within milliseconds: Int = 3000, _ condition: () -> Bool) -> Bool {
    let end = media_now() + UInt64(milliseconds) * 1_000_000
    while !condition() {
      if media_now() >= end { return false }
      usleep(1000)
    }
    return true
  }

  func open(_ id: UInt64, _ request: MediaRequest = MediaRequest(family: .v4)) throws -> MediaPlace {
    let channel = ChannelID(id)
    self.engine.post([.open(channel, request)])
    #expect(self.until { self.place(channel) != nil || self.failure(id) != nil })
    if self.place(channel) == nil { Issue.record("\(self.events) \(self.said) \(self.engine.relayMeasures)") }
    return try #require(self.place(channel))
  }

  private func place(_ id: ChannelID) -> MediaPlace? {
    for case .opened(id, let place) in self.events { return place }
    return nil
  }

  func failure(_ id: UInt64) -> MediaFailure? {
    for case .failed(ChannelID(id), let failure) in self.events { return failure }
    return nil
  }

  func aim(_ id: UInt64, at phone: Phone, _ change: (inout MediaTarget) -> Void = { _ in }) {
    var target = MediaTarget(address: phone.address)
    target.formats = [MediaFormat(0, .pcmu), MediaFormat(8, .pcma), MediaFormat(101, .events)]
    change(&target)
    self.engine.post([.aim(ChannelID(id), target)])
  }

  func attach(_ id: UInt64, _ feed: MediaFeed) { self.engine.post([.attach(ChannelID(id), feed)]) }

  func relay(_ one: UInt64, _ other: UInt64) {
    self.attach(one, .relay(ChannelID(other)))
    self.attach(other, .relay(ChannelID(one)))
  }

  /// Sends until the other phone hears it: a change takes rtpengine some milliseconds.
  func hears(
    _ ear: Phone, _ mouth: Phone, _ port: UInt16, _ payload: [UInt8], seal: ([UInt8]) -> [UInt8] = { $0 },
    open: ([UInt8]) -> [UInt8]? = { $0 }, host: IPAddress = IPAddress(127, 0, 0, 1)
  ) -> Bool {
    for _ in 0..<50 {
      mouth.send(raw: seal(mouth.packet(payload)), to: port, host: host)
      while let packet = ear.receive(within: 20)?.octets {
        if let plain = open(packet), plain.count > 12, Array(plain[12...]) == payload { return true }
      }
    }
    return false
  }

  /// Whether nothing of what is said is heard, once the change has come about.
  func isDeaf(_ ear: Phone, _ mouth: Phone, _ port: UInt16, _ payload: [UInt8]) -> Bool {
    usleep(200_000)
    while ear.receive(within: 0) != nil {}
    for _ in 0..<5 { mouth.send(payload, to: port) }
    for _ in 0..<20 {
      guard let packet = ear.receive(within: 100)?.octets else { break }
      if packet.suffix(payload.count).elementsEqual(payload) { return false }
    }
    return true
  }
}
