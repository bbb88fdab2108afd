public import Kernel

/// The host that keeps recordings, as a model: begun, ended, told to the kernel, heard, discarded.
public struct Recorder: Sendable {
  struct Entry: Sendable {
    var recording: Recording
    var owner: Digits
    /// Whose voice is being recorded; none once it has ended.
    var leg: LegID = .none
    var hasSound = false
  }
  private(set) var entries: [Entry] = []
  /// The highest number so far.
  private(set) var last: UInt32 = 0

  public init() {}

  /// What is kept for `owner`, oldest first.
  public func recordings(of owner: Digits) -> [Recording] {
    self.entries.filter { $0.owner == owner && $0.leg.isNone }.map(\.recording)
  }

  /// Numbers for which anything is kept, in the order in which they first appear.
  var owners: [Digits] {
    var owners: [Digits] = []
    for entry in self.entries where !owners.contains(entry.owner) { owners.append(entry.owner) }
    return owners
  }

  /// What is kept for `owner` from now on, whatever it was.
  mutating func set(_ recordings: [Recording], of owner: Digits) {
    self.entries.removeAll { $0.owner == owner && $0.leg.isNone }
    self.entries += recordings.map { Entry(recording: $0, owner: owner) }
    self.last = max(self.last, recordings.map(\.number).max() ?? 0)
  }

  /// Carries out an order; what was impossible about it.
  mutating func obey(_ order: RecordingOrder) -> String? {
    switch order {
    case .begin(let number, let leg, let owner, _):
      guard number > self.last else { return "recording \(number) is begun after \(self.last)" }
      self.last = number
      self.entries.append(Entry(recording: Recording(number: number, isNew: true), owner: owner, leg: leg))
    case .heard(let number):
      guard let index = self.index(number) else { return "recording \(number) is heard, and there is none" }
      self.entries[index].recording.isNew = false
    case .discard(let number):
      guard let index = self.index(number) else { return "recording \(number) is discarded, and there is none" }
      self.entries.remove(at: index)
    }
    return nil
  }

  mutating func hasSound(_ number: UInt32, from leg: LegID) {
    guard let index = self.entries.firstIndex(where: { $0.recording.number == number && $0.leg == leg }) else { return }
    self.entries[index].hasSound = true
  }

  /// Ends what is not being said any more; whose recordings have changed. One that nobody spoke on is not kept.
  mutating func endThose(where isOver: (LegID, UInt32) -> Bool) -> [Digits] {
    var changed: [Digits] = []
    for index in self.entries.indices.reversed() where !self.entries[index].leg.isNone {
      let entry = self.entries[index]
      guard isOver(entry.leg, entry.recording.number) else { continue }
      changed.append(entry.owner)
      if entry.hasSound { self.entries[index].leg = .none } else { self.entries.remove(at: index) }
    }
    return changed
  }

  /// The exchange has died: whoever was being recorded is not any more.
  mutating func restart() {
    _ = self.endThose { _, _ in true }
    self.last = self.entries.map(\.recording.number).max() ?? 0
  }

  private func index(_ number: UInt32) -> Int? {
    self.entries.firstIndex { $0.recording.number == number && $0.leg.isNone }
  }
}
