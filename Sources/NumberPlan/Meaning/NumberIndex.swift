internal import Kernel

/// What each number of a draft is, for look-ups; everything is sorted once, so that checks stay near-linear.
struct NumberIndex {
  enum Use {
    case emergency(Int)
    case station(Int)
    case module(Int)
    case group(Int)
    case code(module: Int, code: Int)
    case trunkGroup(Int)
    case routing(Int)
  }

  struct Entry {
    var digits: Digits
    var use: Use
    var place: Plan.Position
  }

  /// Single numbers, codes included, in the order of matching (DIAL-1) and then of the file.
  let entries: [Entry]
  /// The first entry of each number.
  let first: [Digits: Int]
  let ranges: StationRanges
  /// Codes of one length each, sorted; positions in `entries`.
  let codesByLength: [[Int]]
  /// Single stations, numbers of modules and groups, by length and then number; positions in `entries`.
  let callable: [Int]
  /// Whether stations, numbers of modules or groups of a length exist.
  let hasCallable: [Bool]

  init(_ draft: Draft) {
    let plan = draft.plan
    self.ranges = StationRanges(plan)
    let entries = Self.entries(draft)
    self.entries = entries
    self.first = Dictionary(entries.enumerated().map { ($1.digits, $0) }) { first, _ in first }
    var codes: [[Int]] = Array(repeating: [], count: Digits.longest + 1)
    var callable: [Int] = []
    for (index, entry) in entries.enumerated() {
      switch entry.use {
      case .code: codes[entry.digits.count].append(index)
      case .station, .module, .group: callable.append(index)
      case .emergency, .trunkGroup, .routing: break
      }
    }
    self.codesByLength = codes.map { $0.sorted { entries[$0].digits < entries[$1].digits } }
    self.callable = callable.sorted { isBefore(entries[$0].digits, entries[$1].digits) }
    var lengths = [Bool](repeating: false, count: Digits.longest + 1)
    for index in callable { lengths[entries[index].digits.count] = true }
    for index in self.ranges.sorted { lengths[self.ranges.start(of: index).count] = true }
    self.hasCallable = lengths
  }

  private static func entries(_ draft: Draft) -> [Entry] {
    let plan = draft.plan
    var entries: [Entry] = []
    entries.reserveCapacity(plan.stations.count + plan.groups.count + plan.codeCount)
    for (index, entry) in plan.emergency.enumerated() {
      entries.append(Entry(digits: entry.digits, use: .emergency(index), place: entry.position))
    }
    for (index, entry) in plan.stations.enumerated() where entry.from == entry.to {
      entries.append(Entry(digits: entry.from.digits, use: .station(index), place: entry.position))
    }
    for (module, number, place) in draft.moduleNumbers {
      entries.append(Entry(digits: number, use: .module(module), place: place))
    }
    for (index, entry) in plan.groups.enumerated() {
      entries.append(Entry(digits: entry.number, use: .group(index), place: entry.position))
    }
    for (module, placement) in plan.modules.enumerated() {
      for (code, entry) in placement.codes.enumerated() {
        entries.append(Entry(digits: entry.digits, use: .code(module: module, code: code), place: entry.position))
      }
    }
    for (index, entry) in plan.trunkGroups.enumerated() {
      entries.append(Entry(digits: entry.code, use: .trunkGroup(index), place: entry.position))
    }
    for (index, routing) in draft.routings.enumerated() {
      entries.append(Entry(digits: routing.code, use: .routing(index), place: routing.place))
    }
    return entries
  }

  func use(of digits: Digits) -> Use? { self.first[digits].map { self.entries[$0].use } }

  /// Whether `number` is a station, a module's or a group, that is, can be called.
  func isCallable(_ number: Digits) -> Bool { self.someCallable(from: number, to: number) != nil }

  func isStation(_ number: Digits) -> Bool {
    switch self.use(of: number) {
    case .station: true
    case .module: false
    case .emergency, .group, .code, .trunkGroup, .routing, nil: self.ranges.range(of: number) != nil
    }
  }

  /// The first station, number of a module or group in `from` … `to`, which are of the same length.
  func someCallable(from: Digits, to: Digits) -> Digits? {
    guard self.hasCallable[from.count] else { return nil }
    let position = firstIndex(in: self.callable) { !isBefore(self.entries[$0].digits, from) }
    if position < self.callable.count {
      let found = self.entries[self.callable[position]].digits
      if !isBefore(to, found) { return found }
    }
    guard from.isNumeric, let range = self.ranges.range(touching: from, to) else { return nil }
    let start = self.ranges.start(of: range)
    return start < from ? from : start
  }

  /// The code that is exactly `digits`.
  func code(_ digits: Digits) -> (module: Int, code: Int)? {
    // Something else of the same digits may come first; that is a finding of its own.
    let codes = self.codesByLength[digits.count]
    let position = firstIndex(in: codes) { !(self.entries[$0].digits < digits) }
    guard position < codes.count, self.entries[codes[position]].digits == digits else { return nil }
    guard case .code(let module, let code) = self.entries[codes[position]].use else { return nil }
    return (module, code)
  }
}

extension StationRanges {
  func start(of index: Int) -> Digits { self.entry(index).from.digits }
}

extension Digits {
  /// So many times `symbol`.
  static func row(of symbol: UInt8, _ count: Int) -> Digits {
    var result = Digits()
    for _ in 0..<max(0, count) { result.append(symbol: symbol) }
    return result
  }
}
