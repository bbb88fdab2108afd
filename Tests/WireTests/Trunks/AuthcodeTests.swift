import Foundation
import Testing

extension Wire {
  @Suite("Authorisation codes")
  struct Authcodes {
    private static let code = "314159"

    /// Stations may call nothing outside; codes of class `outside` may.
    private static func plan(port: UInt16) -> String {
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <numberPlan xmlns="urn:strowger:number-plan:1" name="Codes">
        <stations><range from="2001" to="2099" class="internal"/></stations>
        <features>
          <module name="AuthorizationCode" codeLength="6" maximumFailures="3" barTime="60"><code digits="*85"/></module>
        </features>
        <trunks>
          <trunk name="carrier" address="sip:\(Trunks.carrier):\(port)"/>
          <trunkGroup code="9" trunks="carrier"/>
        </trunks>
        <classesOfService><class name="internal" trunks="none"/><class name="outside" trunks="9"/></classesOfService>
      </numberPlan>

      """
    }

    /// `strowger authcode add` with the code on standard input.
    static func add(
      _ code: String, _ words: String, _ exchange: Exchange
    ) throws -> (status: Int32, output: String, errors: String) {
      guard let program = Program.strowger else { throw WireFailure("no strowger program") }
      let input = try exchange.folder.write("code.txt", "\(code)\n")
      defer { try? FileManager.default.removeItem(at: input) }
      let child = try Child(
        "/bin/sh",
        [
          "-c",
          "'\(program)' authcode add \(words) --plan '\(exchange.plan.path)' --database '\(exchange.database.path)' < '\(input.path)'",
        ], in: exchange.folder.url, name: "add-\(UUID().uuidString.prefix(6))")
      guard let status = child.exitStatus(within: 20) else { throw WireFailure("authcode add does not end") }
      return (status, child.outputText, child.errorText)
    }

    @Test("TRK-4: what is no code is refused with the reason, and nothing is kept", .timeLimit(.minutes(1)))
    func refused() throws {
      let exchange = try Exchange(plan: Self.plan(port: freePort()))
      for (code, words, reason) in [
        ("31415", "--label A", "the code has 5 digits"), ("3141592", "--label A", "wants 6"), ("31415x", "--label A", "digits"),
        ("", "--label A", "no code on standard input"), (Self.code, "--label ''", "label"),
        (Self.code, "--label A --class abroad", "no class of service abroad; there are internal, outside"),
      ] {
        let (status, output, errors) = try Self.add(code, words, exchange)
        #expect(status == 1 && errors.contains(reason), "\(code) \(words): \(status) \(errors)")
        #expect(code.count < 4 || !(output + errors).contains(code), "\(output)\(errors)")
      }
      #expect(try exchange.json("authcode", "list").isEmpty)
      #expect(try Self.add(Self.code, "--label Sales --class outside", exchange).status == 0)
      for (code, label) in [(Self.code, "Other"), ("271828", "Sales")] {
        let (status, _, errors) = try Self.add(code, "--label \(label)", exchange)
        #expect(status == 1 && errors.contains("in use"), "\(errors)")
      }
      #expect(try exchange.json("authcode", "list").map { $0["label"] as? String } == ["Sales"])
      #expect(try exchange.json("authcode", "list").first?["class"] as? String == "outside")
      #expect(try !exchange.command("authcode", "list").contains(Self.code))
      #expect(throws: WireFailure.self) { try exchange.command("authcode", "remove", "Marketing") }
    }

    @Test(
      "TRK-4: a code calls outside at once, its label is in the record; wrong ones bar; nobody can read one afterwards",
      .enabled(if: Program.sipp != nil, "sipp is not installed"), .timeLimit(.minutes(1)))
    func calls() throws {
      let port = freePort()
      let exchange = try Exchange(plan: Self.plan(port: port))
      #expect(try Trunks.setSecret(exchange).status == 0)
      let carrier = try Sipp("carrier-challenges", at: exchange, times: 2, host: Trunks.carrier, port: port)
      let (phone, other) = (try Handset("2001", at: exchange), try Handset("2002", at: exchange))
      for phone in [phone, other] { try phone.register() }
      let dialled = "*85\(Self.code)90398722999"
      #expect(try phone.dial(dialled).final?.status == 403, "there is no such code yet")
      #expect(try Self.add(Self.code, "--label Sales --class outside", exchange).status == 0)
      let call = try phone.dial(dialled, within: 10)
      #expect(call.final?.status == 200, "\(call.responses.map(\.startLine))")
      #expect(try exchange.json("calls").first?["dialled"] as? String == "*85******90398722999")
      let database = try Data(contentsOf: exchange.database) + Self.log(exchange)
      #expect(!Self.holds(database), "while they talk")
      try phone.hangUp(call)
      try carrier.finish()
      #expect(try wait(3) { try exchange.json("cdr").last?["authorisation"] as? String == "Sales" })
      #expect(try exchange.json("cdr").last?["dialled"] as? String == "*85******90398722999")
      for _ in 1...3 { #expect(try other.dial("*8527182890398722999").final?.status == 403) }
      #expect(try other.dial(dialled).final?["Warning"]?.contains("barred") == true)
      #expect(try phone.dial("*85\(Self.code)").final?.status == 480)
      try exchange.command("authcode", "remove", "Sales")
      #expect(try phone.dial(dialled).final?["Warning"]?.contains("not valid") == true)

      let copy = exchange.folder.url.appendingPathComponent("copy.sqlite")
      try exchange.command("backup", copy.path)
      let words = [
        ["cdr"], ["cdr", "--json"], ["accesslog"], ["status"], ["station", "list"], ["ladder", "--mermaid"],
        ["ladder", "--sipp"],
      ]
      var texts = (1...10).map { ["ladder", "\($0)", "--json"] }.map { Self.text($0, exchange) }
      texts += words.map { Self.text($0, exchange) } + [exchange.log]
      for text in texts { #expect(!text.contains(Self.code) && !text.contains("271828"), "\(text)") }
      #expect(texts.contains { $0.contains("*85******90398722999") })
      for file in [exchange.database, copy] { #expect(!Self.holds(try Data(contentsOf: file)), "\(file.lastPathComponent)") }
      #expect(!Self.holds(Self.log(exchange)))
    }

    @Test("TRK-4, RELIABILITY §3: a backup has the codes, and a restored database knows them", .timeLimit(.minutes(1)))
    func backup() throws {
      let exchange = try Exchange(plan: Self.plan(port: freePort()))
      #expect(try Self.add(Self.code, "--label Sales --class outside", exchange).status == 0)
      let copy = exchange.folder.url.appendingPathComponent("copy.sqlite")
      try exchange.command("backup", copy.path)
      try exchange.command("authcode", "remove", "Sales")
      exchange.stop()
      try exchange.command("restore", copy.path)
      #expect(try exchange.json("authcode", "list").first?["label"] as? String == "Sales")
    }

    private static func text(_ words: [String], _ exchange: Exchange) -> String {
      (try? Exchange.run(words + ["--database", exchange.database.path], in: exchange.folder.url))?.output ?? ""
    }

    /// The database's write-ahead log, where rows stand first.
    private static func log(_ exchange: Exchange) -> Data {
      (try? Data(contentsOf: URL(fileURLWithPath: exchange.database.path + "-wal"))) ?? Data()
    }

    /// The code as text, or as one octet for each digit.
    private static func holds(_ data: Data) -> Bool {
      let text = Data(self.code.utf8)
      return data.range(of: text) != nil || data.range(of: Data(text.map { $0 - 0x30 })) != nil
    }
  }
}
