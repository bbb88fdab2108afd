import Foundation

/// What a phone does with a call to give it to somebody else, or to get it.
extension Line {
  /// How this call is named to somebody who shall take its place (RFC 3891), as this phone sees it.
  var replaces: String {
    let (own, peer) = with { ($0.localTag, SIPText.parameter("tag", of: $0.peer) ?? $0.earlyTag ?? "") }
    return "\(callID);to-tag=\(peer);from-tag=\(own)"
  }

  /// REFER to a number, and with `replacing` to the party of another call of this phone. Returns the answer.
  @discardableResult
  func refer(to number: String, replacing other: Line? = nil, extra: [String] = []) throws -> SIPText {
    let escaped = other?.replaces.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
    let target = "sip:\(number)@\(phone.exchange)" + (escaped.map { "?Replaces=\($0)" } ?? "")
    return try request(
      "REFER", extra: ["Refer-To: <\(target)>", "Referred-By: <sip:\(phone.number)@\(phone.exchange)>"] + extra)
  }

  /// What NOTIFY has told of the transfer so far: the status lines' codes.
  var transferProgress: [Int] {
    requests("NOTIFY").filter { ($0["Event"] ?? "").hasPrefix("refer") }
      .compactMap { $0.body.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
  }

  func hasTransferred(_ status: Int = 200, within seconds: Double = 6) -> Bool {
    wait(seconds) { transferProgress.last == status }
  }
}

extension Office {
  /// The plan that ships, with other words in some places: shorter times for a test.
  static func shipped(_ changes: (String, String)...) throws -> String {
    var text = try String(contentsOf: Program.repository.appendingPathComponent("NumberPlan.xml"), encoding: .utf8)
    for (old, new) in changes {
      guard text.contains(old) else { throw WireFailure("the shipped plan does not say \(old)") }
      text = text.replacingOccurrences(of: old, with: new)
    }
    return text
  }

  /// How often a race is run: more in the soak.
  static var rounds: Int { ProcessInfo.processInfo.environment["STROWGER_ROUNDS"].flatMap { Int($0) } ?? 20 }

  /// Does both at once, each after a random part of `spread` seconds.
  static func race(_ spread: Double = 0.03, _ first: @escaping @Sendable () -> Void, _ second: @escaping @Sendable () -> Void) {
    let done = DispatchGroup()
    for act in [first, second] {
      DispatchQueue.global().async(group: done) {
        usleep(UInt32.random(in: 0...UInt32(spread * 1_000_000)))
        act()
      }
    }
    done.wait()
  }
}
