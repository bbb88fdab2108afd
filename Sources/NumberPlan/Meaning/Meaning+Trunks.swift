internal import Kernel

extension Meaning {
  mutating func checkTrunks() {
    self.checkTrunkNames()
    let trunks = self.plan.trunks.map(\.name)
    let known = Set(trunks)
    for group in self.plan.trunkGroups {
      if group.trunks.isEmpty {
        self.findings.error(
          "no-trunks", at: group.position, "trunk group \(group.code) has no trunks", mend: "name at least one in trunks=\"…\"")
      }
      for name in group.trunks where !known.contains(name) {
        self.findings.error(
          "unknown-trunk", at: group.position, "trunk group \(group.code) names trunk \(name), which does not exist",
          mend: trunks.isEmpty ? "add <trunk name=\"\(name)\" …/>" : self.findings.suggestion(for: name, among: trunks))
      }
    }
    self.checkRoutes()
    self.checkUnusedTrunks()
  }

  private mutating func checkTrunkNames() {
    var seen: [String: Plan.Position] = [:]
    for (index, trunk) in self.plan.trunks.enumerated() {
      if let first = seen[trunk.name] {
        self.findings.error(
          "duplicate-trunk", at: trunk.position, "trunk \(trunk.name) stands here twice, first in line \(first.line)",
          mend: "give one of the two another name")
      } else {
        seen[trunk.name] = trunk.position
      }
      self.checkInward(trunk, self.draft.inwardPlaces[index])
    }
  }

  private mutating func checkInward(_ trunk: Plan.TrunkEntry, _ places: [Plan.Position]) {
    var seen: Set<Digits> = []
    for (inward, place) in zip(trunk.inward, places) {
      if !seen.insert(inward.digits).inserted {
        self.findings.error(
          "duplicate-number", at: place, "\(inward.digits) leads somewhere already on trunk \(trunk.name)",
          mend: "remove one of the two")
      }
      guard !self.index.isCallable(inward.number) else { continue }
      self.findings.error(
        "unknown-number", at: place, "\(inward.digits) leads to \(inward.number), which is no station or group",
        mend: "name a number of the plan, or add \(inward.number) to stations")
    }
  }

  private mutating func checkRoutes() {
    let groups = Set(self.plan.trunkGroups.map(\.code))
    var prefixes: Set<[Digits]> = []
    var served: Set<Digits> = []
    for route in self.plan.routes {
      served.insert(route.code)
      let name = route.prefix.isEmpty ? "the route for all numbers" : "route \(route.prefix)"
      if !prefixes.insert([route.code, route.prefix]).inserted {
        self.findings.error(
          "duplicate-route", at: route.position, "\(name) behind \(route.code) stands here twice", mend: "remove one of the two")
      }
      if !groups.contains(route.trunkGroup) {
        self.findings.error(
          "unknown-trunk-group", at: route.position, "\(name) leads to trunk group \(route.trunkGroup), which does not exist",
          mend: "add <trunkGroup code=\"\(route.trunkGroup)\" …/> to trunks, or name another")
      }
    }
    for routing in self.draft.routings where !served.contains(routing.code) {
      self.findings.warning(
        "no-routes", at: routing.place, "least-cost code \(routing.code) has no routes: no number leaves by it",
        mend: "add a <route prefix=\"…\" trunkGroup=\"…\"/>, or remove it")
    }
  }

  private mutating func checkUnusedTrunks() {
    let used = Set(self.plan.trunkGroups.flatMap(\.trunks))
    for trunk in self.plan.trunks where !used.contains(trunk.name) {
      self.findings.warning(
        "unreachable", at: trunk.position, "trunk \(trunk.name) is in no trunk group: nobody can call out through it",
        mend: "add it to a trunk group")
    }
  }

  mutating func checkClasses() {
    let access = Set(self.plan.trunkGroups.map(\.code)).union(self.draft.routings.map(\.code))
    let modules = Set(self.draft.existingModules).union(self.plan.modules.map(\.module))
    var seen: [String: Plan.Position] = [:]
    for entry in self.plan.classes {
      if let first = seen[entry.name] {
        self.findings.error(
          "duplicate-class", at: entry.position, "class \(entry.name) stands here twice, first in line \(first.line)",
          mend: "give one of the two another name")
      } else {
        seen[entry.name] = entry.position
      }
      for code in entry.trunkCodes where !access.contains(code) {
        self.findings.error(
          "unknown-trunk-group", at: entry.position, "class \(entry.name) allows trunk code \(code), which does not exist",
          mend: "add a trunk group or least-cost routing with that code, or write trunks=\"none\"")
      }
      for module in entry.barredModules where !modules.contains(module) {
        self.findings.error(
          "unknown-module", at: entry.position, "class \(entry.name) bars \(module), which is no module",
          mend: self.findings.suggestion(for: module, among: self.draft.existingModules))
      }
    }
  }

  /// Access codes that nobody may dial.
  mutating func checkWaysOut() {
    let allowed = Set(self.plan.classes.flatMap(\.trunkCodes))
    // A trunk group that a table or an emergency number leads to serves without a class of its own.
    let served = Set(self.plan.routes.filter { allowed.contains($0.code) }.map(\.trunkGroup))
      .union(self.plan.emergency.map(\.trunkGroup))
    for group in self.plan.trunkGroups where !allowed.contains(group.code) && !served.contains(group.code) {
      self.reportClosed(group.code, "remove the trunk group", at: group.position)
    }
    for routing in self.draft.routings where !allowed.contains(routing.code) {
      self.reportClosed(routing.code, "remove the least-cost routing", at: routing.place)
    }
  }

  private mutating func reportClosed(_ code: Digits, _ mend: String, at place: Plan.Position) {
    self.findings.warning(
      "unreachable", at: place, "no station can reach trunk code \(code): no class of service allows it",
      mend: "add \(code) to a class or \(mend)")
  }
}
