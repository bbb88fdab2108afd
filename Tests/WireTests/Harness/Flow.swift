import Foundation
import Testing

/// What the exchange itself saw on the wire: the messages of all calls since it started, from `strowger ladder`.
struct Flow: CustomStringConvertible {
  /// `2001> INVITE 2002 SDP` came from that party, `2001< 480` went to it; notes and the dialogs' numbers are left out.
  let steps: [String]
  /// As `strowger ladder` draws it.
  let description: String

  /// Ladders are written into the folder that `STROWGER_LADDERS` names; without it none is.
  static let folder = ProcessInfo.processInfo.environment["STROWGER_LADDERS"].map { URL(fileURLWithPath: $0) }

  fileprivate init(_ exchange: Exchange) throws {
    let words = ["ladder"] + (1...60).map(String.init) + ["--database", exchange.database.path]
    let (status, drawing, errors) = try Exchange.run(words, in: exchange.folder.url)
    let (_, json, _) = try Exchange.run(words + ["--json"], in: exchange.folder.url)
    guard status == 0, let list = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]] else {
      throw WireFailure("no ladder: \(errors)\(drawing)")
    }
    description = drawing
    steps = list.compactMap { step in
      guard step["note"] as? Bool == false, let party = step["party"] as? String, let text = step["text"] as? String else {
        return nil
      }
      return "\(party)\(step["sent"] as? Bool == true ? "<" : ">") \(text)"
    }
    self.json = json
  }

  private let json: String

  /// Writes `name.txt`, the drawing, and `name.json`, the messages.
  fileprivate func write(_ name: String) throws {
    guard let folder = Flow.folder else { return }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(description.utf8).write(to: folder.appendingPathComponent("\(name).txt"))
    try Data(json.utf8).write(to: folder.appendingPathComponent("\(name).json"))
  }

  /// These steps happened in this order, others between them or not; each is known by its beginning.
  func expect(_ wanted: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    var rest = steps[...]
    for step in wanted {
      guard let index = rest.firstIndex(where: { $0.hasPrefix(step) }) else {
        Issue.record("\(step) does not happen, or not there:\n\(description)", sourceLocation: sourceLocation)
        return
      }
      rest = rest[(index + 1)...]
    }
  }

  func count(_ step: String) -> Int { steps.count { $0.hasPrefix(step) } }
}

extension Exchange {
  /// The messages so far; also written down, under that name, where `STROWGER_LADDERS` asks for it.
  @discardableResult
  func flow(_ name: String) throws -> Flow {
    let flow = try Flow(self)
    try flow.write(name)
    return flow
  }
}
