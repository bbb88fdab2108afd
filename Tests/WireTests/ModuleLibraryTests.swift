import Foundation
import Testing

extension Wire {
  /// Feature modules that the running program loads from libraries (MOD-2).
  @Suite("Feature modules in libraries")
  struct ModuleLibraries {
    private static let hotLine =
      #"<module name="HotLine" library="libHotLine.so"><code digits="*91" action="set"/><code digits="*90" action="clear"/>"#
      + #"<code digits="*9" action="call"/></module>"#

    /// The plan of these tests with one more module, last in order.
    private func plan(_ module: String) -> String {
      Exchange.plan.replacingOccurrences(of: "</features>", with: "  \(module)\n  </features>")
    }

    /// Runs a command, shows its output when it fails.
    private func run(_ words: [String], in folder: URL, within seconds: Double = 60, _ environment: [String: String] = [:]) throws
    {
      let child = try Child("/usr/bin/env", words, in: folder, name: words[0], environment: environment)
      let status = child.exitStatus(within: seconds)
      guard status == 0 else {
        throw WireFailure("\(words): \(status.map(String.init) ?? "no end")\n\(child.outputText)\(child.errorText)")
      }
    }

    private func shelf() throws -> TemporaryFolder {
      let shelf = try TemporaryFolder()
      let hotLine = Program.repository.appendingPathComponent("Plugins/HotLine")
      try run(
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
      let exchange = try Exchange(plan: plan(Self.hotLine), arguments: ["--modules", shelf.url.path])
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
      let plan = try shelf.write("plan.xml", plan(Self.hotLine))
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
      "MOD-2: on reload a plan that names another library is refused, and the old one stays in force", .timeLimit(.minutes(1)))
    func reload() throws {
      let shelf = try shelf()
      let exchange = try Exchange(arguments: ["--modules", shelf.url.path])
      try plan(Self.hotLine).write(to: exchange.plan, atomically: true, encoding: .utf8)
      let (status, _, errors) = try Exchange.run(["reload", "--database", exchange.database.path], in: shelf.url)
      #expect(status != 0)
      #expect(errors.contains("libHotLine.so was not loaded when the exchange started"), "\(errors)")
      let phone = try Handset("2001", at: exchange)
      #expect(try phone.register().status == 200)
      #expect(try phone.dial("401").final?.status == 480)
    }

    /// The toolchain builds the kit and the module for it twice: a minute or two.
    @Test("MOD-2: `module new` writes a package that tests itself, builds, loads, and is dialled", .timeLimit(.minutes(15)))
    func moduleNew() throws {
      let folder = try TemporaryFolder()
      let kit = Program.repository.appendingPathComponent("Packaging/kit").path
      let written = try Exchange.run(["module", "new", "Lunch", "--code", "*76", "--kit", kit], in: folder.url)
      try #require(written.status == 0, "\(written.errors)")
      let package = folder.url.appendingPathComponent("Lunch")
      try run(["make", "-C", package.path, "test"], in: folder.url, within: 600)
      try run(["make", "-C", package.path], in: folder.url, within: 600)
      let exchange = try Exchange(
        plan: plan(#"<module name="Lunch" library="libLunch.so" time="60"><code digits="*76"/></module>"#),
        arguments: ["--modules", package.appendingPathComponent(".build/release").path])
      let phones = try ["2001", "2002"].map { try Handset($0, at: exchange) }
      for phone in phones { #expect(try phone.register().status == 200) }
      #expect(try phones[0].dial("*761").final?["Warning"]?.contains("away") == true)
      #expect(try phones[1].dial("2001").final?.status == 480)
      #expect(phones[0].staysQuiet(for: 0.2))
      try exchange.crashAndRestart()
      #expect(try phones[1].dial("2001").final?["Warning"]?.contains("2001 is away") == true)
      #expect(try phones[0].dial("*760").final?["Warning"]?.contains("here again") == true)
      var call = phones[1].call("2001")
      phones[0].answer(try phones[0].incoming())
      try phones[1].finish(&call)
      #expect(call.final?.status == 200)
      // The guide goes on from here.
      for file in try self.guide() {
        try file.text.write(to: package.appendingPathComponent(file.path), atomically: true, encoding: .utf8)
      }
      try run(["make", "-C", package.path, "test"], in: folder.url, within: 600)
      try run(["make", "-C", package.path], in: folder.url, within: 600)
      let (status, described, errors) = try Exchange.run(
        [
          "module", "describe", "Lunch", "--plan", exchange.plan.path, "--modules",
          package.appendingPathComponent(".build/release").path,
        ], in: folder.url)
      #expect(status == 0 && described.contains("reminding"), "\(described)\(errors)")
    }

    /// The files in *Write a module in 20 minutes*: what stands between "```swift PATH" and "```".
    private func guide() throws -> [(path: String, text: String)] {
      let page = try String(
        contentsOf: Program.repository.appendingPathComponent("Docs/ModuleInTwentyMinutes.md"), encoding: .utf8)
      let files = page.components(separatedBy: "\n```swift ").dropFirst().compactMap { block -> (path: String, text: String)? in
        guard let line = block.firstIndex(of: "\n"), let end = block.range(of: "\n```") else { return nil }
        return (String(block[..<line]), String(block[block.index(after: line)..<end.lowerBound]) + "\n")
      }
      try #require(
        files.map(\.path).sorted() == [
          "Sources/Lunch/Lunch+Module.swift", "Sources/Lunch/Lunch.swift", "Tests/LunchTests/LunchTests.swift",
        ])
      return files
    }
  }
}
