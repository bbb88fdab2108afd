import Kernel
import Sessions
import Testing

/// Two or three phones that hold, resume, move, refresh, cancel and hang up at random, over a network that delays and
/// reorders, with a kernel that parks, fetches and transfers.
@Suite struct ExplorerTests {
  @Test(
    "Rule 5: whatever two or three phones do, each request is answered once, and talking phones hear each other",
    arguments: 0..<40)
  func explore(_ block: Int) throws {
    for seed in block * 25..<(block + 1) * 25 {
      var office = Office(seed: UInt64(seed))
      try office.run()
      if !office.faults.isEmpty {
        let ladder = office.ladder.suffix(60).joined(separator: "\n")
        Issue.record("seed \(seed): \(office.faults.joined(separator: "; "))\n\(ladder)")
        return
      }
    }
  }

  @Test(
    "MED-1, CALL-9: with a media server, whoever shall talk is heard, whoever shall hear music, tone or room does, and no port is left",
    arguments: 0..<40)
  func exploreServer(_ block: Int) throws {
    for seed in block * 25..<(block + 1) * 25 {
      var office = Office(seed: UInt64(seed), channels: [1, 2, 3, 100][seed % 4])
      try office.run()
      if !office.faults.isEmpty {
        let ladder = office.ladder.suffix(80).joined(separator: "\n")
        Issue.record("seed \(seed): \(office.faults.joined(separator: "; "))\n\(ladder)")
        return
      }
    }
  }

  @Test("Determinism: equal seeds give equal orders")
  func same() throws {
    for seed in [3, 77] as [UInt64] {
      var (a, b) = (Office(seed: seed), Office(seed: seed))
      try a.run()
      try b.run()
      #expect(a.ladder == b.ladder && !a.ladder.isEmpty)
    }
  }
}
