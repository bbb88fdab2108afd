import CStrowger
import Features
import Foundation
import Kernel
import Loading
import TestKit
import TestKitTesting
import Testing

/// A feature module in plain C (Plugins/HotLine), loaded from the library that gcc has made of it.
@Suite("Hot line, a module in C")
struct HotLineTests {
  private func hotLine() throws -> Module {
    let shelf = try Compiler.Shelf()
    try shelf.build("Plugins/HotLine/hotline.c", as: "libHotLine.so")
    return try ModuleLibrary.module("HotLine", in: "libHotLine.so", from: shelf.path)
  }

  private func office() throws -> Scenario {
    let modules = BuiltIn.modules + [try self.hotLine()]
    var plan = Plan.office(BuiltIn.modules)
    plan.add(modules[modules.count - 1], codes: [("*91", "set"), ("*90", "clear"), ("*9", "call")])
    let office = Scenario.tested(plan: plan, modules: modules)
    for station: StationNumber in ["2001", "2002", "2003"] { office.register(station) }
    return office
  }

  @Test("MOD-2: a number is set, called by the short code, and cleared")
  func setAndCall() throws {
    try self.office()
      .dial("*9", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no hot line is set")
      .dial("*912003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "hot line to 2003 set")
      .expectState("set", of: "HotLine", "2001").expectState("idle", of: "HotLine", "2002")
      .dial("*9", from: "2001").expect(.alert, at: "2003").answer("2003").expectTalking("2001", "2003").hangUp("2001")
      .dial("*90", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "hot line cleared")
      .expectState("idle", of: "HotLine", "2001")
  }

  @Test("MOD-2: where the class of service does not lead, no hot line does")
  func barred() throws {
    try self.office().dial("*917777", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "may not lead there")
      .dial("*91", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "wrong or missing number")
  }

  @Test("MOD-2: what it has kept is there after a restart")
  func restart() throws {
    try self.office().dial("*912003", from: "2001").restart().expectState("set", of: "HotLine", "2001")
      .dial("*9", from: "2001").expect(.alert, at: "2003")
  }

  @Test("MOD-2: a module built with a header whose structs have grown works, as long as it does not use what is new")
  func grownHeader() throws {
    let shelf = try Compiler.Shelf()
    let headers = Compiler.repository.appendingPathComponent("Sources/CStrowger/include")
    for name in ["strowger.h", "strowger_module.h"] {
      var text = try String(contentsOf: headers.appendingPathComponent(name), encoding: .utf8)
      for grown in ["strowger_action", "strowger_module_table", "strowger_option", "strowger_step", "strowger_leg_state"] {
        text = text.replacingOccurrences(of: "} \(grown);", with: "  uint64_t added;\n} \(grown);")
      }
      try text.write(toFile: shelf.path + "/" + name, atomically: true, encoding: .utf8)
    }
    try shelf.build("Plugins/HotLine/hotline.c", as: "libHotLine.so", ["-I", shelf.path])
    let module = try ModuleLibrary.module("HotLine", in: "libHotLine.so", from: shelf.path)
    #expect(module.descriptor.actions.map(\.name) == ["set", "clear", "call"])
    #expect(module.transitions().count == 6)
  }

  @Test("MOD-2: a module built with the header of the interface before works", .enabled(if: STROWGER_INTERFACE > 1))
  func olderInterface() throws {
    let shelf = try Compiler.Shelf()
    let headers = Compiler.repository.appendingPathComponent("Sources/CStrowger/include")
    for name in ["strowger.h", "strowger_module.h"] {
      let text = try String(contentsOf: headers.appendingPathComponent(name), encoding: .utf8)
      let older = text.replacingOccurrences(
        of: "#define STROWGER_INTERFACE \(STROWGER_INTERFACE)u", with: "#define STROWGER_INTERFACE \(STROWGER_INTERFACE - 1)u")
      if name == "strowger.h" { try #require(older != text) }
      try older.write(toFile: shelf.path + "/" + name, atomically: true, encoding: .utf8)
    }
    try shelf.build("Plugins/HotLine/hotline.c", as: "libHotLine.so", ["-I", shelf.path])
    let module = try ModuleLibrary.module("HotLine", in: "libHotLine.so", from: shelf.path)
    #expect(module.transitions().count == 6)
  }

  @Test("MOD-2: with all built-in features in a random walk nothing that must hold is violated")
  func explore() throws {
    let modules = BuiltIn.modules + [try self.hotLine()]
    var plan = Plan.town(BuiltIn.modules)
    plan.add(modules[modules.count - 1], codes: [("*91", "set"), ("*90", "clear"), ("*9", "call")])
    let report = Explorer.run(seed: 3, steps: 10_000, modules: modules, plan: plan)
    #expect(report.violations.isEmpty, "\(report)")
  }
}
