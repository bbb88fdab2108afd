public import Kernel

/// A machine as it is drawn: its states and what leads from one to another, taken from its transition table, so that no drawing
/// can say anything else than the program does.
public struct StateDiagram: Sendable, Equatable {
  /// What leads from one state to another, or from every state (`from` nil).
  public struct Arrow: Sendable, Equatable {
    public var from: String?
    public var to: String
    public var events: [String]
  }

  public let module: String
  /// The initial one first, the others in the order of the table.
  public let states: [String]
  /// Not those that lead back to where they began.
  public let arrows: [Arrow]
  /// Events that begin a state anew: its timers and ringing telephones are dropped.
  public let repeats: [(state: String, events: [String])]

  public init(of module: Module) {
    self.init(
      module: module.descriptor.name,
      initial: Kernel(modules: [module]).state(of: module.descriptor.name, .exchange) ?? "",
      transitions: module.transitions())
  }

  init(module: String, initial: String, transitions: [Transition]) {
    var states = [initial]
    var rows: [(from: String, event: String, to: String)] = []
    for row in transitions {
      if !states.contains(row.from) { states.append(row.from) }
      guard case .goes(let to) = row.result else { continue }
      if !states.contains(to) { states.append(to) }
      rows.append((row.from, row.event, to))
    }
    var general: [(event: String, to: String)] = []
    var arrows: [Arrow] = []
    var repeats: [(state: String, events: [String])] = []
    for row in rows where states.count > 3 && !general.contains(where: { $0 == (row.event, row.to) }) {
      let leadsFromAll = states.allSatisfy { state in
        state == row.to || rows.contains { $0 == (state, row.event, row.to) }
      }
      guard leadsFromAll else { continue }
      general.append((row.event, row.to))
      Self.add(row.event, from: nil, to: row.to, &arrows)
    }
    for row in rows where !general.contains(where: { $0 == (row.event, row.to) }) {
      if row.from != row.to {
        Self.add(row.event, from: row.from, to: row.to, &arrows)
      } else if let index = repeats.firstIndex(where: { $0.state == row.from }) {
        if !repeats[index].events.contains(row.event) { repeats[index].events.append(row.event) }
      } else {
        repeats.append((row.from, [row.event]))
      }
    }
    self.module = module
    self.states = states
    self.arrows = arrows
    self.repeats = repeats
  }

  private static func add(_ event: String, from: String?, to: String, _ arrows: inout [Arrow]) {
    if let index = arrows.firstIndex(where: { $0.from == from && $0.to == to }) {
      if !arrows[index].events.contains(event) { arrows[index].events.append(event) }
    } else {
      arrows.append(Arrow(from: from, to: to, events: [event]))
    }
  }

  public static func == (a: StateDiagram, b: StateDiagram) -> Bool { a.mermaid == b.mermaid }
}

extension StateDiagram {
  /// The diagram as Mermaid text, which many documents draw; ends with a line feed.
  public var mermaid: String {
    var lines = ["stateDiagram-v2"]
    if self.arrows.contains(where: { $0.from == nil }) { lines.append("  state \"any state\" as any_state") }
    for state in self.states where Self.identifier(state) != state {
      lines.append("  state \"\(Self.plain(state))\" as \(Self.identifier(state))")
    }
    lines.append("  [*] --> \(Self.identifier(self.states[0]))")
    for arrow in self.arrows {
      let from = arrow.from.map { Self.identifier($0) } ?? "any_state"
      lines.append("  \(from) --> \(Self.identifier(arrow.to)): \(Self.words(arrow.events))")
    }
    for (state, events) in self.repeats {
      lines.append("  \(Self.identifier(state)) --> \(Self.identifier(state)): \(Self.words(events))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func words(_ events: [String]) -> String { events.map { self.plain($0) }.joined(separator: ", ") }

  /// Mermaid ends a statement at `;`, a label's head at `:`, and takes `#` for an entity.
  private static func plain(_ text: String) -> String {
    String(text.map { $0 == ";" || $0 == ":" ? "," : $0 == "#" ? "♯" : $0 == "\"" ? "'" : $0 })
  }

  private static func identifier(_ state: String) -> String {
    let name = String(state.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    // `state` and `end` mean something to Mermaid.
    return ["state", "end", "note", "direction", "any_state"].contains(name) ? name + "_" : name
  }
}
