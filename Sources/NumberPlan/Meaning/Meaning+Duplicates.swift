internal import Kernel

extension Meaning {
  /// Two things of the same number: only the one that is matched first (DIAL-1) could ever be reached.
  mutating func checkDuplicates() {
    for (position, entry) in self.index.entries.enumerated() {
      if let first = self.index.first[entry.digits], first != position {
        self.reportDuplicate(entry, of: self.index.entries[first])
      }
      self.checkInRange(entry)
    }
  }

  private mutating func reportDuplicate(_ entry: NumberIndex.Entry, of first: NumberIndex.Entry) {
    switch (first.use, entry.use) {
    case (.emergency, .emergency), (.station, .station), (.group, .group), (.trunkGroup, .trunkGroup), (.routing, .routing):
      self.findings.error(
        "duplicate-number", at: entry.place, "\(self.name(entry)) stands here twice, first in line \(first.place.line)",
        mend: "remove one of the two")
    case (.emergency, let use):
      self.reportEmergency(entry, use)
    case (.code, .code):
      self.findings.error(
        "duplicate-code", at: entry.place, "\(self.name(entry)) is \(self.name(first)) already, in line \(first.place.line)",
        mend: "choose another code for one of the two")
    default:
      self.findings.error(
        "duplicate-number", at: entry.place, "\(self.name(entry)) is \(self.name(first)) already, in line \(first.place.line)",
        mend: "choose another number for one of the two")
    }
  }

  private mutating func reportEmergency(_ entry: NumberIndex.Entry, _ use: NumberIndex.Use) {
    let (plural, what) =
      switch use {
      case .station: ("stations", "number")
      case .module: ("numbers of modules", "number")
      case .group: ("groups", "number")
      default: ("codes", "code")
      }
    self.findings.error(
      "emergency-number", at: entry.place, "\(self.name(entry)) is the emergency number \(entry.digits)",
      mend: "emergency numbers may not be \(plural); choose another \(what)")
  }

  /// A range takes every number in it but single stations and numbers of modules; an emergency number takes its number out of the range.
  private mutating func checkInRange(_ entry: NumberIndex.Entry) {
    switch entry.use {
    case .station, .module: return
    case .emergency, .group, .code, .trunkGroup, .routing: break
    }
    guard let range = self.index.ranges.range(of: entry.digits) else { return }
    let station = self.plan.stations[range]
    if case .emergency = entry.use {
      self.findings.error(
        "emergency-number", at: station.position,
        "\(self.rangeName(station)) hold the emergency number \(entry.digits)",
        mend: "emergency numbers may not be stations; end the range before it and begin another behind it")
    } else {
      self.findings.error(
        "duplicate-number", at: entry.place,
        "\(self.name(entry)) is a station already, of the range \(station.from) to \(station.to) "
          + "in line \(station.position.line)",
        mend: "choose another number or shorten the range")
    }
  }

  func rangeName(_ station: Plan.StationEntry) -> String { "stations \(station.from) to \(station.to)" }
}
