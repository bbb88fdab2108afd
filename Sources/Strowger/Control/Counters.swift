import Media
import SIP
import Store
import Transport

// What `strowger status --counters` shows.

extension ExchangeCounters {
  var members: [JSON.Member] {
    [
      .init(name: "received", value: JSON(self.received)), .init(name: "sent", value: JSON(self.sent)),
      .init(name: "dropped", value: JSON(self.dropped)), .init(name: "rejected", value: JSON(self.rejected)),
      .init(name: "stray", value: JSON(self.stray)), .init(name: "blocked", value: JSON(self.blocked)),
      .init(name: "overload", value: JSON(self.overload)), .init(name: "rateRefused", value: JSON(self.rateRefused)),
      .init(name: "rateDropped", value: JSON(self.rateDropped)),
      .init(name: "transactionLimit", value: JSON(self.transactionLimit)),
      .init(name: "callLimit", value: JSON(self.callLimit)), .init(name: "stationLimit", value: JSON(self.stationLimit)),
      .init(name: "channelLimit", value: JSON(self.channelLimit)), .init(name: "barred", value: JSON(self.barred)),
      .init(name: "outOfHours", value: JSON(self.outOfHours)), .init(name: "trunkLimit", value: JSON(self.trunkLimit)),
      .init(name: "loops", value: JSON(self.loops)), .init(name: "transfersRefused", value: JSON(self.transfersRefused)),
      .init(name: "calls", value: JSON(self.calls)),
      .init(name: "registrations", value: JSON(self.registrations)),
      .init(name: "subscriptions", value: JSON(self.subscriptions)),
      .init(name: "subscriptionsRefused", value: JSON(self.subscriptionsRefused)),
      .init(name: "notifications", value: JSON(self.notifications)), .init(name: "notDurable", value: JSON(self.notDurable)),
      .init(name: "faults", value: JSON(self.faults)),
    ]
  }
}

extension TransportCounters {
  var members: [JSON.Member] {
    [
      .init(name: "oversize", value: JSON(self.oversize)), .init(name: "unsent", value: JSON(self.unsent)),
      .init(name: "turnedAway", value: JSON(self.turnedAway)), .init(name: "slow", value: JSON(self.slow)),
      .init(name: "clogged", value: JSON(self.clogged)), .init(name: "garbage", value: JSON(self.garbage)),
      .init(name: "idle", value: JSON(self.idle)), .init(name: "accepted", value: JSON(self.accepted)),
      .init(name: "unreached", value: JSON(self.unreached)), .init(name: "connections", value: JSON(self.open)),
      .init(name: "connectionsTCP", value: JSON(self.open - self.openTLS)),
      .init(name: "connectionsTLS", value: JSON(self.openTLS)), .init(name: "handshaking", value: JSON(self.handshaking)),
      .init(name: "handshakesFailed", value: JSON(self.handshakesFailed)),
      .init(name: "handshakesPaused", value: JSON(self.handshakesPaused)),
    ]
  }
}

extension Writer.Measures {
  var members: [JSON.Member] {
    let slowest = self.slowest.components
    return [
      .init(name: "storeWaiting", value: JSON(self.depth)), .init(name: "storeCommits", value: JSON(self.commits)),
      .init(name: "storeFailures", value: JSON(self.failures)), .init(name: "storeRefused", value: JSON(self.refused)),
      .init(
        name: "storeSlowest",
        value: .decimal(Double(slowest.seconds) + Double(slowest.attoseconds / 1_000_000_000_000) / 1_000_000)),
    ]
  }
}

extension MediaServer.Measures {
  var members: [JSON.Member] {
    [
      .init(name: "mediaChannels", value: JSON(self.channels)), .init(name: "mediaOpened", value: JSON(self.channelsOpened)),
      .init(name: "mediaReceived", value: JSON(self.packetsIn)), .init(name: "mediaSent", value: JSON(self.packetsOut)),
      .init(name: "mediaStrangers", value: JSON(self.strangers)), .init(name: "mediaMalformed", value: JSON(self.malformed)),
      .init(name: "mediaSRTP", value: JSON(self.srtp)), .init(name: "mediaFloods", value: JSON(self.floods)),
      .init(name: "mediaLate", value: JSON(self.late)), .init(name: "mediaUnsent", value: JSON(self.unsent)),
    ]
  }
}
