#if TLS
import Glibc
import NIOCore
import NIOSSL
#endif

/// Certificates read and ready for use: those of new connections from ``ExchangeLoop/install(_:)`` on; connections that stand
/// keep what they began with.
public struct TLSCredentials: Sendable {
  /// Whether this program was built with TLS (package trait `TLS`).
  public static var isBuiltIn: Bool {
    #if TLS
    true
    #else
    false
    #endif
  }

  static let notBuiltIn = "this program was built without TLS; `make install` and `make build` build it in, `make run` does not"

  public let files: TLSFiles
  /// When the exchange's certificate begins and ceases to hold, in seconds since 1970.
  public let validFrom: Int64
  public let validUntil: Int64
  /// What the administrator should mend, one line each: a key that others can read.
  public let warnings: [String]

  /// Days before the end from which on an administrator is told.
  public static let notice: Int64 = 30

  /// One line where the certificate is not valid at `seconds` since 1970, or will not be for much longer; nil otherwise.
  public func expiry(at seconds: Int64) -> String? {
    if seconds < self.validFrom { return "\(self.files.certificate) is not valid yet: telephones will refuse it" }
    if seconds >= self.validUntil { return "\(self.files.certificate) has expired: telephones will refuse it" }
    let days = (self.validUntil - seconds) / 86_400
    guard days < Self.notice else { return nil }
    return "\(self.files.certificate) expires in \(days) \(days == 1 ? "day" : "days"); renew it, then `strowger reload`"
  }

  #if TLS
  /// For connections that come in.
  let server: NIOSSLContext
  /// For connections to trunks.
  let trunks: NIOSSLContext
  /// For connections to telephones; nil where no authority is named whose telephones could be believed.
  let telephones: NIOSSLContext?
  #endif

  /// Reads the files. Blocks; not for the exchange's loop.
  /// - Throws: ``TransportError``, `.badCertificate`, with what is wrong and how to mend it.
  public init(_ files: TLSFiles) throws(TransportError) {
    #if TLS
    try Self.check(files)
    let chain = try Self.certificates(files.certificate, "sip.tls-certificate")
    let key: NIOSSLPrivateKey
    do { key = try NIOSSLPrivateKey(file: files.key, format: .pem) } catch {
      throw .certificate("sip.tls-key: \(files.key) holds no private key in PEM without a password")
    }
    var server = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    server.minimumTLSVersion = .tlsv12
    server.maximumTLSVersion = .tlsv13
    server.renegotiationSupport = .none
    let names = ServerNames(chain.first)
    server.sslContextCallback = { hello, answer in
      if let asked = hello.serverHostname, !names.cover(asked) {
        answer.fail(TransportError.certificate("asked for \(asked), which the certificate is not for"))
      } else {
        answer.succeed(.noChanges)
      }
    }
    var client = TLSConfiguration.makeClientConfiguration()
    client.minimumTLSVersion = .tlsv12
    client.maximumTLSVersion = .tlsv13
    client.renegotiationSupport = .none
    client.certificateChain = chain.map { .certificate($0) }
    client.privateKey = .privateKey(key)
    var telephone = client
    telephone.certificateVerification = .noHostnameVerification
    if !files.clientAuthorities.isEmpty {
      let authorities = NIOSSLTrustRoots.certificates(try Self.certificates(files.clientAuthorities, "sip.tls-client-ca"))
      server.trustRoots = authorities
      telephone.trustRoots = authorities
    }
    if files.isMutual { server.certificateVerification = .noHostnameVerification }
    if !files.authorities.isEmpty {
      client.additionalTrustRoots = [.certificates(try Self.certificates(files.authorities, "sip.tls-ca"))]
    }
    do {
      self.server = try NIOSSLContext(configuration: server)
      self.trunks = try NIOSSLContext(configuration: client)
      let knowsTelephones = files.acceptsAnyone || !files.clientAuthorities.isEmpty
      self.telephones = knowsTelephones ? try NIOSSLContext(configuration: telephone) : nil
    } catch {
      throw .certificate("\(files.certificate) and \(files.key) do not belong together")
    }
    self.files = files
    self.validFrom = Int64(chain.first?.notValidBefore ?? 0)
    self.validUntil = Int64(chain.first?.notValidAfter ?? 0)
    self.warnings = Self.openKey(files.key)
    #else
    throw TransportError(.badEndpoint, at: "tls", Self.notBuiltIn)
    #endif
  }
}

#if TLS
extension TLSCredentials {
  private static func check(_ files: TLSFiles) throws(TransportError) {
    guard !files.certificate.isEmpty, !files.key.isEmpty else {
      throw .certificate(
        "TLS wants a certificate: strowger option set sip.tls-certificate FILE, and sip.tls-key for its private key")
    }
    guard !files.isMutual || files.acceptsAnyone || !files.clientAuthorities.isEmpty else {
      throw .certificate("sip.tls-mutual wants sip.tls-client-ca: whose certificates telephones may show")
    }
  }

  private static func certificates(_ file: String, _ option: String) throws(TransportError) -> [NIOSSLCertificate] {
    let found: [NIOSSLCertificate]
    do { found = try NIOSSLCertificate.fromPEMFile(file) } catch {
      let isThere = access(file, R_OK) == 0
      throw .certificate("\(option): \(file) \(isThere ? "holds no certificate in PEM" : "cannot be read")")
    }
    guard !found.isEmpty else { throw .certificate("\(option): \(file) holds no certificate in PEM") }
    return found
  }

  /// Its group may read a key (Debian's ssl-cert does that); nobody else may, and only its owner may change it.
  private static func openKey(_ file: String) -> [String] {
    var status = stat()
    guard stat(file, &status) == 0, status.st_mode & 0o027 != 0 else { return [] }
    return ["the private key \(file) is open to others; chmod 600 \(file)"]
  }
}
#endif

extension TransportError {
  static func certificate(_ text: String) -> TransportError { TransportError(.badCertificate, at: "", text) }
}
