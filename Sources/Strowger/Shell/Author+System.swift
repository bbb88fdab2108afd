import ArgumentParser
import Foundation
import Store

/// What the operating system knows of whoever runs a command.
struct Login: Equatable {
  /// Of the account that runs the command.
  var account: String
  /// Who logged in, as the kernel keeps it through `su` and `sudo`; nil where nobody did (a service, cron).
  var user: String?
  /// Without `/dev/`; nil where standard input, output and error are none.
  var terminal: String?
  /// Of this process and of those that started it, as far as they may be read, the nearest first.
  var environments: [[String: String]]
}

extension Author {
  /// - Parameter words: the command line without the program's name.
  init(_ login: Login, words: [String]) {
    let first = login.environments.first ?? [:]
    // SUDO_USER is what the account itself says; the kernel's word comes first.
    let who = login.user ?? first["SUDO_USER"] ?? login.account
    // sudo takes SSH_CONNECTION away; the shell before it still has it. Its first word is the remote address.
    let host = login.environments.lazy.compactMap { $0["SSH_CONNECTION"]?.split(separator: " ").first }.first
    let places = [host.map { "ssh \($0)" }, login.terminal].compactMap(\.self)
    self.init(
      Table.printable(who), account: login.account, origin: Table.printable(places.joined(separator: " ")),
      command: Strowger.command(in: words))
  }

  /// Whoever runs this process.
  static func current() -> Author { Author(.current(), words: Array(CommandLine.arguments.dropFirst())) }
}

extension Strowger {
  /// The names of the command and its subcommand that a command line begins with; arguments are left out.
  static func command(in words: [String]) -> String {
    var type: any ParsableCommand.Type = Self.self
    var names: [String] = []
    for word in words {
      guard let next = type.configuration.subcommands.first(where: { Self.name(of: $0) == word }) else { break }
      names.append(word)
      type = next
    }
    return names.joined(separator: " ")
  }

  private static func name(of type: any ParsableCommand.Type) -> String {
    type.configuration.commandName ?? String(describing: type).lowercased()
  }
}

extension Login {
  static func current() -> Login {
    var terminals: [String] { (0...2).compactMap { ttyname($0).map { String(cString: $0) } } }
    return Login(
      account: Self.name(of: getuid()), user: Self.loginUser(), terminal: terminals.first.map { $0.replacing("/dev/", with: "") },
      environments: [ProcessInfo.processInfo.environment] + Self.ancestors())
  }

  /// The account's name, or its number where it has none.
  static func name(of user: uid_t) -> String { getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)" }

  private static func loginUser() -> String? {
    guard let text = Self.text(of: "/proc/self/loginuid"), let user = uid_t(text), user != .max else { return nil }
    return Self.name(of: user)
  }

  /// Environments of the processes that led to this one: those of other accounts only root may read.
  private static func ancestors() -> [[String: String]] {
    var found: [[String: String]] = []
    var process = getppid()
    for _ in 0..<16 where process > 1 {
      if let text = Self.text(of: "/proc/\(process)/environ") {
        let pairs = text.split(separator: "\0").compactMap { Assignment(parsing: String($0)) }
        found.append(Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first })
      }
      // PID (NAME) STATE PARENT …; the name may hold anything.
      guard let status = Self.text(of: "/proc/\(process)/stat"), let end = status.lastIndex(of: ")"),
        let parent = status[end...].split(separator: " ").dropFirst(2).first.flatMap({ pid_t($0) })
      else { break }
      process = parent
    }
    return found
  }

  private static func text(of file: String) -> String? {
    FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
  }
}
