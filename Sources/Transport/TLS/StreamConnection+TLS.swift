#if TLS
import NIOCore
import NIOSSL
import NIOTLS
import SIP
import Sessions

extension Sockets {
  /// Puts TLS before an accepted connection.
  func secure(_ channel: any Channel, accepted connection: StreamConnection) throws {
    guard let credentials = self.credentials else { throw TransportError.certificate("no certificate") }
    let handler =
      credentials.files.isMutual && credentials.files.acceptsAnyone
      ? NIOSSLServerHandler(context: credentials.server, customVerificationCallback: { $1.succeed(.certificateVerified) })
      : NIOSSLServerHandler(context: credentials.server)
    try self.add(handler, to: channel, connection)
  }

  /// Puts TLS before a connection that we open. A trunk's certificate must be for the host that the plan names; a telephone's
  /// must come from an authority whose telephones are believed, as when it connects to us.
  func secure(_ channel: any Channel, opening connection: StreamConnection) throws {
    guard let credentials = self.credentials else { throw TransportError.certificate("no certificate") }
    let handler: NIOSSLClientHandler
    if let host = connection.host {
      // An address is no server name; the certificate must then name the address.
      let isName = IPAddress(host) == nil
      handler = try NIOSSLClientHandler(context: credentials.trunks, serverHostname: isName ? host : nil)
    } else if let telephones = credentials.telephones {
      handler =
        credentials.files.acceptsAnyone
        ? try NIOSSLClientHandler(
          context: telephones, serverHostname: nil, customVerificationCallback: { $1.succeed(.certificateVerified) })
        : try NIOSSLClientHandler(context: telephones, serverHostname: nil)
    } else {
      throw TransportError.certificate("no authority for its certificate is known: sip.tls-client-ca")
    }
    try self.add(handler, to: channel, connection)
  }

  private func add(_ handler: NIOSSLHandler, to channel: any Channel, _ connection: StreamConnection) throws {
    let floor = StreamFloor()
    try channel.pipeline.syncOperations.addHandlers([floor, handler])
    connection.floor = floor
    connection.security = handler
  }
}

/// Stands below TLS, so that a connection can be closed at once: TLS itself would wait for the far end's farewell, and keep
/// the descriptor of whoever never says it.
final class StreamFloor: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var context: ChannelHandlerContext?

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func close() { self.context?.close(promise: nil) }
}

extension StreamConnection {
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let event = event as? TLSUserEvent, case .handshakeCompleted = event else {
      return context.fireUserInboundEventTriggered(event)
    }
    self.secured(by: self.security?.peerCertificate.flatMap { try? $0.toDERBytes() }.map(Self.digest))
  }

  /// Keyed by the process, so that nobody outside can look for two certificates with the same one.
  private static func digest(_ certificate: [UInt8]) -> Flow.Peer {
    var hasher = Hasher()
    certificate.withUnsafeBytes { hasher.combine(bytes: $0) }
    return .certificate(UInt64(truncatingIfNeeded: hasher.finalize()))
  }
}

/// Why a handshake failed, in a few words.
func handshakeFailure(_ error: any Error) -> String {
  switch error {
  case let error as TransportError: return error.text
  case let error as NIOSSLExtraError where error == .failedToValidateHostname: return "the certificate is for another host"
  case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: return "no certificate"
  default: break
  }
  let text = "\(error)"
  return failures.first { text.contains($0.sign) }?.meaning ?? "TLS: \(text.prefix(200))"
}

private let failures: [(sign: String, meaning: String)] = [
  ("CERTIFICATE_VERIFY_FAILED", "the certificate is expired, or of an unknown authority"),
  ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "no certificate was shown"), ("UNSUPPORTED_PROTOCOL", "a TLS older than 1.2"),
  ("PROTOCOL_VERSION", "a TLS older than 1.2"), ("HTTP_REQUEST", "no TLS"), ("WRONG_VERSION_NUMBER", "no TLS"),
  ("ALERT_UNKNOWN_CA", "the far end does not know the authority of our certificate"),
  ("ALERT_CERTIFICATE_EXPIRED", "the far end says that our certificate has expired"),
  ("ALERT_BAD_CERTIFICATE", "the far end does not believe our certificate"),
  ("ALERT_CERTIFICATE_UNKNOWN", "the far end does not believe our certificate"),
  ("NO_SHARED_CIPHER", "no cipher in common"), ("EOF during handshake", "the far end hung up"),
]
#endif
