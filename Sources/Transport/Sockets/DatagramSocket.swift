import Glibc
import NIOCore
import NIOPosix
import SIP
import Sessions

/// One UDP socket. NIO reads it, 32 datagrams at a time (MEASURED D); sends go straight to the system, because NIO closes a
/// datagram channel on the first send that the system refuses for more than its size (no route, a broadcast address, a
/// firewall): one forged Contact would silence the exchange. It costs no allocation a send besides.
final class DatagramSocket: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>

  let local: UInt16
  let address: SocketAddress
  /// A descriptor of our own for the same socket: valid whatever NIO does with its own.
  private let descriptor: Int32
  private unowned let sockets: Sockets
  private let limit: Int

  init(_ socket: BoundSocket, local: UInt16, sockets: Sockets) throws(TransportError) {
    self.descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
    guard self.descriptor >= 0 else { throw TransportError(.system, at: "\(socket.address)", systemMessage(errno)) }
    self.local = local
    self.address = socket.address
    self.sockets = sockets
    self.limit = sockets.limits.datagram
  }

  deinit { close(self.descriptor) }

  /// Sends at once or not at all: SIP repeats what gets lost. False if the system refused.
  func send(_ octets: [UInt8], to remote: SocketAddress) -> Bool {
    guard self.address.address.family == .v6 || remote.address.family == .v4 else { return false }
    let sent = octets.withUnsafeBytes { octets in
      remote.withSystemAddress(family: self.address.address.family) {
        sendto(self.descriptor, octets.baseAddress, octets.count, Int32(truncatingIfNeeded: MSG_DONTWAIT | MSG_NOSIGNAL), $0, $1)
      }
    }
    return sent == octets.count
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = self.unwrapInboundIn(data)
    // A datagram that fills its slot was cut there by the system, without a sign.
    guard envelope.data.readableBytes <= self.limit else { return self.sockets.counters.oversize += 1 }
    guard let remote = SocketAddress(envelope.remoteAddress), remote.port != 0 else { return }
    let octets = envelope.data.withUnsafeReadableBytes { Array($0) }
    self.sockets.onMessage(octets, Flow(kind: .udp, local: self.local, remote: remote))
  }

  // ICMP's complaints about earlier sends end here: the socket is for everybody.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}

  func channelInactive(context: ChannelHandlerContext) { self.sockets.listenerClosed(self.local) }

  /// Hands the socket to NIO, not reading yet.
  func channel(_ socket: BoundSocket, on eventLoop: any EventLoop) -> EventLoopFuture<any Channel> {
    let slot = self.limit + 1
    let handler = NIOLoopBound(self, eventLoop: eventLoop)
    return DatagramBootstrap(group: eventLoop)
      .channelOption(.autoRead, value: false)
      .channelOption(.datagramVectorReadMessageCount, value: 32)
      .channelOption(.maxMessagesPerRead, value: 32)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32 * slot))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
      }
      .withBoundSocket(socket.descriptor)
  }
}
