import Kernel

/// What a command asks of the running exchange, as it goes over the control socket:
/// `{"do": "ladder", "argument": "17"}`. The answer is `{"result": …}` or `{"error": "…"}`.
enum ControlRequest: Equatable {
  /// The database has been changed.
  case refresh
  case reload
  case status, calls, registrations, blocked, counters, trunks
  case unblock(String)
  /// Numbers of calls with blanks between them, or empty for the last one.
  case ladder(String)
  case explain(String, from: String)

  private var words: (name: String, argument: String, from: String) {
    switch self {
    case .refresh: ("refresh", "", "")
    case .reload: ("reload", "", "")
    case .status: ("status", "", "")
    case .calls: ("calls", "", "")
    case .registrations: ("registrations", "", "")
    case .blocked: ("blocked", "", "")
    case .counters: ("counters", "", "")
    case .trunks: ("trunks", "", "")
    case .unblock(let source): ("unblock", source, "")
    case .ladder(let call): ("ladder", call, "")
    case .explain(let digits, let from): ("explain", digits, from)
    }
  }

  var json: JSON {
    let words = self.words
    return ["do": .string(words.name), "argument": .string(words.argument), "from": .string(words.from)]
  }

  init?(_ json: JSON) {
    let argument = json["argument"].text ?? ""
    switch json["do"].text {
    case "refresh": self = .refresh
    case "reload": self = .reload
    case "status": self = .status
    case "calls": self = .calls
    case "registrations": self = .registrations
    case "blocked": self = .blocked
    case "counters": self = .counters
    case "trunks": self = .trunks
    case "unblock": self = .unblock(argument)
    case "ladder": self = .ladder(argument)
    case "explain": self = .explain(argument, from: json["from"].text ?? "")
    default: return nil
    }
  }
}
