import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions

/// Three registered telephones, and all modules with codes of their own.
struct Office {
  var network: Network

  static let exchange = SocketAddress(IPAddress(127, 0, 0, 1), port: 5060)
  static let start = Instant(nanoseconds: 1_700_000_000_000_000_000)
  static let numbers = ["2001", "2002", "2003"]
  /// The telephones', and a stranger's.
  static let addresses = (1...4).map { SocketAddress(IPAddress(127, 0, 1, $0), port: 5070) }

  init() {
    var options = ExchangeOptions()
    options.privateNetworks = Self.everything
    options.mediaChannels = 8
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchange)], modules: BuiltIn.modules, digests: .toy,
      seed: (1, 2, 3, 4), secret: [1, 2, 3], at: Self.start)
    exchange.install(Self.plan)
    exchange.install(Self.numbers.compactMap(Self.account), at: Self.start)
    exchange.install(whiteList: Self.everything)
    self.network = Network(exchange: exchange, seed: 1, at: Self.start)
    for (index, number) in Self.numbers.enumerated() {
      self.network.phones.append(
        Phone(
          number: number, userID: "\(number)-u", password: "secret", address: Self.addresses[index], exchange: Self.exchange,
          digests: .toy, seed: UInt64(index)))
      self.network.with(number) { $0.register(at: $1) }
    }
    self.network.advance(by: .seconds(1))
  }

  private static let everything = [AddressBlock(parsing: Array("127.0.0.0/8".utf8))].compactMap { $0 }

  private static func account(_ number: String) -> StationAccount? {
    let user = Array("\(number)-u".utf8)
    func ha1(_ algorithm: DigestAlgorithm) -> [UInt8] {
      DigestFunctions.toy.ha1(algorithm, user: user, realm: Array("strowger".utf8), password: Array("secret".utf8))
    }
    return StationNumber(number).map {
      StationAccount(number: $0, userID: "\(number)-u", name: "Name \(number)", md5: ha1(.md5), sha256: ha1(.sha256))
    }
  }

  /// Every action of every module has a code: 30, 31, 32 …
  private static var plan: Plan {
    var plan = Plan(name: "fuzzed")
    if let from = StationNumber("2000"), let to = StationNumber("2999") {
      plan.stations = [Plan.StationEntry(from: from, to: to, className: "national")]
    }
    plan.classes = [Plan.ClassEntry(name: "national")]
    var code = 30
    for module in BuiltIn.modules {
      let descriptor = module.descriptor
      var codes: [Plan.Code] = []
      for action in descriptor.actions.indices {
        if let digits = Digits("\(code)") { codes.append(Plan.Code(digits: digits, action: action)) }
        code += 1
      }
      plan.modules.append(Plan.Placement(module: descriptor.name, options: OptionValues(defaultsOf: descriptor), codes: codes))
    }
    return plan
  }
}

/// How long after the last datagram one comes.
enum Timing {
  static let waits: [Interval] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 20_000, 60_000, 200_000].map {
    .milliseconds($0)
  }

  /// The longest of them that is not longer.
  static func index(of wait: Interval) -> UInt8 {
    UInt8(Self.waits.lastIndex { $0 <= wait } ?? 0)
  }
}
