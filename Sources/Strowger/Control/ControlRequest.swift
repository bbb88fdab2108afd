import Kernel
import Store

/// What a command asks of the running exchange, as it goes over the control socket:
/// `{"do": "ladder", "argument": "17"}`. The answer is `{"result": …}` or `{"error": "…"}`.
enum ControlRequest: Equatable {
  /// The database has been changed.
  case refresh
  case reload(by: Author)
  case status, calls, registrations, blocked, counters, trunks
  case unblock(String)
  /// Numbers of calls with blanks between them, or empty for the last one.
  case ladder(String)
  case explain(String, from: String)

  /// For the audit trail. Who may speak to the socket may write the database as well, so it is believed.
  private var author: Author? { if case .reload(let author) = self { author } else { nil } }

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
    return [
      "do": .string(words.name), "argument": .string(words.argument), "from": .string(words.from),
      "by": self.author?.json ?? .null,
    ]
  }

  init?(_ json: JSON) {
    let argument = json["argument"].text ?? ""
    switch json["do"].text {
    case "refresh": self = .refresh
    case "reload": self = .reload(by: Author(json["by"]))
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

extension Author {
  fileprivate var json: JSON {
    [
      "who": .string(self.who), "account": .string(self.account), "origin": .string(self.origin),
      "command": .string(self.command),
    ]
  }

  fileprivate init(_ json: JSON) {
    self.init(
      json["who"].text ?? "", account: json["account"].text, origin: json["origin"].text ?? "",
      command: json["command"].text ?? "")
  }
}
