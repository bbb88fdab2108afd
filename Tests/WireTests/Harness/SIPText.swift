import Foundation

/// A SIP message as a test reads it: start line, headers in order, body. Forgiving, as it judges nothing.
struct SIPText: CustomStringConvertible {
  var startLine: String
  var headers: [(name: String, value: String)]
  var body: String

  init?(_ octets: some Collection<UInt8>) {
    let text = String(decoding: octets, as: UTF8.self)
    let parts = text.components(separatedBy: "\r\n\r\n")
    var lines = parts[0].components(separatedBy: "\r\n")
    while lines.first == "" { lines.removeFirst() }
    guard let first = lines.first, first.contains("SIP/2.0") else { return nil }
    startLine = first
    headers = lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (
        line[..<colon].trimmingCharacters(in: .whitespaces),
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      )
    }
    body = parts.dropFirst().joined(separator: "\r\n\r\n")
  }

  /// Takes the first whole message off a stream.
  static func cut(from stream: inout [UInt8]) -> SIPText? {
    while let first = stream.first, first == 13 || first == 10 { stream.removeFirst() }
    guard let end = Data(stream).range(of: Data("\r\n\r\n".utf8))?.upperBound, let head = SIPText(stream[..<end]) else {
      return nil
    }
    let length = head["Content-Length"].flatMap { Int($0) } ?? 0
    guard stream.count >= end + length else { return nil }
    let message = SIPText(stream[..<(end + length)])
    stream.removeFirst(end + length)
    return message
  }

  /// The first header of that name.
  subscript(name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

  func all(_ name: String) -> [String] { headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }

  /// The status code of a response, nil for a request.
  var status: Int? {
    startLine.hasPrefix("SIP/2.0 ") ? Int(startLine.split(separator: " ").dropFirst().first ?? "") : nil
  }

  /// The method of a request, or the one a response belongs to.
  var method: String {
    if status == nil { return String(startLine.prefix { $0 != " " }) }
    return self["CSeq"]?.split(separator: " ").last.map(String.init) ?? ""
  }

  var requestURI: String { startLine.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
  var callID: String { self["Call-ID"] ?? "" }
  var sequence: Int { self["CSeq"]?.split(separator: " ").first.flatMap { Int($0) } ?? 0 }
  var branch: String { SIPText.parameter("branch", of: self["Via"] ?? "") ?? "" }

  /// The URI of the Contact, without its brackets.
  var contactURI: String? {
    guard let contact = self["Contact"] else { return nil }
    guard let open = contact.firstIndex(of: "<"), let close = contact.firstIndex(of: ">") else { return contact }
    return String(contact[contact.index(after: open)..<close])
  }

  static func parameter(_ name: String, of value: String) -> String? {
    for part in value.split(separator: ";").dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      if pair.first?.lowercased() == name { return pair.count > 1 ? pair[1] : "" }
    }
    return nil
  }

  var description: String {
    ([startLine] + headers.map { "\($0.name): \($0.value)" }).joined(separator: "\n") + "\n\n" + body
  }
}
