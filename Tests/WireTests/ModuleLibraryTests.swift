import Foundation
import Testing

extension Wire {
  /// Feature modules that the running program loads from libraries (MOD-2).
  @Suite("Feature modules in libraries")
  struct ModuleLibraries {
    private static let hotLine =
      #"<module name="HotLine" library="libHotLine.so"><code digits="*91" action="set"/><code digits="*90" action="clear"/>"#
      + #"<code digits="*9" action="call"/></module>"#

    private func shelf() throws -> TemporaryFolder {
      let shelf = try TemporaryFolder()
      let hotLine = Program.repository.appendingPathComponent("Plugins/HotLine")
      try Child.run(
        [
          "gcc", "-std=c11", "-fPIC", "-shared", "-I",
          Program.repository.appendingPathComponent("Sources/CStrowger/include").path,
          "-o", shelf.url.appendingPathComponent("libHotLine.so").path, hotLine.appendingPathComponent("hotline.c").path,
        ], in: shelf.url)
      return shelf
    }

    @Test(
      "MOD-2: a module in C is loaded at the start, its codes are dialled, and what it keeps survives kill -9",
      .timeLimit(.minutes(1)))
    func hotLine() throws {
      let shelf = try shelf()
      let exchange = try Exchange(plan: Exchange.plan(with: Self.hotLine), arguments: ["--modules", shelf.url.path])
      let phones = try ["2001", "2003"].map { try Handset($0, at: exchange) }
      for phone in phones { #expect(try phone.register().status == 200) }
      #expect(try phones[0].dial("*9").final?["Warning"]?.contains("no hot line is set") == true)
      #expect(try phones[0].dial("*912003").final?["Warning"]?.contains("hot line to 2003 set") == true)
      try exchange.crashAndRestart()
      var call = phones[0].call("*9")
      phones[1].answer(try phones[1].incoming())
      try phones[0].finish(&call)
      #expect(call.final?.status == 200)
      try phones[0].hangUp(call)
      try phones[1].expect("BYE")
      #expect(try exchange.command("accesslog").isEmpty == false)
    }

    @Test(
      "MOD-2: a module that cannot be loaded keeps the exchange from starting, and says where and why", .timeLimit(.minutes(1)))
    func doesNotStart() throws {
      let shelf = try TemporaryFolder()
      let plan = try shelf.write("plan.xml", Exchange.plan(with: Self.hotLine))
      let database = shelf.url.appendingPathComponent("none.sqlite")
      let (status, output, errors) = try Exchange.run(
        [
          "serve", "--plan", plan.path, "--database", database.path, "--listen", "udp:127.0.0.1:0", "--modules", shelf.url.path,
        ], in: shelf.url)
      #expect(status != 0)
      #expect(!output.contains("ready"))
      #expect(errors.contains("plan.xml:") && errors.contains("there is no libHotLine.so in \(shelf.url.path)"), "\(errors)")
      #expect(!FileManager.default.fileExists(atPath: database.path), "it has begun to work")
    }

    @Test(
      "MOD-2: a module that traps takes the exchange with it; started again it has its calls and its registrations",
      .timeLimit(.minutes(1)))
    func traps() throws {
      let shelf = try TemporaryFolder()
      let broken = Program.repository.appendingPathComponent("Tests/LoadingTests/Fixtures/broken.c").path
      let headers = Program.repository.appendingPathComponent("Sources/CStrowger/include").path
      let library = shelf.url.appendingPathComponent("libBroken.so").path
      try Child.run(["gcc", "-fPIC", "-shared", "-w", "-DWRONG=TRAPS", "-I", headers, "-o", library, broken], in: shelf.url)
      let exchange = try Exchange(
        plan: Exchange.plan(with: #"<module name="Broken" library="libBroken.so"><code digits="*7"/></module>"#),
        arguments: ["--modules", shelf.url.path])
      let phones = try ["2001", "2002", "2003"].map { try Handset($0, at: exchange) }
      for phone in phones { #expect(try phone.register().status == 200) }
      var call = phones[0].call("2002")
      phones[1].answer(try phones[1].incoming())
      try phones[0].finish(&call)
      #expect(call.final?.status == 200)
      _ = phones[2].call("*7")
      #expect(wait(40) { !exchange.isAlive })  // it writes down where it was first
      try exchange.start()
      #expect(try phones[0].hangUp(call).status == 200)
      try phones[1].expect("BYE")
      let again = phones[2].call("2001")
      phones[0].answer(try phones[0].incoming())
      var answered = again
      try phones[2].finish(&answered)
      #expect(answered.final?.status == 200)
    }

    @Test(
      "MOD-2: on reload a plan that names another library is refused, and the old one stays in force", .timeLimit(.minutes(1)))
    func reload() throws {
      let shelf = try shelf()
      let exchange = try Exchange(arguments: ["--modules", shelf.url.path])
      try Exchange.plan(with: Self.hotLine).write(to: exchange.plan, atomically: true, encoding: .utf8)
      let (status, _, errors) = try Exchange.run(["reload", "--database", exchange.database.path], in: shelf.url)
      #expect(status != 0)
      #expect(errors.contains("libHotLine.so was not loaded when the exchange started"), "\(errors)")
      let phone = try Handset("2001", at: exchange)
      #expect(try phone.register().status == 200)
      #expect(try phone.dial("401").final?.status == 480)
    }
  }
}
