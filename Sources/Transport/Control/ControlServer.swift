import Glibc
public import NIOCore
import NIOPosix

/// Answers the commands of the same user on the same machine: one JSON document a line in, one a line out, in order.
///
/// It does not know what the documents mean. Its socket is made with mode 0600, before anybody could connect.
public final class ControlServer: Sendable {
  /// Turns a request into its answer, neither with a line end. Requests of one connection come one after the other.
  public typealias Handler = @Sendable (_ request: [UInt8]) async -> [UInt8]

  /// Octets of a request line; a longer one closes the connection.
  public static let longestLine = 1 << 20
  /// Commands at a time; another waits in the system's queue.
  static let mostConnections = 64

  public let path: String
  private let channel: any Channel
  private let children: ControlConnections

  /// Listens at `path`. A socket left by a process that died is replaced. Call it off the loop; it waits.
  /// - Throws: ``TransportError``: `.alreadyRunning` if somebody answers there, `.notPermitted`, `.system`.
  public init(path: String, eventLoop: any EventLoop, handler: @escaping Handler) throws {
    eventLoop.preconditionNotInEventLoop()
    let descriptor = try Self.listen(at: path)
    let children = ControlConnections()
    self.path = path
    self.children = children
    self.channel = try ServerBootstrap(group: eventLoop)
      .serverChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try children.add(channel)
          try channel.pipeline.syncOperations.addHandler(ControlConnection(handler: handler))
        }
      }
      .withBoundSocket(descriptor)
      .wait()
  }

  /// Takes the socket away and closes it; requests under way are not answered.
  public func stop() -> EventLoopFuture<Void> {
    unlink(self.path)
    return self.channel.close().recover { _ in }.map { self.children.closeAll() }
  }

  private static func listen(at path: String) throws(TransportError) -> Int32 {
    guard !ControlClient.isRunning(path: path) else {
      throw TransportError(.alreadyRunning, at: path, "an exchange already runs on this database")
    }
    try Self.removeStale(path)
    let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, flags, 0)
    guard descriptor >= 0 else { throw TransportError(.system, at: path, systemMessage(errno)) }
    do throws(TransportError) {
      // On Linux the file takes the descriptor's mode, so that there is no moment with a wider one.
      fchmod(descriptor, 0o600)
      let code = try ControlPath.with(path) { bind(descriptor, $0, $1) == 0 && Glibc.listen(descriptor, 64) == 0 ? 0 : errno }
      switch code {
      case 0: return descriptor
      case EADDRINUSE: throw TransportError(.alreadyRunning, at: path, "an exchange already runs on this database")
      case EACCES, EPERM, EROFS: throw TransportError(.notPermitted, at: path, "may not be made: \(systemMessage(code))")
      default: throw TransportError(.system, at: path, systemMessage(code))
      }
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Removes a dead process's socket, and nothing that is not a socket.
  private static func removeStale(_ path: String) throws(TransportError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw TransportError(.system, at: path, "is not a socket; move it away")
    }
    unlink(path)
  }
}
