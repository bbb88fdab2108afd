import Foundation
import Testing

extension Wire {
  @Suite("The audit trail")
  struct Audit {
    @Test("Who changed what stands in strowger audit, live changes and reloads as well, without a secret")
    func trail() throws {
      let exchange = try Exchange(options: [("sip.register-retry-limit", "2")])
      try exchange.command("station", "set", "2001", "contacts=3")
      try Data(Exchange.plan.replacingOccurrences(of: "digits=\"40\"", with: "digits=\"77\"").utf8).write(to: exchange.plan)
      try exchange.command("reload")
      kill(exchange.pid, SIGHUP)
      #expect(try wait(3) { try exchange.json("audit", "--object", "plan").count == 3 })
      try exchange.command("whitelist", "remove", "127.0.0.0/8")

      let rows = try exchange.json("audit", "--since", "1h", "--limit", "1000")
      func text(_ row: [String: Any], _ name: String) -> String {
        (row[name] as? [String])?.joined(separator: " ") ?? row[name] as? String ?? ""
      }
      let told = rows.map { "\(text($0, "command"))|\(text($0, "object"))|\(text($0, "old"))|\(text($0, "new"))" }
      let imported = (2001...2010).map { "station import|station \($0)||user-id=u\($0) password=(set)" }
      #expect(Array(told.prefix(10)) == imported)
      #expect(
        Array(told.dropFirst(11).prefix(2)) == [
          "whitelist add|white list||127.0.0.0/8", "option set|option sip.register-retry-limit|5|2",
        ])
      let plans = rows.filter { text($0, "object").hasPrefix("plan ") }
      #expect(plans.map { text($0, "command") } == ["serve", "reload", "signal HUP"])
      #expect(plans.allSatisfy { text($0, "new").hasPrefix("sha256:") && !text($0, "who").isEmpty })
      #expect(text(plans[0], "new") == text(plans[1], "old") && text(plans[1], "new") != text(plans[1], "old"))
      #expect(told.contains("station set|station 2001||contacts=3"))
      #expect(told.last == "whitelist remove|white list|127.0.0.0/8|")
      #expect(rows.allSatisfy { text($0, "who") == NSUserName() || text($0, "account") == NSUserName() })
      #expect(!"\(rows)".contains(Exchange.password))
      let sealed = try exchange.command("audit", "--check")
      #expect(sealed.hasPrefix("\(rows.count) changes, the last is \(rows.count), seal "))
    }

    @Test("REG-8: letting a blocked source in again is noted, with why it was blocked")
    func unblock() throws {
      let exchange = try Exchange(options: [("sip.register-retry-limit", "2")])
      let phone = try Handset("2001", at: exchange, password: "Wrong_4711")
      for _ in 0..<2 { _ = try? phone.register() }
      #expect(try wait(3) { try exchange.json("blocked").count == 1 })
      try exchange.command("blocked", "--unblock", "127.0.0.1")
      let row = try #require(try exchange.json("audit", "--object", "block 127.0.0.1").first)
      #expect((row["old"] as? [String])?.contains { $0.hasPrefix("reason=") } == true)
      #expect(try exchange.json("blocked").isEmpty)
    }
  }
}
