import Foundation

/// A carrier that says what a test wants said. It answers OPTIONS by itself, so that the trunk is up.
final class Carrier {
  private let socket: Socket
  private let port: UInt16
  private let exchangePort: UInt16
  private var seen: Set<String> = []
  private var backlog: [SIPText] = []
  /// Every request of the exchange, repetitions left out.
  private(set) var heard: [SIPText] = []

  /// At `Trunks.carrier` and that port.
  init(at exchange: Exchange, port: UInt16) throws {
    (self.port, exchangePort) = (port, exchange.udp)
    socket = try Socket(.udp, to: exchange.udp, from: Wire.Trunks.carrier, at: port)
  }

  /// The next request of that method; ACKs are passed over.
  func next(_ method: String, within seconds: Double) -> SIPText? {
    take(within: seconds) { $0.status == nil && $0.method == method }
  }

  /// The final response to a request of ours.
  func answer(to callID: String, within seconds: Double) -> SIPText? {
    take(within: seconds) { $0.callID == callID && ($0.status ?? 0) >= 200 }
  }

  private func take(within seconds: Double, where fits: (SIPText) -> Bool) -> SIPText? {
    if let index = backlog.firstIndex(where: fits) { return backlog.remove(at: index) }
    let end = Date(timeIntervalSinceNow: seconds)
    repeat {
      guard let message = socket.receive(within: end.timeIntervalSinceNow) else { continue }
      if message.status == nil {
        guard message.method != "ACK", seen.insert(message.branch + message.method).inserted else { continue }
        heard.append(message)
        guard message.method != "OPTIONS" else {
          respond(200, "OK", to: message)
          continue
        }
      }
      if fits(message) { return message }
      backlog.append(message)
    } while Date() < end
    return nil
  }

  func respond(_ status: Int, _ reason: String, to request: SIPText, extra: [String] = [], body: String = "") {
    let to = request["To"] ?? ""
    var lines = ["SIP/2.0 \(status) \(reason)"] + request.all("Via").map { "Via: \($0)" }
    lines += ["From: \(request["From"] ?? "")", "To: \(to)" + (to.contains("tag=") ? "" : ";tag=carrier")]
    lines +=
      ["Call-ID: \(request.callID)", "CSeq: \(request["CSeq"] ?? "")", "Contact: <sip:\(Wire.Trunks.carrier):\(port)>"] + extra
    if !body.isEmpty { lines.append("Content-Type: application/sdp") }
    lines.append("Content-Length: \(body.utf8.count)")
    socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  /// A request outside any dialog; its Call-ID.
  func send(_ method: String, to number: String, extra: [String]) -> String {
    let draft = Draft(method, over: .udp, host: Wire.Trunks.carrier, port: port, from: "0370101234", to: number)
    var whole = draft.carrying(Array(Handset.sdp(port: 30_006).utf8))
    whole.lines += extra
    socket.send(whole.octets)
    return draft.callID
  }
}
