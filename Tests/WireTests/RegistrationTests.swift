import Foundation
import Testing

extension Wire {
  @Suite("Phones register")
  struct Registration {
    @Test("REG-1: a REGISTER is challenged with MD5 and SHA-256, and answered with the binding and its expiry")
    func registersWithDigest() throws {
      let exchange = try Exchange()
      let phone = try Handset("2001", at: exchange)
      let challenge = try phone.register(answering: false)
      #expect(challenge.status == 401)
      #expect(challenge.all("WWW-Authenticate").contains { $0.contains("MD5") })
      #expect(challenge.all("WWW-Authenticate").contains { $0.contains("SHA-256") })
      let granted = try phone.register(expires: 3600)
      #expect(granted.status == 200)
      #expect(granted["Contact"]?.contains("expires=600") == true, "granted what the option says, not what was asked")
      let station = try exchange.json("status").first { $0["number"] as? String == "2001" }
      #expect(station?["registered"] as? Bool == true)
      #expect((station?["phone"] as? String)?.hasPrefix("Handset") == true)
    }

    @Test("REG-2: wrong password, wrong user and unknown station are refused alike")
    func refusalsAreAlike() throws {
      let exchange = try Exchange()
      let wrongPassword = try Handset("2001", at: exchange, password: "Wrong_4711").register()
      let wrongUser = try Handset("2001", at: exchange, user: "someone").register()
      let unknown = try Handset("2050", at: exchange, user: "u2050").register()
      let statuses = [wrongPassword, wrongUser, unknown].map(\.status)
      #expect(Set(statuses).count == 1, "\(statuses)")
      #expect(statuses.first == 401 || statuses.first == 403)
      #expect(Set([wrongPassword, wrongUser, unknown].map { $0.headers.map(\.name) }).count == 1)
      let log = try exchange.json("accesslog")
      #expect(log.count >= 3)
    }

    @Test("REG-3: too short an expiry gets 423 with Min-Expires, zero deregisters")
    func expiry() throws {
      let exchange = try Exchange()
      let phone = try Handset("2001", at: exchange)
      let short = try phone.register(expires: 5)
      #expect(short.status == 423)
      #expect(short["Min-Expires"] == "60")
      #expect(try phone.register().status == 200)
      #expect(try phone.register(expires: 0).status == 200)
      let station = try exchange.json("status").first { $0["number"] as? String == "2001" }
      #expect(station?["registered"] as? Bool == false)
      #expect(station?["address"] as? String == "0.0.0.0")
    }

    @Test("REG-6: a phone whose address is not on the white list cannot register")
    func whiteList() throws {
      let exchange = try Exchange()
      try exchange.command("whitelist", "remove", "127.0.0.0/8")
      try exchange.command("whitelist", "add", "127.0.0.1")
      #expect(try Handset("2001", at: exchange).register().status == 200)
      let elsewhere = try Handset("2002", at: exchange, from: "127.0.0.2").register()
      #expect(elsewhere.status == 401 || elsewhere.status == 403)
    }

    @Test("REG-12: a registration over TCP is called over its own connection", .timeLimit(.minutes(1)))
    func overTCP() throws {
      let exchange = try Exchange()
      let called = try Handset("2001", at: exchange, over: .tcp)
      let caller = try Handset("2002", at: exchange)
      #expect(try called.register().status == 200)
      #expect(try caller.register().status == 200)
      let call = caller.call("2001")
      let incoming = try called.incoming()
      called.reject(incoming, 486, "Busy Here")
      var made = call
      try caller.finish(&made)
      #expect(made.final?.status == 486)
    }

    @Test("REG-1: bindings are back after kill -9")
    func survivesACrash() throws {
      let exchange = try Exchange()
      let called = try Handset("2001", at: exchange)
      let caller = try Handset("2002", at: exchange)
      #expect(try called.register().status == 200)
      #expect(try caller.register().status == 200)
      try exchange.crashAndRestart()
      var call = caller.call("2001")
      let incoming = try called.incoming()
      called.ring(incoming)
      called.answer(incoming)
      try caller.finish(&call)
      #expect(call.final?.status == 200)
      try caller.hangUp(call)
      try called.expect("BYE")
    }

    @Test(
      "REG-1: baresip registers with its password, over UDP and TCP",
      .enabled(if: Program.baresip != nil, "baresip is not installed"))
    func baresipRegisters() throws {
      let exchange = try Exchange()
      let phones = try [Baresip("2001", at: exchange), Baresip("2002", at: exchange, over: "tcp")]
      for phone in phones { try phone.waitUntilRegistered() }
      let registered = try exchange.json("status").filter { $0["registered"] as? Bool == true }
      #expect(registered.compactMap { $0["number"] as? String }.sorted() == ["2001", "2002"])
      #expect(registered.compactMap { $0["transport"] as? String }.map { $0.lowercased() }.sorted() == ["tcp", "udp"])
    }
  }
}
