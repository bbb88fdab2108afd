public import Kernel

/// A plan as it was read, with what the kernel's model leaves out but the checks need.
struct Draft {
  var plan = Plan()
  /// One for each of `plan.modules`; a module that does not exist has one without actions.
  var descriptors: [Descriptor] = []
  /// For each group, where its members stand.
  var memberPlaces: [[Plan.Position]] = []
  /// For each trunk, where its inward numbers stand.
  var inwardPlaces: [[Plan.Position]] = []
  /// Least-cost-routing tables; `plan.routes` has their lines.
  var routings: [(code: Digits, place: Plan.Position)] = []
  /// Numbers that belong to modules: which (index into `plan.modules`), and where it says so.
  var moduleNumbers: [(module: Int, number: Digits, place: Plan.Position)] = []
  var existingModules: [String] = []
  /// The module that serves groups, among all that exist.
  var groupServer: String?
}

extension Plan {
  /// How many codes there are.
  public var codeCount: Int { self.modules.reduce(0) { $0 + $1.codes.count } }

  /// How many station numbers there are; a single station within a range counts once.
  public var numberCount: Int {
    var total: UInt128 = 0
    let ranges = StationRanges(self)
    for (index, station) in self.stations.enumerated() {
      if ranges.isRange(index) {
        total += ranges.size(of: station)
      } else if ranges.range(of: station.from.digits) == nil {
        total += 1
      }
    }
    return Int(clamping: total)
  }
}
