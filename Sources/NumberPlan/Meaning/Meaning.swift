internal import Kernel

/// Checks what a plan means once its form is right (PLAN-2). Every check goes on after a finding.
struct Meaning {
  let draft: Draft
  var findings: Findings
  let index: NumberIndex

  var plan: Plan { self.draft.plan }

  init(_ draft: Draft, _ findings: Findings) {
    self.draft = draft
    self.findings = findings
    self.index = NumberIndex(draft)
  }

  mutating func check() {
    self.checkModules()
    self.checkStations()
    self.checkDuplicates()
    self.checkStationShadows()
    self.checkCodeShadows()
    self.checkEmergency()
    self.checkGroups()
    self.checkOverflowCircles()
    self.checkTrunks()
    self.checkClasses()
    self.checkWaysOut()
  }

  private mutating func checkModules() {
    var seen: [String: Plan.Position] = [:]
    for (index, placement) in self.plan.modules.enumerated() {
      if let first = seen[placement.module] {
        self.findings.error(
          "duplicate-module", at: placement.position, "module \(placement.module) stands here twice, first in line \(first.line)",
          mend: "put its codes into one element")
      } else {
        seen[placement.module] = placement.position
      }
      if placement.codes.isEmpty, !self.draft.descriptors[index].actions.isEmpty {
        self.findings.warning(
          "no-codes", at: placement.position, "module \(placement.module) has no codes: nobody can dial it",
          mend: "add a code for " + self.actionNames(index) + ", or remove the module")
      }
    }
  }

  private func actionNames(_ module: Int) -> String {
    let names = self.draft.descriptors[module].actions.map(\.name).filter { !$0.isEmpty }
    return names.isEmpty ? "it" : names.joined(separator: " or ")
  }

  /// `code 12 (CallPark, retrieve)`; the action is left out where the module has but one.
  func name(module: Int, code: Int) -> String {
    let placement = self.plan.modules[module]
    return "code \(placement.codes[code].digits) (\(placement.module)\(self.actionSuffix(module, code)))"
  }

  func action(module: Int, code: Int) -> Descriptor.Action? {
    let actions = self.draft.descriptors[module].actions
    let index = self.plan.modules[module].codes[code].action
    return actions.indices.contains(index) ? actions[index] : nil
  }

  private func actionSuffix(_ module: Int, _ code: Int) -> String {
    guard self.draft.descriptors[module].actions.count > 1, let action = self.action(module: module, code: code),
      !action.name.isEmpty
    else { return "" }
    return ", " + action.name
  }

  func name(_ entry: NumberIndex.Entry) -> String {
    switch entry.use {
    case .emergency: "emergency number \(entry.digits)"
    case .station: "station \(entry.digits)"
    case .module(let index): "number \(entry.digits) (\(self.plan.modules[index].module))"
    case .group: "group \(entry.digits)"
    case .code(let module, let code): self.name(module: module, code: code)
    case .trunkGroup: "trunk code \(entry.digits)"
    case .routing: "least-cost code \(entry.digits)"
    }
  }
}
