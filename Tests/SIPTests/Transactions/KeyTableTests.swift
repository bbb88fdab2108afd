import Testing

@testable import SIP

@Suite("The tables under the transactions")
struct KeyTableTests {
  @Test("The key table agrees with a dictionary over random changes", arguments: 0..<10)
  func againstDictionary(seed: UInt64) {
    var dice = Dice(seed: seed)
    var table = KeyTable()
    var model: [Key128: UInt32] = [:]
    // Few different hashes on purpose: long runs that cross each other and the end of the table.
    let keys = (0..<600).map { Key128(first: UInt64($0 % 37) &- 12, second: UInt64($0)) }
    for step in 0..<6000 {
      let key = keys[dice.below(keys.count)]
      switch dice.below(3) {
      case 0:
        table.set(key, UInt32(step))
        model[key] = UInt32(step)
      case 1:
        table.remove(key, table.find(key))
        model[key] = nil
      default: table.remove(key, UInt32.max - 1)
      }
      #expect(table.count == model.count)
      #expect(table.find(key) == model[key] ?? KeyTable.none)
    }
    for key in keys { #expect(table.find(key) == model[key] ?? KeyTable.none) }
  }

  @Test("With 50,000 keys a search looks at two entries on average")
  func cost() {
    var table = KeyTable()
    let keys = (0..<50_000).map { Key128(Array("z9hG4bK\($0)".utf8), seed: TransactionRig.seed) }
    for (index, key) in keys.enumerated() { table.set(key, UInt32(index)) }
    let probes = keys.reduce(0) { $0 + table.probes($1) }
    #expect(probes < 2 * keys.count)
    #expect(keys.allSatisfy { table.probes($0) < 64 })
    for (index, key) in keys.enumerated() { table.remove(key, UInt32(index)) }
    #expect(table.count == 0)
    #expect(keys.allSatisfy { table.probes($0) == 1 })
  }

  @Test("An identifier of a place that was left means nothing, whoever lives there now")
  func generations() {
    var slots = SlotTable<ClientSlot>()
    let first = slots.insert(.vacant)
    let id = slots.id(first)
    #expect(id != 0)
    #expect(slots.index(of: id) == first)
    slots.remove(first)
    #expect(slots.index(of: id) == nil)
    let second = slots.insert(.vacant)
    #expect(second == first)
    #expect(slots.id(second) != id)
    #expect(slots.index(of: id) == nil)
    for junk: UInt64 in [0, 1, .max, 1 << 32, 7 << 32 | 5, 2 << 32] { #expect(slots.index(of: junk) == nil) }
    #expect(slots.count == 1)
  }
}
