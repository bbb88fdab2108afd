import Glibc
import Kernel
import NumberPlan
import Testing

/// Files made to harm whoever reads them: each is refused with a place and a word, fast and in little memory.
@Suite(.serialized)
struct HostileFileTests {
  struct Hazard: CustomTestStringConvertible, Sendable {
    var name: String
    var rule: String
    var bytes: @Sendable () -> [UInt8]

    init(_ name: String, _ rule: String, _ bytes: @escaping @Sendable () -> [UInt8]) {
      self.name = name
      self.rule = rule
      self.bytes = bytes
    }

    init(_ name: String, _ rule: String, text: @escaping @Sendable () -> String) {
      self.init(name, rule) { Array(text().utf8) }
    }

    var testDescription: String { self.name }
  }

  static let open = "<numberPlan xmlns=\"urn:strowger:number-plan:1\""

  static let hazards: [Hazard] = [
    Hazard("a document type", "document-type", text: { "<!DOCTYPE numberPlan>\n\(open)/>" }),
    Hazard(
      "a document type that names a file", "document-type", text: { "<!DOCTYPE numberPlan SYSTEM \"/etc/passwd\">\(open)/>" }),
    Hazard(
      "an external entity", "document-type",
      text: { "<!DOCTYPE n [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>\(open) name=\"&x;\">&x;</numberPlan>" }),
    Hazard(
      "an external parameter entity", "document-type",
      text: { "<!DOCTYPE n [<!ENTITY % x SYSTEM \"file:///etc/hostname\"> %x;]>\(open)/>" }),
    Hazard("a billion laughs", "document-type", text: { Self.laughs }),
    Hazard(
      "a quadratic blow-up", "document-type",
      text: {
        "<!DOCTYPE n [<!ENTITY a \"" + String(repeating: "a", count: 120_000) + "\">]>\(open)>"
          + String(repeating: "&a;", count: 30_000) + "</numberPlan>"
      }),
    Hazard("an entity nobody declared", "well-formed", text: { "\(open) name=\"&x;\"/>" }),
    Hazard(
      "20,000 attributes", "limit",
      text: { "\(open) " + (0..<20_000).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>" }),
    Hazard("33 attributes", "limit", text: { "\(open) " + (0..<33).map { "a\($0)=\"\"" }.joined(separator: " ") + "/>" }),
    Hazard("a value of 300 octets", "limit", text: { "\(open) name=\"" + String(repeating: "n", count: 300) + "\"/>" }),
    Hazard("11 MB of text", "schema") {
      filled("<stations>", with: "aaaa", 11 << 18, "</stations>")
    },
    Hazard("17 MB", "size") { [UInt8](repeating: 0x20, count: 17 << 20) },
    Hazard("a million elements", "limit") {
      filled("<stations>", with: "<a/>", 1_000_000, "</stations>")
    },
    Hazard("5,000 levels", "limit") {
      filled(String(repeating: "<a>", count: 5000), with: "", 0, String(repeating: "</a>", count: 5000))
    },
    Hazard("a name of 60 KB", "limit", text: { "\(open)><" + String(repeating: "a", count: 60_000) + "/></numberPlan>" }),
    Hazard("UTF-7", "encoding", text: { "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-numberPlan/+AD4-" }),
    Hazard("Latin 1 by its own word", "encoding", text: { "<?xml version='1.0' encoding = 'ISO-8859-1'?>\(open)/>" }),
    Hazard("UTF-16", "encoding") { [0xFF, 0xFE] + wide("\(open)/>") },
    Hazard("UTF-16 without a mark", "encoding") { wide("<?xml version=\"1.0\"?>\(open)/>") },
    Hazard("EBCDIC", "encoding") { [0x4C, 0x6F, 0xA7, 0x94, 0x93, 0x40] },
    Hazard("invalid UTF-8", "well-formed") { Array("\(open) name=\"".utf8) + [0xC3, 0x28] + Array("\"/>".utf8) },
    Hazard("a NUL octet", "encoding") { Array("\(open)>".utf8) + [0] + Array("</numberPlan>".utf8) },
    Hazard("the end missing", "well-formed", text: { "\(open)><stations><range from=\"2000\"" }),
    Hazard("two roots", "well-formed", text: { "\(open)/>\(open)/>" }),
    Hazard("something behind the end", "well-formed", text: { "\(open)/>garbage" }),
    Hazard("a comment that does not end", "well-formed", text: { "\(open)><!-- </numberPlan>" }),
    Hazard("nothing", "empty", text: { "" }),
    Hazard("no XML", "well-formed", text: { "number plan" }),
    Hazard("another document", "schema", text: { "<html/>" }),
    Hazard(
      "XInclude", "schema",
      text: { "\(open)><i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/></numberPlan>" }),
    Hazard(
      "a quote left open", "limit", text: { "\(open)><stations><range from=\"2000/>" + String(repeating: "<a/>", count: 4000) }),
  ]

  static var laughs: String {
    var text = "<!DOCTYPE n [<!ENTITY a0 \"lol\">"
    for level in 1...9 { text += "<!ENTITY a\(level) \"" + String(repeating: "&a\(level - 1);", count: 10) + "\">" }
    return text + "]>\(open)>&a9;</numberPlan>"
  }

  @Test("PLAN-2: a hostile file is refused with a place, in under 1 s and 100 MB", arguments: hazards)
  func refuses(_ hazard: Hazard) {
    let bytes = hazard.bytes()
    // Others run beside us in the same process: the best of three counts.
    var time = Duration.seconds(1000)
    var space = Int.max
    for _ in 1...3 where time > .seconds(1) || space > 100 << 10 {
      forgetPeak()
      let before = memory("VmRSS")
      let clock = ContinuousClock()
      let start = clock.now
      let result = PlanFile.parse(bytes, name: "t.xml", modules: Modules.all)
      time = min(time, clock.now - start)
      space = min(space, memory("VmHWM") - before)
      #expect(result.plan == nil)
      #expect(result.findings.contains { $0.rule == hazard.rule }, "\(result.text)")
      #expect(result.findings.allSatisfy { $0.line >= 1 && $0.column >= 1 && $0.message.utf8.count < 1500 })
    }
    #expect(time < self.patience)
    #expect(space < 100 << 10)
  }

  /// A debug build, with a sanitizer perhaps, takes longer than the exchange does; growth with the square takes minutes.
  private var patience: Duration {
    #if DEBUG
    .seconds(20)
    #else
    .seconds(1)
    #endif
  }

  @Test("PLAN-2: nothing of a file that an entity names gets into a finding")
  func doesNotFetch() {
    let result = checkText("<!DOCTYPE n [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><n>&x;</n>")
    #expect(!result.text.contains("root:"))
    #expect(result.findings.map(\.rule) == ["document-type"])
    #expect(result.findings.first?.mend == "take the <!DOCTYPE …> out")
  }

  @Test("PLAN-2: a line feed smuggled into a value does not make a second line")
  func keepsOneLine() {
    let result = check("<stations><station number=\"1&#10;t.xml:1:1: error: forged&#x85;\"/></stations>")
    #expect(result.findings.count == 1)
    #expect(result.findings.first?.text.split(separator: "\n").count == 2)
  }

  @Test("PLAN-2: a plan with octets changed at random is read to the end, with findings that stand in the file")
  func survivesDamage() {
    let whole = Array(Plans.complete.utf8)
    var seed: UInt64 = 0x5354_524F_5747_4552
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<3 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = Int(seed >> 33) % bytes.count
        switch seed >> 16 & 3 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: seed >> 24)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<min(place + 40, bytes.count)], at: place)
        default: bytes[place] = bytes[Int(seed >> 40) % bytes.count]
        }
      }
      let result = PlanFile.parse(bytes, name: "t.xml", modules: Modules.all)
      #expect((result.plan == nil) == (result.errors > 0))
      let lineCount = bytes.count { $0 == 0x0A } + 1
      #expect(result.findings.allSatisfy { 1...lineCount ~= $0.line && $0.column >= 1 })
    }
    for length in stride(from: 0, to: whole.count, by: 37) {
      #expect(PlanFile.parse(Array(whole[..<length]), name: "t.xml", modules: Modules.all).plan == nil)
    }
  }

  @Test("PLAN-1: a mark of octet order, comments, instructions and an editor's schema hint do no harm")
  func acceptsDecorations() {
    let text = """
      \u{FEFF}<?xml version="1.0" encoding="utf-8"?>
      <?xml-model href="NumberPlan.xsd"?>
      <!-- <!DOCTYPE numberPlan> in a comment is a comment -->
      <p:numberPlan xmlns:p="urn:strowger:number-plan:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:schemaLocation="urn:strowger:number-plan:1 NumberPlan.xsd" name="Büro"><p:stations/></p:numberPlan>
      """
    let result = checkText(text)
    #expect(result.findings == [])
    #expect(result.plan?.name == "Büro")
  }
}

/// The plan's element around `before`, many times `piece`, and `after`.
private func filled(_ before: String, with piece: String, _ count: Int, _ after: String) -> [UInt8] {
  var bytes = Array("\(HostileFileTests.open)>\(before)".utf8)
  let piece = Array(piece.utf8)
  bytes.reserveCapacity(bytes.count + count * piece.count + 100_000)
  for _ in 0..<count { bytes += piece }
  bytes += Array("\(after)</numberPlan>".utf8)
  return bytes
}

/// In UTF-16, little end first.
private func wide(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }

/// In KiB, as the kernel of the machine tells.
private func memory(_ field: String) -> Int {
  let lines = contents("/proc/self/status").split(separator: "\n")
  let words = lines.first { $0.hasPrefix(field) }?.split { $0 == " " || $0 == "\t" } ?? []
  return words.count > 1 ? Int(words[1]) ?? 0 : 0
}

private func forgetPeak() {
  guard let file = fopen("/proc/self/clear_refs", "w") else { return }
  fputs("5", file)
  fclose(file)
}
