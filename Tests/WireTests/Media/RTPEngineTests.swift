import Foundation
import Testing

extension Wire {
  /// An rtpengine carries the voice instead of the exchange (option `media.server`).
  @Suite("Phones hear each other through an rtpengine", .enabled(if: Daemon.isThere, Daemon.absence))
  struct ThroughRTPEngine {
    private func expectTalk(_ near: Line, _ far: Line, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(near.hears(far), "\(near.hearing)", sourceLocation: sourceLocation)
      #expect(far.hears(near), "\(far.hearing)", sourceLocation: sourceLocation)
    }

    @Test("MED-1, HOLD-2: talk, hold with music, resume, hang up; nothing is left in it", .timeLimit(.minutes(1)))
    func calls() throws {
      let daemon = try Daemon()
      defer { daemon.stop() }
      let office = try Office.withTwoNetworks(options: [("media.server", "rtpengine:127.0.0.1:\(daemon.port)")])
      defer { office.close() }
      let (inside, outside) = (try office.phone("2001"), try office.outside("2002"))
      for (caller, called) in [(inside, outside), (outside, inside)] {
        let (near, far) = try caller.call(called)
        expectTalk(near, far)
        #expect(office.path == "relay")
        for line in [near, far] {
          #expect(line.remote.map { daemon.ports.contains($0.place.port) } == true, "\(line.remote?.text ?? "")")
        }
        for (holder, held) in [(near, far), (far, near)] {
          try holder.hold()
          #expect(held.hearsTheExchange(), "\(held.hearing)")
          #expect(holder.hearsNothing(), "\(holder.hearing)")
          try holder.resume()
          expectTalk(near, far)
        }
        try near.hangUp()
        #expect(wait(3) { far.hasEnded })
        #expect(try office.isIdle())
        #expect(wait(3) { office.openMediaPorts.isEmpty }, "\(office.openMediaPorts)")
        #expect(wait(3) { daemon.openPorts.isEmpty }, "\(daemon.openPorts)")
      }
    }

    @Test(
      "MED-2: gone, it is missed by calls that need it (503) and by no other; back, it is used again", .timeLimit(.minutes(1)))
    func gone() throws {
      let daemon = try Daemon()
      defer { daemon.stop() }
      let office = try Office.withTwoNetworks(options: [("media.server", "rtpengine:127.0.0.1:\(daemon.port)")])
      defer { office.close() }
      let (inside, other, outside) = (try office.phone("2001"), try office.phone("2003"), try office.outside("2002"))
      let idle = try office.phone("2004")
      let (one, two) = try inside.call(other)
      expectTalk(one, two)
      daemon.stop()
      let refused = try outside.outcome(idle.number)
      #expect(refused.status == 503, "\(refused.startLine)")
      expectTalk(one, two)
      try one.hangUp()
      try daemon.start()
      let (near, far) = try inside.call(outside)
      expectTalk(near, far)
    }
  }
}

/// A real rtpengine of the test's own, in userspace.
private final class Daemon {
  private static let path = "/usr/bin/rtpengine"
  static var isThere: Bool { FileManager.default.isExecutableFile(atPath: self.path) }
  static let absence: Comment = "rtpengine is not installed (Packaging/install-dependencies bench)"

  let port = freePort()
  let ports: ClosedRange<UInt16> = 31_600...31_799
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rtpengine-\(UUID().uuidString)")
  private var child: Child?

  init() throws {
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    try self.start()
  }

  deinit { try? FileManager.default.removeItem(at: self.folder) }

  func start() throws {
    self.child = try Child(
      Self.path,
      [
        "--table=-1", "--config-file=none", "--interface=127.0.0.1", "--listen-ng=127.0.0.1:\(self.port)", "--foreground",
        "--log-stderr",
        "--log-level=3", "--num-threads=2", "--port-min=\(self.ports.lowerBound)", "--port-max=\(self.ports.upperBound)",
      ], in: self.folder, name: "rtpengine")
    guard wait(5, for: { self.listens }) else { throw WireFailure("rtpengine does not start: \(self.child?.errorText ?? "")") }
  }

  func stop() { self.child?.stop(SIGKILL) }

  private var listens: Bool { self.bound.contains(self.port) }

  /// Its open media ports.
  var openPorts: Set<UInt16> { self.bound.filter { self.ports.contains($0) } }

  private var bound: Set<UInt16> { self.child.map { boundUDPPorts(of: $0.process.processIdentifier) } ?? [] }
}
