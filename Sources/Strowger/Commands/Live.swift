import ArgumentParser
import Store

/// `strowger reload`: plan, stations and options anew, without touching calls (PLAN-3).
struct Reload: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the running exchange take its number plan anew.",
    discussion: "A plan with errors is refused, all findings are printed, and the old plan stays. Calls go on.")

  @OptionGroup var location: DatabaseLocation

  func run() throws {
    guard let result = try self.location.ask(.reload) else {
      throw Failure("no exchange runs on \(self.location.path); start it with `strowger serve`")
    }
    Terminal.say(result.cell)
  }
}
