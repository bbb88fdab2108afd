import Kernel
import SIP
import Sessions
import Store

// What `--json` prints of the exchange: the keys of INTERFACE.md, in its order.

extension StationStatus {
  var json: JSON {
    var members: [JSON.Member] = [
      .init(name: "number", value: .string(self.number.description)), .init(name: "name", value: .string(self.name)),
      .init(name: "registered", value: .boolean(self.isRegistered)), .init(name: "phone", value: .string(self.phone)),
      .init(name: "address", value: .string(self.isRegistered ? self.address.description : "0.0.0.0")),
      .init(name: "transport", value: JSON(self.transport.map { "\($0)" })),
      .init(name: "expires", value: JSON(time: self.expires)),
      .init(name: "lastSeen", value: JSON(time: self.lastSeen)),
    ]
    for (field, summary) in self.features {
      switch field {
      case .flag(let key): members.append(.init(name: key, value: .boolean(summary != nil)))
      case .text(let key): members.append(.init(name: key, value: .string(summary ?? "")))
      }
    }
    members += [
      .init(name: "forwardUnreachable", value: .string(self.forwardUnreachable)),
      .init(name: "newMessages", value: self.messages.map { JSON($0.new) } ?? .null),
      .init(name: "oldMessages", value: self.messages.map { JSON($0.old) } ?? .null),
      .init(name: "inCall", value: .boolean(self.isInCall)),
    ]
    return .object(members)
  }
}

extension CallStatus {
  var json: JSON {
    [
      "id": .string(self.id), "state": .string(self.state), "caller": .string(self.caller), "dialled": .string(self.dialled),
      "started": JSON(time: self.started), "answered": JSON(time: self.answered), "mediaPath": .string(self.mediaPath),
      "features": .array(self.features.map(JSON.string)), "legs": .array(self.legs.map(\.json)),
    ]
  }
}

extension CallStatus.Leg {
  var json: JSON {
    [
      "party": .string(self.party), "state": .string(self.state), "direction": .string(self.direction),
      "hears": .string(self.hears),
    ]
  }
}

extension Binding {
  var json: JSON {
    [
      "number": .string(self.station.description), "contact": .string(String(decoding: self.contact, as: UTF8.self)),
      "address": .string(self.flow.remote.description), "transport": .string("\(self.flow.kind)"),
      "phone": .string(String(decoding: self.userAgent, as: UTF8.self)), "registered": JSON(time: self.registeredAt),
      "lastSeen": JSON(time: self.lastSeen), "expires": JSON(time: self.expires),
    ]
  }
}

extension BlockStatus {
  var json: JSON {
    ["source": .string(self.source.description), "until": JSON(time: self.until), "reason": .string(self.reason)]
  }
}

extension LadderStep {
  /// - Parameter start: When the ladder begins.
  func json(since start: Instant) -> JSON {
    [
      "time": JSON(time: self.time), "seconds": .decimal(Double((self.time - start).nanoseconds / 1000) / 1_000_000),
      "call": .string("\(self.call)"), "party": .string(self.party), "sent": .boolean(self.isSent), "note": .boolean(self.isNote),
      "text": .string(self.text), "message": .string(self.message),
    ]
  }
}

extension BindingRow {
  var json: JSON {
    [
      "number": .string(self.station), "contact": .string(String(decoding: self.contact, as: UTF8.self)),
      "address": .string(SocketAddress(IPAddress(self.sourceAddress) ?? .unspecified, port: self.sourcePort).description),
      "transport": .string(self.transport), "phone": .string(self.userAgent), "registered": JSON(time: self.registered),
      "lastSeen": JSON(time: self.registered), "expires": JSON(time: self.expires),
    ]
  }
}

extension BlockRow {
  var json: JSON {
    ["source": .string(self.source), "until": JSON(time: self.until), "reason": .string(self.reason)]
  }
}

extension AccessLogRow {
  var json: JSON {
    [
      "time": JSON(time: self.time), "source": .string(self.source), "number": .string(self.number),
      "userAgent": .string(self.userAgent), "outcome": .string(self.outcome), "reason": .string(self.reason),
    ]
  }
}

extension CallRecordRow {
  var json: JSON {
    [
      "id": .integer(self.id), "caller": .string(self.caller), "dialled": .string(self.dialled),
      "answeredBy": JSON(self.answeredBy), "features": .array(self.features.map(JSON.string)), "start": JSON(time: self.start),
      "answer": JSON(time: self.answer), "end": JSON(time: self.end), "cause": .string(self.cause),
      "authorisation": JSON(self.authorisation), "mediaPath": .string(self.mediaPath),
    ]
  }
}
