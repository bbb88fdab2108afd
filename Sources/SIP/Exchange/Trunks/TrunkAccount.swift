public import Kernel
public import Sessions

/// A trunk's address in the plan taken apart: `sip:HOST[:PORT][;transport=udp|tcp|tls]`, or `sips:…` (TRK-1).
public struct TrunkAddress: Sendable, Equatable {
  /// A name or an address, IPv6 without its brackets.
  public let host: String
  /// 5060 where none is written, 5061 for TLS.
  public let port: UInt16
  public let kind: TransportKind
  /// Whether the plan names a port; without one none is sent either.
  let namesPort: Bool

  /// nil unless it is a sip or sips URI with a host, without a user, by a transport that we know.
  public init?(_ text: String) {
    let octets = Array(text.utf8)
    guard let uri = SIPURI.parse(octets), uri.scheme == .sip || uri.scheme == .sips, uri.rawUser.isEmpty, uri.headers.isEmpty,
      !uri.host.isEmpty
    else {
      return nil
    }
    let kind = uri.transport(in: octets)
    guard uri.parameters.parameter("transport", in: octets) == nil || kind != nil else { return nil }
    self.host = uri.host.string(in: octets)
    self.port = uri.port != 0 ? uri.port : kind == .tls ? 5061 : 5060
    self.kind = kind ?? .udp
    self.namesPort = uri.port != 0
  }

  /// The host as an address; nil for a name, which the program looks up.
  public var literal: IPAddress? { IPAddress(self.host) }

  /// The host as a URI carries it: what addresses of the carrier's users end in.
  var domain: [UInt8] {
    var text: [UInt8] = []
    if let address = self.literal { address.append(to: &text, brackets: true) } else { text += self.host.utf8 }
    return text
  }

  /// `HOST[:PORT]`: where requests go.
  var authority: [UInt8] { self.namesPort ? self.domain + Array(":\(self.port)".utf8) : self.domain }

  /// `;transport=tcp` where it is not UDP.
  var parameters: StaticString {
    switch self.kind {
    case .udp: ""
    case .tcp: ";transport=tcp"
    case .tls: ";transport=tls"
    }
  }
}

/// A trunk of the plan with what the host knows of it: addresses looked up, secret opened (TRK-1, TRK-5).
public struct TrunkAccount: Sendable, Equatable {
  public var name: String
  public var address: TrunkAddress
  /// Where `address` leads, best first; empty while its name could not be looked up: the trunk is down.
  public var addresses: [IPAddress]
  /// Whose packets are calls of this trunk (CALL-5).
  public var sources: [AddressBlock]
  /// Registers with the carrier; it is up only while it is registered.
  public var registers: Bool
  /// With the carrier; empty where it wants none.
  public var userID: String
  /// In the clear, since the realm is the carrier's; it does not print.
  var password: Secret

  /// - `sources`: without any, `addresses` are the sources.
  public init(
    name: String, address: TrunkAddress, addresses: [IPAddress], sources: [AddressBlock] = [], registers: Bool = false,
    userID: String = "", password: String = ""
  ) {
    self.name = name
    self.address = address
    self.addresses = addresses
    self.sources = sources.isEmpty ? addresses.map { AddressBlock($0) } : sources
    self.registers = registers
    self.userID = userID
    self.password = Secret(Array(password.utf8))
  }

  var hasSecret: Bool { !self.userID.isEmpty && !self.password.octets.isEmpty }

  /// Octets that no description shows.
  struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    var description: String { "••••••" }
    var debugDescription: String { self.description }
    var customMirror: Mirror { Mirror(self, children: []) }
  }
}

/// One trunk for `strowger trunk status`.
public struct TrunkStatus: Sendable, Equatable {
  public enum State: String, Sendable, CaseIterable {
    /// It takes calls.
    case up
    /// It answers no OPTIONS, or only with 5xx.
    case down
    /// It answers, and the registration that it wants is not there.
    case unregistered
  }

  public var name: String
  /// `sip:192.0.2.10:5060;transport=tcp`, as the plan has it.
  public var address: String
  /// Where calls go now; nil while the name of its host could not be looked up.
  public var target: SocketAddress?
  public var state: State
  /// nil where it does not register, or has not.
  public var registeredUntil: Instant?
  /// Calls over it now, in either direction.
  public var calls: Int
  /// At most so many at once; 0: no limit.
  public var channels: Int
  /// What went wrong last; empty as long as nothing has.
  public var lastError: String
}
