internal import Kernel

extension PlanReader {
  mutating func readTrunks(_ element: Element) {
    if element.isNamed("trunk") {
      self.readTrunk(element)
    } else if element.isNamed("trunkGroup") {
      guard let code = self.digits(element, "code") else { return }
      self.draft.plan.trunkGroups.append(
        Plan.TrunkGroupEntry(code: code, trunks: words(element.text("trunks") ?? ""), position: self.place(element)))
    } else if element.isNamed("leastCostRouting") {
      self.readRouting(element)
    }
  }

  private mutating func readTrunk(_ element: Element) {
    guard let name = element.text("name"), let address = element.text("address"), !name.isEmpty, !address.isEmpty else { return }
    var inward: [(digits: Digits, number: Digits)] = []
    var places: [Plan.Position] = []
    for child in element.children where child.isNamed("did") {
      guard let digits = self.digits(child, "digits"), let number = self.digits(child, "number") else { continue }
      inward.append((digits, number))
      places.append(self.place(child))
    }
    self.draft.plan.trunks.append(
      Plan.TrunkEntry(
        name: name, address: address, sources: words(element.text("sources") ?? ""),
        channels: self.count(element, "channels") ?? 0, registers: element.text("register") == "true", inward: inward,
        position: self.place(element)))
    self.draft.inwardPlaces.append(places)
  }

  private mutating func readRouting(_ element: Element) {
    guard let code = self.digits(element, "code") else { return }
    self.draft.routings.append((code, self.place(element)))
    for child in element.children where child.isNamed("route") {
      guard let group = self.digits(child, "trunkGroup"), let prefix = self.prefix(child) else { continue }
      self.draft.plan.routes.append(
        Plan.RouteEntry(code: code, prefix: prefix, trunkGroup: group, position: self.place(child)))
    }
  }

  /// May be empty: such a route fits always.
  private func prefix(_ element: Element) -> Digits? { element.octets("prefix").flatMap { Digits(ascii: $0) } }
}
