import Foundation
import Testing

/// Tests on the wire that build or wait more than they listen: beside all others, since nobody has to be quiet for them.
@Suite("On the wire, beside the others", .enabled(if: Program.isThere, "the strowger program is not built"))
struct WireBeside {
  /// The toolchain builds the kit and the module for it twice: a minute or two.
  @Test("MOD-2: `module new` writes a package that tests itself, builds, loads, and is dialled", .timeLimit(.minutes(15)))
  func moduleNew() async throws {
    let folder = try TemporaryFolder()
    let kit = Program.repository.appendingPathComponent("Packaging/kit").path
    let written = try Exchange.run(["module", "new", "Lunch", "--code", "*76", "--kit", kit], in: folder.url)
    try #require(written.status == 0, "\(written.errors)")
    let package = folder.url.appendingPathComponent("Lunch")
    try await Child.runGently(["make", "-C", package.path, "test"], in: folder.url, within: 600)
    try await Child.runGently(["make", "-C", package.path], in: folder.url, within: 600)
    let exchange = try Exchange(
      plan: Exchange.plan(with: #"<module name="Lunch" library="libLunch.so" time="60"><code digits="*76"/></module>"#),
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
    try await Child.runGently(["make", "-C", package.path, "test"], in: folder.url, within: 600)
    try await Child.runGently(["make", "-C", package.path], in: folder.url, within: 600)
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

  /// Waits for the next full minute.
  @Test(
    "MOD-2: a wake-up call rings at its minute, also after kill -9, and plays music", .timeLimit(.minutes(3)),
    .enabled(if: Program.baresip != nil, "baresip is not installed"))
  func wakeUp() async throws {
    let office = try Office.plugged(
      #"<module name="WakeUp" library="libWakeUp.so"><code digits="*55" action="set"/><code digits="*56" action="cancel"/>"#
        + #"<code digits="*57" action="query"/></module>"#)
    defer { office.close() }
    let sleeper = try office.baresip("2001")
    let format = DateFormatter()
    format.dateFormat = "HHmm"
    let wanted = Date(timeIntervalSinceNow: 65)
    try sleeper.command("dial", "*55" + format.string(from: wanted))
    #expect(try sleeper.event("CALL_CLOSED").contains("480"))
    try office.exchange.crashAndRestart()
    while format.string(from: Date()) != format.string(from: wanted) { try await Task.sleep(for: .milliseconds(500)) }
    try sleeper.event("CALL_ESTABLISHED", within: 15)
    #expect(format.string(from: Date()) == format.string(from: wanted))
    let hearsMusic = wait(5) {
      guard let sound = try? sleeper.heard().last(0.5) else { return false }
      return sound.level > -40 && sound.tones(among: Voices.all) == []
    }
    #expect(hearsMusic, "it hears \(String(describing: try? sleeper.heard().last(0.5).level)) dB")
    try sleeper.command("hangup")
    #expect(try office.isIdle())
    #expect(try office.exchange.command("status", "--json").contains("wake-up call") == false)
  }
}
