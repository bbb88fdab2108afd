import Glibc
import Kernel
import NIOCore
import NIOPosix
import SIP
import Sessions
import Synchronization
import Transport

/// Sockets with the smallest exchange there is behind them: it sends each message back, and notes what it saw.
final class Switchboard: Sendable {
  struct Seen: Sendable {
    var messages: [([UInt8], Flow)] = []
    var closed: [Flow] = []
  }

  let sockets: Sockets
  let listeners: [Listener]
  private let group: MultiThreadedEventLoopGroup
  private let seen = Mutex(Seen())

  init(
    _ endpoints: [Endpoint] = [.local(.udp), .local(.tcp)], echoes: Bool = true, limits: TransportLimits = .short,
    credentials: TLSCredentials? = nil
  ) throws {
    self.group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let sockets = Sockets(eventLoop: self.group.next(), limits: limits)
    self.sockets = sockets
    try sockets.eventLoop.submit { sockets.credentials = credentials }.wait()
    self.listeners = try sockets.bind(endpoints)
    try sockets.eventLoop.submit {
      sockets.onMessage = { [weak self, unowned sockets] octets, flow in
        self?.seen.withLock { $0.messages.append((octets, flow)) }
        guard echoes else { return }
        sockets.send(octets, to: flow)
        sockets.flush()
      }
      sockets.onClosed = { [weak self] flow in self?.seen.withLock { $0.closed.append(flow) } }
      sockets.start()
    }.wait()
  }

  func port(_ kind: TransportKind) -> UInt16 { self.listeners.first { $0.kind == kind }?.address.port ?? 0 }

  var messages: [([UInt8], Flow)] { self.seen.withLock { $0.messages } }
  var closed: [Flow] { self.seen.withLock { $0.closed } }

  func on<R: Sendable>(_ body: @escaping @Sendable (Sockets) -> R) throws -> R {
    let sockets = self.sockets
    return try sockets.eventLoop.submit { body(sockets) }.wait()
  }

  func send(_ text: String, to flow: Flow) throws {
    try self.on {
      $0.send(Array(text.utf8), to: flow)
      $0.flush()
    }
  }

  var counters: TransportCounters { get throws { try self.on { $0.counters } } }

  func stop() throws {
    let sockets = self.sockets
    try sockets.eventLoop.flatSubmit { sockets.stop() }.wait()
    try self.group.syncShutdownGracefully()
  }
}

extension Endpoint {
  static func local(_ kind: TransportKind) -> Endpoint { Endpoint(kind: kind, host: "127.0.0.1", port: 0) }
}

extension TransportLimits {
  /// So short that a test may wait for them.
  static var short: TransportLimits {
    var limits = TransportLimits()
    limits.message = .milliseconds(300)
    limits.idle = .milliseconds(800)
    limits.connect = .milliseconds(500)
    limits.linger = .milliseconds(300)
    return limits
  }
}

/// Waits until something holds, for two seconds at most.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<400 {
    if try condition() { return true }
    usleep(5_000)
  }
  return try condition()
}
