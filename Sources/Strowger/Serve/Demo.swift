import Sessions
import Store

/// `serve --demo`: something to call with, one minute after the build.
enum Demo {
  private static let numbers = 2001...2006

  /// Makes stations 2001 to 2006 where the database has none and shows their passwords this once; lets loopback and the
  /// machine's own networks in where the white list is empty.
  static func prepare(_ administration: Administration, networks: Networks) throws {
    var author = administration.author
    author.command = "serve --demo"
    let operatorView = Administration(administration.database, by: author)
    if try operatorView.whitelist().isEmpty {
      for block in Networks.loopback + networks.own {
        try operatorView.addToWhitelist("\(block.network)/\(block.prefix)") { AddressBlock($0) == nil ? "is no network" : nil }
      }
    }
    guard try operatorView.stations().isEmpty else {
      return Terminal.complain("stations as before; a password is lost? strowger station set 2001 --random-password")
    }
    let maximum = try operatorView.options().integer("station.password-maximum")
    var entries: [String] = []
    for number in self.numbers {
      let password = Password(String(PasswordRule.random().reveal().prefix(maximum)))
      let userID = "\(number)-\(self.suffix())"
      try operatorView.addStation("\(number)", password: password, settings: [Assignment("user-id", userID)])
      entries.append("\(number)  user \(userID)  password \(password.reveal())")
    }
    Terminal.complain("demo stations, shown once:")
    let half = (entries.count + 1) / 2
    var table = Table()
    for row in 0..<half { table.add(["", entries[row]] + (row + half < entries.count ? [entries[row + half]] : [])) }
    Terminal.complain(table.text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
  }

  /// Five symbols that cannot be mistaken for each other.
  private static func suffix() -> String {
    var source = SystemRandomNumberGenerator()
    return String((0..<5).map { _ in "abcdefghjkmnpqrstuvwxyz23456789".randomElement(using: &source) ?? "x" })
  }
}
