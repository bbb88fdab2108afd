import Features
import Kernel
import NumberPlan
import Testing

@Suite("State diagrams")
struct StateDiagramTests {
  @Test("MOD-1: a machine of two states is drawn with its beginning, its words and nothing else")
  func small() {
    #expect(
      StateDiagram(of: Module(DoNotDisturb.self)).mermaid == """
        stateDiagram-v2
          [*] --> off
          off --> on: dialled on
          on --> off: dialled off

        """)
  }

  @Test("What leads to a state from every other is drawn once")
  func fromEveryState() {
    let diagram = StateDiagram(of: Module(CallForward.self))
    #expect(diagram.arrows.count == 5)
    #expect(diagram.arrows.allSatisfy { $0.from == nil })
    #expect(diagram.mermaid.contains("  any_state --> no_answer: set no answer\n"))
  }

  @Test("Every way between two states stands in the diagram, and no other", arguments: BuiltIn.modules.map(\.descriptor.name))
  func complete(name: String) throws {
    let module = try #require(BuiltIn.modules.first { $0.descriptor.name == name })
    let diagram = StateDiagram(of: module)
    var ways: Set<String> = []
    for row in module.transitions() {
      if case .goes(let to) = row.result, to != row.from { ways.insert("\(row.from)|\(row.event)|\(to)") }
    }
    var drawn: Set<String> = []
    for arrow in diagram.arrows {
      for from in arrow.from.map({ [$0] }) ?? diagram.states where from != arrow.to {
        for event in arrow.events { drawn.insert("\(from)|\(event)|\(arrow.to)") }
      }
    }
    #expect(drawn == ways)
  }

  @Test("No box or word of a picture covers another", arguments: BuiltIn.modules.map(\.descriptor.name))
  func nothingOverlaps(name: String) throws {
    let module = try #require(BuiltIn.modules.first { $0.descriptor.name == name })
    let diagram = StateDiagram(of: module)
    let boxes = Self.rectangles(diagram.svg)
    #expect(boxes.count >= diagram.states.count)
    for (index, a) in boxes.enumerated() {
      for b in boxes[(index + 1)...] {
        let isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        #expect(isApart, "\(a) covers \(b)")
      }
    }
  }

  private struct Box {
    var x, y, width, height: Double
  }

  /// All but the background.
  private static func rectangles(_ svg: String) -> [Box] {
    svg.split(separator: "\n").filter { $0.hasPrefix("<rect x=") }.compactMap { line in
      let words = line.split(separator: "\"")
      func value(_ index: Int) -> Double? { words.indices.contains(index) ? Double(words[index]) : nil }
      guard let x = value(1), let y = value(3), let width = value(5), let height = value(7) else { return nil }
      return Box(x: x, y: y, width: width, height: height)
    }
  }
}
