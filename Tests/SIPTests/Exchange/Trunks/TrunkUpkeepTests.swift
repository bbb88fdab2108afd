import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Trunks up and down")
struct TrunkUpkeepTests {
  @Test(
    "TRK-1: a trunk that answers no OPTIONS three times is down, calls are refused at once; one answer and it is up",
    arguments: [nil, 503])
  func down(status: UInt16?) {
    var world = TrunkOffice()
    world.run(for: .seconds(35))
    #expect(world.status?.state == .up)
    world.carrier.optionsStatus = status
    world.run(for: .seconds(110))
    #expect(world.status?.state == .down, "\(String(describing: world.status))")
    #expect(world.status?.lastError == (status == nil ? "no answer to OPTIONS" : "OPTIONS: 503 Service Unavailable"))
    #expect(world.office.network.notices.contains { "\($0)".hasPrefix("trunk carrier is down") })
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.finalStatus == 503)
    #expect(world.carrier.requests(.invite).isEmpty)
    world.carrier.optionsStatus = 404
    world.run(for: .seconds(40))
    #expect(world.status?.state == .up, "any answer will do")
    #expect(world.office.network.notices.contains { "\($0)" == "trunk carrier is up" })
    #expect(world.leftovers().isEmpty)
  }

  @Test("TRK-1: registers with digest, renews at half of what was granted with the nonce it has, and is up only while registered")
  func registers() {
    var world = TrunkOffice(registers: true) {
      $0.challenged = [.register]
      $0.granted = 60
    }
    world.run(for: .seconds(5))
    #expect(world.status?.state == .up, "\(world.ladder)")
    #expect(world.carrier.requests(.register).count == 2)
    let first = world.carrier.requests(.register).last
    #expect(first?.text(.contact).hasPrefix("<sip:\(Carrier.user)@127.0.0.1:5060>") == true)
    #expect(first?.text(.from).contains("<sip:\(Carrier.user)@127.0.9.1>") == true)
    world.run(for: .seconds(30))
    #expect(world.carrier.requests(.register).count == 3, "the carrier's nonce is used again")
    #expect(world.status?.registeredUntil != nil)
    world.carrier.registerStatus = nil
    world.run(for: .seconds(120))
    #expect(world.status?.state == .unregistered)
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.finalStatus == 503)
    world.carrier.registerStatus = 200
    world.run(for: .seconds(130))
    #expect(world.status?.state == .up, "\(world.ladder)")
  }

  @Test("TRK-1: calls of a registered trunk carry the user that the carrier knows, and the caller as asserted identity")
  func registeredCaller() {
    var world = TrunkOffice(registers: true)
    world.run(for: .seconds(2))
    _ = world.dial("90398722999")
    let invite = world.carrier.requests(.invite).first
    #expect(invite?.text(.from).contains("<sip:\(Carrier.user)@127.0.9.1>") == true, "\(world.ladder)")
    #expect(invite?.text(.pAssertedIdentity).contains("<sip:2001@") == true)
  }

  @Test("TRK-1: 423 is answered with the least that the carrier wants")
  func tooBrief() {
    var world = TrunkOffice(registers: true) {
      $0.minimum = 7200
      $0.granted = 7200
    }
    world.run(for: .seconds(2))
    #expect(world.carrier.requests(.register).map { $0.expires } == [3600, 7200], "\(world.ladder)")
    #expect(world.status?.state == .up)
  }

  @Test(
    "TRK-1: a carrier that refuses is asked again after 30 s and more, ten minutes at most; for ever challenges count as refusals"
  )
  func patience() {
    var world = TrunkOffice(registers: true) {
      $0.challenged = [.register]
      $0.isNeverContent = true
    }
    world.run(for: .seconds(10))
    #expect(world.carrier.requests(.register).count == 2)
    #expect(world.status?.lastError == "REGISTER: 401 Unauthorized")
    world.run(for: .seconds(3600))
    // 30, 60, 120, 240, 480, then every 600 s, all a tenth earlier at most; two REGISTERs each.
    #expect((20...26).contains(world.carrier.requests(.register).count), "\(world.carrier.requests(.register).count)")
  }

  @Test("TRK-1: at the end the registration is taken back, with the nonce that is known")
  func leaves() {
    var world = TrunkOffice(registers: true) { $0.challenged = [.register] }
    world.run(for: .seconds(2))
    world.office.network.exchange.leaveCarriers(at: world.office.network.now)
    #expect(world.office.network.exchange.isLeavingCarriers)
    world.run(for: .seconds(1))
    #expect(world.carrier.requests(.register).last?.expires == 0, "\(world.ladder)")
    #expect(world.carrier.proven == 2)
    #expect(!world.office.network.exchange.isLeavingCarriers)
  }

  @Test("PLAN-3: a changed plan changes trunks and leaves calls alone")
  func reload() {
    var world = TrunkOffice()
    let call = world.dial("90398722999")
    world.office.network.exchange.install(TrunkOffice.plan())
    world.office.network.exchange.install([TrunkOffice.account("other", 2)], at: world.office.network.now)
    world.run(for: .seconds(1))
    #expect(world.office.call("2001", call)?.state == .connected)
    #expect(world.office.network.exchange.trunkStatus().map(\.name) == ["other"])
    world.hangUp("2001", call)
    #expect(world.carrier.requests(.bye).count == 1)
    let next = world.dial("90398722998")
    #expect(world.office.call("2001", next)?.state == .connected && world.second.requests(.invite).count == 1, "\(world.ladder)")
  }

  @Test("TRK-1: a trunk whose name cannot be looked up is down, and comes up once it can; the next of several addresses is tried")
  func addresses() {
    var world = TrunkOffice()
    var account = TrunkOffice.account()
    account.addresses = []
    world.office.network.exchange.install([account], at: world.office.network.now)
    #expect(world.status?.state == .down && world.status?.lastError.contains("could not be looked up") == true)
    account.addresses = [IPAddress(127, 0, 9, 99), IPAddress(127, 0, 9, 1)]
    world.office.network.exchange.install([account], at: world.office.network.now)
    world.run(for: .seconds(50))
    #expect(world.status?.target?.address == IPAddress(127, 0, 9, 1), "\(String(describing: world.status))")
    #expect(world.status?.state == .up)
  }

  @Test("TRK-5: answers to our OPTIONS and REGISTER from elsewhere say nothing")
  func forged() {
    var world = TrunkOffice(registers: true) { $0.registerStatus = nil }
    world.run(for: .seconds(2))
    guard let register = world.carrier.requests(.register).first else {
      Issue.record("no REGISTER")
      return
    }
    let contact = register.text(.contact)
    let thief = SocketAddress(IPAddress(127, 0, 8, 8), port: 5060)
    world.carrier.answer(register, 200, headers: "Contact: \(contact);expires=600", from: thief, &world.office.network)
    world.run()
    #expect(world.status?.state == .unregistered)
  }

  @Test(
    "TRK-1: addresses of trunks that can be used, and others",
    arguments: [
      ("sip:carrier.example", true), ("sip:192.0.2.1:5080", true), ("sip:[2001:db8::1]:5060;transport=tcp", true),
      ("sip:a;transport=udp", true),
      ("sips:a", true), ("sip:user@a", false), ("sip:a;transport=tls", true), ("sip:a;transport=sctp", false), ("tel:123", false),
      ("carrier", false),
      ("", false),
    ])
  func address(text: String, isGood: Bool) {
    #expect((TrunkAddress(text) != nil) == isGood)
  }
}
