import Glibc
package import NIOCore
import NIOPosix
package import SIP
import Sessions

// How sockets come and go.
extension Sockets {
  /// Binds all endpoints, or none: on the first failure those before it are closed again. Nothing is read before ``start()``.
  /// - Returns: where it listens, in the order of `Flow.local`; a port 0 has become the port taken.
  package func bind(_ endpoints: [Endpoint]) throws -> [Listener] {
    self.eventLoop.preconditionNotInEventLoop()
    let hasCredentials = try self.eventLoop.submit { self.credentials != nil }.wait()
    var bound: [BoundSocket] = []
    do {
      for endpoint in endpoints {
        bound.append(try BoundSocket(endpoint, limits: self.limits))
        if endpoint.kind == .tls, !hasCredentials {
          throw TransportError(.badCertificate, at: endpoint.description, "TLS wants a certificate and its key")
        }
      }
    } catch {
      for socket in bound { Glibc.close(socket.descriptor) }
      throw error
    }
    let sockets = bound
    try self.eventLoop.flatSubmit { self.register(sockets) }.wait()
    return sockets.map { Listener(kind: $0.kind, address: $0.address) }
  }

  private func register(_ bound: [BoundSocket]) -> EventLoopFuture<Void> {
    var pending: [EventLoopFuture<Void>] = []
    for socket in bound {
      let index = self.listeners.count
      self.listeners.append(Listener(kind: socket.kind, address: socket.address))
      self.channels.append(nil)
      self.datagrams.append(nil)
      do {
        let opening = try self.channel(socket, local: UInt16(clamping: index))
        pending.append(opening.assumeIsolated().map { self.channels[index] = $0 }.nonisolated())
      } catch {
        Glibc.close(socket.descriptor)
        pending.append(self.eventLoop.makeFailedFuture(error))
      }
    }
    return EventLoopFuture.andAllSucceed(pending, on: self.eventLoop)
  }

  private func channel(_ socket: BoundSocket, local: UInt16) throws -> EventLoopFuture<any Channel> {
    guard socket.kind == .udp else { return self.streamChannel(socket, local: local) }
    let datagrams = try DatagramSocket(socket, local: local, sockets: self)
    self.datagrams[Int(local)] = datagrams
    return datagrams.channel(socket, on: self.eventLoop)
  }

  private func streamChannel(_ socket: BoundSocket, local: UInt16) -> EventLoopFuture<any Channel> {
    let (queue, kind) = (self.limits.writeQueue, socket.kind)
    return ServerBootstrap(group: self.eventLoop)
      .serverChannelOption(.autoRead, value: false)
      .serverChannelOption(.maxMessagesPerRead, value: 16)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: queue / 2, high: queue))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          // Whoever has reset already has no address; a failure here closes the connection.
          guard let remote = channel.remoteAddress.flatMap({ SocketAddress($0) }),
            let connection = self.accept(kind, local: local, remote: remote)
          else { throw TransportError(.system, at: "", "turned away") }
          do {
            #if TLS
            if kind == .tls { try self.secure(channel, accepted: connection) }
            #endif
            try channel.pipeline.syncOperations.addHandler(connection)
          } catch {
            connection.close()
            throw error
          }
        }
      }
      .withBoundSocket(socket.descriptor)
  }

  /// Opens an outgoing connection, from the listener's own address where it has one.
  func open(_ connection: StreamConnection) {
    let queue = self.limits.writeQueue
    let flow = connection.flow
    let handler = NIOLoopBound(connection, eventLoop: self.eventLoop)
    var bootstrap = ClientBootstrap(group: self.eventLoop)
      .connectTimeout(self.limits.connect.timeAmount)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.writeBufferWaterMark, value: .init(low: queue / 2, high: queue))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          #if TLS
          if flow.kind == .tls { try self.secure(channel, opening: handler.value) }
          #endif
          try channel.pipeline.syncOperations.addHandler(handler.value)
        }
      }
    if self.listeners.indices.contains(Int(flow.local)) {
      let own = self.listeners[Int(flow.local)].address.address
      if !own.isUnspecified, own.family == flow.remote.address.family {
        bootstrap = bootstrap.bind(to: SocketAddress(own, port: 0).nio)
      }
    }
    bootstrap.connect(to: flow.remote.nio).whenFailure { handler.value.failed($0) }
  }

  /// Begins to read.
  package func start() {
    self.eventLoop.assertInEventLoop()
    for channel in self.channels { channel?.setOption(.autoRead, value: true).whenFailure { _ in } }
  }

  /// Takes nothing new; connections go on.
  package func pause() {
    self.eventLoop.assertInEventLoop()
    self.isStopping = true
    for channel in self.channels { channel?.setOption(.autoRead, value: false).whenFailure { _ in } }
  }

  /// A listener that closed by itself: nothing arrives there any more.
  func listenerClosed(_ local: UInt16) {
    guard !self.isStopping, self.listeners.indices.contains(Int(local)) else { return }
    let listener = self.listeners[Int(local)]
    self.onWarning("\(listener.kind):\(listener.address) no longer receives; restart the exchange")
  }

  /// Stops accepting and reading, lets what was sent leave, at most for ``TransportLimits/linger``, and closes everything. A
  /// second call waits for the first.
  package func stop() -> EventLoopFuture<Void> {
    self.eventLoop.assertInEventLoop()
    if let stopped = self.stopped { return stopped }
    self.isStopping = true
    self.flush()
    for index in self.listeners.indices {
      guard let channel = self.channels[index] else { continue }
      channel.close(promise: nil)
      self.channels[index] = nil
    }
    for connection in Array(self.connections.values) { connection.closeAfterAnswer() }
    let stopped = self.eventLoop.makePromise(of: Void.self)
    self.stopped = stopped.futureResult
    let deadline = NIODeadline.now() + self.limits.linger.timeAmount
    self.finish(stopped, by: deadline)
    return stopped.futureResult
  }

  private func finish(_ stopped: EventLoopPromise<Void>, by deadline: NIODeadline) {
    if !self.connections.isEmpty, NIODeadline.now() < deadline {
      self.eventLoop.scheduleTask(in: .milliseconds(5)) { self.finish(stopped, by: deadline) }
      return
    }
    for connection in Array(self.connections.values) { connection.close() }
    for index in self.datagrams.indices { self.datagrams[index] = nil }
    stopped.succeed(())
  }
}
