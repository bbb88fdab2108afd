import ArgumentParser
import Foundation
import Store

/// The program: parses the command line, runs one command, and turns what went wrong into one line and an exit status.
@main
struct Strowger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strowger",
    abstract: "A telephone exchange for SIP phones.",
    discussion: """
      First minute:
        strowger serve --demo --plan NumberPlan.xml --database var/strowger.sqlite --listen udp:0.0.0.0:5060
      and, from another terminal, whatever runs or not:
        strowger station add 2001 --user-id anna --random-password
        strowger whitelist add 192.168.1.0/24
        strowger status
        strowger plan explain 6012002 --from 2001

      Commands find the database by --database, the environment's STROWGER_DATABASE, or ./var/strowger.sqlite.
      Exit status: 0 fine, 1 it could not be done, 64 wrong usage.
      """,
    version: Self.release,
    groupedSubcommands: [
      CommandGroup(name: "Exchange", subcommands: [Serve.self, Reload.self]),
      CommandGroup(
        name: "Administration",
        subcommands: [
          StationCommand.self, OptionCommand.self, WhiteListCommand.self, AuthcodeCommand.self, TrunkCommand.self, Backup.self,
          Restore.self,
        ]),
      CommandGroup(name: "Number plan", subcommands: [PlanCommand.self, ModuleCommand.self]),
      CommandGroup(
        name: "What happens",
        subcommands: [
          Status.self, Calls.self, Registrations.self, MailboxCommand.self, Ladder.self, AccessLog.self, CallRecords.self,
          Blocked.self, Audit.self, Checklist.self,
        ]),
    ])

  static let release = "0.1.0"

  static func main() {
    do {
      var command = try Self.parseAsRoot()
      try command.run()
    } catch let error as StoreError {
      Self.fail(error.details.isEmpty ? [error.description] : error.details + ["\(error.place): \(error.cause)"])
    } catch let error where Self.isOurs(error) {
      Self.fail(["\(error)"])
    } catch {
      Self.exit(withError: error)
    }
  }

  private static func fail(_ lines: [String]) -> Never {
    Terminal.complain(lines.joined(separator: "\n"))
    Foundation.exit(1)
  }
}
