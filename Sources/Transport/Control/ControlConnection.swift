import NIOCore
import Synchronization

/// The open connections of a control server.
final class ControlConnections: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  /// Throws when there are too many, which closes the new one.
  func add(_ channel: any Channel) throws(TransportError) {
    let id = ObjectIdentifier(channel)
    let isTaken = self.channels.withLock { channels in
      guard channels.count < ControlServer.mostConnections else { return false }
      channels[id] = channel
      return true
    }
    guard isTaken else { throw TransportError(.system, at: "", "too many commands at a time") }
    channel.closeFuture.whenComplete { _ in self.channels.withLock { _ = $0.removeValue(forKey: id) } }
  }

  func closeAll() {
    let open = self.channels.withLock { Array($0.values) }
    for channel in open { channel.close(promise: nil) }
  }
}

/// One command's connection: lines to the handler, one at a time, its answers back.
final class ControlConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let handler: ControlServer.Handler
  private var received = ByteBuffer()
  /// How far `received` holds no line end.
  private var scanned = 0
  private var isAnswering = false
  private var hasEnded = false

  init(handler: @escaping ControlServer.Handler) { self.handler = handler }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var data = self.unwrapInboundIn(data)
    self.received.writeBuffer(&data)
    self.next(context)
  }

  private func next(_ context: ChannelHandlerContext) {
    guard !self.isAnswering else { return self.limit(context) }
    let view = self.received.readableBytesView.dropFirst(self.scanned)
    guard let end = view.firstIndex(of: 0x0a) else {
      self.scanned = self.received.readableBytes
      return self.limit(context)
    }
    let length = end - self.received.readerIndex
    self.scanned = 0
    let request = self.received.readBytes(length: length) ?? []
    self.received.moveReaderIndex(forwardBy: 1)
    self.received.discardReadBytes()
    guard length <= ControlServer.longestLine else { return context.close(promise: nil) }
    self.isAnswering = true
    self.answer(request, context)
  }

  /// A command is rare: here, and only here, a task and a future for each message are fine.
  private func answer(_ request: [UInt8], _ context: ChannelHandlerContext) {
    let answered = context.eventLoop.makePromise(of: [UInt8].self)
    let handler = self.handler
    answered.completeWithTask { await handler(request) }
    answered.futureResult.assumeIsolated().whenSuccess { octets in
      self.isAnswering = false
      guard !self.hasEnded else { return }
      var buffer = context.channel.allocator.buffer(capacity: octets.count + 1)
      buffer.writeBytes(octets)
      buffer.writeInteger(UInt8(0x0a))
      context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
      self.next(context)
    }
  }

  private func limit(_ context: ChannelHandlerContext) {
    if self.received.readableBytes > ControlServer.longestLine { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelInactive(context: ChannelHandlerContext) { self.hasEnded = true }
}
