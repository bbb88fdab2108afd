/// Where the boxes, arrows and words of a state diagram stand: layers from top to bottom after Sugiyama, Tagawa and Toda (1981).
/// Words on arrows take part in the layout as nodes of their own, so that they cover nothing.
struct DiagramLayout {
  enum Content: Equatable {
    case state(String)
    case anyState
    /// The words of an arrow, or a bend of one that passes a layer.
    case label(arrow: Int)
    case bend(arrow: Int)
  }
  struct Node {
    var content: Content
    var lines: [String]
    var rank: Int
    var width: Double
    var height: Double
    /// Room kept at its left, for the dot of the beginning.
    var before = 0.0
    /// Height of its layer.
    var row = 0.0
    var x = 0.0
    var y = 0.0
  }
  /// The nodes an arrow passes, from where it begins to where it points.
  struct Route {
    var nodes: [Int]
  }

  private(set) var nodes: [Node] = []
  private(set) var routes: [Route] = []
  private(set) var width = 0.0
  private(set) var height = 0.0
  /// Node indices by rank, from left to right.
  private var ranks: [[Int]] = []
  /// Pairs of nodes on neighbouring ranks, the upper one first.
  private var links: [(upper: Int, lower: Int)] = []

  static let margin = 24.0
  private static let gap = 26.0

  init(_ diagram: StateDiagram) {
    let ends = self.addStates(diagram)
    let ranks = Self.ranks(count: self.nodes.count, ends)
    for index in self.nodes.indices { self.nodes[index].rank = ranks[index] * 2 }
    for (index, arrow) in diagram.arrows.enumerated() { self.route(index, arrow, ends[index]) }
    self.order()
    self.place()
  }

  /// - Returns: for each arrow the nodes it joins.
  private mutating func addStates(_ diagram: StateDiagram) -> [(from: Int, to: Int)] {
    for state in diagram.states {
      let repeats = diagram.repeats.first { $0.state == state }.map { Self.wrapped("↻ " + $0.events.joined(separator: ", ")) }
      self.addBox(.state(state), [state] + (repeats ?? []))
    }
    self.nodes[0].before = 30
    var general: Int?
    return diagram.arrows.map { arrow in
      let to = diagram.states.firstIndex(of: arrow.to) ?? 0
      if let from = arrow.from { return (diagram.states.firstIndex(of: from) ?? 0, to) }
      if general == nil {
        general = self.nodes.count
        self.addBox(.anyState, ["any state"])
      }
      return (general ?? 0, to)
    }
  }

  private mutating func addBox(_ content: Content, _ lines: [String]) {
    self.nodes.append(
      Node(
        content: content, lines: lines, rank: 0, width: max(72, Self.width(of: lines) + 28),
        height: 34 + Double(lines.count - 1) * 15))
  }

  /// Layers, so that every arrow but those that close a circle points down.
  private static func ranks(count: Int, _ ends: [(from: Int, to: Int)]) -> [Int] {
    var down: [(from: Int, to: Int)] = []
    var state = Array(repeating: 0, count: count)  // 0 not seen, 1 on the way, 2 done
    func visit(_ node: Int) {
      state[node] = 1
      for (from, to) in ends where from == node {
        if state[to] == 1 { down.append((to, from)) } else { down.append((from, to)) }
        if state[to] == 0 { visit(to) }
      }
      state[node] = 2
    }
    for node in 0..<count where state[node] == 0 { visit(node) }
    var ranks = Array(repeating: 0, count: count)
    for _ in 0..<count {
      for (from, to) in down where ranks[to] <= ranks[from] { ranks[to] = ranks[from] + 1 }
    }
    // Those nothing leads to stand just above what they lead to.
    for node in 0..<count where !down.contains(where: { $0.to == node }) {
      if let nearest = down.filter({ $0.from == node }).map({ ranks[$0.to] }).min() { ranks[node] = nearest - 1 }
    }
    return ranks
  }

  private mutating func route(_ index: Int, _ arrow: StateDiagram.Arrow, _ ends: (from: Int, to: Int)) {
    let pointsDown = self.nodes[ends.from].rank < self.nodes[ends.to].rank
    let (upper, lower) = pointsDown ? (ends.from, ends.to) : (ends.to, ends.from)
    let (top, bottom) = (self.nodes[upper].rank, self.nodes[lower].rank)
    var passed = [upper]
    // The words stand just behind where the arrow begins, where the eye looks for them.
    let words = pointsDown ? top + 1 : bottom - 1
    for rank in (top + 1)..<bottom {
      let isWords = rank == words
      let lines = isWords ? Self.wrapped(arrow.events.joined(separator: ", ")) : []
      passed.append(self.nodes.count)
      self.nodes.append(
        Node(
          content: isWords ? .label(arrow: index) : .bend(arrow: index), lines: lines, rank: rank,
          width: isWords ? Self.width(of: lines) + 8 : 10, height: Double(lines.count) * 15))
    }
    passed.append(lower)
    for (a, b) in zip(passed, passed.dropFirst()) { self.links.append((a, b)) }
    self.routes.append(Route(nodes: pointsDown ? passed : passed.reversed()))
  }

  // MARK: Order within a layer

  private mutating func order() {
    let count = (self.nodes.map(\.rank).max() ?? 0) + 1
    self.ranks = (0..<count).map { rank in self.nodes.indices.filter { self.nodes[$0].rank == rank } }
    var best = self.ranks
    var fewest = self.crossings()
    for round in 0..<24 where fewest > 0 {
      let goesDown = round % 2 == 0
      for rank in goesDown ? Array(1..<max(count, 1)) : Array((0..<max(count - 1, 0)).reversed()) {
        let beside = self.ranks[goesDown ? rank - 1 : rank + 1]
        let keys = self.ranks[rank].enumerated().map { position, node in
          (node, self.middle(of: node, among: beside, goesDown) ?? Double(position), position)
        }
        self.ranks[rank] = keys.sorted { $0.1 == $1.1 ? $0.2 < $1.2 : $0.1 < $1.1 }.map(\.0)
      }
      let found = self.crossings()
      if found < fewest { (best, fewest) = (self.ranks, found) }
    }
    self.ranks = best
  }

  /// The mean position of what a node is linked with on the rank beside it.
  private func middle(of node: Int, among beside: [Int], _ above: Bool) -> Double? {
    let others = self.links.filter { (above ? $0.lower : $0.upper) == node }.map { above ? $0.upper : $0.lower }
    let positions = others.compactMap { beside.firstIndex(of: $0) }
    return positions.isEmpty ? nil : Double(positions.reduce(0, +)) / Double(positions.count)
  }

  private func crossings() -> Int {
    var position = Array(repeating: 0, count: self.nodes.count)
    for rank in self.ranks { for (index, node) in rank.enumerated() { position[node] = index } }
    var count = 0
    for (index, a) in self.links.enumerated() {
      for b in self.links[(index + 1)...] where self.nodes[a.upper].rank == self.nodes[b.upper].rank {
        if (position[a.upper] - position[b.upper]) * (position[a.lower] - position[b.lower]) < 0 { count += 1 }
      }
    }
    return count
  }

  // MARK: Places

  private mutating func place() {
    for rank in self.ranks { self.spread(rank, wishes: rank.map { _ in 0 }) }
    for round in 0..<60 {
      for rank in round % 2 == 0 ? self.ranks : self.ranks.reversed() {
        self.spread(rank, wishes: rank.map { self.wish(of: $0) })
      }
    }
    let left = self.nodes.map { $0.x - $0.width / 2 - $0.before }.min() ?? 0
    for index in self.nodes.indices { self.nodes[index].x += Self.margin - left }
    self.width = (self.nodes.map { $0.x + $0.width / 2 }.max() ?? 0) + Self.margin
    var y = Self.margin
    for rank in self.ranks {
      let height = rank.map { self.nodes[$0].height }.max() ?? 0
      for node in rank {
        self.nodes[node].y = y + height / 2
        self.nodes[node].row = height
      }
      y += height + Self.gap
    }
    self.height = y - Self.gap + Self.margin
  }

  private func wish(of node: Int) -> Double {
    let beside = self.links.compactMap { $0.upper == node ? $0.lower : $0.lower == node ? $0.upper : nil }
    guard !beside.isEmpty else { return self.nodes[node].x }
    return beside.reduce(0) { $0 + self.nodes[$1].x } / Double(beside.count)
  }

  /// Puts the nodes of a rank as near to where they want to be as their widths allow: the least sum of squares, by pooling
  /// neighbours that get in each other's way (Ayer et al., 1955).
  private mutating func spread(_ rank: [Int], wishes: [Double]) {
    var offset = 0.0
    var offsets: [Double] = []
    for (index, node) in rank.enumerated() {
      if index > 0 { offset += (self.nodes[rank[index - 1]].width + self.nodes[node].width) / 2 + 18 + self.nodes[node].before }
      offsets.append(offset)
    }
    var pools: [(sum: Double, count: Int)] = []
    for (wish, offset) in zip(wishes, offsets) {
      pools.append((wish - offset, 1))
      while pools.count > 1, let last = pools.last {
        let former = pools[pools.count - 2]
        guard former.sum / Double(former.count) > last.sum / Double(last.count) else { break }
        pools.removeLast(2)
        pools.append((former.sum + last.sum, former.count + last.count))
      }
    }
    var index = 0
    for pool in pools {
      for _ in 0..<pool.count {
        self.nodes[rank[index]].x = pool.sum / Double(pool.count) + offsets[index]
        index += 1
      }
    }
  }

  // MARK: Words

  /// Lines of at most about 26 characters, broken at blanks.
  static func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + word.count < 26 {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// A generous guess at the width in a font of 12 units.
  private static func width(of lines: [String]) -> Double { Double(lines.map(\.count).max() ?? 0) * 6.8 }
}
