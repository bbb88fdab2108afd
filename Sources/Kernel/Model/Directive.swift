/// What the kernel orders the world to do. One closed list: a feature cannot invent a side effect.
public enum Directive: Sendable {
  /// Tell the caller that it rings (180), or that the call has been forwarded (181).
  case progress(LegID, Progress)
  /// Call a device or a trunk (INVITE).
  case alert(LegID, Alert)
  /// Accept the caller's call (200), as soon as there is media for the goal given before; when there is none
  /// (``Event/joinFailed(_:_:)``) the call is refused.
  case answer(LegID)
  /// Answer a call that does not come about. The leg is gone.
  case finish(LegID, Status, Note)
  /// End a leg in whatever phase it is: CANCEL or BYE. The leg is gone.
  case release(LegID, Cause)
  /// What the leg shall hear and feed from now on. A sound or playback begins anew, also when it is the same as before.
  case media(LegID, Goal)
  /// Show another number as the connected party (CALL-6).
  case present(LegID, Digits)
  /// What becomes of the transfer that the party of this leg has asked for (REFER; XFER-1). The first one accepts or refuses it.
  case transfer(LegID, TransferReport)
  /// Say whose authorisation code this is: ``Event/verified(_:_:)`` (TRK-4). The digits are a secret.
  case verify(LegID, Digits)
  /// What becomes of recordings.
  case recording(RecordingOrder)
  /// A call is over.
  case record(CallRecord)
  /// For the ladder and `plan explain`: module (index, or -1 for the kernel itself) and what it did.
  case note(CallID, module: Int, Note)
  /// Something that must not happen did; counted and logged, the exchange stays up.
  case fault(module: Int, StaticString)

  public enum Progress: UInt8, Sendable { case ringing, forwarded }
}

/// What the transferor is told (RFC 3515): 202, or a refusal; then a NOTIFY for each step.
public enum TransferReport: Sendable, Equatable {
  case accepted
  case refused(Status, Note)
  /// The target rings.
  case ringing
  /// The parties talk; the transferor is free.
  case done
  /// Nothing has come of it; the transferor has its party back, if it is still there.
  case failed(Status)
}

/// Whom a leg calls, and how.
public struct Alert: Sendable {
  /// A device of a station, or a trunk and what is dialled outside.
  public var party: Party
  /// The number shown as calling.
  public var calling: Digits
  /// The leg it will talk to: its offer is the one to present. None where a module has summoned the telephone: what it will hear is the
  /// leg's goal.
  public var peer: LegID
  public var purpose: Purpose
  /// Newest last (FWD-5).
  public var diversions: [Diversion]
  /// Who has transferred the call here; empty when nobody has.
  public var transferredBy: Digits

  /// The called station; nil when a trunk is called.
  public var station: StationNumber? { self.party.station }
  public var device: DeviceID? { if case .station(_, let device) = self.party { device } else { nil } }
}

/// Something that must survive a restart; written by the host, all facts of one turn as one transaction.
public enum Fact: Sendable, Equatable {
  /// A machine's new state; nil when it is back in its initial state and may be forgotten.
  case machine(module: String, key: MachineKey, state: [UInt8]?)
  /// An answered call with its legs; nil when it is over.
  case call(CallID, [UInt8]?)
}
