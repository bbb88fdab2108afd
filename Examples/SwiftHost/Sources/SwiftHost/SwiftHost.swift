import DigitalPhones
import Glibc
import Sessions

/// `SwiftHost script.txt` plays a script and prints its ladder; `SwiftHost --real` is a console on the living exchange.
@main
struct SwiftHost {
  static let usage = """
    SwiftHost [--plan FILE] SCRIPT…          plays scripts in virtual time, exit status 1 if one fails
    SwiftHost [--plan FILE] [--listen ADDRESS:PORT] [--phones N] --real
                                             a console; SIP telephones register at ADDRESS:PORT (127.0.0.1:5060)

    Digital phones are 2101 and up to N of them (4), SIP telephones 2001 to 2009 with the password secret-NUMBER.
    """

  static func main() {
    var arguments = Arguments(CommandLine.arguments.dropFirst())
    guard let options = arguments.read() else {
      print(self.usage)
      exit(2)
    }
    do throws(Office.PlanProblem) {
      let plan = try Office.plan(at: options.plan)
      let office = Office(
        plan: plan, digitalPhones: (1...options.phones).map { "\(2100 + $0)" },
        telephones: (2001...2009).map { ("\($0)", "secret-\($0)") }, listener: options.listener,
        seed: options.isReal ? (Self.random, Self.random, Self.random, Self.random) : (1, 2, 3, 4))
      exit(options.isReal ? Live.run(office) : self.play(options.scripts, office))
    } catch {
      print(error)
      exit(2)
    }
  }

  private static var random: UInt64 { UInt64.random(in: .min ... .max) }

  private static func play(_ scripts: [String], _ office: Office) -> Int32 {
    var failures = 0
    for path in scripts {
      guard let script = TextFile.read(path) else {
        print("\(path): cannot be read")
        return 2
      }
      var stage = Stage(office)
      stage.play(script) { print($0) }
      failures += stage.failures.count
    }
    return failures == 0 ? 0 : 1
  }
}

struct Options {
  var plan = "Office.xml"
  var listener = SocketAddress(IPAddress(127, 0, 0, 1), port: 5060)
  var phones = 4
  var isReal = false
  var scripts: [String] = []
}

struct Arguments {
  private var rest: ArraySlice<String>

  init(_ arguments: ArraySlice<String>) { self.rest = arguments }

  /// Nil for what makes no sense.
  mutating func read() -> Options? {
    var options = Options()
    while let word = self.rest.popFirst() {
      switch word {
      case "--real": options.isReal = true
      case "--plan":
        guard let path = self.rest.popFirst() else { return nil }
        options.plan = path
      case "--listen":
        guard let address = self.rest.popFirst().flatMap(Self.address) else { return nil }
        options.listener = address
      case "--phones":
        guard let count = self.rest.popFirst().flatMap({ Int($0) }), (1...99).contains(count) else { return nil }
        options.phones = count
      default:
        guard !word.hasPrefix("-") else { return nil }
        options.scripts.append(word)
      }
    }
    return options.isReal == options.scripts.isEmpty ? options : nil
  }

  private static func address(_ text: String) -> SocketAddress? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let address = IPAddress(String(parts[0])), address.v4 != nil, !address.isUnspecified,
      let port = UInt16(parts[1]), port > 0
    else {
      return nil
    }
    return SocketAddress(address, port: port)
  }
}
