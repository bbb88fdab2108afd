public import Kernel
public import Sessions

/// What the exchange wants of the host, for a leg of a hosted station: the directives of a call whose far end is no SIP telephone. The host
/// carries them out in order and reports by ``Exchange/report(_:of:at:)``.
public enum HostedOrder: Sendable, Equatable {
  /// The station is called: it is to ring. Say ``HostedEvent/alerting`` within 5 s (CALL-11).
  case ring(LegID, HostedCall)
  /// What the station has dialled rings, or has been forwarded.
  case progress(LegID, Directive.Progress)
  /// What the station has dialled has been answered.
  case answered(LegID)
  /// What the station has dialled came to nothing, or was a code. The leg is gone.
  case finished(LegID, HostedOutcome)
  /// The leg is over, whatever it was doing: the station stops ringing, or its party is gone. The leg is gone.
  case released(LegID, Cause)
  /// Where voice goes to and comes from now on. It may change at any time; the last one holds.
  case voice(LegID, MediaTarget)
  /// What the leg is meant to hear: for a host that makes music and tones itself, or shows what the station is waiting for.
  case hears(LegID, Goal)
  /// Show this number as the other party (CALL-6).
  case present(LegID, Digits)
  /// What becomes of the transfer that the station has asked for (``HostedEvent/transfer(to:replacing:)``).
  case transfer(LegID, TransferReport)
  /// The party has pressed a key: 0–9, 10 `*`, 11 `#`, 12–15 A–D, for so long.
  case key(LegID, UInt8, Interval)
  /// The party could not be told of hold or resume: the station holds, or does not, as it did before.
  case unchanged(LegID, isHolding: Bool, Status)

  /// The leg that it is about.
  public var leg: LegID {
    switch self {
    case .ring(let leg, _), .progress(let leg, _), .answered(let leg), .finished(let leg, _),
      .released(let leg, _),
      .voice(let leg, _), .hears(let leg, _), .present(let leg, _), .transfer(let leg, _),
      .key(let leg, _, _),
      .unchanged(let leg, _, _):
      leg
    }
  }
}

/// Who calls a hosted station, and why.
public struct HostedCall: Sendable, Equatable {
  public var station: StationNumber
  public var device: DeviceID
  /// The number to show as calling; empty where it is withheld.
  public var calling: Digits
  /// The caller's name in UTF-8; empty where none is known.
  public var name: String
  public var purpose: Purpose
  /// Where the call was meant to go before, newest last (FWD-5).
  public var diversions: [Diversion]
  /// Who has transferred the call here; empty when nobody has.
  public var transferredBy: Digits

  public init(
    station: StationNumber, device: DeviceID, calling: Digits, name: String = "", purpose: Purpose = .direct,
    diversions: [Diversion] = [], transferredBy: Digits = Digits()
  ) {
    self.station = station
    self.device = device
    self.calling = calling
    self.name = name
    self.purpose = purpose
    self.diversions = diversions
    self.transferredBy = transferredBy
  }
}

/// How something a hosted station has dialled came out.
public struct HostedOutcome: Sendable, Equatable {
  public var status: Status
  /// A sentence for people; may be empty.
  public var text: String
  /// The module whose code it was, and whether it did what was dialled; nil for calls.
  public var feature: String?
  public var isDone: Bool

  public init(status: Status, text: String = "", feature: String? = nil, isDone: Bool = false) {
    self.status = status
    self.text = text
    self.feature = feature
    self.isDone = isDone
  }
}

/// What happens at a hosted station, for a leg of it.
public enum HostedEvent: Sendable, Equatable {
  /// It rings.
  case alerting
  /// Its user has gone off hook; voice at this address.
  case answered(HostedVoice)
  /// It will not be answered: busy, declined, not there.
  case refused(Status)
  /// It wants the caller to go to another number (CALL-11).
  case redirected(Digits)
  /// Its user has gone on hook, or has given up dialling.
  case hungUp
  /// Its user has put the party on hold, or takes it back (HOLD-1).
  case held, resumed
  /// Its user wants the party to go to a number (XFER-1), or to whom another leg of the station talks to or calls (XFER-2, XFER-7).
  case transfer(to: Digits, replacing: LegID)
  /// Its user presses a key in the call, for the party or whatever listens: 0–9, 10 `*`, 11 `#`, 12–15 A–D.
  case pressed(key: UInt8, Interval)
}

/// Why a hosted station cannot dial.
public enum HostedRefusal: Error, Sendable, Equatable {
  /// No such device: not attached, or detached since.
  case unknownDevice
  /// A limit of the exchange, or of the station's calls, is reached (`call.limit`, `call.station-limit`).
  case overload
  case nothingDialled
  /// Nothing may be sent to that address: multicast, broadcast, link-local (RELIABILITY 16).
  case unusableVoice
}

extension DeviceID {
  /// Devices of the host have numbers of their own, which no registration ever gets.
  static func hosted(_ number: UInt64) -> DeviceID { DeviceID(number | 1 << 63) }

  /// It is a device of the host, not a registered telephone.
  public var isHosted: Bool { self.rawValue >> 63 == 1 }
}
