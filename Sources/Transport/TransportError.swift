/// Why a socket could not be had. `description` is one line that says what and how to mend it.
public struct TransportError: Error, Equatable, CustomStringConvertible {
  /// What went wrong; equality looks at this alone.
  public enum Code: Sendable {
    /// Not `udp:ADDRESS:PORT`, `tcp:ADDRESS:PORT` or `tls:ADDRESS:PORT`.
    case badEndpoint
    /// Another program listens there.
    case addressInUse
    /// The address is none of this machine's.
    case addressNotHere
    /// Ports below 1024 want a privilege; a control socket of another user.
    case notPermitted
    /// Out of descriptors or memory, or no such protocol.
    case system
    /// A certificate or key that cannot be used for TLS.
    case badCertificate
    /// An exchange answers on this control socket.
    case alreadyRunning
    /// Nobody answers on this control socket.
    case notRunning
    /// The exchange took the request and gave no whole answer in time.
    case noAnswer
    /// Already stopped.
    case stopped
  }

  public let code: Code
  /// The endpoint or path in question.
  public let place: String
  public let text: String

  public init(_ code: Code, at place: String, _ text: String) {
    self.code = code
    self.place = place
    self.text = text
  }

  public var description: String { self.place.isEmpty ? self.text : "\(self.place): \(self.text)" }

  public static func == (a: TransportError, b: TransportError) -> Bool { a.code == b.code }
}
