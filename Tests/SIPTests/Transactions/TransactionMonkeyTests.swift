import Kernel
import Sessions
import Testing

@testable import SIP

@Suite("Transactions among peers and users who keep no rule")
struct TransactionMonkeyTests {
  @Test("Whatever comes in whatever order, no machine is asked the impossible and nothing stays", arguments: 0..<40)
  func anything(seed: UInt64) {
    var dice = Dice(seed: seed &+ 1000)
    var rig = TransactionRig(limit: 60)
    var servers: [ServerTransactionID] = [.none]
    var clients: [ClientTransactionID] = [.none]
    let methods: [Method] = [.invite, .ack, .cancel, .bye, .register]
    let statuses: [UInt16] = [100, 180, 200, 202, 302, 486, 603]
    for _ in 0..<1000 {
      let flow = dice.below(3) == 0 ? TransactionRig.tcp : TransactionRig.udp
      let branch = dice.below(20) == 0 ? nil : "\(dice.below(9) == 0 ? "" : "z9hG4bK")\(dice.below(12))"
      let method = methods[dice.below(methods.count)]
      let status = statuses[dice.below(statuses.count)]
      let (server, client) = (servers[dice.below(servers.count)], clients[dice.below(clients.count)])
      switch dice.below(12) {
      case 0..<4:
        switch rig.receive(TransactionRig.request("\(method.spelling)", branch: branch), from: flow) {
        case .request(let id), .cancel(let id, of: _): servers.append(id)
        case .ack, .absorbed, .overload: break
        case .response, .stray: Issue.record("a request is no response")
        }
      case 4..<6: _ = rig.receive(TransactionRig.response(status, "\(method.spelling)", branch: branch), from: flow)
      case 6: if method != .ack { clients.append(rig.send(method, branch: branch ?? "z9hG4bK1", to: flow)) }
      case 7: rig.respond(server, status)
      case 8: rig.layer.acknowledged(server)
      case 9: if dice.below(4) == 0 { rig.layer.forget(server) } else { rig.layer.stop(client) }
      case 10: if dice.below(4) == 0 { rig.layer.connectionClosed(flow, at: rig.now) }
      default:
        let spans: [Int64] = [1, 150, 700, 6_000, 40_000]
        rig.run(until: rig.milliseconds + Int64(dice.below(Int(spans[dice.below(spans.count)]))) + 1)
      }
      #expect(rig.layer.serverKeys.count == rig.layer.servers.count)
      #expect(rig.layer.clientKeys.count <= rig.layer.clients.count)
      #expect(rig.layer.wheel.count <= rig.layer.count)
    }
    for id in servers { rig.respond(id, 500) }
    for id in clients { rig.layer.stop(id) }
    rig.run(until: rig.milliseconds + 64_000)
    rig.expectNothingLeft()
    #expect(rig.layer.counters.absorbed > 0 && rig.layer.counters.stray > 0)
  }
}
