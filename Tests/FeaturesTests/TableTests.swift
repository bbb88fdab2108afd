import Features
import Kernel
import TestKit
import Testing

/// The transition tables themselves: every state × every event, and that no state is a trap.
@Suite("Tables")
struct TableTests {
  @Test("MOD-1: every state of every machine is reached and left, and nothing in the tables is unreachable")
  func reachedAndLeft() {
    for module in BuiltIn.modules {
      let rows = module.transitions()
      let states = Set(rows.map(\.from))
      // A machine that remembers nothing has one state.
      for state in states where states.count > 1 {
        let isReached = rows.contains { $0.from != state && $0.result == .goes(to: state) }
        let isLeft = rows.contains { row in
          if case .goes(let next) = row.result { row.from == state && next != state } else { false }
        }
        #expect(isReached, "\(module.descriptor.name): nothing leads to \(state)")
        #expect(isLeft, "\(module.descriptor.name): nothing leads out of \(state)")
      }
      for row in rows {
        if case .unreachable(let why) = row.result {
          Issue.record("\(module.descriptor.name), \(row.from), \(row.event): \(why)")
        }
      }
    }
  }

  @Test("DND-1, DND-2: the whole table of do not disturb")
  func doNotDisturb() {
    let rows = Module(DoNotDisturb.self).transitions()
    #expect(rows.count == 10)
    func result(_ from: String, _ event: String) -> Transition.Result? {
      rows.first { $0.from == from && $0.event == event }?.result
    }
    #expect(result("off", "dialled on") == .goes(to: "on"))
    #expect(result("on", "dialled off") == .goes(to: "off"))
    for (state, event) in [
      ("off", "dialled off"), ("on", "dialled on"), ("off", "called"), ("on", "called"), ("off", "recalled"), ("on", "recalled"),
    ] {
      #expect(result(state, event) == .stays, "\(state), \(event)")
    }
  }

  @Test("FWD-1: from every setting every other is reached by dialling, and by nothing else")
  func callForward() {
    let rows = Module(CallForward.self).transitions()
    let targets = [
      "cleared": "none", "set all": "all", "set busy": "busy", "set no answer": "no answer",
      "set busy or no answer": "busy or no answer",
    ]
    for state in targets.values {
      for row in rows where row.from == state {
        if let target = targets[row.event] {
          #expect(row.result == .goes(to: target), "\(state), \(row.event)")
        } else if row.event == "set barred" {
          #expect(row.result == .refuses(480))
        } else if row.event == "not kept" {
          if case .ignores = row.result {} else { Issue.record("\(row)") }
        } else {
          #expect(row.result == .stays, "\(state), \(row.event)")
        }
      }
    }
    #expect(rows.count == 5 * 11)
  }

  /// From one state to another, with the events that do so.
  private func ways(_ module: Module) -> [String: [String]] {
    var ways: [String: [String]] = [:]
    for row in module.transitions() {
      if case .goes(let next) = row.result { ways["\(row.from) -> \(next)", default: []].append(row.event) }
    }
    return ways.mapValues { $0.sorted() }
  }

  @Test("HOLD-1, HOLD-3: the ways between the states of hold, all of them")
  func hold() {
    #expect(
      self.ways(Module(Hold.self)) == [
        "talking -> held": ["held"], "held -> talking": ["lost", "recall due", "resumed"], "held -> recalling": ["recall due"],
        "held -> held": ["replaced"], "recalling -> talking": ["lost", "recall answered", "resumed"],
        "recalling -> held": ["recall failed", "recall over", "replaced", "restarted"],
      ])
  }

  @Test("PARK-1 to PARK-4: the ways between the states of a place, all of them")
  func callPark() {
    #expect(
      self.ways(Module(CallPark.self)) == [
        "empty -> parked": ["park"], "parked -> empty": ["left", "recall due"], "parked -> recalling": ["recall due"],
        "parked -> fetching": ["retrieve"], "recalling -> fetching": ["recall answered", "replaced", "retrieve"],
        "recalling -> empty": ["left"], "recalling -> parked": ["recall failed", "recall over", "replaced", "restarted"],
        "fetching -> empty": ["joined", "left"], "fetching -> parked": ["join failed", "left", "restarted"],
      ])
  }

  @Test("CONF-1 to CONF-5: the ways between the states of a conference, all of them")
  func conference() {
    #expect(
      self.ways(Module(Conference.self)) == [
        "building -> building": ["code"], "building -> inviting": ["owner's next call"],
        "building -> none": ["join failed", "left", "recall due"], "building -> ownerless": ["left"],
        "building -> recalling": ["recall due"], "building -> running": ["replaced", "resumed"], "inviting -> building": ["code"],
        "inviting -> inviting": ["owner's next call"], "inviting -> none": ["join failed", "left"],
        "inviting -> ownerless": ["left"], "none -> building": ["code"], "ownerless -> building": ["code"],
        "ownerless -> inviting": ["owner's next call"], "ownerless -> none": ["join failed", "left", "recall due"],
        "ownerless -> recalling": ["recall due"], "pairing -> none": ["joined", "left", "restarted"],
        "pairing -> pairing": ["replaced"], "pairing -> running": ["join failed"],
        "recalling -> building": ["recall failed", "recall over", "restarted"], "recalling -> inviting": ["owner's next call"],
        "recalling -> none": ["join failed", "left"], "recalling -> ownerless": ["recall failed", "recall over", "restarted"],
        "recalling -> recalling": ["join failed", "left"], "recalling -> running": ["recall answered", "replaced", "resumed"],
        "running -> inviting": ["owner's next call"], "running -> none": ["join failed", "left"],
        "running -> pairing": ["join failed", "left"], "running -> running": ["join failed", "left", "replaced"],
      ])
  }

  @Test("MWI-2: the ways between the states of voice mail, all of them")
  func voiceMail() {
    let ways = self.ways(Module(VoiceMail.self))
    let ends = ["limit", "media failed", "replaced", "restarted"]
    #expect(
      ways == [
        "none -> greeting": ["leaves"], "none -> opening": ["retrieves"], "none -> playing": ["retrieves"],
        "none -> closing": ["retrieves"], "greeting -> recording": ["#", "played"], "greeting -> none": ends,
        "recording -> closing": ["#", "limit"], "recording -> none": ["media failed", "replaced", "restarted"],
        "opening -> opening": ["5"], "opening -> playing": ["6", "played"], "opening -> none": ends,
        "playing -> playing": ["5", "6"], "playing -> deciding": ["played"], "playing -> moving": ["7", "9"],
        "playing -> closing": ["6"], "playing -> none": ends, "deciding -> playing": ["5", "6", "pause over"],
        "deciding -> moving": ["7", "9"], "deciding -> closing": ["6", "pause over"],
        "deciding -> none": ["media failed", "replaced", "restarted"], "moving -> playing": ["6", "played"],
        "moving -> closing": ["6", "played"], "moving -> none": ends, "closing -> none": (ends + ["played"]).sorted(),
      ])
    #expect(ways.count == 24)
  }

  @Test("XFER-1 to XFER-5: the ways between the states of transfer, all of them")
  func transfer() {
    #expect(
      self.ways(Module(Transfer.self)) == [
        "none -> dialling": ["blind", "early"], "none -> joining": ["attended"], "none -> moving": ["replaces"],
        "dialling -> none": ["restarted", "target answered", "target failed"], "dialling -> recalling": ["target failed"],
        "dialling -> waiting": ["restarted"], "joining -> none": ["join failed", "joined", "left", "party leaves", "restarted"],
        "joining -> recalling": ["join failed", "left", "restarted"], "waiting -> recalling": ["recall due"],
        "waiting -> none": ["party leaves", "recall due"], "recalling -> waiting": ["recall failed", "recall over", "restarted"],
        "recalling -> returning": ["recall answered", "replaced"], "recalling -> none": ["party leaves"],
        "returning -> none": ["joined", "party leaves"], "returning -> waiting": ["join failed", "left", "restarted"],
        "moving -> none": ["join failed", "joined", "left", "party leaves", "restarted"],
      ])
  }

  @Test("TRK-4: the ways between the states of authorisation codes, all of them")
  func authorizationCode() {
    #expect(
      self.ways(Module(AuthorizationCode.self)) == [
        "ready -> checking": ["dialled"], "ready -> ready": ["bar over", "restarted"],
        "checking -> ready": ["invalid", "left", "restarted", "took too long", "valid"], "checking -> barred": ["invalid"],
        "barred -> ready": ["bar over"],
      ])
  }

  @Test("GRP-1 to GRP-3: the ways between the states of a ring group, all of them")
  func ringGroup() {
    let ends = ["left", "member answered", "member failed", "member passed over", "restarted", "time is over"]
    #expect(
      self.ways(Module(RingGroup.self)) == [
        "none -> turn": ["turn asked"], "turn -> turn": ["turn asked"], "turn -> none": ["turn asked"],
        "none -> ringing": ["called"],
        "none -> hunting": ["called"],
        "ringing -> none": (ends + ["batch due"]).sorted(), "hunting -> none": (ends + ["member over"]).sorted(),
        "hunting -> hunting": ["member failed", "member over", "member passed over"],
      ])
  }

  @Test("FWD-1, DND-1, GRP-3, XFER-5, HOLD-3, MWI-2: what a machine writes as its fact it reads again; anything else it refuses")
  func facts() {
    func check<F: Feature>(_: F.Type) {
      for state in F.samples.states {
        var fact = FactWriter()
        F.encode(state, into: &fact)
        var reader = FactReader(fact.octets)
        #expect(F.decode(&reader) == state)
        for count in 0..<fact.octets.count {
          var short = FactReader(Array(fact.octets.prefix(count)))
          #expect(F.decode(&short) == nil)
        }
        var later = FactReader([9] + fact.octets.dropFirst())
        #expect(F.decode(&later) == nil)
      }
    }
    check(DoNotDisturb.self)
    check(CallForward.self)
    check(RingGroup.self)
    check(Transfer.self)
    check(Hold.self)
    check(CallPark.self)
    check(CallPickup.self)
    check(Conference.self)
    check(VoiceMail.self)
  }
}
