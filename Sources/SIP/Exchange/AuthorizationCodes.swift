public import Kernel

/// Whose authorisation codes there are: by keyed hash, never the digits (TRK-4).
public struct AuthorizationCodes: Sendable {
  /// HMAC-SHA-256 under a key that only the shell knows.
  private let hash: @Sendable ([UInt8]) -> [UInt8]
  private let owners: [[UInt8]: Authorization]

  public init(
    _ owners: [(hash: [UInt8], authorization: Authorization)], hash: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) {
    self.hash = hash
    self.owners = Dictionary(owners.map { ($0.hash, $0.authorization) }, uniquingKeysWith: { first, _ in first })
  }

  /// What is looked up is the keyed hash, so that the time it takes tells nothing of the codes there are.
  func owner(of code: Digits) -> Authorization? {
    var octets: [UInt8] = []
    code.append(to: &octets)
    return self.owners[self.hash(octets)]
  }
}

extension Exchange {
  /// Replaces all authorisation codes.
  public mutating func install(_ codes: AuthorizationCodes) { self.authorizationCodes = codes }
}
