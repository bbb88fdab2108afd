#if TLS
import Foundation
import Glibc

/// A TLS implementation that is not ours: `openssl s_client` or `s_server` with its ends in our hands.
final class OpenSSL {
  private let command: Command
  private(set) var heard: [UInt8] = []

  /// A client, connected or refused.
  /// - Parameter isBare: nothing but the stream's octets comes out; else openssl's own words too.
  init(to port: UInt16, _ arguments: [String] = [], isBare: Bool = true) throws {
    self.command = try Command(
      ["openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + (isBare ? ["-quiet"] : []) + arguments)
  }

  /// A server on a port that was free a moment ago; it listens when this returns.
  init(listening port: UInt16, _ arguments: [String]) throws {
    self.command = try Command(["openssl", "s_server", "-accept", "127.0.0.1:\(port)"] + arguments)
    guard self.says("ACCEPT") else { throw Command.Failure(text: "openssl s_server does not listen on \(port)") }
  }

  func send(_ text: String) {
    // It may have ended.
    signal(SIGPIPE, SIG_IGN)
    let octets = Array(text.utf8)
    _ = write(self.command.input, octets, octets.count)
  }

  /// Whether this comes, in a few seconds at most.
  func says(_ text: String, within milliseconds: Int32 = 5_000) -> Bool {
    self.listen(milliseconds) { String(decoding: $0, as: UTF8.self).contains(text) }
  }

  /// Whether the far end closes, in a few seconds at most.
  var isClosed: Bool {
    _ = self.listen(5_000) { _ in false }
    return self.command.ends(within: 1_000) != nil
  }

  private func listen(_ milliseconds: Int32, until isEnough: ([UInt8]) -> Bool) -> Bool {
    let descriptor = self.command.output
    let end = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
    while !isEnough(self.heard) {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = Int32(max(0, end.timeIntervalSinceNow * 1000))
      guard poll(&waiting, 1, left) > 0 else { return false }
      var octets = [UInt8](repeating: 0, count: 65_536)
      let count = read(descriptor, &octets, octets.count)
      guard count > 0 else { return false }
      self.heard += octets[..<count]
    }
    return true
  }

  /// A port of 127.0.0.1 that nobody has.
  static var freePort: UInt16 { Peer(listening: ()).port }
}
#endif
