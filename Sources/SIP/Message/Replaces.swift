/// The dialog whose place somebody is to take: the value of Replaces (RFC 3891 §6.1), in an INVITE or escaped in a Refer-To.
public struct Replaces: Sendable, Equatable {
  public let callID: [UInt8]
  /// The tag of whoever gets the INVITE, as RFC 3891 §3 has it; some telephones mean the other one.
  public let toTag: [UInt8]
  public let fromTag: [UInt8]
  /// Nothing happens once the call has been answered.
  public let isEarlyOnly: Bool

  /// Octets of a value; more than the names of any dialog need.
  public static let longest = 512

  public init(callID: [UInt8], toTag: [UInt8], fromTag: [UInt8], isEarlyOnly: Bool = false) {
    self.callID = callID
    self.toTag = toTag
    self.fromTag = fromTag
    self.isEarlyOnly = isEarlyOnly
  }

  /// Reads a value; nil where it is malformed, names no tags or one twice, or is too long.
  public init?(parsing value: [UInt8]) {
    guard value.count <= Self.longest else { return nil }
    var callID = Slice.empty
    var tags: (to: Slice?, from: Slice?) = (nil, nil)
    var isEarlyOnly = false
    let isWhole = value.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      let start = octets.skipBlanks(0, octets.count)
      let end = octets.skip(.callID, start, octets.count)
      callID = Slice(start, end)
      var scanner = ParameterScanner(octets, end, octets.count)
      while let parameter = scanner.next() {
        if octets.equalsIgnoringCase(parameter.name, "early-only") {
          isEarlyOnly = true
        } else if octets.equalsIgnoringCase(parameter.name, "to-tag") {
          guard tags.to == nil, let tag = parameter.value, !tag.isEmpty, !parameter.isQuoted else { return false }
          tags.to = tag
        } else if octets.equalsIgnoringCase(parameter.name, "from-tag") {
          guard tags.from == nil, let tag = parameter.value, !tag.isEmpty, !parameter.isQuoted else { return false }
          tags.from = tag
        }
      }
      return end > start && !scanner.isMalformed && scanner.index == octets.count
    }
    guard isWhole, let toTag = tags.to, let fromTag = tags.from else { return nil }
    self.init(
      callID: callID.array(in: value), toTag: toTag.array(in: value), fromTag: fromTag.array(in: value), isEarlyOnly: isEarlyOnly)
  }

  /// As a header field says it.
  public var octets: [UInt8] {
    self.callID + Array(";to-tag=".utf8) + self.toTag + Array(";from-tag=".utf8) + self.fromTag
      + (self.isEarlyOnly ? Array(";early-only".utf8) : [])
  }
}
