public import Kernel

/// The one list of the modules that are compiled in. A new module adds its line here and nowhere else (MOD-1).
public enum BuiltIn {
  public static let modules: [Module] = [
    Module(TrunkCodeInsertion.self),
    Module(AuthorizationCode.self),
    Module(DoNotDisturb.self),
    Module(CallForward.self),
    Module(RingGroup.self),
    Module(CallPickup.self),
    Module(CallPark.self),
    Module(Conference.self),
    Module(Transfer.self),
    Module(Hold.self),
    Module(MessageWaiting.self),
    Module(VoiceMail.self),
  ]
}
