internal import Kernel

extension Meaning {
  mutating func checkGroups() {
    for (index, group) in self.plan.groups.enumerated() {
      self.checkMembers(group, self.draft.memberPlaces[index])
      self.checkService(group)
      guard let overflow = group.overflow, !self.index.isCallable(overflow), !self.isOutside(overflow) else { continue }
      self.findings.error(
        "unknown-number", at: group.position, "group \(group.number) overflows to \(overflow), which is no station or group",
        mend: "name a number of the plan, or add \(overflow) to stations")
    }
  }

  private mutating func checkMembers(_ group: Plan.GroupEntry, _ places: [Plan.Position]) {
    if group.members.isEmpty {
      self.findings.warning(
        "empty-group", at: group.position, "group \(group.number) has no members: whoever calls it hears busy",
        mend: "add a <member number=\"…\"/>, or remove the group")
    }
    var seen: Set<StationNumber> = []
    for (member, place) in zip(group.members, places) {
      if !seen.insert(member).inserted {
        self.findings.error(
          "duplicate-member", at: place, "station \(member) is a member of group \(group.number) already",
          mend: "remove one of the two")
      }
      if !self.index.isStation(member.digits) {
        self.findings.error(
          "unknown-number", at: place, "member \(member) of group \(group.number) is no station",
          mend: "add \(member) to stations, or remove the member")
      }
    }
  }

  private mutating func checkService(_ group: Plan.GroupEntry) {
    guard let server = self.draft.groupServer else { return }
    guard let placed = self.plan.modules.firstIndex(where: { $0.module == server }) else {
      return self.findings.warning(
        "unserved-group", at: group.position,
        "no module serves group \(group.number): whoever calls it hears that nobody is there",
        mend: "add module \(server) to features, or remove the group")
    }
    guard let limit = self.draft.descriptors[placed].options.firstIndex(where: { $0.name == "maximumMembers" }) else { return }
    let most = self.plan.modules[placed].options.integer(limit)
    guard group.members.count > most else { return }
    self.findings.warning(
      "too-many-members", at: group.position,
      "group \(group.number) has \(group.members.count) members, of whom only the first \(most) are called",
      mend: "raise maximumMembers of module \(server), or remove members")
  }

  /// Whether `number` is an access code with something behind it.
  func isOutside(_ number: Digits) -> Bool {
    for length in 1..<max(1, number.count) {
      switch self.index.use(of: number.prefix(length)) {
      case .trunkGroup, .routing: return true
      default: continue
      }
    }
    return false
  }

  /// Groups that overflow to each other in a circle: a call would end busy after going round (FWD-4).
  mutating func checkOverflowCircles() {
    // 0: not yet seen; otherwise the walk in which a group was seen. A walk that meets itself has found a circle.
    var seen = [Int](repeating: 0, count: self.plan.groups.count)
    for start in self.plan.groups.indices {
      var path: [Int] = []
      var next: Int? = start
      while let group = next, seen[group] == 0 {
        seen[group] = start + 1
        path.append(group)
        next = self.overflowGroup(group)
      }
      guard let group = next, seen[group] == start + 1, let from = path.firstIndex(of: group) else { continue }
      self.reportCircle(Array(path[from...]))
    }
  }

  private func overflowGroup(_ group: Int) -> Int? {
    guard let overflow = self.plan.groups[group].overflow, case .group(let next) = self.index.use(of: overflow) else {
      return nil
    }
    return next
  }

  private mutating func reportCircle(_ circle: [Int]) {
    let groups = circle.map { self.plan.groups[$0] }
    guard let first = groups.first else { return }
    let way = (groups.prefix(8).map { "\($0.number)" } + (groups.count > 8 ? ["…"] : []) + ["\(first.number)"]).joined(
      separator: " to ")
    self.findings.error(
      "overflow-circle", at: first.position,
      groups.count == 1 ? "group \(first.number) overflows to itself" : "groups overflow in a circle: \(way)",
      mend: "let one of them overflow to a station, or to nothing")
  }
}
