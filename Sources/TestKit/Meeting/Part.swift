import Kernel

/// What one module contributes: how it stands at 2002, and what it does to 2002.
struct Part {
  /// Something that lasts at 2002.
  struct Standing {
    var words: String
    /// It is set up before the other module's act begins; else after it has begun.
    var isFirst = true
    var setUp: (Scenario) -> Void
  }
  /// Something that happens to 2002.
  struct Act {
    var words: String
    /// What must have been before, when 2002 could still be called.
    var before: (Scenario) -> Void = { _ in }
    /// `look` sees what the last verb brought about.
    var then: (Scenario, _ look: () -> Void) -> Void
  }

  var module: String
  var standing: Standing?
  var act: Act?

  /// 2001 calls 2002 once the other module stands there as well.
  static func call(after other: Standing?) -> Act {
    Act(
      words: (other.map { $0.words + "; " } ?? "") + "2001 calls 2002", before: { other?.setUp($0) },
      then: { scene, _ in scene.dial("2002", from: "2001") })
  }

  static var all: [Part] {
    [
      Part(
        module: "DoNotDisturb",
        standing: Standing(words: "2002 has do not disturb on", isFirst: false) { $0.dial("401", from: "2002") }),
      Part(
        module: "CallForward",
        standing: Standing(words: "2002 forwards all calls to 2003", isFirst: false) { $0.dial("6012003", from: "2002") }),
      Part(
        module: "Hold",
        standing: Standing(words: "2002 has 2004 on hold") { $0.connect("2002", "2004").hold(by: "2002") },
        act: Act(
          words: "2002 has left 2001 on hold, and the recall comes", before: { $0.connect("2001", "2002").hold(by: "2002") },
          then: { scene, _ in scene.advance(by: .seconds(60)) })),
      Part(
        module: "VoiceMail",
        standing: Standing(words: "2002 hears its messages", isFirst: false) {
          $0.set("2002", StationSettings(mailbox: true)).dial("*98", from: "2002")
        },
        act: Act(
          words: "2001 calls 2002, which sends its calls to its mailbox",
          before: { $0.set("2002", StationSettings(mailbox: true)).dial("6012999", from: "2002") },
          then: { scene, _ in scene.dial("2002", from: "2001") })),
      Part(
        module: "CallPark",
        standing: Standing(words: "2002 has parked 2004") {
          $0.connect("2002", "2004").hold(by: "2002").dial("11", from: "2002")
        },
        act: Act(
          words: "2002 has parked 2001, and the recall comes",
          before: { $0.connect("2001", "2002").hold(by: "2002").dial("11", from: "2002") },
          then: { scene, _ in scene.advance(by: .seconds(70)) })),
      Part(
        module: "CallPickup",
        act: Act(
          words: "2001 calls 2002, and 2005 picks that up",
          then: { scene, look in
            scene.dial("2002", from: "2001")
            look()
            scene.dial("652002", from: "2005")
          })),
      Part(
        module: "Conference",
        standing: Standing(words: "2002 has a conference with 2004 and 2005") {
          $0.connect("2002", "2004").hold(by: "2002").dial("46", from: "2002")
          $0.connect("2002", "2005").hold(by: "2002").dial("46", from: "2002").resume(by: "2002")
        },
        act: Act(
          words: "2002 has put 2001 into a conference, and the recall comes",
          before: { $0.connect("2001", "2002").hold(by: "2002").dial("46", from: "2002") },
          then: { scene, _ in scene.advance(by: .seconds(60)) })),
      Part(
        module: "Transfer",
        act: Act(
          words: "2005 transfers 2001 to 2002", before: { $0.connect("2001", "2005") },
          then: { scene, _ in
            guard let line = scene.exchange.telephones.lines(of: "2005").last else { return }
            scene.verb(Scenario.Location(fileID: "", filePath: "", line: 0, column: 0)) {
              scene.exchange.transfer(line, to: "2002")
            }
          })),
      Part(
        module: "RingGroup",
        act: Act(
          words: "2001 calls the group of 2002 and 2003, which ring one after the other",
          then: { scene, _ in scene.dial("500", from: "2001") })),
      Part(
        module: "AuthorizationCode",
        act: Act(
          words: "2002 calls outside with an authorisation code",
          then: { scene, _ in scene.dial("*8512345690398765432", from: "2002") })),
      Part(
        module: "TrunkCodeInsertion",
        act: Act(
          words: "0412345678 calls 2002, for which 9 is put in front of callers from outside",
          before: { $0.set("2002", StationSettings(insertion: .incoming, insertedCode: "9")) },
          then: { scene, _ in
            scene.verb(Scenario.Location(fileID: "", filePath: "", line: 0, column: 0)) {
              scene.exchange.dial("2002", from: .trunk(0, "0412345678"))
            }
          })),
      Part(module: "MessageWaiting"),
    ]
  }
}
