import ArgumentParser
import Store

/// `strowger mailbox`: what waits for whom (MWI-2).
struct MailboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mailbox", abstract: "Messages that callers have left.",
    discussion: """
        strowger mailbox list
        strowger mailbox show 2001
        strowger station set 2001 mailbox=on      (gives a station a mailbox)
      """, subcommands: [List.self, Show.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every mailbox with the number of its messages.")

    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let administration = try self.location.open()
      let recordings = try administration.recordings()
      let boxes = try administration.stations().compactMap { station -> JSON? in
        let own = recordings.filter { $0.owner == station.number }
        guard station.isOn("mailbox") || !own.isEmpty else { return nil }
        return [
          "number": .string(station.number), "name": .string(station.name), "mailbox": .boolean(station.isOn("mailbox")),
          "new": JSON(own.count { $0.isNew }), "old": JSON(own.count { !$0.isNew }), "newest": JSON(time: own.last?.time),
        ]
      }
      self.presentation.show(
        self.presentation.json ? boxes : boxes.map { $0.replacing("newest", .string(WallTime.local($0["newest"].cell))) },
        [("number", "number"), ("name", "name"), ("new", "new"), ("old", "old"), ("newest", "newest message")],
        nothing: "no station has a mailbox; strowger station set 2001 mailbox=on")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The messages in a station's mailbox, oldest first.")

    @Argument(help: "The station's number.") var number: String
    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let administration = try self.location.open()
      _ = try administration.station(self.number)
      let rows = try administration.recordings(owner: self.number)
      guard !self.presentation.json else { return Terminal.say(JSON.array(rows.map(\.json)).document) }
      guard !rows.isEmpty else { return Terminal.say("no messages for \(self.number)") }
      var table = Table(["message", "time", "from", "length", ""])
      for row in rows {
        table.add([
          "\(row.number)", WallTime.local(row.time.description), row.caller, "\((row.length + 500) / 1000) s",
          row.isNew ? "new" : "heard",
        ])
      }
      Terminal.say(table.text)
    }
  }
}

extension RecordingRow {
  var json: JSON {
    [
      "message": .integer(Int64(self.number)), "time": JSON(time: self.time), "caller": .string(self.caller),
      "length": .decimal(Double(self.length) / 1000), "new": .boolean(self.isNew),
    ]
  }
}
