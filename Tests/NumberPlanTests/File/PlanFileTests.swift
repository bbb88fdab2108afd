import Features
import Kernel
import NumberPlan
import Testing

struct PlanFileTests {
  @Test("PLAN-1: the shipped plan has no findings")
  func shippedPlan() throws {
    let result = PlanFile.load(path: repository + "NumberPlan.xml", modules: BuiltIn.modules.map(\.descriptor))
    #expect(result.findings == [])
    let plan = try #require(result.plan)
    #expect(result.counts == "\(plan.codeCount) codes, 1000 numbers")
    #expect(plan.modules.map(\.module) == BuiltIn.modules.map(\.descriptor.name))
    let forward = try #require(plan.modules.first { $0.module == "CallForward" })
    #expect(forward.options.time(0) == .seconds(15))
    #expect(forward.options.integer(1) == 10)
    #expect(forward.codes.map { "\($0.digits)" } == ["600", "601", "602", "603", "604"])
    #expect(forward.codes.map(\.action) == [0, 1, 2, 3, 4])
    #expect(plan.modules.flatMap(\.options.numbers) == ["2999"])
    #expect(plan.stations.map(\.className) == ["national"])
  }

  @Test("PLAN-2: a plan with mistakes prints all of them, how to mend each, and that it is not loaded")
  func transcript() {
    let bytes = Array(Plans.office.utf8)
    let result = PlanFile.parse(bytes, name: "office.xml", modules: Modules.all)
    #expect(
      result.text == """
        office.xml:9:7: error: station 122001 takes the place of code 12 (CallPark, retrieve) with 2001
            dialling 122001 rings the station, and a call parked on 2001 cannot be fetched; move the station or change the code
        office.xml:21:5: error: code 112 (SpeedDial) is the emergency number 112
            emergency numbers may not be codes; choose another code
        office.xml:30:12: warning: no station can reach trunk code 8: no class of service allows it
            add 8 to a class or remove the trunk group
        2 errors, 1 warning: not loaded
        """)
    #expect(result.plan == nil)
  }

  @Test("PLAN-2: findings as JSON have stable keys")
  func json() {
    #expect(
      check("<stations><station number=\"\\&quot;\"/></stations>").json == """
        [
          {"file": "t.xml", "line": 2, "column": 20, "severity": "error", "rule": "schema", \
        "message": "\\"\\\\\\"\\" is no number of a station", "mend": "allowed: 1 to 24 of the digits 0-9"}
        ]
        """)
    #expect(check("").json == "[]")
  }

  @Test("PLAN-2: a plan that only warns is loaded")
  func warningsLoad() {
    let result = check("<features><module name=\"CallPark\"/></features>")
    #expect(result.plan != nil)
    #expect(result.text.hasSuffix("1 warning: may be loaded (0 codes, 0 numbers)"))
  }

  @Test(
    "PLAN-2: a file that cannot be read is a finding",
    arguments: ["/nonexistent/plan.xml", "/tmp", "/dev/null", "/proc/self/mem"])
  func unreadable(path: String) {
    let result = PlanFile.load(path: path, modules: [])
    #expect(result.plan == nil)
    #expect(result.errors == 1)
    #expect(result.text.hasPrefix("\(path):1:1: error: "))
  }

  @Test("PLAN-1: every part of a plan reaches the kernel's model")
  func readsEverything() throws {
    let result = checkText(Plans.complete)
    #expect(result.findings == [])
    let plan = try #require(result.plan)
    #expect(plan.name == "Complete")
    #expect(result.counts == "11 codes, 1001 numbers")
    #expect(plan.stations[1].pickupGroup == 2)
    #expect(plan.modules[0].options.integer(0) == 1)
    #expect(plan.modules[1].options.time(0) == .milliseconds(1500))
    #expect(plan.modules[1].codes[1].outcome == .ok)
    #expect(plan.modules[2].options.boolean(1) == false)
    #expect(plan.modules[4].library == "libSpeedDial.so")
    let group = try #require(plan.groups.first)
    #expect(group.ring == .distributed)
    #expect(group.members.map { "\($0)" } == ["2001", "2002"])
    #expect(group.overflow == "2003")
    #expect(group.overflowTime == .milliseconds(500))
    #expect(plan.groups.last?.overflowTime == .seconds(30))
    let trunk = try #require(plan.trunks.first)
    #expect(trunk.address == "sip:192.0.2.10:5060")
    #expect(trunk.sources == ["192.0.2.10", "192.0.2.11"])
    #expect(trunk.channels == 30)
    #expect(trunk.registers)
    #expect(trunk.inward.map { "\($0.digits) \($0.number)" } == ["0398722900 2001"])
    #expect(plan.trunkGroups.map(\.trunks) == [["carrier"]])
    #expect(plan.routes.map { "\($0.code) \($0.prefix) \($0.trunkGroup)" } == ["0 04 9", "0  9"])
    #expect(plan.classes.map(\.trunkCodes) == [[], ["9", "0"]])
    #expect(plan.classes.map(\.barredModules) == [["CallForward", "CallPark"], []])
    #expect(plan.classes.map(\.trunkToTrunk) == [false, true])
    #expect(plan.emergency.map { "\($0.digits) \($0.trunkGroup)" } == ["112 9"])
    #expect(plan.trunks.first?.position == Plan.Position(line: 35, column: 5))
  }

  @Test("DIAL-3: codes, actions and arguments of a loaded plan are what is dialled")
  func dispatches() throws {
    let builtIn = BuiltIn.modules.map(\.descriptor)
    let plan = try #require(PlanFile.load(path: repository + "NumberPlan.xml", modules: builtIn).plan)
    let descriptors = plan.modules.compactMap { placement in builtIn.first { $0.name == placement.module } }
    let dispatch = Dispatch(plan, descriptors: descriptors)
    #expect(dispatch.match("2001") == StationNumber("2001").map { .station($0) })
    let voiceMail = try #require(plan.modules.firstIndex { $0.module == "VoiceMail" })
    #expect(dispatch.match("2999") == .module(voiceMail))
    #expect(dispatch.match("*98") == .code(CodeMatch(placement: voiceMail, code: 0, argument: "")))
    guard case .code(let match) = dispatch.match("6012002") else {
      Issue.record("6012002 is no code")
      return
    }
    #expect(plan.modules[match.placement].module == "CallForward")
    #expect(match.argument == "2002")
  }
}
