import ArgumentParser
import Sessions
import Store

/// `strowger option …`: the system options.
struct OptionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "option", abstract: "System options.",
    discussion: """
        strowger option list
        strowger option set sip.expire-time 120
        strowger option get sip.expire-time
      """,
    subcommands: [List.self, Get.self, Set.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List all options with value, default, what is allowed and what they mean.")

    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let options = try self.location.open().options()
      self.presentation.show(
        OptionCatalog.all.map { option in
          [
            "name": .string(option.name), "value": .string(options[option.name]), "default": .string(option.defaultValue),
            "allowed": .string(option.kind.allowed), "meaning": .string(option.meaning),
          ]
        },
        [("name", "option"), ("value", "value"), ("default", "default"), ("allowed", "allowed"), ("meaning", "meaning")],
        nothing: "")
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print an option's value.")

    @Argument(help: "The option's name.") var name: String
    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let value = try self.location.open().option(self.name)
      let document: JSON = ["name": .string(self.name), "value": .string(value)]
      Terminal.say(self.presentation.json ? document.document : value)
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set an option; it holds at once.",
      discussion: "Times are seconds: 0.5 is half of one, 0 means never.")

    @Argument(help: "The option's name.") var name: String
    @Argument(help: "Its value.") var value: String
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      try self.location.open(create: true).setOption(self.name, to: self.value)
      try self.location.refresh()
    }
  }
}

/// `strowger whitelist …`: who may register and call at all.
struct WhiteListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whitelist", abstract: "Addresses from which phones may register and call.",
    discussion: """
      An entry is an address, a block, or a classful broadcast address that stands for its network:
        strowger whitelist add 192.168.1.31
        strowger whitelist add 192.168.1.0/24
        strowger whitelist add 192.168.1.255      (192.168.1.1 to 192.168.1.254)
      A station with white-list=off is not asked for it.
      """,
    subcommands: [Add.self, Remove.self, List.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let an address or network in.")

    @Argument(help: "The address, block or broadcast address.") var address: String
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      try self.location.open(create: true).addToWhitelist(self.address) {
        AddressBlock($0) == nil ? "is neither an address nor a block" : nil
      }
      try self.location.refresh()
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take an entry off the list.")

    @Argument(help: "The entry as `whitelist list` shows it.") var address: String
    @OptionGroup var location: DatabaseLocation

    func run() throws {
      try self.location.open().removeFromWhitelist(self.address)
      try self.location.refresh()
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the entries, one a line.")

    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let entries = try self.location.open().whitelist()
      if self.presentation.json { return Terminal.say(JSON.array(entries.map(JSON.string)).document) }
      Terminal.say(
        entries.isEmpty ? "nobody is on the white list; strowger whitelist add ADDRESS" : entries.joined(separator: "\n"))
    }
  }
}
