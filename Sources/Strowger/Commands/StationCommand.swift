import ArgumentParser
import Foundation
import Store

/// `strowger station …`: the telephones' accounts.
struct StationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "station", abstract: "Stations: the telephones' accounts.",
    discussion: """
      A station's number is what others dial; its user ID and password are what the phone proves itself with.
        strowger station add 2001 --user-id anna --random-password name=Anna
        strowger station set 2001 forward-unreachable=2002 contacts=2
        strowger station import stations.csv
      """,
    subcommands: [Add.self, Set.self, Show.self, List.self, Remove.self, Import.self, Export.self])
}

/// The password of a station, never on the command line, where every user of the machine could read it.
struct PasswordArguments: ParsableArguments {
  @Flag(help: "Read the password from standard input, one line.")
  var passwordStdin = false
  @Flag(help: "Make up a password and print it once.")
  var randomPassword = false

  func validate() throws {
    if self.passwordStdin, self.randomPassword {
      throw ValidationError("Give --password-stdin or --random-password, not both")
    }
  }

  /// nil where none is to be set.
  func password(maximum: Int) throws -> Password? {
    if self.randomPassword { return Password(String(PasswordRule.random().reveal().prefix(maximum))) }
    guard self.passwordStdin else { return nil }
    guard let line = readLine(), !line.isEmpty else {
      throw Failure("no password on standard input; for instance: strowger station set 2001 --password-stdin < password.txt")
    }
    return Password(line)
  }
}

extension StationCommand {
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a station.",
      discussion: """
        Prints what still keeps its phone from registering, if anything.
          strowger station add 2001 --user-id anna --random-password
          strowger station add 2002 --user-id bert --password-stdin name="Bert Meyer" contacts=3 < password.txt
        """)

    @Argument(help: "The number that others dial.") var number: String
    @Option(help: ArgumentHelp("The user ID that the phone registers with.", valueName: "id")) var userID: String?
    @OptionGroup var secret: PasswordArguments
    @Argument(help: ArgumentHelp("Settings; `station show` names them.", valueName: "setting=value")) var settings: [String] = []
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      let administration = try self.location.open(create: true)
      let password = try self.secret.password(maximum: administration.options().integer("station.password-maximum"))
      let station = try administration.addStation(
        self.number, password: password,
        settings: (self.userID.map { [Assignment("user-id", $0)] } ?? []) + Assignment.all(self.settings))
      try self.location.refresh()
      if self.secret.randomPassword, let password { Terminal.say("password \(password.reveal())   (shown once)") }
      let obstacles = try Obstacles.of(station, administration)
      Terminal.say(obstacles.isEmpty ? "station \(station.number) may register" : obstacles.joined(separator: "\n"))
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a station.",
      discussion: """
        An empty value sets a setting back to its default.
          strowger station set 2001 forward-unreachable=2002 early-media=on
          strowger station set 2001 user-id=anna --random-password
        """)

    @Argument(help: "The station's number.") var number: String
    @Option(help: ArgumentHelp("The user ID that the phone registers with.", valueName: "id")) var userID: String?
    @OptionGroup var secret: PasswordArguments
    @Argument(help: ArgumentHelp("Settings; `station show` names them.", valueName: "setting=value")) var settings: [String] = []
    @OptionGroup var location: DatabaseLocation

    func validate() throws {
      if self.settings.isEmpty, self.userID == nil, !self.secret.passwordStdin, !self.secret.randomPassword {
        throw ValidationError("Nothing to set; for instance: strowger station set \(self.number) name=Anna")
      }
    }

    func run() throws {
      let administration = try self.location.open()
      let password = try self.secret.password(maximum: administration.options().integer("station.password-maximum"))
      let station = try administration.setStation(
        self.number, password: password,
        settings: (self.userID.map { [Assignment("user-id", $0)] } ?? []) + Assignment.all(self.settings))
      try self.location.refresh()
      if self.secret.randomPassword, let password { Terminal.say("password \(password.reveal())   (shown once)") }
      for obstacle in try Obstacles.of(station, administration) { Terminal.say(obstacle) }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a station with its settings and registrations.")

    @Argument(help: "The station's number.") var number: String
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      try self.location.open().removeStation(self.number)
      try self.location.refresh()
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "Add or change stations from a CSV file.",
      discussion: """
        The first line names the columns: number, and any of user-id, name, password and the settings. An empty cell leaves
        what is there. All or nothing; `-` reads standard input. What `station export` prints can be imported.
          number,user-id,password,name
          2001,anna,Vq7_mR2x,Anna
        """)

    @Argument(help: ArgumentHelp("The file.", valueName: "file.csv")) var file: String
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      let octets: [UInt8]
      do {
        let handle = self.file == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: self.file))
        octets = [UInt8](try handle.readToEnd() ?? Data())
      } catch {
        throw Failure("\(self.file): the file cannot be read")
      }
      let administration = try self.location.open(create: true)
      let report = try administration.importStations(octets, file: self.file)
      try self.location.refresh()
      Terminal.say("\(report.added.count) stations added, \(report.changed.count) changed")
      for line in try Obstacles.ofMany(Swift.Set(report.added + report.changed), administration) { Terminal.say(line) }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print all stations as CSV, without passwords, as `station import` takes it.")

    @OptionGroup var location: DatabaseLocation

    func run() throws { print(try self.location.open().exportStations(), terminator: "") }
  }
}

extension Assignment {
  /// Reads `NAME=VALUE` words; wrong usage where one is none.
  static func all(_ words: [String]) throws -> [Assignment] {
    try words.map { word in
      guard let assignment = Assignment(parsing: word) else {
        throw ValidationError("\(word) is not SETTING=VALUE; settings: \(StationSetting.all.map(\.name).joined(separator: ", "))")
      }
      return assignment
    }
  }
}
