import ArgumentParser
import Foundation
import NumberPlan
import Sessions
import Store
import Transport

/// `strowger serve`: the exchange itself, until it is told to stop.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the exchange.",
    discussion: """
      Prints one line, `ready udp:127.0.0.1:5060 …`, on standard output once every socket is bound; its log goes to standard
      error. SIGTERM and SIGINT stop it in order, SIGHUP or `strowger reload` takes a changed plan, changed settings
      and a renewed certificate.

      Examples:
        strowger serve --plan NumberPlan.xml --listen udp:0.0.0.0:5060 --listen tcp:0.0.0.0:5060
        strowger serve --plan NumberPlan.xml --listen udp:0.0.0.0:5060 --listen tls:0.0.0.0:5061  (option set sip.tls-certificate)
        strowger serve --plan NumberPlan.xml --listen udp:127.0.0.1:0          (a free port; the ready line tells which)
        strowger serve --plan NumberPlan.xml --listen udp:0.0.0.0:5060 --demo  (stations 2001 to 2006, passwords shown once)
      """)

  @Option(help: ArgumentHelp("The number plan.", valueName: "file"))
  var plan: String
  @OptionGroup var directory: ModuleDirectory
  @OptionGroup var location: DatabaseLocation
  @Option(
    help: ArgumentHelp(
      "Where to listen: udp:HOST:PORT, tcp:HOST:PORT or tls:HOST:PORT. May be repeated.", valueName: "kind:host:port"))
  var listen: [String]
  @Option(help: ArgumentHelp("The address for voice, told to phones where it listens on all of them.", valueName: "address"))
  var mediaAddress: String?
  @Option(help: ArgumentHelp("The address for voice that phones outside the private networks are told.", valueName: "address"))
  var publicAddress: String?
  @Flag(help: "Make stations 2001 to 2006 where there are none, and let the machine's own networks in.")
  var demo = false
  @Flag(help: "Write no log of calls and registrations.")
  var quiet = false

  func validate() throws {
    guard !self.listen.isEmpty else { throw ValidationError("Missing --listen, for instance --listen udp:0.0.0.0:5060") }
    for text in self.listen {
      do { _ = try Endpoint(parsing: text) } catch { throw ValidationError("--listen \(error)") }
    }
    for text in [self.mediaAddress, self.publicAddress].compactMap(\.self) where IPAddress(text) == nil {
      throw ValidationError("\(text) is not an IP address")
    }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is an error of the file, not the end of the exchange.
    signal(SIGXFSZ, SIG_IGN)
    let log = Log(isQuiet: self.quiet || Terminal.isErrorDiscarded)
    let signals = Signals([SIGTERM, SIGINT, SIGHUP])
    let service = try Service(self, log: log)
    Terminal.say("ready " + service.listeners.map(\.text).joined(separator: " "))
    while true {
      let (signal, sender) = signals.wait()
      guard signal == SIGHUP else { break }
      _ = service.reload(by: Author(Login.name(of: sender), command: "signal HUP"))
    }
    service.stop()
    log.flush()
  }
}

/// Signals that one thread waits for.
struct Signals {
  private var set = sigset_t()

  /// From now on these are left to `wait`. Call it before other threads start: they take over the mask.
  init(_ numbers: [Int32]) {
    sigemptyset(&self.set)
    for number in numbers { sigaddset(&self.set, number) }
    pthread_sigmask(SIG_BLOCK, &self.set, nil)
  }

  /// Waits for the next of them; also tells who sent it.
  func wait() -> (number: Int32, sender: uid_t) {
    var facts = siginfo_t()
    while true {
      let number = withUnsafePointer(to: self.set) { sigwaitinfo($0, &facts) }
      if number > 0 { return (number, facts._sifields._kill.si_uid) }
      guard errno == EINTR else { return (SIGTERM, getuid()) }
    }
  }
}
