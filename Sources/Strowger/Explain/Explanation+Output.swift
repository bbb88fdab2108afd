import Kernel

extension Explanation {
  /// The steps as people read them.
  static func text(_ json: JSON) -> String {
    var table = Table()
    for (index, step) in json["steps"].elements.enumerated() {
      table.add(["\(index + 1)", step["title"].cell, step["detail"].cell, step["place"].cell])
    }
    let lines = table.text.split(separator: "\n").map { "  " + $0 }
    return ([json["dialled"].cell + " from " + json["from"].cell] + lines).joined(separator: "\n")
  }

  /// `steps` and `result`, as INTERFACE.md has them, and the words that people read.
  var json: JSON {
    [
      "dialled": .string(self.dialled.description), "from": .string(self.from.description),
      "steps": .array(self.steps.map(\.json)), "result": .string(self.result),
    ]
  }
}

extension Explanation.Step {
  fileprivate var json: JSON {
    [
      "code": JSON(self.code), "module": JSON(self.module), "action": JSON(self.action), "argument": JSON(self.argument),
      "outcome": JSON(self.outcome), "changes": .array(self.changes.map(\.json)), "title": .string(self.title),
      "detail": .string(self.detail), "place": .string(self.place),
    ]
  }
}

extension Explanation.Change {
  fileprivate var json: JSON {
    [
      "module": .string(self.module), "station": .string(self.station), "before": .string(self.before),
      "after": .string(self.after),
    ]
  }
}
