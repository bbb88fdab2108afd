internal import Kernel
internal import NumberPlan
internal import ModuleBridge

/// The whole exchange as JSON, for people and tests.
extension Kernel {
  var stateText: String {
    JSON.object([
      ("plan", JSON.string(self.world.plan.name)),
      ("stations", Self.list(self.stationTexts)),
      ("trunks", Self.list(self.world.trunks.map(Self.text))),
      ("calls", Self.list(self.callTexts)),
      ("timers", "\(self.armedTimers)"),
      ("machines", "\(self.machineCount)"),
      ("deadline", self.nextDeadline.map { "\($0.nanoseconds)" } ?? "null"),
      ("findings", Self.list(self.audit().map { JSON.string($0) })),
    ])
  }

  private var stationTexts: [String] {
    var texts: [String] = []
    self.world.forEachStation { station in
      var features: [(String, String)] = []
      for (index, module) in self.modules.enumerated() {
        guard let summary = self.summary(of: index, .station(station.number)) else { continue }
        features.append((module.descriptor.name, JSON.string("\(summary)")))
      }
      texts.append(
        JSON.object([
          ("number", JSON.string("\(station.number)")),
          ("devices", Self.list(station.devices.map { "\($0.rawValue)" })),
          ("legs", "\(station.legCount)"),
          ("features", JSON.object(features)),
        ]))
    }
    return texts
  }

  private var callTexts: [String] {
    var texts: [String] = []
    self.world.forEachCall { id, call in
      var legs: [String] = []
      self.world.forEachLeg(of: id) { leg, found in legs.append(self.text(leg, found)) }
      texts.append(
        JSON.object([
          ("call", "\(id.number)"),
          ("point", JSON.string("\(call.point)")),
          ("caller", JSON.string("\(call.caller.number)")),
          ("dialled", JSON.string("\(call.dialled)")),
          ("target", JSON.string("\(self.world.withoutSecrets(call.target))")),
          ("answeredBy", JSON.string("\(call.answeredBy)")),
          ("legs", Self.list(legs)),
        ]))
    }
    return texts
  }

  private func text(_ id: LegID, _ leg: Leg) -> String {
    var fields = [
      ("leg", "\(id.number)"),
      ("number", JSON.string("\(leg.party.number)")),
      ("phase", JSON.string("\(leg.phase)")),
      ("holds", "\(leg.isHolding)"),
      ("hears", JSON.string(Self.text(leg.goal))),
    ]
    if let state = self.state(ofOwnerOf: id) { fields.append(("ownerState", JSON.string("\(state)"))) }
    return JSON.object(fields)
  }

  private static func text(_ goal: Goal) -> String {
    switch goal {
    case .nothing: "nothing"
    case .with(let leg): "leg \(leg.number)"
    case .music: "music"
    case .tone(let tone): "tone \(tone)"
    case .room(let number): "room \(number)"
    case .announcement(let sound): "announcement \(sound)"
    case .recording(let number): "recording \(number)"
    case .playback(let number): "playback \(number)"
    }
  }

  private static func text(_ trunk: World.Trunk) -> String {
    JSON.object([
      ("name", JSON.string(trunk.name)), ("isUp", "\(trunk.isUp)"), ("channels", "\(trunk.channels)"),
      ("legs", "\(trunk.legCount)"),
    ])
  }

  private static func list(_ elements: [String]) -> String { "[" + elements.joined(separator: ", ") + "]" }
}
