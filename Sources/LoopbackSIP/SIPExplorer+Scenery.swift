import Kernel
import SIP
import Sessions

extension SIPExplorer {
  /// Where the telephones of a run stand, and what they are like; by seed.
  struct Scenery: Sendable {
    /// What the telephones of one station have in common.
    struct Habits: Sendable {
      var isPrivate = true
      var isHidden = false
      var protection = Phone.Protection.none
      var keysByInfo = false
      var isStubborn = false
    }

    static let everywhere = ["127.0.0.0/8", "198.51.100.0/24", "203.0.113.0/24"].compactMap { AddressBlock($0) }
    let surroundings = Surroundings(
      privateAddress: IPAddress(127, 0, 0, 1), publicAddress: IPAddress(192, 0, 2, 1),
      privateNetworks: AddressBlock("127.0.0.0/8").map { [$0] } ?? [])
    let hasHold: Bool
    /// 0 for no media server.
    let channels: Int
    let portFailure: UInt64
    /// Some telephones refuse to be told anything new now and then.
    let hasStubborn: Bool
    private let seed: UInt64
    private var dice: Network.Dice

    /// No telephone and no port is refused: whatever is to be heard is heard.
    var isGenerous: Bool { self.channels == 0 || (self.channels >= 1000 && self.portFailure == 0 && !self.hasStubborn) }

    init(seed: UInt64, hasHold: Bool) {
      self.seed = seed
      self.hasHold = hasHold
      var dice = Network.Dice(seed: ~seed)
      let channels = dice.draw(8) == 0 ? 0 : dice.draw(6) == 0 ? 1 + Int(dice.draw(6)) : 1000
      self.channels = channels
      self.portFailure = dice.draw(5) == 0 && channels > 0 ? 60 : 0
      self.hasStubborn = dice.draw(3) == 0 && channels > 0
      self.dice = dice
    }

    mutating func habits(of index: Int) -> Habits {
      var habits = Habits()
      guard self.channels > 0 else { return habits }
      habits.isPrivate = self.dice.draw(3) > 0
      habits.isHidden = self.dice.draw(6) == 0
      habits.protection = Phone.Protection.allCases[Int(self.dice.draw(4))]
      habits.keysByInfo = self.dice.draw(5) == 0
      habits.isStubborn = self.hasStubborn && self.dice.draw(2) == 0
      return habits
    }

    mutating func account(_ index: Int, contacts: Int, _ habits: Habits) -> StationAccount? {
      guard let number = StationNumber("200\(index)") else { return nil }
      let (user, password) = (Array("u\(index)".utf8), Array("secret-\(index)".utf8))
      let realm = Array("strowger".utf8)
      var account = StationAccount(
        number: number, userID: "u\(index)", md5: DigestFunctions.toy.ha1(.md5, user: user, realm: realm, password: password),
        sha256: DigestFunctions.toy.ha1(.sha256, user: user, realm: realm, password: password), contacts: contacts,
        earlyMedia: self.dice.draw(3) == 0)
      account.natCheck = habits.isHidden ? .ipAndPort : .ip
      account.dtmfByInfo = habits.keysByInfo
      account.settings.mailbox = self.dice.draw(4) > 0
      account.settings.toneSource = self.dice.draw(4) == 0 ? .phone : .system
      switch habits.protection {
      case .none: account.srtp = self.dice.draw(2) == 0 ? .off : .optional
      case .able, .preferred: account.srtp = .optional
      case .required: account.srtp = self.dice.draw(2) == 0 ? .required : .optional
      }
      return account
    }

    mutating func phone(_ index: Int, _ device: Int, of exchange: SocketAddress, _ habits: Habits) -> Phone {
      let (x, y) = (UInt8(truncatingIfNeeded: device), UInt8(truncatingIfNeeded: index))
      var address = IPAddress(127, 0, x, y)
      if !habits.isPrivate { address = habits.isHidden ? IPAddress(203, 0, 113, 7) : IPAddress(198, 51, 100, 10 * x + y) }
      // Several telephones may stand behind one NAT, which gives each a port of its own.
      let port: UInt16 = habits.isHidden ? 40_000 + 100 * UInt16(x) + UInt16(y) : 5070
      var phone = Phone(
        number: "200\(index)", userID: "u\(index)", password: "secret-\(index)", address: SocketAddress(address, port: port),
        exchange: exchange, digests: .toy, seed: self.seed &* 1000 &+ UInt64(10 * index + device))
      if habits.isHidden { phone.hiddenAddress = SocketAddress(IPAddress(10, 0, x, y), port: 5070) }
      phone.firstMediaPort = 20_000 + 100 * UInt16(index) + 50 * (UInt16(device) - 1)
      phone.algorithm = self.dice.draw(2) == 0 ? .md5 : .sha256
      phone.hasVideo = self.dice.draw(4) == 0
      if self.dice.draw(5) == 0 { phone.codecs = [0] }
      if self.dice.draw(5) == 0 { phone.codecs = [8] }
      phone.protection = habits.protection
      phone.stubbornness = habits.isStubborn ? 150 : 0
      self.keepAlive(&phone, 10 * index + device)
      return phone
    }

    /// Some telephones want the exchange to refresh their calls, every 45 s; some know no UPDATE, so that it does so by re-INVITE.
    private func keepAlive(_ phone: inout Phone, _ number: Int) {
      var dice = Network.Dice(seed: self.seed &* 7919 &+ UInt64(number))
      if dice.draw(3) == 0 {
        phone.extraHeaders = "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n"
        phone.answerHeaders = "Session-Expires: 90;refresher=uac\r\n"
      }
      if dice.draw(3) == 0 { phone.methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO" }
    }
  }
}
