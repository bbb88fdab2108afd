import Foundation

/// A ladder as a SIPp scenario: what one party sent and received, with SIPp's keywords where a message is of its call only.
/// A skeleton: registration, credentials and media stay to be filled in.
enum LadderScenario {
  static func text(_ steps: [LadderLine], of party: String) -> String {
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!-- The part of \(Self.escaped(party)). -->",
      "<scenario name=\"\(Self.escaped(party))\">",
    ]
    var before = 0.0
    for step in steps where step.party == party {
      let pause = Int((step.seconds - before) * 1000)
      before = step.seconds
      if step.isSent {
        lines.append(Self.receive(step))
      } else {
        if pause >= 20 { lines.append("  <pause milliseconds=\"\(pause)\"/>") }
        lines += ["  <send>", "    <![CDATA["] + Self.message(step.message).map { "      " + $0 } + ["    ]]>", "  </send>"]
      }
    }
    return (lines + ["</scenario>"]).joined(separator: "\n")
  }

  private static func receive(_ step: LadderLine) -> String {
    let word = step.text.prefix { $0 != " " }
    guard word.allSatisfy(\.isNumber) else { return "  <recv request=\"\(Self.escaped(String(word)))\"/>" }
    return
      "  <recv response=\"\(word)\"\(word.hasPrefix("1") ? " optional=\"true\"" : word.hasPrefix("2") ? " rrs=\"true\"" : "")/>"
  }

  private static func message(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last?.isEmpty ?? false { lines.removeLast() }
    let isResponse = lines.first?.hasPrefix("SIP/2.0") ?? false
    let body = lines.firstIndex(of: "") ?? lines.count
    let isInDialog = lines[..<body].contains { $0.lowercased().hasPrefix("to:") && $0.contains(";tag=") }
    let head = lines[..<body].enumerated().compactMap { index, line in
      index > 0 ? Self.header(line, isResponse: isResponse) : isResponse ? line : Self.requestLine(line, isInDialog: isInDialog)
    }
    return head + lines[body...].map(Self.description)
  }

  private static func requestLine(_ line: String, isInDialog: Bool) -> String {
    let words = line.split(separator: " ")
    guard words.count == 3 else { return Self.quoted(line) }
    let user = words[1].dropFirst(4).prefix { $0 != "@" }
    return "\(words[0]) \(isInDialog ? "[next_url]" : "sip:\(user)@[remote_ip]:[remote_port]") \(words[2])"
  }

  private static func header(_ line: String, isResponse: Bool) -> String? {
    let name = line.prefix { $0 != ":" }.lowercased()
    switch name {
    case "via", "v": return isResponse ? "[last_Via:]" : "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"
    case "from", "f": return isResponse ? "[last_From:]" : Self.tagged(line, "[call_number]")
    case "to", "t": return isResponse ? "[last_To:];tag=[call_number]" : Self.untagged(line) + "[peer_tag_param]"
    case "call-id", "i": return isResponse ? "[last_Call-ID:]" : "Call-ID: [call_id]"
    case "cseq": return isResponse ? "[last_CSeq:]" : line
    case "contact", "m": return "Contact: <sip:[service]@[local_ip]:[local_port];transport=[transport]>"
    case "content-length", "l": return "Content-Length: [len]"
    case "authorization", "proxy-authorization": return nil
    default: return Self.quoted(line)
    }
  }

  private static func untagged(_ line: String) -> String {
    guard let tag = line.range(of: ";tag=") else { return line }
    return String(line[..<tag.lowerBound])
  }

  private static func tagged(_ line: String, _ tag: String) -> String { Self.untagged(line) + ";tag=" + tag }

  private static func description(_ line: String) -> String {
    if line.hasPrefix("c=IN IP4 ") { return "c=IN IP4 [media_ip]" }
    if line.hasPrefix("o=") { return "o=- 1 1 IN IP4 [local_ip]" }
    if line.hasPrefix("m=audio "), let space = line.dropFirst(8).firstIndex(of: " ") {
      return "m=audio [media_port]" + line[space...]
    }
    return Self.quoted(line)
  }

  /// Nothing may end the CDATA section.
  private static func quoted(_ line: String) -> String {
    line.split(separator: "]]>", omittingEmptySubsequences: false).joined(separator: "]] >")
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, letter in
      switch letter {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "-" where result.hasSuffix("-"): result += " -"
      default: result.append(letter)
      }
    }
  }
}
