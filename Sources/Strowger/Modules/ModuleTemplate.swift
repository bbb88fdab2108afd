/// The package that `strowger module new` writes: a feature that works, small enough to be read, and everything around it.
/// `__NAME__` is the module's name, `__CODE__` its code, `__KIT__` where the kit is.
enum ModuleTemplate {
  static let files: [(path: String, text: String)] = [
    (
      "Package.swift",
      #"""
      // swift-tools-version: 6.2
      import PackageDescription

      let package = Package(
        name: "__NAME__",
        products: [.library(name: "__NAME__", type: .dynamic, targets: ["__NAME__Module"])],
        dependencies: [.package(name: "strowger", path: "__KIT__")],
        targets: [
          // The feature: a state machine that knows nothing of libraries.
          .target(name: "__NAME__", dependencies: [.product(name: "Kernel", package: "strowger")]),
          // The library the exchange loads: its Swift runtime inside, one symbol outside.
          .target(
            name: "__NAME__Module", dependencies: ["__NAME__", .product(name: "ModuleKit", package: "strowger")],
            linkerSettings: [
              .unsafeFlags([
                "-static-stdlib", "-Xlinker", "--version-script=\(Context.packageDirectory)/module.map", "-Xlinker", "--gc-sections",
              ])
            ]),
          .testTarget(
            name: "__NAME__Tests",
            dependencies: ["__NAME__", .product(name: "Features", package: "strowger"), .product(name: "TestKit", package: "strowger")]),
        ]
      )

      """#
    ),
    (
      "module.map",
      #"""
      {
        global: strowger_module;
        local: *;
      };

      """#
    ),
    (
      "Sources/__NAME__/__NAME__.swift",
      #"""
      public import Kernel

      /// Turns callers away for a while: `CODE 1` begins it, `CODE 0` ends it, and so does the option `time`.
      ///
      /// One machine belongs to each station. It is asked before the station's telephones ring.
      public enum __NAME__: Feature {
        public enum State: MachineState {
          case here
          case away

          public var name: StaticString {
            switch self {
            case .here: "here"
            case .away: "away"
            }
          }
        }

        public enum Event: MachineEvent {
          case leave
          case comeBack
          case calledAt(Digits)
          case timeIsUp

          public var name: StaticString {
            switch self {
            case .leave: "leave"
            case .comeBack: "come back"
            case .calledAt: "called"
            case .timeIsUp: "time is up"
            }
          }
        }

        public static var initial: State { .here }

        /// The whole machine: every state × event has a row.
        public static func step(
          _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
        ) -> Step<State> {
          switch (state, event) {
          case (_, .leave):
            orders.arm(self.timer, after: context.options.time(self.time))
            orders.done(Note("away"))
            return .go(.away)
          case (_, .comeBack):
            orders.done(Note("here again"))
            return .go(.here)
          case (.away, .calledAt(let station)):
            orders.refuse(.temporarilyUnavailable, Note("% is away", station))
            return .stay(.away)
          case (.here, .calledAt): return .ignore("nobody is away")
          case (.away, .timeIsUp): return .go(.here)
          case (.here, .timeIsUp): return .unreachable("the timer runs while somebody is away")
          }
        }

        static let timer: UInt8 = 1
        static let time = 0
      }

      """#
    ),
    (
      "Sources/__NAME__/__NAME__+Module.swift",
      #"""
      public import Kernel

      /// How the exchange sees the feature: what it is called, what is dialled, and which of its questions mean what.
      extension __NAME__ {
        public static var descriptor: Descriptor {
          Descriptor(
            name: "__NAME__", summary: "turns callers away for a while",
            actions: [Descriptor.Action("", argument: .oneOf(["0", "1"]), meaning: "1 away, 0 here again")],
            options: [
              Descriptor.Option("time", .time(default: .seconds(3600), .zero ... .seconds(86_400)), meaning: "comes back by itself after")
            ],
            points: .attemptAuthorised, status: .flag("__FLAG__"))
        }

        /// Both questions concern the machine of a station.
        public static func machine(for consult: Consult, in world: World) -> MachineKey? {
          switch consult {
          case .code(let code): .station(code.by)
          case .attemptAuthorised(_, let station): .station(station)
          default: nil
          }
        }

        public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
          switch consult {
          case .code(let code): code.argument == "1" ? .leave : .comeBack
          case .attemptAuthorised(_, let station): .calledAt(station.digits)
          case .timer: .timeIsUp
          default: nil
          }
        }

        /// One octet for the layout, so that a later version can read what this one wrote.
        public static func encode(_ state: State, into fact: inout FactWriter) {
          fact.put(UInt8(1))
          fact.put(state == .away)
        }

        public static func decode(_ fact: inout FactReader) -> State? {
          guard fact.octet() == 1, let isAway = fact.boolean() else { return nil }
          return isAway ? .away : .here
        }

        public static var samples: Samples<State, Event> {
          Samples(states: [.here, .away], events: [.leave, .comeBack, .calledAt("2001"), .timeIsUp])
        }
      }

      """#
    ),
    (
      "Sources/__NAME__Module/Export.swift",
      #"""
      public import CStrowger
      import __NAME__
      import ModuleKit

      /// What the exchange looks for in the library.
      @c @implementation
      public func strowger_module(_ hostInterface: UInt32) -> UnsafePointer<strowger_module_table>? {
        exported(__NAME__.self, to: hostInterface)
      }

      """#
    ),
    (
      "Tests/__NAME__Tests/__NAME__Tests.swift",
      #"""
      import Features
      import Kernel
      import __NAME__
      import TestKit
      import TestKitTesting
      import Testing

      /// What users notice, in virtual time: no second is waited for. A failure prints the ladder.
      @Suite("__NAME__")
      struct __NAME__Tests {
        private let module = Module(__NAME__.self)

        /// Stations 2001 to 2003 on the line, with all features of the exchange and this one.
        private func office() -> Scenario {
          let modules = BuiltIn.modules + [self.module]
          var plan = Plan.office(BuiltIn.modules)
          plan.add(self.module, codes: [("__CODE__", "")], options: [("time", .time(.seconds(1800)))])
          let office = Scenario.tested(plan: plan, modules: modules)
          for station: StationNumber in ["2001", "2002", "2003"] { office.register(station) }
          return office
        }

        @Test("Whoever calls a station that is away is told so; back again it rings")
        func away() {
          self.office().dial("__CODE__1", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "away")
            .expectState("away", of: "__NAME__", "2001")
            .dial("2001", from: "2002").expectNoAlert(at: "2001").expectFinal(.temporarilyUnavailable, at: "2002", "2001 is away")
            .dial("__CODE__0", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "here again")
            .dial("2001", from: "2002").expect(.alert, at: "2001")
        }

        @Test("After the time it comes back by itself, also when the exchange has started anew meanwhile")
        func timeIsUp() {
          self.office().dial("__CODE__1", from: "2001").advance(by: .seconds(600)).restart().expectState("away", of: "__NAME__", "2001")
            .advance(by: .seconds(1201)).expectState("here", of: "__NAME__", "2001")
            .dial("2001", from: "2002").expect(.alert, at: "2001")
        }

        @Test("With every other feature, in random walks, nobody is left hanging")
        func conformance() {
          #expect(Conformance.complaints(of: self.module, codes: [("__CODE__", "")], among: BuiltIn.modules) == [])
        }
      }

      """#
    ),
    (
      "Makefile",
      #"""
      # make: the library; make test; make install: where the exchange looks for it.
      MODULES ?= /usr/local/lib/strowger

      all:
      	swift build -c release --product __NAME__
      	@echo "built .build/release/lib__NAME__.so"

      test:
      	swift test

      install: all
      	install -D -s -m 644 -t $(DESTDIR)$(MODULES) .build/release/lib__NAME__.so

      .PHONY: all test install

      """#
    ),
    (
      "README.md",
      #"""
      # __NAME__

      A feature module for the Strowger telephone exchange.

      | dial | does |
      | --- | --- |
      | `__CODE__1` | away: callers are told so |
      | `__CODE__0` | here again |

      ```
      make test      # scenarios in virtual time, and random walks with all other features
      make           # .build/release/lib__NAME__.so
      make install   # into /usr/local/lib/strowger
      ```

      In the number plan, where it shall act:

      ```xml
      <module name="__NAME__" library="lib__NAME__.so" time="1800"><code digits="__CODE__"/></module>
      ```

      `strowger plan check NumberPlan.xml` says whether code and options fit; then start the exchange again.

      What is where: `Sources/__NAME__/__NAME__.swift` is the state machine, `__NAME__+Module.swift` how the exchange sees it,
      `Sources/__NAME__Module` makes a library of it, `Tests` says what users notice.

      """#
    ),
    (
      ".gitignore",
      #"""
      .build/
      Package.resolved

      """#
    ),
  ]
}
