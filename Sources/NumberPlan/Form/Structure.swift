internal import CXML
internal import Kernel

/// Reports elements that do not belong where they stand, and takes them out of the tree: libxml2's schema check stops looking at
/// what follows an unexpected element, and all findings shall come at once.
enum Structure {
  static let sections: [(name: StaticString, children: [(name: StaticString, children: [StaticString])])] = [
    ("stations", [("range", []), ("station", [])]),
    ("features", [("module", ["code"])]),
    ("groups", [("ringGroup", ["member"])]),
    ("trunks", [("trunk", ["did"]), ("trunkGroup", []), ("leastCostRouting", ["route"])]),
    ("classesOfService", [("class", [])]),
    ("emergency", [("number", [])]),
  ]

  /// False if the document is no number plan at all.
  static func prune(_ document: borrowing Document, _ source: Source, _ findings: inout Findings) -> Bool {
    guard let root = document.root, root.isNamed("numberPlan") else {
      findings.error(
        "schema", at: document.root.map { source.position($0.offset) } ?? Plan.Position(line: 1, column: 1),
        "this is no number plan", mend: "begin with <numberPlan xmlns=\"\(Element.namespace)\">")
      return false
    }
    var seen: [Plan.Position?] = Array(repeating: nil, count: self.sections.count)
    for section in root.children {
      guard let index = self.sections.firstIndex(where: { section.isNamed($0.name) }) else {
        self.remove(section, from: root, self.sections.map { $0.name }, source, &findings)
        continue
      }
      if let first = seen[index] {
        findings.error(
          "schema", at: source.position(section.offset), "\(section.name) stands here twice, first in line \(first.line)",
          mend: "put both into one")
        section.remove()
        continue
      }
      seen[index] = source.position(section.offset)
      self.prune(section, self.sections[index].children, source, &findings)
    }
    return true
  }

  private static func prune(
    _ section: Element, _ allowed: [(name: StaticString, children: [StaticString])], _ source: Source, _ findings: inout Findings
  ) {
    for element in section.children {
      guard let form = allowed.first(where: { element.isNamed($0.name) }) else {
        self.remove(element, from: section, allowed.map { $0.name }, source, &findings)
        continue
      }
      for child in element.children {
        guard form.children.contains(where: { child.isNamed($0) }) else {
          self.remove(child, from: element, form.children, source, &findings)
          continue
        }
        for inner in child.children { self.remove(inner, from: child, [], source, &findings) }
      }
    }
  }

  private static func remove(
    _ element: Element, from parent: Element, _ allowed: [StaticString], _ source: Source, _ findings: inout Findings
  ) {
    let names = allowed.map { "\($0)" }.joined(separator: ", ")
    let parentName = parent.name
    findings.error(
      "schema", at: source.position(element.offset), "\(element.name) does not belong into \(parentName)",
      mend: allowed.isEmpty ? "\(parentName) holds no elements" : "\(parentName) may hold \(names)")
    element.remove()
  }
}
