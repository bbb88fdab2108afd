import Kernel

extension Meeting {
  /// The page for those who install exchanges: one matrix, and a sentence for each pair that makes a difference.
  public var page: String {
    let names = self.modules.map(\.descriptor.name)
    var text = """
      # How features meet

      Each module of the shipped plan was tried with each other; what stands here has happened when this page was written, and a test
      fails when it would happen otherwise. Another order of the modules in the plan gives other results. 2001 calls, 2002 is the
      station that two modules care for, 2003 is where it forwards to.

      The plan's order:

      """
    for (index, name) in names.enumerated() { text += "\(index + 1). \(self.link(name))\n" }
    text += """

      Row: what stands at 2002. Column: what another module does to 2002. In the field: the number of the module that acts first there;
      `·`: the column does what it does without the row; `0`: no module acts, as 2002 is busy; empty: they never come together, or the
      other way round.


      """
    text += self.matrix(names)
    text += "\n## What happens\n"
    for name in names {
      let ours = self.encounters.filter { $0.standing == name && !$0.isIndifferent }
      guard !ours.isEmpty else { continue }
      text += "\n### \(name)\n\n"
      for encounter in ours { text += self.sentence(encounter) }
    }
    return text
  }

  private func link(_ name: String) -> String { "[\(name)](\(name).md)" }

  private func matrix(_ names: [String]) -> String {
    let columns = names.enumerated().filter { _, name in self.encounters.contains { $0.acting == name } }
    var text = "| | " + columns.map { "\($0.offset + 1) \($0.element)" }.joined(separator: " | ") + " |\n"
    text += "| --- |" + String(repeating: " --- |", count: columns.count) + "\n"
    for (index, name) in names.enumerated() where self.encounters.contains(where: { $0.standing == name }) {
      let fields = columns.map { _, column in
        self.encounters.first { $0.standing == name && $0.acting == column }.map { self.field($0, names) } ?? ""
      }
      text += "| **\(index + 1) \(name)** | " + fields.joined(separator: " | ") + " |\n"
    }
    return text
  }

  private func field(_ encounter: Encounter, _ names: [String]) -> String {
    guard !encounter.isIndifferent else { return "·" }
    return self.first(encounter).flatMap { names.firstIndex(of: $0) }.map { "\($0 + 1)" } ?? "0"
  }

  /// Who acts first; nil: the exchange itself, as when a station is busy.
  private func first(_ encounter: Encounter) -> String? {
    encounter.acts.first { $0.module == encounter.standing || $0.module == encounter.acting }?.module
  }

  private func sentence(_ encounter: Encounter) -> String {
    let acts = encounter.acts.prefix(3).map { "\($0.module) (\($0.note))" }.joined(separator: ", then ")
    let who = acts.isEmpty ? "" : " Acting: \(acts)."
    return "* **With \(encounter.acting):** \(encounter.situation). **\(self.words(encounter.outcome)).**\(who)"
      + " Without \(encounter.standing): \(self.words(encounter.alone)).\n"
  }

  private func words(_ facts: [String]) -> String { facts.isEmpty ? "nothing happens" : facts.joined(separator: "; ") }
}
