import Glibc
import Kernel
package import NIOCore
import NIOPosix
package import SIP
import Sessions

/// All sockets of the exchange, driven by one event loop: messages come out whole with their flow, and sends go to a flow.
/// What the messages mean is the exchange's business.
// Unchecked because NIO wants to pass it to the loop: after `init`, every property but the constants is touched on
// `eventLoop` only, which each door asserts.
package final class Sockets: @unchecked Sendable {
  /// An outgoing connection is shared by all who send from that listener to that address.
  private struct Route: Hashable {
    var local: UInt16
    var remote: SocketAddress
    var kind: TransportKind
    /// Whom the far end has proved to be: a connection is for nobody else at the same address (CVE-2020-15260).
    var host: String?
  }

  package let eventLoop: any EventLoop
  package let limits: TransportLimits
  package internal(set) var counters = TransportCounters()

  /// A datagram, or one message framed from a stream.
  package var onMessage: ([UInt8], Flow) -> Void = { _, _ in }
  /// A connection that had carried messages is gone, or one that was asked for could not be opened.
  package var onClosed: (Flow) -> Void = { _ in }
  package var onWarning: (String) -> Void = { _ in }
  /// The host that a connection to be opened must prove to be; nil for a telephone.
  package var hostOf: (Flow.Peer) -> String? = { _ in nil }
  /// For TLS connections from now on.
  package var credentials: TLSCredentials?
  /// Whether writes now wait for a ``flush()`` of whoever is at work.
  package var isFlushHeld = false

  var listeners: [Listener] = []
  var datagrams: [DatagramSocket?] = []
  var channels: [(any Channel)?] = []
  var connections: [UInt64: StreamConnection] = [:]
  private var opened: [Route: StreamConnection] = [:]
  var census = Census()
  /// Accepted TLS connections whose handshake is not over.
  var handshakes = Census()
  /// TLS connections taken in the tenth of a second that began then.
  private var recent: (began: NIODeadline, count: Int) = (.uptimeNanoseconds(0), 0)
  /// When the last warning about a handshake was said: strangers do not fill the log.
  private var lastFailureSaid: NIODeadline?
  /// Connections with unflushed writes.
  var dirty: [StreamConnection] = []
  /// Grows across restarts too: a flow kept by an earlier process never names a connection of this one.
  private var lastNumber: UInt64
  private var sweeper: RepeatedTask?
  var isStopping = false
  var stopped: EventLoopFuture<Void>?

  package init(eventLoop: any EventLoop, limits: TransportLimits = TransportLimits()) {
    self.eventLoop = eventLoop
    self.limits = limits
    self.lastNumber = UInt64(truncatingIfNeeded: time(nil)) << 32
  }

  /// Whether no connection, place taken, or unsent octet is left.
  package var isEmpty: Bool {
    self.connections.isEmpty && self.census.count == 0 && self.dirty.isEmpty && self.opened.isEmpty && self.handshakes.count == 0
  }

  // MARK: Out

  /// Sends, or queues for ``flush()``. A flow with connection 0 on a stream opens a connection to its remote address, or takes
  /// the one opened before. To a connection that is gone a response is dropped, and a request is answered by `onClosed`.
  package func send(_ octets: [UInt8], to flow: Flow) {
    self.eventLoop.assertInEventLoop()
    guard flow.kind != .udp else { return self.sendDatagram(octets, to: flow) }
    let connection = flow.connection == 0 ? self.connection(for: flow) : self.connections[flow.connection]
    if let connection, connection.write(octets) { return }
    self.counters.unsent += 1
    if flow.connection != 0, !octets.starts(with: "SIP/".utf8) { self.onClosed(flow) }
  }

  private func sendDatagram(_ octets: [UInt8], to flow: Flow) {
    let index = Int(flow.local)
    // A flow that an earlier process kept may name a listener that is not there any more.
    let named = self.datagrams.indices.contains(index) ? self.datagrams[index] : nil
    let socket = named ?? self.datagrams.lazy.compactMap { $0 }.first { $0.address.address.family == flow.remote.address.family }
    if socket?.send(octets, to: flow.remote) != true { self.counters.unsent += 1 }
  }

  /// Sends what was written to connections.
  package func flush() {
    self.eventLoop.assertInEventLoop()
    while let connection = self.dirty.popLast() { connection.flush() }
  }

  func flushIfIdle() { if !self.isFlushHeld { self.flush() } }

  /// Closes a connection after what was sent to it has left.
  package func close(_ flow: Flow) {
    self.eventLoop.assertInEventLoop()
    self.connections[flow.connection]?.closeAfterAnswer()
  }

  // MARK: Connections

  func nextNumber() -> UInt64 {
    self.lastNumber &+= 1
    return self.lastNumber
  }

  /// A connection that a listener has accepted; nil turns it away.
  func accept(_ kind: TransportKind, local: UInt16, remote: SocketAddress) -> StreamConnection? {
    self.eventLoop.assertInEventLoop()
    guard !self.isStopping, self.makeRoom(for: remote.address) else {
      self.counters.turnedAway += 1
      return nil
    }
    let flow = Flow(kind: kind, local: local, remote: remote, connection: self.nextNumber())
    self.census.arrive(flow.connection, from: remote.address)
    self.counters.accepted += 1
    let connection = StreamConnection(accepted: flow, sockets: self)
    self.add(connection)
    if kind == .tls { self.beginHandshake(connection) }
    return connection
  }

  private func beginHandshake(_ connection: StreamConnection) {
    if self.handshakes.count >= self.limits.handshakes,
      let oldest = self.handshakes.takeOldest(mayGo: { self.connections[$0]?.isHandshaking == true })
    {
      self.evict(oldest)
    }
    self.handshakes.arrive(connection.flow.connection, from: connection.flow.remote.address)
    self.counters.handshaking = self.handshakes.count
    self.spareTheLoop(connection.flow.local)
  }

  /// Lets a TLS listener rest until the tenth of a second is over in which it has taken its share.
  private func spareTheLoop(_ local: UInt16) {
    let now = NIODeadline.now()
    if now >= self.recent.began + .milliseconds(100) { self.recent = (now, 0) }
    self.recent.count += 1
    guard self.recent.count == max(1, self.limits.handshakesPerSecond / 10), self.channels.indices.contains(Int(local)) else {
      return
    }
    self.counters.handshakesPaused += 1
    self.channels[Int(local)]?.setOption(.autoRead, value: false).whenFailure { _ in }
    self.eventLoop.scheduleTask(deadline: self.recent.began + .milliseconds(100)) {
      guard !self.isStopping else { return }
      self.channels[Int(local)]?.setOption(.autoRead, value: true).whenFailure { _ in }
    }
  }

  /// The handshake of an accepted connection is over, one way or the other.
  func endHandshake(_ connection: StreamConnection) {
    self.handshakes.leave(connection.flow.remote.address) { self.connections[$0]?.isHandshaking == true }
    self.counters.handshaking = self.handshakes.count
  }

  /// A handshake came to nothing. Of what strangers do one line a second is said; the counter has all.
  func handshakeFailed(_ connection: StreamConnection, _ reason: String) {
    self.counters.handshakesFailed += 1
    let now = NIODeadline.now()
    if connection.askedFor == nil, let last = self.lastFailureSaid, now < last + .seconds(1) { return }
    self.lastFailureSaid = now
    let way = connection.askedFor == nil ? "from" : "to"
    self.onWarning("TLS \(way) \(connection.flow.remote) refused: \(reason)")
  }

  /// Whether one more is allowed, if need be in the place of the oldest that has not said anything whole yet.
  private func makeRoom(for address: IPAddress) -> Bool {
    let mayGo = { (number: UInt64) in self.connections[number]?.hadMessage == false }
    if self.census.count(address) >= self.limits.connectionsPerSource {
      guard let oldest = self.census.takeOldest(from: address, mayGo: mayGo) else { return false }
      self.evict(oldest)
    }
    if self.census.count >= self.limits.connections {
      guard let oldest = self.census.takeOldest(mayGo: mayGo) else { return false }
      self.evict(oldest)
    }
    return true
  }

  private func evict(_ number: UInt64) {
    self.counters.turnedAway += 1
    self.connections[number]?.close()
  }

  private func connection(for asked: Flow) -> StreamConnection? {
    let host = asked.kind == .tls ? self.hostOf(asked.peer) : nil
    let route = Route(local: asked.local, remote: asked.remote, kind: asked.kind, host: host)
    if let connection = self.opened[route] { return connection }
    guard !self.isStopping else { return nil }
    var flow = asked
    flow.connection = self.nextNumber()
    let connection = StreamConnection(opening: flow, askedFor: asked, host: host, sockets: self)
    self.opened[route] = connection
    self.add(connection)
    self.open(connection)
    return connection
  }

  private func add(_ connection: StreamConnection) {
    self.connections[connection.flow.connection] = connection
    self.counters.open = self.connections.count
    if connection.flow.kind == .tls { self.counters.openTLS += 1 }
    if self.sweeper == nil { self.startSweeping() }
  }

  /// Forgets a connection that is over, and tells who knew it.
  func remove(_ connection: StreamConnection) {
    self.eventLoop.assertInEventLoop()
    guard self.connections.removeValue(forKey: connection.flow.connection) != nil else { return }
    self.counters.open = self.connections.count
    if connection.flow.kind == .tls { self.counters.openTLS -= 1 }
    if let asked = connection.askedFor {
      self.opened[Route(local: asked.local, remote: asked.remote, kind: asked.kind, host: connection.host)] = nil
      self.onClosed(asked)
    } else {
      self.census.leave(connection.flow.remote.address) { self.connections[$0] != nil }
    }
    if connection.isKnown { self.onClosed(connection.flow) }
  }

  // MARK: Time

  private func startSweeping() {
    let shortest = min(self.limits.message, self.limits.idle, self.limits.linger).nanoseconds / 4
    let pause = TimeAmount.nanoseconds(max(5_000_000, min(1_000_000_000, shortest)))
    self.sweeper = self.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { [weak self] task in
      guard let self else { return task.cancel() }
      let now = NIODeadline.now()
      // A copy: closing takes connections out. Their order does not matter to anybody.
      for connection in Array(self.connections.values) { connection.sweep(now) }
      if self.connections.isEmpty {
        task.cancel()
        self.sweeper = nil
      }
    }
  }
}
