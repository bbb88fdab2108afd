/// A ladder as a Mermaid sequence diagram, which many documents draw.
enum LadderMermaid {
  static func text(_ steps: [LadderLine]) -> String {
    let parties = LadderLine.parties(steps)
    let names = Array(parties.prefix(1)) + ["exchange"] + Array(parties.dropFirst())
    var lines = ["sequenceDiagram"] + names.map { "  participant \(Self.identifier($0, names)) as \(Self.plain($0))" }
    let exchange = Self.identifier("exchange", names)
    for step in steps {
      if step.isNote {
        lines.append("  Note over \(exchange): \(Self.plain(step.text))")
      } else {
        let party = Self.identifier(step.party, names)
        let (from, to) = step.isSent ? (exchange, party) : (party, exchange)
        lines.append("  \(from)->>\(to): \(Self.plain(step.label))")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func identifier(_ name: String, _ names: [String]) -> String { "p\(names.firstIndex(of: name) ?? 0)" }

  /// Mermaid ends a statement at `;` and takes `#` for an entity.
  private static func plain(_ text: String) -> String {
    String(text.map { $0 == ";" ? "," : $0 == "#" ? "♯" : $0 })
  }
}
