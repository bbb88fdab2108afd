import Kernel
import SIP
import Sessions
import Store
import Transport

extension ExchangeOptions {
  /// The options of the database as signalling uses them.
  init(_ options: SystemOptions, networks: Networks, hasTLS: Bool) {
    self.init()
    self.expireTime = options.time("sip.expire-time").map { UInt32(clamping: $0.components.seconds) } ?? self.expireTime
    // No number of failures blocks anybody.
    self.retryLimit = options.integer("sip.register-retry-limit") == 0 ? .max : options.integer("sip.register-retry-limit")
    self.blockTime = Interval(options.time("sip.register-block-time"))
    self.isSilentOnFailure = options["sip.comm-exclusive"] == "no-response"
    self.callAuthentication =
      switch options["sip.call-authentication"] {
      case "source": .source
      case "digest": .digest
      default: .auto
      }
    self.unknownCallers = options["sip.unknown-callers"] == "trunk" ? .trunk : .refuse
    self.offersSHA256 = options["sip.digest"] != "md5"
    self.reusesConnections = options.isOn("sip.connection-reuse")
    self.sessionExpires = options.time("sip.session-expires").map { UInt32(clamping: $0.components.seconds) } ?? 0
    self.requestRate = options.integer("sip.request-rate")
    self.transactions = options.integer("sip.transactions")
    self.calls = options.integer("call.limit")
    self.stationCalls = options.integer("call.station-limit")
    self.licensedStations = options.licensedStations(withTLS: hasTLS)
    let named = options.privateNetworks.compactMap { AddressBlock($0) }
    self.privateNetworks = named.isEmpty ? Networks.notRouted + networks.own : named
    self.mediaChannels = options.integer("media.channels")
    // Never is too long for a timer, not for a telephone: a century.
    self.ringTime = options.time("call.ring-time").map { Interval($0) } ?? .seconds(3_155_760_000)
  }
}

extension TransportLimits {
  /// The options of the database as the sockets use them.
  init(_ options: SystemOptions) {
    self.init()
    self.connectionsPerSource = options.integer("sip.connections-per-source")
    self.connections = options.integer("sip.connections")
    self.handshakes = options.integer("sip.handshakes")
    self.handshakesPerSecond = options.integer("sip.handshakes-per-second")
    self.message = Interval(options.time("sip.message-time"))
    self.idle = Interval(options.time("sip.idle-time"))
    self.writeQueue = options.integer("sip.write-queue")
  }
}

extension Interval {
  /// Zero for none.
  init(_ duration: Duration?) {
    let parts = (duration ?? .zero).components
    self = .seconds(parts.seconds) + Interval(nanoseconds: parts.attoseconds / 1_000_000_000)
  }

  fileprivate static func + (a: Interval, b: Interval) -> Interval {
    let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
    return Interval(nanoseconds: overflow ? .max : sum)
  }
}
