extension StateDiagram {
  /// The diagram as a picture of its own (SVG 1.1): states as boxes, words on the arrows, the beginning as a dot. The same table
  /// gives the same octets.
  public var svg: String {
    let layout = DiagramLayout(self)
    var drawing = StateDrawing(layout)
    drawing.begin(self.module)
    for (index, arrow) in self.arrows.enumerated() { drawing.drawRoute(index, isGeneral: arrow.from == nil) }
    for node in layout.nodes { drawing.draw(node, isInitial: node.content == .state(self.states[0])) }
    return drawing.text + "</svg>\n"
  }
}

/// Writes the shapes of one diagram.
private struct StateDrawing {
  let layout: DiagramLayout
  /// Where each route leaves and reaches its boxes, so that several do not fall on one point.
  private var ports: [[Double]] = []
  private(set) var text = ""

  init(_ layout: DiagramLayout) {
    self.layout = layout
    self.ports = layout.routes.map { [layout.nodes[$0.nodes[0]].x, layout.nodes[$0.nodes[$0.nodes.count - 1]].x] }
    for node in layout.nodes.indices {
      self.spreadPorts(of: node, below: true)
      self.spreadPorts(of: node, below: false)
    }
  }

  mutating func begin(_ title: String) {
    let (width, height) = (Self.number(self.layout.width), Self.number(self.layout.height))
    self.text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
      font-family="sans-serif" font-size="12">
      <title>\(Self.plain(title))</title>
      <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">\
      <path d="M0 1 L10 5 L0 9 z" fill="#345"/></marker></defs>
      <rect width="\(width)" height="\(height)" fill="white"/>

      """
  }

  mutating func drawRoute(_ index: Int, isGeneral: Bool) {
    let nodes = self.layout.routes[index].nodes.map { self.layout.nodes[$0] }
    guard let first = nodes.first, let last = nodes.last else { return }
    let direction = last.y > first.y ? 1.0 : -1.0
    // Straight through each layer, so that nothing that stands beside is crossed.
    let (leave, reach) = (self.ports[index][0], self.ports[index][1])
    var points = [(leave, first.y + direction * first.height / 2), (leave, first.y + direction * first.row / 2)]
    for node in nodes.dropFirst().dropLast() {
      points.append((node.x, node.y - direction * node.row / 2))
      points.append((node.x, node.y + direction * node.row / 2))
    }
    points += [(reach, last.y - direction * last.row / 2), (reach, last.y - direction * last.height / 2)]
    var path = "M\(Self.number(points[0].0)) \(Self.number(points[0].1))"
    for (from, to) in zip(points, points.dropFirst()) where from != to {
      let middle = (from.1 + to.1) / 2
      path += " C" + [from.0, middle, to.0, middle, to.0, to.1].map { Self.number($0) }.joined(separator: " ")
    }
    let dashes = isGeneral ? " stroke-dasharray=\"5 3\"" : ""
    self.text += "<path d=\"\(path)\" fill=\"none\" stroke=\"#345\"\(dashes) marker-end=\"url(#head)\"/>\n"
  }

  mutating func draw(_ node: DiagramLayout.Node, isInitial: Bool) {
    switch node.content {
    case .bend: return
    case .state, .anyState:
      let isGeneral = node.content == .anyState
      if isInitial { self.drawBeginning(of: node) }
      self.rectangle(node, isGeneral ? "white" : isInitial ? "#dbe9f6" : "#f2f5f8", "#345", radius: 8, isDashed: isGeneral)
    case .label: self.rectangle(node, "white", "none", radius: 0, isDashed: false)
    }
    for (index, line) in node.lines.enumerated() {
      let isName = index == 0 && node.content != .anyState && !self.isWords(node)
      let y = node.y + (Double(index) - Double(node.lines.count - 1) / 2) * 15 + 4
      let style = isName ? " font-weight=\"bold\"" : node.content == .anyState ? " font-style=\"italic\"" : ""
      self.text +=
        "<text x=\"\(Self.number(node.x))\" y=\"\(Self.number(y))\" text-anchor=\"middle\"\(style)>\(Self.plain(line))</text>\n"
    }
  }

  private func isWords(_ node: DiagramLayout.Node) -> Bool { if case .label = node.content { true } else { false } }

  private mutating func drawBeginning(of node: DiagramLayout.Node) {
    let left = node.x - node.width / 2
    let y = Self.number(node.y)
    self.text += "<circle cx=\"\(Self.number(left - 25))\" cy=\"\(y)\" r=\"5\" fill=\"#345\"/>\n"
    self.text +=
      "<path d=\"M\(Self.number(left - 25)) \(y) L\(Self.number(left)) \(y)\" stroke=\"#345\" marker-end=\"url(#head)\"/>\n"
  }

  private mutating func rectangle(
    _ node: DiagramLayout.Node, _ fill: String, _ stroke: String, radius: Double, isDashed: Bool
  ) {
    self.text +=
      "<rect x=\"\(Self.number(node.x - node.width / 2))\" y=\"\(Self.number(node.y - node.height / 2))\" "
      + "width=\"\(Self.number(node.width))\" height=\"\(Self.number(node.height))\" rx=\"\(Self.number(radius))\" fill=\"\(fill)\" "
      + "stroke=\"\(stroke)\"\(isDashed ? " stroke-dasharray=\"5 3\"" : "")/>\n"
  }

  /// Spreads the ends of arrows over one side of a box, in the order of where they come from.
  private mutating func spreadPorts(of node: Int, below: Bool) {
    var ends: [(route: Int, end: Int, x: Double)] = []
    for (index, route) in self.layout.routes.enumerated() {
      for (end, neighbours) in [(0, Array(route.nodes.prefix(2))), (1, Array(route.nodes.suffix(2).reversed()))]
      where neighbours[0] == node {
        let beside = self.layout.nodes[neighbours[1]]
        if (beside.y > self.layout.nodes[node].y) == below { ends.append((index, end, beside.x)) }
      }
    }
    ends.sort { $0.x == $1.x ? $0.route < $1.route : $0.x < $1.x }
    let box = self.layout.nodes[node]
    for (position, end) in ends.enumerated() {
      self.ports[end.route][end.end] = box.x - box.width / 2 + box.width * Double(position + 1) / Double(ends.count + 1)
    }
  }

  /// One decimal at most, written the same everywhere.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  private static func plain(_ text: String) -> String {
    text.map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : $0 == ">" ? "&gt;" : "\($0)" }.joined()
  }
}
