import Features
import Kernel
import TestKit
import Testing

/// Events that come too late, twice, or for nobody: nothing happens.
@Suite("Races")
struct RacesTests {
  private func play(_ body: (inout Kernel, LegID, LegID) -> Void) -> Kernel {
    var kernel = Kernel(modules: BuiltIn.modules)
    kernel.install(.office(BuiltIn.modules))
    kernel.receive(.registered("2001", [DeviceID(1)]), at: .zero)
    kernel.receive(.registered("2002", [DeviceID(2)]), at: .zero)
    let caller = kernel.reserveLeg()
    kernel.receive(.dialled(Origination(leg: caller, caller: .station("2001", DeviceID(1)), dialled: "2002")), at: .zero)
    var called = LegID.none
    for case .alert(let leg, _) in kernel.outbox.directives { called = leg }
    kernel.clearOutbox()
    body(&kernel, caller, called)
    return kernel
  }

  @Test("CALL-8: everything that comes for a leg that is gone is without effect")
  func lateEvents() {
    _ = self.play { kernel, caller, called in
      kernel.receive(.released(caller, .normal), at: .zero)
      kernel.clearOutbox()
      let events: [Event] = [
        .proceeding(called), .alerting(called), .answered(called), .failed(called, .busyHere), .redirected(called, "2001"),
        .released(called, .normal), .held(caller), .resumed(caller), .joined(caller), .joinFailed(called, .lost),
        .transferRequested(caller, to: "2003", replacing: .none), .released(caller, .normal), .answered(caller),
        .kept(turn: 99), .notKept(turn: 3),
      ]
      for event in events {
        kernel.receive(event, at: .zero)
        #expect(kernel.outbox.directives.isEmpty, "\(event)")
      }
      #expect(kernel.audit().isEmpty)
      #expect(kernel.world.legCount == 0)
    }
  }

  @Test("A leg can dial once; a leg nobody reserved cannot dial")
  func dialTwice() {
    _ = self.play { kernel, caller, _ in
      kernel.receive(.dialled(Origination(leg: caller, caller: .station("2001", DeviceID(1)), dialled: "2001")), at: .zero)
      kernel.receive(.dialled(Origination(leg: .none, caller: .station("2001", DeviceID(1)), dialled: "2002")), at: .zero)
      #expect(kernel.world.callCount == 1)
      #expect(kernel.outbox.directives.isEmpty)
    }
  }

  @Test("A reserved leg that never dials can be given back")
  func reserved() {
    _ = self.play { kernel, _, _ in
      let leg = kernel.reserveLeg()
      #expect(kernel.world.legCount == 3)
      kernel.receive(.released(leg, .normal), at: .zero)
      #expect(kernel.world.legCount == 2)
      #expect(kernel.audit().isEmpty)
    }
  }

  @Test("The callee's events mean nothing on the caller's leg, and the other way round")
  func wrongSide() {
    let kernel = self.play { kernel, caller, _ in
      for event in [.answered(caller), .alerting(caller), .proceeding(caller), .redirected(caller, "2002")] as [Event] {
        kernel.receive(event, at: .zero)
      }
    }
    #expect(kernel.audit().isEmpty)
  }

  @Test("A clock that goes backwards is not believed")
  func clock() {
    _ = self.play { kernel, _, called in
      kernel.receive(.alerting(called), at: .zero + .seconds(10))
      kernel.receive(.answered(called), at: .zero)
      kernel.receive(.released(called, .normal), at: .zero)
      for case .record(let record) in kernel.outbox.directives { #expect(record.end == .zero + .seconds(10)) }
    }
  }
}
