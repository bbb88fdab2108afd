import Kernel
import SIP
import Sessions

/// Who must hear whom while all is quiet (CALL-9, MED-1, MED-3, HOLD-1, HOLD-2).
extension SIPExplorer {
  private struct Found {
    let party: Hearing.Party
    let listening: Listening
    let call: Phone.Call
  }

  /// Compares what everybody hears with what the calls say. What is different only because something is still under way is no
  /// failure, so it is looked at again a little later.
  mutating func checkHearing() {
    var findings = self.findings(isCounted: false)
    for _ in 0..<5 where !findings.isEmpty {
      self.network.advance(by: .seconds(3))
      let later = self.findings(isCounted: false)
      findings = findings.filter { later.contains($0) }
    }
    _ = self.findings(isCounted: true)
    guard !findings.isEmpty else { return }
    self.failures += findings.map { "\(self.clock) \($0)" }
    self.failures.append(self.network.media.summary)
  }

  private mutating func findings(isCounted: Bool) -> [String] {
    var findings: [String] = []
    let hearing = Hearing(phones: self.network.phones, media: self.network.media, surroundings: self.scenery.surroundings)
    findings += hearing.faults
    let parties = self.parties()
    for found in parties {
      if found.listening.progress.isHeld != found.call.isHeldByUs {
        findings.append(
          "\(self.name(found.party)) \(found.call.isHeldByUs ? "holds" : "does not hold"), and the exchange differs")
      }
      findings += self.goalFindings(found, parties)
      let expected = self.expected(found, parties)
      let voices = hearing.voices(for: found.party)
      for voice in voices where !expected.contains(voice) {
        findings.append("\(self.name(found.party)) hears \(self.name(voice)), and shall hear \(found.listening.goal)")
      }
      for voice in expected where !voices.contains(voice) && !self.isExcused(found, parties) {
        findings.append("\(self.name(found.party)) does not hear \(self.name(voice))")
      }
      if isCounted { self.count(found, voices) }
    }
    if self.network.exchange.mediaPorts != self.network.media.openChannels {
      findings.append(
        "\(self.network.media.openChannels) ports are open, the exchange counts \(self.network.exchange.mediaPorts)")
    }
    return findings
  }

  private func parties() -> [Found] {
    var parties: [Found] = []
    for (index, phone) in self.network.phones.enumerated() where !phone.isDeaf {
      for call in phone.calls where call.state == .connected {
        guard let listening = self.network.exchange.listening(callID: call.callID, tag: call.remoteTag) else { continue }
        parties.append(Found(party: Hearing.Party(phone: index, call: call.id), listening: listening, call: call))
      }
    }
    return parties
  }

  /// What the Hold module must have made of who holds (HOLD-1, HOLD-2).
  private func goalFindings(_ found: Found, _ parties: [Found]) -> [String] {
    guard self.scenery.hasHold, let peer = parties.first(where: { $0.listening.leg == found.listening.peer }),
      peer.listening.peer == found.listening.leg
    else { return [] }
    let number = self.network.phones[found.party.phone].number
    let ownTone = self.accounts.first { $0.number.description == number }?.toneSource == .phone
    let expected: Goal = peer.call.isHeldByUs && !ownTone ? .music : .with(peer.listening.leg)
    if found.listening.goal == expected { return [] }
    return ["\(self.name(found.party)) shall hear \(found.listening.goal), though \(expected) is right"]
  }

  private func expected(_ found: Found, _ parties: [Found]) -> [Hearing.Voice] {
    guard found.call.wantsToReceive, Self.hasVoice(found.call) else { return [] }
    switch found.listening.goal {
    case .nothing, .recording: return []
    case .with(let leg):
      guard let peer = parties.first(where: { $0.listening.leg == leg }), peer.listening.goal == .with(found.listening.leg),
        peer.call.wantsToSend, Self.hasVoice(peer.call)
      else { return [] }
      return self.isOutOfDate(peer.call, found.call) ? [] : [.party(peer.party)]
    case .music: return self.scenery.channels > 0 ? [.server(.music)] : []
    case .tone(let tone): return self.scenery.channels > 0 ? [.server(.tone(tone))] : []
    case .room(let number): return [.server(.room(number))]
    case .announcement(let sound): return [.server(.sound(sound))]
    case .playback(let number): return [.server(.playback(number))]
    }
  }

  /// A telephone that called without an offer, and takes none of the other's codecs, has refused the line for voice in its ACK.
  private static func hasVoice(_ call: Phone.Call) -> Bool { call.agreement.map { VoiceLine($0.own) != nil } ?? false }

  /// A hold succeeds at once, silently if need be, and whoever holds is not disturbed before it resumes (ARCHITECTURE rule 5):
  /// where another offer crossed the hold, or the held telephone listens elsewhere since, the holder's own tone is not heard. So it
  /// is with a holder that went on hold while it heard music itself, and whose party has come back on a direct path.
  private func isOutOfDate(_ holder: Phone.Call, _ held: Phone.Call) -> Bool {
    guard holder.isHeldByUs, let told = VoiceLine(holder.agreement?.theirs ?? []) else { return false }
    guard told.receives else { return true }
    let surroundings = self.scenery.surroundings
    if surroundings.isExchange(told.address.address) {
      return VoiceLine(held.agreement?.theirs ?? []).map { !surroundings.isExchange($0.address.address) } ?? false
    }
    return told.address != VoiceLine(held.agreement?.own ?? [])?.address
  }

  /// Where ports or telephones refuse, silence is right for whom the exchange knows that it failed.
  private func isExcused(_ found: Found, _ parties: [Found]) -> Bool {
    guard !self.scenery.isGenerous else { return false }
    if found.listening.progress.hasFailed || found.listening.progress.isUnserved { return true }
    return parties.contains { $0.listening.leg == found.listening.peer && $0.listening.progress.hasFailed }
  }

  private mutating func count(_ found: Found, _ voices: [Hearing.Voice]) {
    let own = VoiceLine(found.call.agreement?.own ?? [])
    if voices.isEmpty { self.heard.silence += 1 } else if own?.isSecure ?? false { self.heard.encrypted += 1 }
    for voice in voices {
      switch voice {
      case .server(.music): self.heard.music += 1
      case .server: self.heard.others += 1
      case .party:
        let from = VoiceLine(found.call.agreement?.theirs ?? [])?.address ?? SocketAddress(.unspecified, port: 0)
        if !self.scenery.surroundings.isExchange(from.address) {
          self.heard.directly += 1
        } else if let channel = self.network.media.channels.first(where: { $0.value.port == from.port }),
          case .bridge = channel.value.feed
        {
          self.heard.mixed += 1
        } else {
          self.heard.relayed += 1
        }
      }
    }
  }

  private func name(_ party: Hearing.Party) -> String {
    "\(self.network.phones[party.phone].number)/\(party.phone) call \(party.call)"
  }

  private func name(_ voice: Hearing.Voice) -> String {
    switch voice {
    case .party(let party): self.name(party)
    case .server(let feed): "\(feed)"
    }
  }

  /// A key for SRTP is told to one telephone in one call, and to nobody else (MED-3, ARCHITECTURE rule 5).
  mutating func checkKeys() {
    var owners: [String: [UInt8]] = [:]
    for entry in self.network.trace where !entry.isToExchange {
      guard case .message(let message) = SIPMessage.parse(entry.bytes, stream: false),
        let line = VoiceLine(message.array(message.body)),
        !line.key.isEmpty
      else { continue }
      let callID = message.array(message.callID)
      if self.repeated.contains(callID) { continue }
      if let owner = owners[line.key], owner != callID, !self.repeated.contains(owner) {
        self.failures.append("\(entry.phone) is told a key that somebody else has: \(line.key)")
      }
      owners[line.key] = callID
    }
  }
}

extension MediaFeed {
  /// The server listens to keys itself.
  var listens: Bool {
    switch self {
    case .sound, .playback, .recording, .room: true
    case .nothing, .relay, .bridge, .music, .tone: false
    }
  }
}
