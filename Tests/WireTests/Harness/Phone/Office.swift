import Foundation

/// An exchange with telephones that have voices. Close it at the end of a test.
final class Office {
  let exchange: Exchange
  /// The exchange's own media ports: few, so that a test can try each.
  let ports: ClosedRange<UInt16>
  private var phones: [TestPhone] = []

  /// `settings` are station settings: number, then `name=value`.
  init(
    plan: String = Office.plan, options: [(String, String)] = [], settings: [(String, String)] = [], arguments: [String] = [],
    ports count: UInt16 = 200, space: Int? = nil
  ) throws {
    let first = UInt16.random(in: 8500...15_500) * 2
    ports = first...(first + count - 1)
    exchange = try Exchange(
      plan: plan, options: [("media.ports", "\(first)-\(first + count - 1)")] + options,
      arguments: ["--media-address", "127.0.0.1"] + arguments, space: space)
    for (number, setting) in settings { try exchange.command("station", "set", number, setting) }
  }

  /// One in which 127.0.0.0/16 is the house and everything else, 127.5.0.10 for example, is the world outside (CALL-9).
  static func withTwoNetworks(
    options: [(String, String)] = [], settings: [(String, String)] = [], publicAddress: String = "127.0.0.1"
  ) throws -> Office {
    try Office(
      options: [("net.private", "127.0.0.0/16")] + options, settings: settings, arguments: ["--public-address", publicAddress])
  }

  /// A phone in the world outside.
  func outside(_ number: String, _ change: (inout TestPhone.Habits) -> Void = { _ in }) throws -> TestPhone {
    try phone(number) { habits in
      habits.address = "127.5.0.10"
      change(&habits)
    }
  }

  /// A phone that has registered. Its voice is the next of ``Voices/all`` unless it is named.
  func phone(_ number: String, _ change: (inout TestPhone.Habits) -> Void = { _ in }) throws -> TestPhone {
    var habits = TestPhone.Habits()
    change(&habits)
    let phone = try TestPhone(number, voice: Voices.all[phones.count % Voices.all.count], at: exchange, habits)
    phones.append(phone)
    try phone.register()
    return phone
  }

  func close() {
    for phone in phones { phone.stop() }
    exchange.stop()
  }

  /// The media path of the only call.
  var path: String? { try? exchange.json("calls").first?["mediaPath"] as? String }

  func isIdle(within seconds: Double = 4) throws -> Bool { try wait(seconds) { try exchange.json("calls").isEmpty } }

  /// UDP ports that the exchange has open now, SIP included.
  var openPorts: Set<UInt16> { boundUDPPorts(of: exchange.pid) }

  /// Its open media ports.
  var openMediaPorts: Set<UInt16> { openPorts.filter { ports.contains($0) } }

  /// What the media tests need: forwards, hold, voice mail.
  static let plan = """
    <?xml version="1.0" encoding="UTF-8"?>
    <numberPlan xmlns="urn:strowger:number-plan:1" name="Wire with media">
      <stations><range from="2001" to="2099"/></stations>
      <features>
        <module name="DoNotDisturb" treatAs="refuse"><code digits="40" outcome="200"/></module>
        <module name="CallForward" noAnswerTime="2" maximumHops="10">
          <code digits="600" action="clear"/>
          <code digits="601" action="all"/>
        </module>
        <module name="Hold" recallTime="45" recallLimit="10"/>
        <module name="MessageWaiting"/>
        <module name="VoiceMail" number="2999"><code digits="*98" action="retrieve"/></module>
      </features>
    </numberPlan>

    """
}
