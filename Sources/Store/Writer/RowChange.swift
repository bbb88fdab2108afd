/// One change to what the exchange keeps. A batch of them is one turn's facts and is kept whole or not at all.
public enum RowChange: Equatable, Sendable {
  /// Adds the binding or replaces that of the same id.
  case putBinding(BindingRow)
  case removeBinding(id: Int64)
  /// Adds the machine's state or replaces it.
  case putMachine(MachineRow)
  case removeMachine(MachineName)
  case putCall(CallRow)
  case removeCall(id: Int64)
  case putDialog(DialogRow)
  case removeDialog(id: Int64)
  case putTransaction(TransactionRow)
  case addAccess(AccessLogRow)
  /// Adds the record; one with an id of its own replaces that of the same id.
  case putCallRecord(CallRecordRow)
  /// Adds the message or replaces that of the same number: heard is put again with `isNew` false. The file is not touched.
  case putRecording(RecordingRow)
  case removeRecording(number: UInt32)
  case putBlock(BlockRow)
  case removeBlock(source: String)
  /// A station's setting, unchecked (see `StationSetting`); nil sets it back to its default.
  case setSetting(station: String, name: String, value: String?)
}
