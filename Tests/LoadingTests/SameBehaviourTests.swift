import CStrowger
import Features
import Kernel
import Loading
import ModuleKit
import TestKit
import Testing

/// Features that are compiled in, asked through `strowger_module.h` instead: as if each stood in a library of its own.
@Suite("Behind the C interface", .serialized)
struct SameBehaviourTests {
  /// Those that ask nothing but the world's functions.
  private static let features = [
    "DoNotDisturb", "CallForward", "CallPickup", "CallPark", "Conference", "Hold", "MessageWaiting", "VoiceMail",
  ]

  private func table(of name: String) -> UnsafePointer<strowger_module_table>? {
    switch name {
    case "DoNotDisturb": exported(DoNotDisturb.self, to: STROWGER_INTERFACE)
    case "CallForward": exported(CallForward.self, to: STROWGER_INTERFACE)
    case "CallPickup": exported(CallPickup.self, to: STROWGER_INTERFACE)
    case "CallPark": exported(CallPark.self, to: STROWGER_INTERFACE)
    case "Conference": exported(Conference.self, to: STROWGER_INTERFACE)
    case "Hold": exported(Hold.self, to: STROWGER_INTERFACE)
    case "MessageWaiting": exported(MessageWaiting.self, to: STROWGER_INTERFACE)
    case "VoiceMail": exported(VoiceMail.self, to: STROWGER_INTERFACE)
    default: nil
    }
  }

  @Test("MOD-2: a module does the same in a library as compiled in, in every step of a random walk", arguments: features)
  func sameTrace(name: String) throws {
    let table = try #require(self.table(of: name))
    let loaded = try ModuleLibrary.module(of: table, in: "lib\(name).so")
    let modules = BuiltIn.modules.map { $0.descriptor.name == name ? loaded : $0 }
    for seed: UInt64 in 1...2 {
      let compiledIn = Explorer.run(seed: seed, steps: 4_000, modules: BuiltIn.modules, plan: .town(BuiltIn.modules))
      let inLibrary = Explorer.run(seed: seed, steps: 4_000, modules: modules, plan: .town(modules))
      #expect(inLibrary.violations.isEmpty, "seed \(seed): \(inLibrary)")
      #expect(inLibrary.trace == compiledIn.trace, "seed \(seed)")
      #expect(inLibrary.restarts == compiledIn.restarts)
    }
  }

  @Test("MOD-1: what a module in a library tells of itself is what its author wrote", arguments: features)
  func sameDescription(name: String) throws {
    let table = try #require(self.table(of: name))
    let loaded = try ModuleLibrary.module(of: table, in: "lib\(name).so")
    let module = try #require(BuiltIn.modules.first { $0.descriptor.name == name })
    #expect(String(describing: loaded.descriptor) == String(describing: module.descriptor))
    #expect(loaded.transitions() == module.transitions())
    #expect(!loaded.transitions().isEmpty)
  }
}
