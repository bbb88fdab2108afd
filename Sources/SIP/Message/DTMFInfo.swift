public import Kernel

/// A key pressed during a call, as INFO carries it (MED-4; INTEROP 18): `application/dtmf-relay` with `Signal=5` and `Duration=160`, or
/// `application/dtmf` with the key alone.
public struct DTMFInfo: Sendable, Equatable, BitwiseCopyable {
  /// As RFC 4733 events are numbered: 0–9, 10 `*`, 11 `#`, 12–15 A–D.
  public var key: UInt8
  /// How long it was held, 40…6000 ms.
  public var duration: Interval

  /// What a door opener is sure to notice, where nothing is said.
  public static let usual = Interval.milliseconds(160)
  public static let shortest = Interval.milliseconds(40)
  public static let longest = Interval.milliseconds(6000)

  /// - `duration`: brought into the range.
  public init(key: UInt8, duration: Interval = DTMFInfo.usual) {
    self.key = key
    self.duration = Interval(
      nanoseconds: min(max(duration.nanoseconds, Self.shortest.nanoseconds), Self.longest.nanoseconds))
  }

  /// The key in a request's body; nil where it holds none that we know, such as a flash of the hook.
  public init?(_ message: SIPMessage) {
    guard let type = message.header(.contentType), message.body.count <= Self.longestBody else { return nil }
    self.init(type: message.string(type), body: message.array(message.body))
  }

  /// - `type`: the Content-Type, with parameters or without.
  public init?(type: String, body: [UInt8]) {
    guard body.count <= Self.longestBody else { return nil }
    let lines = body.split { $0 == 0x0d || $0 == 0x0a }
    switch type.prefix(while: { $0 != ";" }).filter({ $0 != " " && $0 != "\t" }).lowercased() {
    case "application/dtmf-relay":
      guard let key = lines.lazy.compactMap({ Self.value(of: "signal", in: $0) }).first.flatMap(Self.key) else { return nil }
      let duration = lines.lazy.compactMap { Self.value(of: "duration", in: $0) }.first.flatMap(Self.duration)
      self.init(key: key, duration: duration ?? Self.usual)
    case "application/dtmf":
      guard let line = lines.first else { return nil }
      guard let key = Self.key(Self.value(of: "signal", in: line) ?? Self.trimmed(line)) else { return nil }
      self.init(key: key)
    default: return nil
    }
  }

  /// The body of `application/dtmf-relay`.
  public var body: [UInt8] {
    Array("Signal=\(Self.symbols[Int(self.key & 15)])\r\nDuration=\(self.duration.milliseconds)\r\n".utf8)
  }

  // MARK: Octets

  private static let longestBody = 256
  private static let symbols: [Character] = Array("0123456789*#ABCD")

  /// What stands behind `name` and `=`, any case, blanks around both.
  private static func value(of name: String, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let equals = line.firstIndex(of: 0x3d),
      String(decoding: Self.trimmed(line[..<equals]), as: UTF8.self).lowercased() == name
    else { return nil }
    return Self.trimmed(line[(equals + 1)...])
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = text.drop { $0 <= 0x20 }
    return start.prefix((start.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start.startIndex) - start.startIndex)
  }

  /// One symbol, or the number of the event as some telephones write it.
  private static func key(_ text: ArraySlice<UInt8>) -> UInt8? {
    guard let first = text.first, text.count <= 2 else { return nil }
    if text.count == 2, let second = text.last {
      return first == 0x31 && second >= 0x30 && second <= 0x35 ? 10 &+ second &- 0x30 : nil
    }
    switch first {
    case 0x30...0x39: return first &- 0x30
    case 0x2a: return 10
    case 0x23: return 11
    case 0x41...0x44: return first &- 0x41 &+ 12
    case 0x61...0x64: return first &- 0x61 &+ 12
    default: return nil
    }
  }

  /// Milliseconds; what is too large counts as the longest.
  private static func duration(_ text: ArraySlice<UInt8>) -> Interval? {
    guard !text.isEmpty, text.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return UInt32(String(decoding: text, as: UTF8.self)).map { .milliseconds(Int64($0)) } ?? Self.longest
  }
}
