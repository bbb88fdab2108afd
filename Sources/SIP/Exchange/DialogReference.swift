import Kernel
import Sessions

/// What names a dialog of ours towards others: in the lists of calls that lamps show (RFC 4235 §4.1.2), and for Replaces.
struct DialogReference: Sendable, Equatable {
  var callID: [UInt8]
  /// The tag of the party at the far end of the leg; empty while it has given none.
  var partyTag: [UInt8]
  var exchangeTag: [UInt8]
}

extension Exchange {
  /// The name of the dialog in which we talk to the party of `leg`, whether it rings or talks; nil for a leg without one.
  func reference(of leg: LegID) -> DialogReference? {
    guard let id = self.dialogID(of: leg), let dialog = self.dialogs[id], !dialog.isPreparing else { return nil }
    let tag = dialog.remoteTag.isEmpty ? dialog.earlyTag : dialog.remoteTag
    return DialogReference(callID: dialog.callID, partyTag: tag, exchangeTag: dialog.localTag)
  }

  /// The dialog that is named, whichever way round the tags stand: a telephone that picks a call up says them as the ringing telephone
  /// sees them, a transferor as the transferred one does, and some mix that up.
  func dialog(named replaces: Replaces) -> DialogID? {
    for (ours, theirs) in [(replaces.toTag, replaces.fromTag), (replaces.fromTag, replaces.toTag)] {
      guard let id = self.dialogIndex[self.dialogKey(replaces.callID, ours)], let dialog = self.dialogs[id],
        let reference = self.reference(of: dialog.leg)
      else { continue }
      // `0` stands for a tag that there is not (RFC 3891 §4).
      guard reference.partyTag == theirs || (reference.partyTag.isEmpty && theirs == [0x30]) else { continue }
      return self.kernel.world.leg(dialog.leg) == nil ? nil : id
    }
    return nil
  }

  /// What an INVITE with Replaces is about.
  enum Replacement {
    /// It has none.
    case none
    case leg(LegID)
    case refused(UInt16, StaticString)
  }

  /// Whose place the caller asks for (RFC 3891 §3). The INVITE has been admitted as every other.
  func replacement(asked message: SIPMessage, by caller: Party) -> Replacement {
    guard let value = message.header(.replaces) else { return .none }
    guard let replaces = Replaces(parsing: message.array(value)) else { return .refused(400, "Replaces is malformed") }
    // Whoever is nobody here learns nothing of calls.
    guard caller.station != nil, let id = self.dialog(named: replaces), let dialog = self.dialogs[id],
      let leg = self.kernel.world.leg(dialog.leg)
    else { return .refused(481, "there is no such call") }
    // In nobody's place who still waits for an answer (RFC 3891 §3: we are not the one who has called).
    guard leg.direction == .terminating || leg.phase == .active else { return .refused(481, "nobody has answered that call") }
    guard leg.party != caller else { return .refused(488, "the call is this telephone's own") }
    guard !replaces.isEarlyOnly || leg.phase != .active else { return .refused(486, "the call has been answered") }
    return .leg(dialog.leg)
  }
}
