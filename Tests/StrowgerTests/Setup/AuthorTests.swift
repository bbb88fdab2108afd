import Store
import Testing

@testable import Strowger

@Suite("Who makes a change, for the audit trail")
struct AuthorTests {
  private let sudo = ["SUDO_USER": "anna", "TERM": "xterm"]
  private let shell = ["SSH_CONNECTION": "203.0.113.7 50022 192.0.2.1 22"]

  @Test("over SSH and sudo: the person, the account, the remote address and the terminal")
  func overSSH() {
    let login = Login(account: "root", user: nil, terminal: "pts/3", environments: [self.sudo, self.shell])
    #expect(
      Author(login, words: ["station", "set", "2001", "srtp=off"])
        == Author("anna", account: "root", origin: "ssh 203.0.113.7 pts/3", command: "station set"))
  }

  @Test("who logged in by the kernel's word is believed before SUDO_USER, which anybody can set")
  func pretending() {
    let login = Login(account: "mallory", user: "mallory", terminal: nil, environments: [self.sudo])
    #expect(Author(login, words: ["reload"]) == Author("mallory", origin: "", command: "reload"))
    let service = Login(account: "strowger", user: nil, terminal: nil, environments: [[:]])
    #expect(Author(service, words: []) == Author("strowger"))
  }

  @Test("no control characters of an environment reach the trail")
  func control() {
    let login = Login(
      account: "root", user: nil, terminal: nil, environments: [["SUDO_USER": "a\u{1B}[2J", "SSH_CONNECTION": "\n\u{7}x 1 2 3"]])
    let author = Author(login, words: [])
    #expect(author.who == "a·[2J" && author.origin == "ssh ··x")
  }

  @Test(
    "of a command line only the command's own words are kept",
    arguments: [
      (["station", "add", "2001", "--random-password"], "station add"), (["option", "set", "sip.digest", "md5"], "option set"),
      (["trunk", "secret", "carrier"], "trunk secret"), (["blocked", "--unblock", "192.0.2.1"], "blocked"),
      (["restore", "add"], "restore"), (["nonsense"], ""), ([], ""), (["serve", "--demo"], "serve"),
      (["authcode", "add", "--label", "x"], "authcode add"), (["whitelist", "remove", "10.0.0.1"], "whitelist remove"),
    ])
  func words(line: [String], command: String) {
    #expect(Strowger.command(in: line) == command)
  }

  @Test("the system tells an account")
  func current() {
    #expect(!Author.current().who.isEmpty && !Author.current().account.isEmpty)
  }

  @Test("--since takes times that have passed, and nothing else")
  func since() {
    let now = 1_800_000_000
    #expect(WallTime.moment("30m", now: now)?.milliseconds == 1_799_998_200_000)
    #expect(WallTime.moment("7d", now: now)?.milliseconds == 1_799_395_200_000)
    #expect(WallTime.moment("0h", now: now)?.milliseconds == 1_800_000_000_000)
    for text in ["2026-02-03", "2026-02-03 18:00", "2026-02-03T18:00:11"] {
      let shown = WallTime.moment(text).map { WallTime.local($0.description, now: 0) }
      #expect(shown?.hasPrefix(text.replacing("T", with: " ")) == true, "\(text): \(shown ?? "none")")
    }
    for text in ["", "d", "yesterday", "-1d", "99999999999999999999d", "2026-13-01", "2026-02-03 25:00", "2026", "1d2h", "٣d"] {
      #expect(WallTime.moment(text) == nil, "\(text)")
    }
  }
}
