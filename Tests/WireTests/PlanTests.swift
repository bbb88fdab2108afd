import Foundation
import Testing

extension Wire {
  @Suite("The number plan at start and at reload")
  struct Plan {
    private let broken = """
      <?xml version="1.0" encoding="UTF-8"?>
      <numberPlan xmlns="urn:strowger:number-plan:1" name="Broken">
        <stations>
          <range from="2001" to="2099"/>
          <station number="2001x"/>
        </stations>
        <features>
          <module name="NoSuchModule"/>
          <module name="DoNotDisturb" colour="red"><code digits="40"/></module>
          <module name="CallForward"><code digits="40" action="all"/></module>
        </features>
      </numberPlan>

      """

    @Test("PLAN-2: a broken plan at start: every finding with file, line and column, and exit 1")
    func brokenAtStart() throws {
      let folder = try TemporaryFolder()
      let plan = try folder.write("broken.xml", broken)
      let (status, output, errors) = try Exchange.run(
        ["serve", "--plan", plan.path, "--database", folder.url.path + "/d.sqlite", "--listen", "udp:127.0.0.1:0"], in: folder.url
      )
      #expect(status == 1)
      #expect(!output.contains("ready"))
      let findings = errors.split(separator: "\n").filter { $0.contains(#/broken\.xml:\d+:\d+: error: /#) }
      #expect(findings.count >= 2, "all findings, not the first: \(errors)")
    }

    @Test("PLAN-2: plan check prints the same findings, as objects with --json")
    func check() throws {
      let folder = try TemporaryFolder()
      let plan = try folder.write("broken.xml", broken)
      let text = try Exchange.run(["plan", "check", plan.path], in: folder.url)
      #expect(text.status == 1)
      let objects = try Exchange.run(["plan", "check", plan.path, "--json"], in: folder.url)
      let list = try #require(try JSONSerialization.jsonObject(with: Data(objects.output.utf8)) as? [[String: Any]])
      #expect(list.count >= 2)
      for finding in list {
        for key in ["file", "line", "column", "severity", "rule", "message"] {
          #expect(finding[key] != nil, "\(key) in \(finding)")
        }
      }
    }

    @Test("PLAN-1: the shipped plan has no findings")
    func shipped() throws {
      let folder = try TemporaryFolder()
      let plan = Program.repository.appendingPathComponent("NumberPlan.xml").path
      let (status, output, errors) = try Exchange.run(["plan", "check", plan], in: folder.url)
      #expect(status == 0, "\(output)\(errors)")
    }

    @Test("PLAN-3: SIGHUP takes a changed plan, and keeps the old one when the new has errors")
    func reload() throws {
      let exchange = try Exchange()
      let phone = try Handset("2001", at: exchange)
      #expect(try phone.register().status == 200)
      #expect(try phone.dial("401").final?.status == 480)
      #expect(try phone.dial("400").final?.status == 480)

      try Data(broken.utf8).write(to: exchange.plan)
      kill(exchange.pid, SIGHUP)
      #expect(wait(3) { exchange.log.contains("error: ") })
      #expect(try phone.dial("401").final?["Warning"]?.contains("do not disturb on") == true)
      #expect(try phone.dial("400").final?.status == 480)

      let changed = Exchange.plan.replacingOccurrences(of: "digits=\"40\"", with: "digits=\"77\"")
      try Data(changed.utf8).write(to: exchange.plan)
      kill(exchange.pid, SIGHUP)
      #expect(try wait(3) { try phone.dial("771").final?["Warning"]?.contains("do not disturb on") == true })
      #expect(try phone.dial("401").final?.status == 404)
    }

    @Test("PLAN-4: plan explain says what 6012002 would do, without doing it")
    func explain() throws {
      let exchange = try Exchange()
      let text = try exchange.command("plan", "explain", "6012002", "--from", "2001", "--plan", exchange.plan.path)
      for word in ["601", "CallForward", "2002", "480", "forward all to 2002 set"] {
        #expect(text.contains(word), "\(word) in \(text)")
      }
    }
  }
}
