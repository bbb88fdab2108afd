import Kernel
import Testing

@Suite("Slot map")
struct SlotMapTests {
  @Test("A handle finds its value until it is removed, and never another")
  func generations() {
    var map = SlotMap<Int>()
    let first = map.insert(1)
    #expect(map[first] == 1)
    #expect(map.remove(first) == 1)
    #expect(map.remove(first) == nil)
    let second = map.insert(2)
    #expect(second.index == first.index)
    #expect(map[first] == nil)
    let changed = map.update(first) { $0 = 9 }
    #expect(!changed)
    #expect(map[second] == 2)
    #expect(map[.none] == nil)
    #expect(Handle<Int>(raw: second.raw) == second)
  }

  @Test("Put back where it was, an entry keeps its handle and nothing else can take it")
  func restored() {
    var map = SlotMap<Int>()
    let handle = Handle<Int>(index: 5, generation: 7)
    let first = map.restore(42, at: handle)
    let again = map.restore(43, at: handle)
    #expect(first)
    #expect(!again)
    #expect(map[handle] == 42)
    var given: [UInt32] = []
    for value in 0..<8 { given.append(map.insert(value).index) }
    #expect(!given.contains(5))
    #expect(Set(given).count == 8)
    #expect(map.count == 9)
    let hostile = map.restore(1, at: Handle(index: .max - 1, generation: 1))
    #expect(!hostile)
  }

  @Test("Entries come in the order of their slots")
  func order() {
    var map = SlotMap<Int>()
    let handles = (0..<10).map { map.insert($0) }
    map.remove(handles[3])
    map.remove(handles[7])
    _ = map.insert(70)
    var seen: [Int] = []
    map.forEach { _, value in seen.append(value) }
    #expect(seen == [0, 1, 2, 4, 5, 6, 70, 8, 9])
  }
}
