/// What the kernel orders the world to do. One closed list: a feature cannot invent a side effect.
public enum Directive: Sendable {
  /// Tell the caller that it rings (180), or that the call has been forwarded (181).
  case progress(LegID, Progress)
  /// Make a device ring (INVITE).
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

/// How a device is to be made to ring.
public struct Alert: Sendable {
  public var station: StationNumber
  public var device: DeviceID
  /// The number shown as calling.
  public var calling: Digits
  /// The leg it will talk to: its offer is the one to present.
  public var peer: LegID
  public var purpose: Purpose
  /// Newest last (FWD-5).
  public var diversions: [Diversion]
}

/// Something that must survive a restart; written by the host, all facts of one turn as one transaction.
public enum Fact: Sendable, Equatable {
  /// A machine's new state; nil when it is back in its initial state and may be forgotten.
  case machine(module: String, key: MachineKey, state: [UInt8]?)
  /// An answered call with its legs; nil when it is over.
  case call(CallID, [UInt8]?)
}
