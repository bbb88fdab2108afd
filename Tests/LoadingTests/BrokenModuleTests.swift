import CStrowger
import Features
import Foundation
import Kernel
import Loading
import TestKit
import Testing

/// Libraries that are none, or wrong (Fixtures/broken.c): a clear error before the exchange starts, or the end of one machine.
@Suite("Broken modules")
struct BrokenModuleTests {
  private func failure(_ name: String, _ file: String, _ shelf: Compiler.Shelf) -> LoadingFailure? {
    do throws(LoadingFailure) {
      _ = try ModuleLibrary.module(name, in: file, from: shelf.path)
      return nil
    } catch {
      return error
    }
  }

  @Test("MOD-2: a library that is missing, elsewhere, no library or no module is named with the mend")
  func noModule() throws {
    let shelf = try Compiler.Shelf()
    #expect(self.failure("X", "libX.so", shelf) == .missing("libX.so", shelf.path))
    #expect(self.failure("X", "../libX.so", shelf) == .notAName("../libX.so"))
    #expect(self.failure("X", "/etc/libX.so", shelf) == .notAName("/etc/libX.so"))
    #expect(self.failure("X", "..", shelf) == .notAName(".."))
    #expect(self.failure("X", "", shelf) == .notAName(""))
    try Data("not a library".utf8).write(to: URL(fileURLWithPath: shelf.path + "/libText.so"))
    guard case .cannotOpen("libText.so", let why)? = self.failure("X", "libText.so", shelf) else {
      Issue.record("a text was loaded")
      return
    }
    #expect(why.contains("libText.so"))
    let empty = shelf.path + "/empty.c"
    try Data("int nothing;\n".utf8).write(to: URL(fileURLWithPath: empty))
    try FileManager.default.createDirectory(atPath: shelf.path + "/libFolder.so", withIntermediateDirectories: false)
    #expect(self.failure("X", "libFolder.so", shelf) == .missing("libFolder.so", shelf.path))
    do throws(LoadingFailure) {
      _ = try ModuleLibrary.module("X", in: "libX.so", from: shelf.path + "/none")
    } catch {
      #expect(error == .noDirectory(shelf.path + "/none"))
      #expect(error.mend.contains("--modules"))
    }
  }

  @Test("MOD-2: a library or folder that everybody may write is not loaded")
  func writable() throws {
    let shelf = try Compiler.Shelf()
    try shelf.build("Plugins/HotLine/hotline.c", as: "libHotLine.so")
    let path = shelf.path + "/libHotLine.so"
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
    #expect(self.failure("HotLine", "libHotLine.so", shelf) == .writable(path))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: shelf.path)
    #expect(self.failure("HotLine", "libHotLine.so", shelf) == .writable(shelf.path))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: shelf.path)
    #expect(self.failure("HotLine", "libHotLine.so", shelf) == nil)
    #expect(
      self.failure("SpeedDial", "libHotLine.so", shelf) == .otherName("libHotLine.so", offered: "HotLine", wanted: "SpeedDial"))
  }

  @Test(
    "MOD-2: a library that describes itself wrongly, or is of a newer interface, is refused with the reason",
    arguments: [
      ("NEWER", "was built for interface \(STROWGER_INTERFACE + 1), this exchange has interface \(STROWGER_INTERFACE)"),
      ("UNWILLING", "does not work with interface \(STROWGER_INTERFACE)"),
      ("SMALL", "its table has another size"), ("NO_FUNCTION", "a function is missing"), ("NAMELESS", "its name"),
      ("NOT_UTF8", "its name"), ("MANY", "too long"), ("BAD_LENGTHS", "the lengths of an action's argument are impossible"),
    ])
  func rubbish(wrong: String, words: String) throws {
    let shelf = try Compiler.Shelf()
    try shelf.build("Tests/LoadingTests/Fixtures/broken.c", as: "lib\(wrong).so", ["-DWRONG=\(wrong)"])
    let failure = try #require(self.failure("Broken", "lib\(wrong).so", shelf))
    #expect(failure.message.contains("lib\(wrong).so") && failure.message.contains(words), "\(failure.message)")
    #expect(!failure.mend.isEmpty)
  }

  @Test(
    "MOD-2: rubbish in a step ends that machine and is reported; everybody else goes on",
    arguments: ["STEP", "ORDER", "KEY", "REFUSAL", "DIGITS", "UNREACHABLE", "TEXT", "LEAKS", "LOOP"])
  func rubbishStep(wrong: String) throws {
    let shelf = try Compiler.Shelf()
    try shelf.build("Tests/LoadingTests/Fixtures/broken.c", as: "lib\(wrong).so", ["-DWRONG=\(wrong)"])
    let modules = BuiltIn.modules + [try ModuleLibrary.module("Broken", in: "lib\(wrong).so", from: shelf.path)]
    var plan = Plan.office(BuiltIn.modules)
    plan.add(modules[modules.count - 1], codes: [("*7", "")])
    let office = Scenario(plan: plan, modules: modules)
    for station: StationNumber in ["2001", "2002", "2003"] { office.register(station) }
    office.connect("2002", "2003").dial("*7", from: "2001")
    switch wrong {
    case "KEY": office.expectFinal(.temporarilyUnavailable, at: "2001").expectIdle("2001")
    case "LEAKS": office.hangUp("2001").expectIdle("2001")
    default: office.expectFinal(.temporarilyUnavailable, at: "2001").expectIdle("2001")
    }
    office.expectTalking("2002", "2003").hangUp("2002").connect("2001", "2002").expectTalking("2001", "2002")
    office.finish()
    let faults = office.exchange.telephones.objections.filter { $0.contains("fault of module") }
    #expect(faults.isEmpty == ["KEY", "LEAKS", "LOOP"].contains(wrong), "\(faults)")
    #expect(office.failures.allSatisfy { $0.message.contains("fault of module") }, "\(office.failures)")
  }
}
