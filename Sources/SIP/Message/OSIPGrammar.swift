internal import COSIP
internal import COSIPShims

/// libosip2's grammar behind owners that copy plain values out: a second opinion on cold paths and in tests.
///
/// Its parsers want C strings, so text with a NUL is refused before they see it; what they cost grows with the square of
/// the number of parameters, so only text within `SIPLimits.header` gets there. RELIABILITY 6, 7; MEASURED C.
package enum OSIPGrammar {
  /// Makes the library ready once; a `static let` because its set-up is not thread-safe.
  private static let prepared: Void = strowger_osip_prepare()

  /// What libosip2 reads out of a Via element.
  package struct ViaValues: Equatable, Sendable {
    package let transport: [UInt8]
    package let host: [UInt8]
    package let port: [UInt8]
  }

  /// What libosip2 reads out of an address or URI; user unescaped.
  package struct AddressValues: Equatable, Sendable {
    package let scheme: [UInt8]
    package let user: [UInt8]
    package let host: [UInt8]
    package let port: [UInt8]
  }

  /// Reads one Via element; nil where libosip2 refuses it.
  package static func via(_ text: [UInt8]) -> ViaValues? {
    self.withCString(text) { text in
      guard let via = OwnedVia(parsing: text) else { return nil }
      return ViaValues(
        transport: octets(via.pointer.pointee.protocol), host: octets(via.pointer.pointee.host),
        port: octets(via.pointer.pointee.port))
    }
  }

  /// Reads From, To, Contact or Route; nil where libosip2 refuses it.
  package static func address(_ text: [UInt8]) -> AddressValues? {
    self.withCString(text) { text in
      guard let address = OwnedAddress(parsing: text), let url = address.pointer.pointee.url else { return nil }
      return AddressValues(url.pointee)
    }
  }

  /// Reads a URI; nil where libosip2 refuses it.
  package static func uri(_ text: [UInt8]) -> AddressValues? {
    self.withCString(text) { text in
      guard let uri = OwnedURI(parsing: text) else { return nil }
      return AddressValues(uri.pointer.pointee)
    }
  }

  /// Whether libosip2 parses the whole message.
  package static func accepts(message bytes: [UInt8]) -> Bool {
    _ = self.prepared
    guard let message = OwnedMessage() else { return false }
    return bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return false }
      return osip_message_parse(message.pointer, base.assumingMemoryBound(to: CChar.self), buffer.count) == 0
    }
  }

  private static func withCString<R>(_ text: [UInt8], _ body: (UnsafePointer<CChar>) -> R?) -> R? {
    _ = self.prepared
    guard text.count <= SIPLimits.header, !text.contains(0) else { return nil }
    return (text + [0]).withUnsafeBytes { buffer in
      buffer.baseAddress.flatMap { body($0.assumingMemoryBound(to: CChar.self)) }
    }
  }
}

extension OSIPGrammar.AddressValues {
  fileprivate init(_ uri: osip_uri_t) {
    self.init(scheme: octets(uri.scheme), user: octets(uri.username), host: octets(uri.host), port: octets(uri.port))
  }
}

private func octets(_ text: UnsafeMutablePointer<CChar>?) -> [UInt8] {
  guard let text else { return [] }
  var copy: [UInt8] = []
  var index = 0
  while text[index] != 0 {
    copy.append(UInt8(bitPattern: text[index]))
    index += 1
  }
  return copy
}

private struct OwnedVia: ~Copyable {
  let pointer: UnsafeMutablePointer<osip_via_t>

  init?(parsing text: UnsafePointer<CChar>) {
    var made: UnsafeMutablePointer<osip_via_t>?
    guard osip_via_init(&made) == 0, let made else { return nil }
    guard osip_via_parse(made, text) == 0 else {
      osip_via_free(made)
      return nil
    }
    self.pointer = made
  }

  deinit { osip_via_free(self.pointer) }
}

private struct OwnedAddress: ~Copyable {
  let pointer: UnsafeMutablePointer<osip_from_t>

  init?(parsing text: UnsafePointer<CChar>) {
    var made: UnsafeMutablePointer<osip_from_t>?
    guard osip_from_init(&made) == 0, let made else { return nil }
    guard osip_from_parse(made, text) == 0 else {
      osip_from_free(made)
      return nil
    }
    self.pointer = made
  }

  deinit { osip_from_free(self.pointer) }
}

private struct OwnedURI: ~Copyable {
  let pointer: UnsafeMutablePointer<osip_uri_t>

  init?(parsing text: UnsafePointer<CChar>) {
    var made: UnsafeMutablePointer<osip_uri_t>?
    guard osip_uri_init(&made) == 0, let made else { return nil }
    guard osip_uri_parse(made, text) == 0 else {
      osip_uri_free(made)
      return nil
    }
    self.pointer = made
  }

  deinit { osip_uri_free(self.pointer) }
}

private struct OwnedMessage: ~Copyable {
  let pointer: UnsafeMutablePointer<osip_message_t>

  init?() {
    var made: UnsafeMutablePointer<osip_message_t>?
    guard osip_message_init(&made) == 0, let made else { return nil }
    self.pointer = made
  }

  deinit { osip_message_free(self.pointer) }
}
