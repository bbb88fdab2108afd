import Kernel

/// Rings the station that left a party waiting, in the one way in which every module does it that keeps one (HOLD-3).
///
/// A module lists ``options(time:meaning:released:)`` among its own and reads them by the place of the first.
struct Recall {
  /// How long a party waits before the station is rung; zero: for ever.
  let time: Interval
  /// How long it is rung.
  let ring: Interval
  private let limit: Int

  init(_ options: OptionValues, at first: Int) {
    self.time = options.time(first)
    self.ring = options.time(first + 1)
    self.limit = options.integer(first + 2)
  }

  /// - Parameter meaning: of the first option, after "seconds".
  /// - Parameter released: who is released after the last recall that nobody answered.
  static func options(time: Interval, meaning: String, released: String) -> [Descriptor.Option] {
    [
      .init("recallTime", .time(default: time, .zero ... .seconds(3600)), meaning: "seconds \(meaning)"),
      .init("recallRing", .time(default: .seconds(20), .seconds(1) ... .seconds(180)), meaning: "seconds a recall rings"),
      .init("recallLimit", .integer(default: 10, 1...100), meaning: "recalls nobody answers before \(released)"),
    ]
  }

  /// Whether the station has been rung in vain as often as it may.
  func isOver(after recalls: UInt8) -> Bool { Int(recalls) >= self.limit }

  func alert(_ station: StationNumber, for party: LegID, in world: World, _ orders: inout Orders) {
    orders.explain(Note("recall of %", station.digits))
    orders.alert(station, for: party, calling: world.leg(party)?.party.number ?? Digits(), .recall)
  }
}
