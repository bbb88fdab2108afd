import Foundation

/// A session description (RFC 4566) as a test reads and writes it: one audio line.
struct Description: Sendable, CustomStringConvertible {
  var text: String
  var place: HostPort
  var profile: String
  var formats: [UInt8]
  var direction: Direction

  enum Direction: String, Sendable {
    case both = "sendrecv"
    case sends = "sendonly"
    case receives = "recvonly"
    case neither = "inactive"

    /// What the other side says in its answer when it wants all it can get.
    var answered: Direction {
      switch self {
      case .both: .both
      case .sends: .receives
      case .receives: .sends
      case .neither: .neither
      }
    }

    var isSending: Bool { self == .both || self == .sends }
    var isReceiving: Bool { self == .both || self == .receives }
  }

  /// Reads the first audio line; nil when there is none.
  init?(_ text: String) {
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    guard let first = lines.firstIndex(where: { $0.hasPrefix("m=audio ") }) else { return nil }
    let words = lines[first].dropFirst(2).split(separator: " ")
    guard words.count > 3, let port = UInt16(words[1].prefix { $0 != "/" }) else { return nil }
    let own = lines[(first + 1)...].prefix { !$0.hasPrefix("m=") }
    let session = lines.prefix { !$0.hasPrefix("m=") }
    func value(_ prefix: String) -> String? { (own.first { $0.hasPrefix(prefix) } ?? session.first { $0.hasPrefix(prefix) }) }
    let host = value("c=IN IP4 ").map { String($0.dropFirst(9)) } ?? ""
    self.text = text
    place = HostPort(host, port)
    profile = String(words[2])
    formats = words.dropFirst(3).compactMap { UInt8($0) }
    let directions = (own + session).compactMap { Direction(rawValue: String($0.dropFirst(2))) }
    direction = directions.first ?? .both
  }

  /// What this phone says of itself. `extra` are whole lines of the audio part, `crypto` for example.
  init(
    _ place: HostPort, formats: [UInt8], events: UInt8? = 101, direction: Direction = .both, version: Int = 1,
    profile: String = "RTP/AVP", connection: String? = nil, extra: [String] = []
  ) {
    let all = formats + (events.map { [$0] } ?? [])
    var lines = [
      "v=0", "o=- 4711 \(version) IN IP4 \(place.host)", "s=-", "c=IN IP4 \(connection ?? place.host)", "t=0 0",
      "m=audio \(place.port) \(profile) \(all.map(String.init).joined(separator: " "))",
    ]
    for format in formats {
      switch format {
      case 0, 8: lines.append("a=rtpmap:\(format) \(format == 0 ? "PCMU" : "PCMA")/8000")
      case 9: lines.append("a=rtpmap:9 G722/8000")
      case 18: lines.append("a=rtpmap:18 G729/8000")
      default: lines.append("a=rtpmap:\(format) opus/48000/2")
      }
    }
    if let events { lines += ["a=rtpmap:\(events) telephone-event/8000", "a=fmtp:\(events) 0-15"] }
    lines += extra + ["a=\(direction.rawValue)"]
    text = lines.joined(separator: "\r\n") + "\r\n"
    self.place = place
    self.profile = profile
    self.formats = all
    self.direction = direction
  }

  /// The payload type of telephone events.
  var events: UInt8? {
    let lines = text.split(whereSeparator: \.isNewline)
    let map = lines.first { $0.hasPrefix("a=rtpmap:") && $0.lowercased().contains(" telephone-event/8000") }
    return map.flatMap { UInt8($0.dropFirst(9).prefix { $0.isNumber }) }
  }

  /// The `a=crypto` lines' values.
  var crypto: [String] {
    text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("a=crypto:") }.map { String($0.dropFirst(9)) }
  }

  /// Every address that stands in it.
  var addresses: Set<String> {
    Set(
      text.split(whereSeparator: \.isNewline).compactMap { line in
        guard let range = line.range(of: "IN IP4 ") else { return nil }
        return String(line[range.upperBound...].prefix { $0 != " " })
      })
  }

  /// Voice may flow in that direction: a port, an address and a direction that allow it.
  var isOpen: Bool { place.port != 0 && place.host != "0.0.0.0" }

  var description: String { text }
}
