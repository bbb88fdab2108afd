import ArgumentParser
import Store

extension StationCommand {
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a station and all its settings, also those at their defaults.")

    @Argument(help: "The station's number.") var number: String
    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let administration = try self.location.open()
      let station = try administration.station(self.number)
      if self.presentation.json { return Terminal.say(station.json.document) }
      var table = Table()
      table.add(["number", station.number])
      table.add(["name", station.name])
      table.add(["user-id", station.userID.isEmpty ? "-" : station.userID])
      table.add(["password", station.password == nil ? "not set" : "set"])
      for setting in StationSetting.all {
        let value = station[setting.name]
        table.add([setting.name, value.isEmpty ? "-" : value, setting.meaning])
      }
      Terminal.say(table.text)
      for obstacle in try Obstacles.of(station, administration) { Terminal.say(obstacle) }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all stations.")

    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let stations = try self.location.open().stations()
      if self.presentation.json { return Terminal.say(JSON.array(stations.map(\.json)).document) }
      guard !stations.isEmpty else {
        return Terminal.say("no stations; strowger station add 2001 --user-id anna --random-password")
      }
      var table = Table(["number", "user", "name", "password", "settings"])
      for station in stations {
        let settings = StationSetting.all.compactMap { setting in
          station.settings[setting.name].map { "\(setting.name)=\($0)" }
        }
        table.add([
          station.number, station.userID, station.name, station.password == nil ? "not set" : "set",
          settings.joined(separator: " "),
        ])
      }
      Terminal.say(table.text)
    }
  }
}

extension StationRow {
  /// The station with every setting; of the password only whether there is one.
  var json: JSON {
    let settings = StationSetting.all.map { JSON.Member(name: $0.name, value: .string(self[$0.name])) }
    return [
      "number": .string(self.number), "name": .string(self.name), "userId": .string(self.userID),
      "password": .boolean(self.password != nil), "missing": .array(self.missing.map(JSON.string)), "settings": .object(settings),
    ]
  }
}

/// What still keeps phones from registering, and how to mend it.
enum Obstacles {
  static func of(_ station: StationRow, _ administration: Administration) throws -> [String] {
    var lines = Self.credentials(station)
    if station.isOn("white-list") {
      let list = try administration.whitelist()
      lines.append(
        list.isEmpty
          ? "station \(station.number) cannot register yet: the white list is empty; strowger whitelist add ADDRESS of the phone"
          : "its phone must be on the white list: \(list.joined(separator: ", "))")
    }
    return lines
  }

  private static func credentials(_ station: StationRow) -> [String] {
    station.missing.map { missing in
      let mend = missing == "password" ? "--random-password" : "user-id=ID"
      return "station \(station.number) cannot register yet: no \(missing); strowger station set \(station.number) \(mend)"
    }
  }

  /// The same for many: the first few by number, the others counted.
  static func ofMany(_ numbers: Set<String>, _ administration: Administration) throws -> [String] {
    let stations = try administration.stations().filter { numbers.contains($0.number) }
    let incomplete = stations.filter { !$0.missing.isEmpty }
    var lines = incomplete.prefix(5).flatMap(Self.credentials)
    if incomplete.count > 5 { lines.append("and \(incomplete.count - 5) more without user ID or password") }
    if stations.contains(where: { $0.isOn("white-list") }), try administration.whitelist().isEmpty {
      lines.append("no phone can register yet: the white list is empty; strowger whitelist add ADDRESS")
    }
    return lines
  }
}
