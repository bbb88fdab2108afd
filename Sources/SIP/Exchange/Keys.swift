import Kernel
import Sessions

/// Keys that are pressed during a call and come or go as INFO (MED-4; INTEROP 18).
extension Exchange {
  /// A telephone said by INFO that a key was pressed.
  /// - Returns: false where the INFO is to be passed on to the other party as it is.
  mutating func pressedByInfo(_ leg: LegID, key: UInt8, duration: Interval) -> Bool {
    self.negotiator.pressedByInfo(leg, key: key, duration: duration, into: &self.sessions)
  }

  /// Tells a telephone by INFO that a key was pressed. Nothing where its dialog is not confirmed: before its ACK the telephone
  /// need not have our 2xx.
  mutating func sendKey(_ leg: LegID, key: UInt8, duration: Interval) {
    guard let id = self.dialogID(of: leg), let dialog = self.dialogs[id], case .confirmed = dialog.phase else { return }
    let branch = self.beginRequest(id, .info)
    self.writer.finish(body: DTMFInfo(key: key, duration: duration).body, type: "application/dtmf-relay")
    self.send(id, .info, branch)
  }
}
