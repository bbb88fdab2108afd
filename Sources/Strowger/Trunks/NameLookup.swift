import Foundation
import Sessions

/// Asks the system for the addresses behind a name. Blocks, for seconds where no name server answers: never on the
/// exchange's loop.
enum NameLookup {
  /// In the system's order, none twice; empty where there are none.
  static func addresses(of name: String) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
    defer { freeaddrinfo(first) }
    var found: [IPAddress] = []
    for entry in sequence(first: first, next: { $0?.pointee.ai_next }).compactMap({ $0?.pointee }) {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0,
        let address = IPAddress(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)),
        !found.contains(address)
      else { continue }
      found.append(address)
    }
    return found
  }
}
