/// Which certificates the exchange shows and which it believes, as the administrator names them (SEC-1). Files are PEM.
public struct TLSFiles: Sendable, Equatable {
  /// `sip.tls-certificate`: the exchange's certificate, then those of the authorities between it and the root.
  public var certificate: String
  /// `sip.tls-key`: the private key of the first of these, without a password.
  public var key: String
  /// `sip.tls-client-ca`: authorities whose certificates telephones show; empty for none.
  public var clientAuthorities: String
  /// `sip.tls-ca`: authorities of trunks beside those that the system trusts; empty for none.
  public var authorities: String
  /// `sip.tls-mutual`: whoever connects must show a certificate.
  public var isMutual: Bool
  /// `sip.tls-validate-any`: any certificate of a telephone will do.
  public var acceptsAnyone: Bool

  public init(
    certificate: String, key: String, clientAuthorities: String = "", authorities: String = "", isMutual: Bool = false,
    acceptsAnyone: Bool = false
  ) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
    self.authorities = authorities
    self.isMutual = isMutual
    self.acceptsAnyone = acceptsAnyone
  }

  /// Every file that is named.
  public var all: [String] { [self.certificate, self.key, self.clientAuthorities, self.authorities].filter { !$0.isEmpty } }
}
