internal import CStrowger
internal import Kernel
internal import ModuleBridge
internal import Sessions

extension HostedExchange {
  /// An order as the header has it; nil for what no host of this interface is asked to do.
  func outgoing(_ order: Negotiator.Order) -> strowger_session_order? {
    var out = strowger_session_order()
    out.retry_after = -1
    switch order {
    case .invite(let leg, let sdp): self.fill(&out, STROWGER_SESSION_DO_INVITE, leg, sdp)
    case .reinvite(let leg, let sdp): self.fill(&out, STROWGER_SESSION_DO_REINVITE, leg, sdp)
    case .accept(let leg, let sdp, _): self.fill(&out, STROWGER_SESSION_DO_ACCEPT, leg, sdp)
    case .progress(let leg, let status, let sdp, _):
      self.fill(&out, STROWGER_SESSION_DO_PROGRESS, leg, sdp)
      out.status = UInt32(status.rawValue)
    case .refuse(let leg, let status, let retryAfter):
      self.fill(&out, STROWGER_SESSION_DO_REFUSE, leg)
      out.status = UInt32(status.rawValue)
      out.retry_after = retryAfter?.nanoseconds ?? -1
    case .ack(let leg, let sdp): self.fill(&out, STROWGER_SESSION_DO_ACK, leg, sdp)
    case .held(let leg): self.fill(&out, STROWGER_SESSION_DO_HELD, leg)
    case .resumed(let leg): self.fill(&out, STROWGER_SESSION_DO_RESUMED, leg)
    case .joined(let leg): self.fill(&out, STROWGER_SESSION_DO_JOINED, leg)
    case .joinFailed(let leg, let cause):
      self.fill(&out, STROWGER_SESSION_DO_JOIN_FAILED, leg)
      out.cause = cause.number
    case .played(let leg): self.fill(&out, STROWGER_SESSION_DO_PLAYED, leg)
    case .lost(let leg): self.fill(&out, STROWGER_SESSION_DO_RELEASE, leg)
    case .path(let leg, let other, let path):
      self.fill(&out, STROWGER_SESSION_DO_PATH, leg)
      out.other = other.number
      out.path = path == .direct ? STROWGER_PATH_DIRECT : STROWGER_PATH_MIXED
    case .media(let command): return self.outgoing(command)
    case .pressed, .inform, .recorded: return nil
    }
    return out
  }

  private func fill(_ out: inout strowger_session_order, _ kind: UInt32, _ leg: LegID, _ sdp: [UInt8]? = nil) {
    out.kind = kind
    out.leg = leg.number
    guard let sdp else { return }
    out.sdp = self.memory.keep(description: sdp)
    out.sdp_length = sdp.count
  }

  private func outgoing(_ command: MediaCommand) -> strowger_session_order? {
    var out = strowger_session_order()
    out.retry_after = -1
    switch command {
    case .open(let channel, _):
      out.kind = STROWGER_SESSION_DO_OPEN
      out.channel = channel.rawValue
    case .aim(let channel, let target):
      out.kind = STROWGER_SESSION_DO_AIM
      out.channel = channel.rawValue
      if let address = target.address {
        out.address = self.memory.passingText(address.address.description)
        out.port = UInt32(address.port)
      }
      out.sends = target.sends ? 1 : 0
      out.receives = target.receives ? 1 : 0
      out.packet_time = UInt32(clamping: target.packetTime)
      let formats = target.formats.map { strowger_format(payload: UInt32($0.payload), codec: UInt32($0.codec.rawValue)) }
      out.formats = self.memory.keep(formats)
      out.format_count = formats.count
    case .attach(let channel, let feed):
      out.kind = STROWGER_SESSION_DO_FEED
      out.channel = channel.rawValue
      out.feed = strowger_goal(feed)
      switch feed {
      case .relay(let other), .bridge(let other): out.other_channel = other.rawValue
      case .nothing, .music, .tone, .room, .sound, .playback, .recording: break
      }
    case .close(let channel):
      out.kind = STROWGER_SESSION_DO_SHUT
      out.channel = channel.rawValue
    case .press: return nil
    }
    return out
  }
}

extension strowger_goal {
  fileprivate init(_ feed: MediaFeed) {
    switch feed {
    case .nothing: self.init(kind: STROWGER_GOAL_NOTHING, value: 0, leg: 0)
    case .relay, .bridge: self.init(kind: STROWGER_GOAL_WITH, value: 0, leg: 0)
    case .music: self.init(kind: STROWGER_GOAL_MUSIC, value: 0, leg: 0)
    case .tone(let tone): self.init(kind: STROWGER_GOAL_TONE, value: tone.number, leg: 0)
    case .room(let number): self.init(kind: STROWGER_GOAL_ROOM, value: number, leg: 0)
    case .sound(let sound): self.init(kind: STROWGER_GOAL_ANNOUNCEMENT, value: sound.number, leg: 0)
    case .playback(let number): self.init(kind: STROWGER_GOAL_PLAYBACK, value: number, leg: 0)
    case .recording(let number): self.init(kind: STROWGER_GOAL_RECORDING, value: number, leg: 0)
    }
  }
}
