/// What the host has told of its recordings.
struct KeptRecordings: Sendable {
  private var lists: [Digits: [Recording]] = [:]
  /// The highest number that was told or given.
  private var last: UInt32 = 0

  func of(_ owner: Digits) -> [Recording] { self.lists[owner] ?? [] }

  mutating func set(_ recordings: [Recording], of owner: Digits) {
    for recording in recordings { self.note(recording.number) }
    self.lists[owner] = recordings.isEmpty ? nil : Array(recordings.prefix(World.mostRecordings))
  }

  /// A number above all that have been seen.
  mutating func newNumber() -> UInt32 {
    self.last &+= 1
    return self.last
  }

  mutating func note(_ number: UInt32) { self.last = max(self.last, number) }

  /// False when `owner` has no such recording.
  mutating func markHeard(_ number: UInt32, of owner: Digits) -> Bool {
    guard let index = self.lists[owner]?.firstIndex(where: { $0.number == number }) else { return false }
    self.lists[owner]?[index].isNew = false
    return true
  }

  /// False when `owner` has no such recording.
  mutating func remove(_ number: UInt32, of owner: Digits) -> Bool {
    guard let index = self.lists[owner]?.firstIndex(where: { $0.number == number }) else { return false }
    self.lists[owner]?.remove(at: index)
    if self.lists[owner]?.isEmpty ?? false { self.lists[owner] = nil }
    return true
  }
}
