extension Snapshot {
  /// Makes rows and files of messages agree, at the exchange's start: files without a row are deleted (a crash came before their row was
  /// kept), rows without a file are left out (it came after the message was deleted).
  ///
  /// - Returns: what is to be done to the database; nothing where all was well.
  public mutating func mend(_ folder: RecordingFolder) -> [RowChange] {
    // A folder that cannot be read now says nothing of what is in it.
    guard let files = (try? folder.numbers()).map({ Set($0) }) else { return [] }
    let lost = recordings.map(\.number).filter { !files.contains($0) }
    recordings.removeAll { !files.contains($0.number) }
    folder.removeOrphans(keeping: Set(recordings.map(\.number)))
    return lost.map { .removeRecording(number: $0) }
  }
}
