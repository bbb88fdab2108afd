import NIOCore
import SIP
import Sessions

#if TLS
import NIOSSL
#endif

/// One TCP or TLS connection: its octets cut into messages, its write queue bounded, its time limited (RELIABILITY 3, 30, 31).
/// Touched on the loop of its ``Sockets`` only.
final class StreamConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    /// Not open until then, or never: an outgoing connection and what is to be sent on it, or a TLS handshake.
    case opening(waiting: [[UInt8]], until: NIODeadline)
    case open
    /// Closed to writing; the far end has until then to take what was sent. What it still sends is thrown away.
    case lingering(until: NIODeadline)
    case gone
  }

  /// Whose certificate it was is known after the handshake.
  private(set) var flow: Flow
  /// As asked for by a send to connection 0; nil for an accepted connection.
  let askedFor: Flow?
  /// Whom the far end must prove to be: a trunk's host.
  let host: String?
  /// Whether the exchange has heard of this connection: it then hears of its end.
  private(set) var isKnown: Bool
  private var state: State
  private var framer = StreamFramer()
  private unowned let sockets: Sockets
  private var context: ChannelHandlerContext?
  private var lastRead = NIODeadline.now()
  /// When the message under way began; from the accept while the first one is not whole.
  private var messageBegan: NIODeadline?
  /// Whether a whole message has come: strangers who have sent none give way when places run out.
  private(set) var hadMessage = false
  /// Written and not flushed yet.
  private var isDirty = false
  #if TLS
  /// Below TLS, and TLS itself; nil on TCP.
  var floor: StreamFloor?
  var security: NIOSSLHandler?
  #endif

  /// An accepted connection.
  init(accepted flow: Flow, sockets: Sockets) {
    self.flow = flow
    self.askedFor = nil
    self.host = nil
    self.isKnown = false
    self.state =
      flow.kind == .tls ? .opening(waiting: [], until: self.lastRead + sockets.limits.message.timeAmount) : .open
    self.sockets = sockets
    self.messageBegan = self.lastRead
  }

  /// A connection that is being opened because of a send to `askedFor`.
  init(opening flow: Flow, askedFor: Flow, host: String?, sockets: Sockets) {
    self.flow = flow
    self.askedFor = askedFor
    self.host = host
    self.isKnown = true
    self.state = .opening(waiting: [], until: self.lastRead + sockets.limits.connect.timeAmount)
    self.sockets = sockets
    self.hadMessage = true
  }

  // MARK: Out

  /// Queues a message; ``flush()`` sends it. False if the connection takes nothing any more.
  func write(_ octets: [UInt8]) -> Bool {
    switch self.state {
    case .opening(var waiting, let until):
      self.state = .gone  // keeps the array unique while it grows
      waiting.append(octets)
      self.state = .opening(waiting: waiting, until: until)
      guard waiting.reduce(0, { $0 + $1.count }) > self.sockets.limits.writeQueue else { return true }
      self.sockets.counters.clogged += 1
      self.close()
      return false
    case .open:
      guard let context = self.context else { return false }
      self.isKnown = true
      context.write(self.wrapOutboundOut(ByteBuffer(bytes: octets)), promise: nil)
      if !self.isDirty {
        self.isDirty = true
        self.sockets.dirty.append(self)
      }
      return true
    case .lingering, .gone: return false
    }
  }

  func flush() {
    self.isDirty = false
    guard case .open = self.state, let context = self.context else { return }
    context.flush()
    if case .open = self.state, !context.channel.isWritable {
      self.sockets.counters.clogged += 1
      self.close()
    }
  }

  /// Closes once what was written has left and the far end has taken it: a close with unread octets would be a reset, which
  /// takes the answer with it.
  func closeAfterAnswer() {
    switch self.state {
    case .opening: self.close()
    case .open:
      self.flush()
      guard case .open = self.state, let context = self.context else { return }
      self.state = .lingering(until: .now() + self.sockets.limits.linger.timeAmount)
      context.close(mode: .output, promise: nil)
    case .lingering, .gone: break
    }
  }

  /// Closes at once; what waits is lost.
  func close() {
    if case .gone = self.state { return }
    let context = self.context
    self.ended()
    #if TLS
    if let floor = self.floor { return floor.close() }
    #endif
    context?.close(promise: nil)
  }

  /// It could not be opened, or its handshake failed.
  func failed(_ error: any Error) {
    guard case .opening = self.state else { return self.close() }
    #if TLS
    if self.security != nil || error is TransportError { self.sockets.handshakeFailed(self, handshakeFailure(error)) }
    #endif
    if self.askedFor != nil { self.sockets.counters.unreached += 1 }
    self.close()
  }

  /// An accepted connection whose TLS handshake is not over.
  var isHandshaking: Bool {
    if case .opening = self.state { self.askedFor == nil } else { false }
  }

  /// The handshake is done.
  /// - Parameter certificate: whose certificate the far end has shown.
  func secured(by certificate: Flow.Peer?) {
    guard case .opening(let waiting, _) = self.state else { return }
    if self.askedFor == nil, let certificate { self.flow.peer = certificate }
    self.open(waiting)
    if self.askedFor == nil { self.sockets.endHandshake(self) }
  }

  private func open(_ waiting: [[UInt8]]) {
    self.state = .open
    self.lastRead = .now()
    for octets in waiting { _ = self.write(octets) }
    self.flush()
  }

  /// Closes what has used up its time.
  func sweep(_ now: NIODeadline) {
    switch self.state {
    case .gone: break
    case .opening(_, let until):
      guard now >= until else { break }
      if self.askedFor == nil { self.sockets.counters.slow += 1 }
      self.failed(TransportError(.system, at: "", "no end of the handshake in time"))
    case .lingering(let until): if now >= until { self.close() }
    case .open:
      if let began = self.messageBegan, now >= began + self.sockets.limits.message.timeAmount {
        self.sockets.counters.slow += 1
        self.close()
      } else if now >= self.lastRead + self.sockets.limits.idle.timeAmount {
        self.sockets.counters.idle += 1
        self.closeAfterAnswer()
      }
    }
  }

  // MARK: In

  func handlerAdded(context: ChannelHandlerContext) {
    if case .gone = self.state { return }
    self.context = context
  }

  func channelActive(context: ChannelHandlerContext) {
    // Given up while it was being opened.
    if case .gone = self.state { return context.close(promise: nil) }
    // TLS says by itself when it is done.
    guard self.flow.kind != .tls, case .opening(let waiting, _) = self.state else { return }
    self.open(waiting)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .open = self.state else { return }
    self.lastRead = .now()
    let buffer = self.unwrapInboundIn(data)
    buffer.withUnsafeReadableBytes { self.framer.append($0) }
    self.takeMessages()
    guard self.framer.isInsideMessage else {
      if self.hadMessage { self.messageBegan = nil }
      return
    }
    if self.messageBegan == nil { self.messageBegan = self.lastRead }
  }

  private func takeMessages() {
    // Answered together: a send for each would let a peer buy a system call with four octets (RELIABILITY 5).
    var pings = 0
    while case .open = self.state {
      let frame = self.framer.next()
      if case .ping = frame {
        pings += 1
        continue
      }
      self.pong(pings)
      pings = 0
      switch frame {
      case .needsMore, .ping: return
      case .message(let octets):
        self.hadMessage = true
        self.messageBegan = nil
        self.hand(octets)
      case .broken(let header):
        self.hand(header)
        self.closeAfterAnswer()
      case .garbage:
        self.sockets.counters.garbage += 1
        self.close()
      }
    }
  }

  private func pong(_ count: Int) {
    guard count > 0 else { return }
    _ = self.write((0..<(2 * count)).map { $0 % 2 == 0 ? 0x0d : 0x0a })
    self.sockets.flushIfIdle()
  }

  private func hand(_ octets: [UInt8]) {
    self.isKnown = true
    self.sockets.onMessage(octets, self.flow)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { self.failed(error) }

  func channelInactive(context: ChannelHandlerContext) { self.ended() }

  func handlerRemoved(context: ChannelHandlerContext) { self.ended() }

  private func ended() {
    if case .gone = self.state { return }
    let wasHandshaking = self.isHandshaking
    self.state = .gone
    self.context = nil
    if wasHandshaking { self.sockets.endHandshake(self) }
    self.sockets.remove(self)
  }
}
