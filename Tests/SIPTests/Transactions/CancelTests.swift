import Kernel
import Sessions
import Testing

@testable import SIP

@Suite("CANCEL that comes in")
struct CancelTests {
  let invite = TransactionRig.request("INVITE")
  let cancel = TransactionRig.request("CANCEL")

  @Test("A CANCEL meets its INVITE once; its copy gets the same 200")
  func ringing() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    rig.respond(id, 180)
    guard case .cancel(let cancelID, let target) = rig.receive(self.cancel) else {
      Issue.record("not taken as a CANCEL")
      return
    }
    #expect(target == id)
    #expect(rig.layer.cancelStatus(of: cancelID) == 200)
    rig.respond(cancelID, 200)
    rig.respond(id, 487)
    #expect(rig.receive(self.cancel) == .absorbed)
    #expect(rig.receive(TransactionRig.request("ACK", toTag: "ours")) == .absorbed)
    #expect(rig.take() == ["0 180", "0 200", "0 487", "0 200"])
    rig.run(until: 40_000)
    rig.expectNothingLeft()
  }

  @Test(
    "RELIABILITY 37: a CANCEL that crosses the answer changes nothing and is answered 200",
    arguments: [200, 486] as [UInt16])
  func crossing(status: UInt16) {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    rig.respond(id, status)
    guard case .cancel(let cancelID, of: nil) = rig.receive(self.cancel) else {
      Issue.record("a decided answer was cancelled")
      return
    }
    #expect(rig.layer.cancelStatus(of: cancelID) == 200)
  }

  @Test("A CANCEL without INVITE is 481, and so is one for another method")
  func unknown() {
    var rig = TransactionRig()
    _ = rig.open(TransactionRig.request("OPTIONS"))
    guard case .cancel(let id, of: nil) = rig.receive(self.cancel) else {
      Issue.record("it met an INVITE that is not there")
      return
    }
    #expect(rig.layer.cancelStatus(of: id) == 481)
    #expect(rig.layer.cancelStatus(of: .none) == 481)
  }

  @Test("RELIABILITY 38: a stranger who knows the branch cannot cancel the call; another port of the caller can")
  func stranger() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    var stranger = TransactionRig.udp
    stranger.remote = SocketAddress(IPAddress(203, 0, 113, 66), port: 5060)
    guard case .cancel(let cancelID, of: nil) = rig.receive(self.cancel, from: stranger) else {
      Issue.record("a stranger cancelled the call")
      return
    }
    #expect(rig.layer.cancelStatus(of: cancelID) == 481)
    #expect(rig.layer.isPending(id))
    rig.layer.forget(cancelID)
    var port = TransactionRig.udp
    port.remote.port = 6000
    guard case .cancel(_, of: id) = rig.receive(self.cancel, from: port) else {
      Issue.record("the caller could not cancel")
      return
    }
  }
}
