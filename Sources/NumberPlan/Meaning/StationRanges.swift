internal import Kernel

/// The station ranges of a plan in order, to find the one that holds a number. Entries that run backwards or whose ends differ
/// in length are no ranges: something else says so.
struct StationRanges {
  private var order: [Int] = []
  private let stations: [Plan.StationEntry]

  init(_ plan: Plan) {
    self.stations = plan.stations
    self.order = plan.stations.indices.filter { self.isRange($0) }
      .sorted { isBefore(plan.stations[$0].from.digits, plan.stations[$1].from.digits) }
  }

  /// Indices of stations, by length and then number.
  var sorted: [Int] { self.order }

  func entry(_ index: Int) -> Plan.StationEntry { self.stations[index] }

  func isRange(_ index: Int) -> Bool {
    let station = self.stations[index]
    return station.from != station.to && station.from.digits.count == station.to.digits.count
      && !(station.to.digits < station.from.digits)
  }

  /// The index of the station entry that is a range with `number` in it.
  func range(of number: Digits) -> Int? { self.range(touching: number, number) }

  /// One that has a number in common with `from` … `to`, which are of the same length.
  func range(touching from: Digits, _ to: Digits) -> Int? {
    let position = firstIndex(in: self.order) { isBefore(to, self.stations[$0].from.digits) }
    guard position > 0 else { return nil }
    let index = self.order[position - 1]
    let range = self.stations[index]
    return range.from.digits.count == from.count && !(range.to.digits < from) ? index : nil
  }

  func size(of station: Plan.StationEntry) -> UInt128 { value(station.to.digits) - value(station.from.digits) + 1 }
}

/// Shorter numbers first, then by value.
func isBefore(_ a: Digits, _ b: Digits) -> Bool { a.count == b.count ? a < b : a.count < b.count }

/// The first position whose element fulfils `condition`, which holds from there on; the count if none does.
func firstIndex<Element>(in sorted: [Element], where condition: (Element) -> Bool) -> Int {
  var low = 0
  var high = sorted.count
  while low < high {
    let middle = (low + high) / 2
    if condition(sorted[middle]) { high = middle } else { low = middle + 1 }
  }
  return low
}

/// A station number's value: at most 24 digits, so it fits. What is no digit counts as 0.
func value(_ digits: Digits) -> UInt128 {
  var result: UInt128 = 0
  for index in 0..<min(24, digits.count) { result = result * 10 + UInt128(min(9, digits[index])) }
  return result
}
