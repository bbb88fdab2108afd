import Features
import Kernel
import TestKit
import Testing

@Suite("Facts and recovery")
struct RecoveryTests {
  private func rebuilt(_ office: Scenario) -> Kernel {
    var kernel = Kernel(modules: BuiltIn.modules)
    kernel.install(.office(BuiltIn.modules))
    #expect(kernel.restore(office.exchange.kept.facts()) == 0)
    return kernel
  }

  @Test("A conversation and what stations have set survive a restart; a call that rings does not")
  func survives() {
    let office = office().dial("401", from: "2003").dial("6012004", from: "2005").connect("2001", "2002").hold(by: "2002")
      .dial("2004", from: "2001")
    let kernel = self.rebuilt(office)
    #expect(kernel.canonicalState(durable: true) == office.kernel.canonicalState(durable: true))
    #expect(kernel.canonicalState() != office.kernel.canonicalState())
    #expect(kernel.state(of: "DoNotDisturb", .station("2003")) == "on")
    #expect(kernel.state(of: CallForward.self, .station("2005")) == .all("2004"))
    #expect(kernel.world.callCount == 1)
    #expect(kernel.world.station("2002")?.legCount == 1)
    #expect(kernel.audit().isEmpty)
  }

  @Test("After the restart the conversation is hung up as any other")
  func goesOn() {
    office().connect("2001", "2002").restart().dial("2001", from: "2003").expectFinal(.busyHere, at: "2003")
      .hangUp("2001").expect(.release(.normal), at: "2002").expectRecord(.normal, caller: "2001", dialled: "2002")
  }

  @Test("What is back in its initial state leaves no fact, and neither does a call that is over")
  func nothingKept() {
    let office = office().dial("401", from: "2003").dial("6012004", from: "2005").connect("2001", "2002")
    #expect(office.exchange.kept.machineCount == 2)
    #expect(office.exchange.kept.callCount == 1)
    office.dial("400", from: "2003").dial("600", from: "2005").hangUp("2001")
    #expect(office.exchange.kept.machineCount == 0)
    #expect(office.exchange.kept.callCount == 0)
    #expect(office.kernel.machineCount == 0)
  }

  @Test("Facts that are damaged or nobody's are counted and left out, whatever their octets")
  func damaged() {
    let office = office().dial("6012004", from: "2005").connect("2001", "2002")
    var random = SplitMix64(seed: 5)
    for _ in 0..<2_000 {
      let facts = office.exchange.kept.facts().map { fact -> Fact in
        switch fact {
        case .machine(let module, let key, let state):
          .machine(module: module, key: key, state: state.map { self.spoilt($0, &random) })
        case .call(let call, let octets): .call(call, octets.map { self.spoilt($0, &random) })
        }
      }
      var kernel = Kernel(modules: BuiltIn.modules)
      kernel.install(.office(BuiltIn.modules))
      _ = kernel.restore(facts)
      kernel.receive(.registered("2001", []), at: .zero)
      kernel.fire(at: .zero)
      #expect(kernel.audit().isEmpty)
    }
    var kernel = Kernel(modules: BuiltIn.modules)
    #expect(kernel.restore([.machine(module: "Nobody", key: .exchange, state: [1])]) == 1)
  }

  private func spoilt(_ octets: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var octets = octets
    switch random.below(3) {
    case 0: octets.removeLast(random.below(octets.count))
    case 1: octets.append(UInt8(random.below(256)))
    default: for _ in 0...random.below(3) { octets[random.below(octets.count)] = UInt8(random.below(256)) }
    }
    return octets
  }

  @Test("A setting that cannot be kept is taken back: the next call shows that nothing changed")
  func notKept() {
    let office = office().breakNextCommit().dial("401", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
      .expectState("off", of: "DoNotDisturb", "2002").dial("2002", from: "2001").expect(.alert, at: "2002").hangUp("2001")
    #expect(office.exchange.kept.machineCount == 0)
    office.dial("6012003", from: "2002").breakNextCommit().dial("6012004", from: "2002").dial("2002", from: "2001")
      .expect(.alert, at: "2003")
  }

  @Test("Of two changes in a row the one that was kept counts, though the first was not")
  func oneOfTwo() {
    var kernel = Kernel(modules: BuiltIn.modules)
    kernel.install(.office(BuiltIn.modules))
    kernel.receive(.registered("2001", [DeviceID(1)]), at: .zero)
    var turns: [UInt64] = []
    for digits: Digits in ["6012002", "6022003", "6032004"] {
      let leg = kernel.reserveLeg()
      kernel.receive(.dialled(Origination(leg: leg, caller: .station("2001", DeviceID(1)), dialled: digits)), at: .zero)
      turns.append(kernel.outbox.turn)
    }
    kernel.receive(.notKept(turn: turns[1]), at: .zero)
    #expect(kernel.state(of: CallForward.self, .station("2001")) == .noAnswer("2004"))
    kernel.receive(.kept(turn: turns[0]), at: .zero)
    kernel.receive(.notKept(turn: turns[2]), at: .zero)
    #expect(kernel.state(of: CallForward.self, .station("2001")) == .all("2002"))
  }

  @Test("The same events give the same directives, facts and state in any kernel")
  func deterministic() {
    func run() -> (UInt64, [UInt8]) {
      let office = office().dial("6032003", from: "2002").dial("2002", from: "2001").advance(by: .seconds(20)).answer("2003")
      return (office.exchange.trace.value, office.kernel.canonicalState())
    }
    #expect(run() == run())
  }
}
