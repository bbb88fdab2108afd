/// Where recordings are kept. The media server calls both on a thread of its own for files, one after the other, never on the
/// one that moves voice: they may take their time.
public struct RecordingShelf: Sendable {
  /// Keeps a recording, a whole WAV file; false where it could not be kept (disk full): the recording is reported as lost.
  public var save: @Sendable (_ number: UInt32, _ wav: [UInt8]) -> Bool
  /// Gives a recording as it was saved; nil where there is none.
  public var load: @Sendable (_ number: UInt32) -> [UInt8]?

  public init(
    save: @escaping @Sendable (_ number: UInt32, _ wav: [UInt8]) -> Bool, load: @escaping @Sendable (_ number: UInt32) -> [UInt8]?
  ) {
    self.save = save
    self.load = load
  }

  /// Keeps nothing and has nothing.
  public static let none = RecordingShelf(save: { _, _ in false }, load: { _ in nil })
}
