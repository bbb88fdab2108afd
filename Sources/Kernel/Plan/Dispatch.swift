/// What a dialled number is, in the order of DIAL-1.
public enum Match: Sendable, Equatable {
  /// Index into the plan's emergency numbers.
  case emergency(Int)
  case station(StationNumber)
  /// Index into the plan's groups.
  case group(Int)
  /// A number of that module (index into the plan's modules).
  case module(Int)
  case code(CodeMatch)
  /// The longest code that fits, with an argument that its grammar does not allow: answered 480, nothing changes.
  case badArgument(CodeMatch)
  /// As `badArgument`, but longer than any argument of that code allows: a module may take it for an outside number first
  /// (TRK-3); nobody does: 480 as well (DIAL-2).
  case surplusArgument(CodeMatch)
  /// Index into the plan's trunk groups, and what is dialled outside.
  case trunk(group: Int, outgoing: Digits)
  /// Index into the plan's routes that has the longest matching prefix, and what is dialled outside.
  case route(Int, outgoing: Digits)
  /// A proper prefix of valid numbers and nothing itself: 484.
  case incomplete
  /// 404.
  case unknown

  /// A feature code, right or wrong.
  var isCode: Bool {
    switch self {
    case .code, .badArgument, .surplusArgument: true
    case .emergency, .station, .group, .module, .trunk, .route, .incomplete, .unknown: false
    }
  }
}

public struct CodeMatch: Sendable, Equatable, BitwiseCopyable {
  /// Index into the plan's modules.
  public var placement: Int
  /// Index into that module's codes.
  public var code: Int
  public var argument: Digits

  public init(placement: Int, code: Int, argument: Digits) {
    self.placement = placement
    self.code = code
    self.argument = argument
  }
}

/// The plan compiled for dialling: a trie over single numbers and codes beside sorted station ranges.
///
/// A look-up touches one node for each digit and allocates nothing.
public struct Dispatch: Sendable {
  struct Node: Sendable {
    var children = SIMD16<Int32>(repeating: -1)
    var entry: Int32 = -1
    var hasChildren = false
  }
  enum Kind: UInt8, Sendable { case emergency, station, module, group, code, trunkGroup, leastCost }
  struct Entry: Sendable {
    var kind: Kind
    var index: Int32
    var code: Int32
    /// The next entry of the same digits; a checked plan has none but least-cost rows of one code.
    var next: Int32
  }
  struct Range: Sendable {
    var from: Digits
    var to: Digits
    var entry: Int32
  }

  private var nodes: [Node] = [Node()]
  private var entries: [Entry] = []
  private var ranges: [Range] = []
  private var grammars: [[ArgumentGrammar]] = []
  private var routes: [Plan.RouteEntry]

  /// Compiles `plan`; `descriptors` are those of `plan.modules`, in the same order.
  public init(_ plan: Plan, descriptors: [Descriptor]) {
    self.routes = plan.routes
    for (index, entry) in plan.emergency.enumerated() { self.insert(entry.digits, .emergency, index) }
    for (index, entry) in plan.stations.enumerated() {
      if entry.from == entry.to {
        self.insert(entry.from.digits, .station, index)
      } else {
        self.ranges.append(Range(from: entry.from.digits, to: entry.to.digits, entry: Int32(index)))
      }
    }
    for (index, entry) in plan.groups.enumerated() { self.insert(entry.number, .group, index) }
    for (index, placement) in plan.modules.enumerated() {
      let actions = index < descriptors.count ? descriptors[index].actions : []
      self.grammars.append(placement.codes.map { actions.indices.contains($0.action) ? actions[$0.action].argument : .none })
      for (code, entry) in placement.codes.enumerated() { self.insert(entry.digits, .code, index, code: code) }
      for number in placement.options.numbers { self.insert(number, .module, index) }
    }
    for (index, entry) in plan.trunkGroups.enumerated() { self.insert(entry.code, .trunkGroup, index) }
    for (index, entry) in plan.routes.enumerated() { self.insert(entry.code, .leastCost, index) }
    self.ranges.sort { Self.isBefore($0.from, $1.from) }
  }

  private mutating func insert(_ digits: Digits, _ kind: Kind, _ index: Int, code: Int = 0) {
    guard !digits.isEmpty else { return }
    var node = 0
    for position in 0..<digits.count {
      let symbol = Int(digits[position])
      if self.nodes[node].children[symbol] < 0 {
        self.nodes[node].children[symbol] = Int32(self.nodes.count)
        self.nodes[node].hasChildren = true
        self.nodes.append(Node())
      }
      node = Int(self.nodes[node].children[symbol])
    }
    self.entries.append(Entry(kind: kind, index: Int32(index), code: Int32(code), next: self.nodes[node].entry))
    self.nodes[node].entry = Int32(self.entries.count - 1)
  }

  /// Shorter numbers first, then by value.
  private static func isBefore(_ a: Digits, _ b: Digits) -> Bool {
    a.count == b.count ? a < b : a.count < b.count
  }

  /// Index into the plan's stations for `number`; a single entry, also a number of a module, beats a range.
  public func station(_ number: Digits) -> Int? {
    guard let node = self.node(number) else { return self.range(number) }
    if let single = self.find(.station, at: node) { return Int(single.index) }
    return self.find(.module, at: node) == nil ? self.range(number) : nil
  }

  private func node(_ digits: Digits) -> Int? {
    var node = 0
    for position in 0..<digits.count {
      let child = self.nodes[node].children[Int(digits[position])]
      guard child >= 0 else { return nil }
      node = Int(child)
    }
    return node
  }

  private func find(_ kind: Kind, at node: Int) -> Entry? {
    var entry = self.nodes[node].entry
    while entry >= 0 {
      let found = self.entries[Int(entry)]
      if found.kind == kind { return found }
      entry = found.next
    }
    return nil
  }

  private func range(_ number: Digits) -> Int? {
    guard let position = self.lastRange(notAfter: number) else { return nil }
    let range = self.ranges[position]
    guard range.from.count == number.count, number.isNumeric, !(range.to < number) else { return nil }
    return Int(range.entry)
  }

  private func lastRange(notAfter number: Digits) -> Int? {
    var low = 0
    var high = self.ranges.count
    while low < high {
      let middle = (low + high) / 2
      if Self.isBefore(number, self.ranges[middle].from) { high = middle } else { low = middle + 1 }
    }
    return low == 0 ? nil : low - 1
  }

  /// Finds what `dialled` is.
  public func match(_ dialled: Digits) -> Match {
    guard !dialled.isEmpty else { return .incomplete }
    var node = 0
    var whole = true
    var accepted: CodeMatch?
    var longestCode: CodeMatch?
    var trunk: (entry: Entry, depth: Int)?
    for depth in 1...dialled.count {
      let child = self.nodes[node].children[Int(dialled[depth - 1])]
      guard child >= 0 else {
        whole = false
        break
      }
      node = Int(child)
      if let entry = self.find(.code, at: node) {
        let found = CodeMatch(placement: Int(entry.index), code: Int(entry.code), argument: dialled.dropFirst(depth))
        longestCode = found
        if self.grammar(found).accepts(found.argument) { accepted = found }
      }
      if depth < dialled.count {
        if let entry = self.find(.trunkGroup, at: node) ?? self.find(.leastCost, at: node) { trunk = (entry, depth) }
      }
    }
    if whole {
      if let entry = self.find(.emergency, at: node) { return .emergency(Int(entry.index)) }
      if self.find(.station, at: node) != nil, let number = StationNumber(dialled) { return .station(number) }
      if let entry = self.find(.module, at: node) { return .module(Int(entry.index)) }
    }
    if self.range(dialled) != nil, let number = StationNumber(dialled) { return .station(number) }
    if whole, let entry = self.find(.group, at: node) { return .group(Int(entry.index)) }
    if let accepted { return .code(accepted) }
    if let longestCode, longestCode.argument.count <= self.grammar(longestCode).longest { return .badArgument(longestCode) }
    if let trunk {
      let outgoing = dialled.dropFirst(trunk.depth)
      if trunk.entry.kind == .trunkGroup { return .trunk(group: Int(trunk.entry.index), outgoing: outgoing) }
      if let route = self.longestRoute(code: dialled.prefix(trunk.depth), outgoing) { return .route(route, outgoing: outgoing) }
    }
    if let longestCode { return .surplusArgument(longestCode) }
    return whole && self.nodes[node].hasChildren || self.isPrefixOfRange(dialled) ? .incomplete : .unknown
  }

  private func grammar(_ match: CodeMatch) -> ArgumentGrammar { self.grammars[match.placement][match.code] }

  private func longestRoute(code: Digits, _ outgoing: Digits) -> Int? {
    var best: Int?
    for (index, route) in self.routes.enumerated() where route.code == code && outgoing.hasPrefix(route.prefix) {
      if let found = best, self.routes[found].prefix.count >= route.prefix.count { continue }
      best = index
    }
    return best
  }

  /// Whether more digits could make `dialled` a number of a range.
  private func isPrefixOfRange(_ dialled: Digits) -> Bool {
    guard dialled.isNumeric else { return false }
    // Ranges are few beside single numbers (a checked plan merges none, but nobody writes thousands by hand).
    for range in self.ranges where range.from.count > dialled.count {
      let from = range.from.prefix(dialled.count)
      let to = range.to.prefix(dialled.count)
      if !(dialled < from) && !(to < dialled) { return true }
    }
    return false
  }
}
