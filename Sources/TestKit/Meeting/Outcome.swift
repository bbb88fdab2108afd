import Kernel

/// What people notice, in words.
enum Outcome {
  /// How things stand: who rings, who talks to whom, who hears what. In the order of the stations.
  static func facts(_ exchange: TestExchange) -> [String] {
    var facts: [String] = []
    let lines = exchange.telephones.lines.sorted {
      self.order($0) == self.order($1) ? $0.leg.raw < $1.leg.raw : self.order($0) < self.order($1)
    }
    for line in lines {
      switch line.phase {
      case .dialling: continue
      case .called: facts.append(self.ringing(line))
      case .talking: if let fact = self.hearing(line, exchange) { facts.append(fact) }
      }
    }
    return self.unique(facts)
  }

  /// Final answers to those who dialled, and what became of transfers, since the last verb.
  static func answers(_ exchange: TestExchange) -> [String] {
    exchange.signs.compactMap { entry in
      let name = self.name(entry.party)
      switch entry.sign {
      case .final(let status): return "\(name) gets \(status)" + (entry.note.map { " (\($0))" } ?? "")
      case .transfer(.refused(let status, let note)): return "\(name) may not transfer: \(status) (\(note))"
      case .transfer(.failed(let status)): return "the transfer fails with \(status)"
      default: return nil
      }
    }
  }

  static func unique(_ texts: [String]) -> [String] {
    var seen: [String] = []
    for text in texts where !seen.contains(text) { seen.append(text) }
    return seen
  }

  private static func ringing(_ line: Line) -> String {
    guard let alert = line.alert else { return "" }
    var text =
      "\(self.name(line.party)) \(alert.purpose == .recall ? "is called back and shown" : "rings and is shown") \(alert.calling)"
    if !alert.diversions.isEmpty { text += ", diverted by \(alert.diversions.map(\.from.description).joined(separator: ", "))" }
    return text
  }

  private static func hearing(_ line: Line, _ exchange: TestExchange) -> String? {
    let name = self.name(line.party)
    switch line.goal {
    case .with(let other):
      guard let far = exchange.telephones[other], far.phase == .talking else { return nil }
      let names = [name, self.name(far.party)].sorted()
      return line.isHolding || far.isHolding ? nil : "\(names[0]) and \(names[1]) talk"
    case .music: return "\(name) hears music"
    case .room: return "\(name) is in the conference"
    case .tone(.ringback): return "\(name) hears that it rings"
    case .tone(let tone): return "\(name) hears the \(tone) tone"
    case .announcement: return "\(name) hears the mailbox"
    case .playback, .recording: return "\(name) hears the mailbox"
    case .nothing: return "\(name) hears nothing"
    }
  }

  private static func name(_ party: Party) -> String { party.number.description }
  private static func order(_ line: Line) -> String { self.name(line.party) }
}
