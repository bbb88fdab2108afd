import SIP
import Sessions

/// Its session descriptions.
extension Phone {
  /// What it has to offer; lines that the session has had stay in their places (RFC 3264 §8).
  func offer(of call: Call) -> [UInt8] {
    let known = Self.mediaLines(of: call.remoteSDP)
    var text = self.session(of: call)
    var kinds = known.map { $0.split(separator: " ").first.map(String.init) ?? "" }
    if !kinds.contains("m=audio") { kinds.append("m=audio") }
    if self.hasVideo, !kinds.contains("m=video") { kinds.append("m=video") }
    for (place, kind) in kinds.enumerated() {
      let isFirst = kinds.firstIndex(of: kind) == place
      if kind == "m=audio", isFirst {
        text += self.audio(of: call, self.codecs, isSecure: self.offersSRTP(in: call), direction: Self.direction(call.wish))
      } else if kind == "m=video", isFirst, self.hasVideo {
        text += "m=video \(30_000 + 2 * call.id) RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
      } else {
        text += "\(kind) 0 RTP/AVP 0\r\n"
      }
    }
    return Array(text.utf8)
  }

  /// Within a call the protection stays what it was.
  private func offersSRTP(in call: Call) -> Bool {
    if let agreement = call.agreement, let line = VoiceLine(agreement.own) { return line.isSecure }
    return self.protection == .preferred || self.protection == .required
  }

  /// Whether a codec of the offer is one of ours, and its protection will do; true without an offer.
  func canAnswer(_ offer: [UInt8]) -> Bool {
    let lines = Self.mediaLines(of: offer)
    guard !lines.isEmpty else { return true }
    return lines.contains { $0.hasPrefix("m=audio ") && self.takes($0) }
  }

  private func takes(_ line: String) -> Bool {
    let isSecure = line.contains("SAVP")
    guard isSecure ? self.protection != .none : self.protection != .required else { return false }
    return !self.common(with: line).isEmpty
  }

  private func common(with line: String) -> [Int] {
    let formats = line.split(separator: " ").dropFirst(3).compactMap { Int($0) }
    return formats.filter { self.codecs.contains($0) }
  }

  func answer(to offer: [UInt8], of call: Call) -> [UInt8] {
    let theirs = VoiceLine(offer)
    var text = self.session(of: call)
    for line in Self.mediaLines(of: offer) {
      let words = line.split(separator: " ")
      let isRefused = words.count < 4 || words[1] == "0"
      if !isRefused, words[0] == "m=audio", self.takes(line) {
        let wish = call.wish
        let sends = wish.saysSend && theirs?.receives ?? true
        let receives = wish.saysReceive && theirs?.sends ?? true
        text += self.audio(
          of: call, self.common(with: line), isSecure: line.contains("SAVP"), direction: Self.direction(sends, receives))
      } else if !isRefused, words[0] == "m=video", self.hasVideo {
        text += "m=video \(30_000 + 2 * call.id) RTP/AVP \(words[3])\r\na=rtpmap:\(words[3]) H264/90000\r\n"
      } else {
        text += "\(words[0]) 0 \(words.dropFirst(2).joined(separator: " "))\r\n"
      }
    }
    return Array(text.utf8)
  }

  private static func direction(_ wish: Call.Wish) -> String {
    self.direction(wish.saysSend, wish.saysReceive)
  }

  private static func direction(_ sends: Bool, _ receives: Bool) -> String {
    sends ? receives ? "sendrecv" : "sendonly" : receives ? "recvonly" : "inactive"
  }

  private func session(of call: Call) -> String {
    let host = self.contact.address
    return """
      v=0\r\no=\(self.number) \(1000 + call.id) \(call.sdpVersion) IN IP4 \(host)\r\ns=call\r\n\
      c=IN IP4 \(call.isHeldByUs && call.holdForm == .zeroAddress ? "0.0.0.0" : "\(host)")\r\nt=0 0\r\n
      """
  }

  private func audio(of call: Call, _ codecs: [Int], isSecure: Bool, direction: String) -> String {
    let profile = isSecure ? "RTP/SAVP" : "RTP/AVP"
    var text = "m=audio \(call.mediaPort) \(profile) \(codecs.map { "\($0)" }.joined(separator: " "))\r\n"
    for codec in codecs { text += "a=rtpmap:\(codec) \(codec == 8 ? "PCMA" : codec == 0 ? "PCMU" : "X\(codec)")/8000\r\n" }
    if isSecure { text += "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(call.key)\r\n" }
    return text + "a=\(direction)\r\n"
  }

  static func mediaLines(of body: [UInt8]) -> [String] {
    body.split(separator: 0x0a).compactMap { line in
      guard line.starts(with: [0x6d, 0x3d]) else { return nil }
      return String(decoding: line.last == 0x0d ? line.dropLast() : line, as: UTF8.self)
    }
  }

  // MARK: What is in force

  /// A new call's port and key.
  mutating func equip(_ call: inout Call) {
    call.mediaPort = self.firstMediaPort &+ UInt16(truncatingIfNeeded: 2 * call.id)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    guard self.protection != .none else { return }
    call.key = String((0..<40).map { _ in alphabet[Int(self.draw(64))] })
  }

  /// A 2xx of ours holds an answer, which counts at once, or an offer.
  mutating func answered(_ id: Int, _ body: [UInt8], isAnswer: Bool) {
    if isAnswer {
      self.agree(id, own: body, theirs: self.calls[id].remoteSDP)
    } else {
      self.calls[id].answeredOffer = body
    }
  }

  mutating func agree(_ id: Int, own: [UInt8], theirs: [UInt8]) {
    self.calls[id].before = nil
    guard !own.isEmpty, !theirs.isEmpty, self.calls[id].state != .ended else { return }
    self.calls[id].agreement = Agreement(own: own, theirs: theirs)
  }

  /// A change that its owner wanted was refused: all is as it was.
  mutating func goBack(_ id: Int) {
    guard let before = self.calls[id].before else { return }
    self.calls[id].before = nil
    self.calls[id].isHeldByUs = before.isHeld
    self.calls[id].holdForm = before.form
    self.calls[id].mediaPort = before.port
  }
}

extension Phone.Call {
  /// What its owner wants.
  var wish: Wish { Wish(isHeld: self.isHeldByUs, form: self.holdForm, port: self.mediaPort) }
  public var wantsToSend: Bool { self.wish.sends }
  public var wantsToReceive: Bool { self.wish.receives }
}

extension Phone.Call.Wish {
  /// A telephone that holds as before RFC 3264 says nothing meanwhile, though it does not say so.
  var sends: Bool { !self.isHeld || self.form == .sendonly }
  var receives: Bool { !self.isHeld }
  var saysSend: Bool { self.sends || self.form == .zeroAddress }
  var saysReceive: Bool { self.receives || self.form == .zeroAddress }
}
