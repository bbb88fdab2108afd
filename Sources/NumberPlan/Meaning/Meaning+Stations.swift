internal import Kernel

extension Meaning {
  mutating func checkStations() {
    let classes = Set(self.plan.classes.map(\.name))
    let names = self.plan.classes.map(\.name)
    for station in self.plan.stations {
      self.checkEnds(station)
      if let name = station.className, !classes.contains(name) {
        self.findings.error(
          "unknown-class", at: station.position, "there is no class of service \(name)",
          mend: names.isEmpty
            ? "add <class name=\"\(name)\"/> to classesOfService" : self.findings.suggestion(for: name, among: names))
      }
    }
    self.checkOverlaps()
    self.checkCoveredRanges()
  }

  private mutating func checkEnds(_ station: Plan.StationEntry) {
    if station.from.digits.count != station.to.digits.count {
      self.findings.error(
        "range", at: station.position, "range \(station.from) to \(station.to): the ends have different lengths",
        mend: "write one range for each length of number")
    } else if station.to.digits < station.from.digits {
      self.findings.error(
        "range", at: station.position, "range \(station.from) to \(station.to) runs backwards", mend: "exchange from and to")
    }
  }

  private mutating func checkOverlaps() {
    var last: Plan.StationEntry?
    for index in self.index.ranges.sorted {
      let range = self.plan.stations[index]
      if let last, last.from.digits.count == range.from.digits.count, !(last.to.digits < range.from.digits) {
        let (first, second) = last.position.isBefore(range.position) ? (last, range) : (range, last)
        self.findings.error(
          "overlap", at: second.position,
          "range \(second.from) to \(second.to) overlaps the range \(first.from) to \(first.to) in line \(first.position.line)",
          mend: "shorten one of the two; a single <station> may stand within a range")
        if range.to.digits < last.to.digits { continue }
      }
      last = range
    }
  }

  /// A range whose every number has an entry of its own says nothing.
  private mutating func checkCoveredRanges() {
    var singles: [Int: Set<Digits>] = [:]
    for station in self.plan.stations where station.from == station.to {
      if let range = self.index.ranges.range(of: station.from.digits) { singles[range, default: []].insert(station.from.digits) }
    }
    for index in self.index.ranges.sorted {
      let range = self.plan.stations[index]
      guard let count = singles[index]?.count, UInt128(count) == self.index.ranges.size(of: range) else { continue }
      self.findings.warning(
        "unreachable", at: range.position,
        "range \(range.from) to \(range.to) is never used: each of its numbers is a station of its own", mend: "remove the range")
    }
  }
}

extension Plan.Position {
  func isBefore(_ other: Plan.Position) -> Bool { (self.line, self.column) < (other.line, other.column) }
}
