internal import Foundation

/// What a setting's value may be. It checks and says what is allowed; INTERFACE.md: times are seconds, `0.5` allowed, `0` =
/// never.
public enum ValueKind: Equatable, Sendable {
  case choice([String])
  case integer(ClosedRange<Int>)
  /// Seconds, at most nine decimals; `orNever`: 0 stands for never and is allowed outside the range.
  case seconds(ClosedRange<Int>, orNever: Bool)
  /// An integer of the range, or one of the words.
  case integerOrChoice(ClosedRange<Int>, [String])
  /// Printable text up to so many octets; may be empty.
  case text(Int)
  /// Digits, `*` and `#` that can be dialled; may be empty for none.
  case dialled
  /// A name of the number plan: letters, digits, `-`, `_`, `.`; may be empty for the plan's.
  case name
  /// A file; empty for none.
  case file
  /// Addresses and CIDR blocks, separated by commas; may be empty.
  case networks
  /// Two even or odd UDP ports `FIRST-LAST`.
  case ports
  /// `internal`, or `rtpengine:HOST:PORT`.
  case mediaServer

  /// The words for what is allowed, as `option list` prints them.
  public var allowed: String {
    switch self {
    case .choice(let words): words.joined(separator: "|")
    case .integer(let range): "\(range.lowerBound)…\(range.upperBound)"
    case .seconds(let range, let orNever): "seconds, \(range.lowerBound)…\(range.upperBound)" + (orNever ? ", 0 for never" : "")
    case .integerOrChoice(let range, let words):
      (words.filter { !$0.isEmpty } + ["\(range.lowerBound)…\(range.upperBound)"]).joined(separator: "|")
        + (words.contains("") ? ", or nothing" : "")
    case .text(let count): "text of at most \(count) octets"
    case .dialled: "digits, * and #, or nothing"
    case .name: "a name, or nothing"
    case .file: "a file, or nothing"
    case .networks: "addresses or CIDR blocks separated by commas"
    case .ports: "FIRST-LAST, ports of 1024…65535"
    case .mediaServer: "internal|rtpengine:HOST:PORT"
    }
  }

  /// Whether a value may be used as it stands.
  public func accepts(_ value: String) -> Bool {
    switch self {
    case .choice(let words): words.contains(value)
    case .integer(let range): plainInteger(value).map(range.contains) ?? false
    case .seconds(let range, let orNever):
      duration(value).map { amount in
        (orNever && amount == .zero) || (amount >= .seconds(range.lowerBound) && amount <= .seconds(range.upperBound))
      } ?? false
    case .integerOrChoice(let range, let words): words.contains(value) || (plainInteger(value).map(range.contains) ?? false)
    case .text(let count): value.utf8.count <= count && isPrintable(value)
    case .dialled: value.utf8.count <= 32 && value.utf8.allSatisfy(isDialled)
    case .name: value.utf8.count <= 64 && value.utf8.allSatisfy(isNameOctet)
    case .file: value.utf8.count <= 1024 && isPrintable(value)
    case .networks: value.isEmpty || value.split(separator: ",", omittingEmptySubsequences: false).allSatisfy(isNetwork)
    case .ports: portRange(value) != nil
    case .mediaServer: value == "internal" || rtpengine(value) != nil
    }
  }
}

/// `600`, `0.5`: seconds as text to a duration; nil for signs, exponents, more than nine decimals and more than 31 years.
func duration(_ text: String) -> Duration? {
  let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
  guard let whole = parts.first.flatMap({ plainInteger(String($0)) }), whole <= 1_000_000_000 else { return nil }
  guard parts.count == 2 else { return .seconds(whole) }
  let decimals = parts[1]
  guard (1...9).contains(decimals.count), let fraction = plainInteger(String(decimals)) else { return nil }
  var nanoseconds = fraction
  for _ in decimals.count..<9 { nanoseconds *= 10 }
  return .seconds(whole) + .nanoseconds(nanoseconds)
}

/// Digits only; nil for signs and for what does not fit.
func plainInteger(_ text: String) -> Int? {
  guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  return Int(text)
}

func portRange(_ text: String) -> ClosedRange<UInt16>? {
  let ends = text.split(separator: "-", omittingEmptySubsequences: false).compactMap {
    plainInteger(String($0)).flatMap(UInt16.init(exactly:))
  }
  guard ends.count == 2, ends[0] >= 1024, ends[0] <= ends[1] else { return nil }
  return ends[0]...ends[1]
}

/// `rtpengine:127.0.0.1:2223`, `rtpengine:[::1]:2223`, `rtpengine:media.example:2223`: host without brackets, and port.
func rtpengine(_ text: String) -> (host: String, port: UInt16)? {
  guard text.hasPrefix("rtpengine:"), let colon = text.lastIndex(of: ":") else { return nil }
  let start = text.index(text.startIndex, offsetBy: "rtpengine:".count)
  guard colon > start, let port = plainInteger(String(text[text.index(after: colon)...])).flatMap(UInt16.init(exactly:)), port > 0
  else { return nil }
  var host = text[start..<colon]
  if host.hasPrefix("["), host.hasSuffix("]") {
    host = host.dropFirst().dropLast()
    guard host.contains(":"), isNetwork(host), !host.contains("/") else { return nil }
  } else {
    guard host.utf8.count <= 253, host.utf8.allSatisfy(isNameOctet) else { return nil }
  }
  return (String(host), port)
}

func isPrintable(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F).contains($0.value) }
}

/// An IPv4 or IPv6 address, alone or as a CIDR block.
func isNetwork(_ text: some StringProtocol) -> Bool {
  let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
  guard let address = parts.first else { return false }
  var octets = [UInt8](repeating: 0, count: 16)
  let bits = inet_pton(AF_INET, String(address), &octets) == 1 ? 32 : inet_pton(AF_INET6, String(address), &octets) == 1 ? 128 : 0
  guard bits > 0 else { return false }
  guard parts.count == 2 else { return true }
  return plainInteger(String(parts[1])).map { (0...bits).contains($0) } ?? false
}

private func isDialled(_ octet: UInt8) -> Bool {
  (0x30...0x39).contains(octet) || octet == 0x2A || octet == 0x23
}

private func isNameOctet(_ octet: UInt8) -> Bool {
  switch octet {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
  default: false
  }
}
