/// One relation between a device and the exchange.
public struct Leg: Sendable, Equatable, BitwiseCopyable {
  public enum Direction: UInt8, Sendable, BitwiseCopyable { case originating, terminating }

  /// Originating: `dialling` → `active`. Terminating: `seized` → `alerting` → `active`.
  public enum Phase: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// Has dialled and waits for a final answer.
    case dialling
    /// Called, nothing heard from the device yet.
    case seized
    /// The device has shown life (100) but does not ring yet.
    case proceeding
    case alerting
    case active
  }

  public internal(set) var call: CallID
  public internal(set) var party: Party
  public internal(set) var direction: Direction
  public internal(set) var phase: Phase
  public internal(set) var purpose: Purpose
  /// Its own telephone has put it on hold.
  public internal(set) var isHolding = false
  /// Who pays for it: set for calls to the outside that are no emergency, and stays whatever becomes of the call.
  public internal(set) var payer: StationNumber?
  public internal(set) var goal: Goal = .nothing
  /// The machine that has taken it over (``Orders/own(_:)``).
  public internal(set) var owner: MachineID = .none
  /// The machine that made it ring; it is dropped when that machine leaves the state.
  var alertedBy: MachineID = .none
  var nextInCall: LegID = .none
  var nextOfStation: LegID = .none

  public static func == (a: Leg, b: Leg) -> Bool {
    a.call == b.call && a.party == b.party && a.direction == b.direction && a.phase == b.phase && a.purpose == b.purpose
      && a.isHolding == b.isHolding && a.payer == b.payer && a.goal == b.goal && a.owner == b.owner
  }
}
