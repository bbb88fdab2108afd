/// A room's voices (CONF-6): everybody's 20 ms in, for each the sum of the others out, never one's own voice. A round every 20
/// ms: ``begin()``, ``put(_:_:)`` for those who speak, ``take(_:into:)`` for everybody. Members without a frame cost nothing.
/// The samples of a round lie on a ``MixingTable`` that many mixers share, one round after the other.
/// Numbers of places are given out by ``join(isWide:)``. Narrowband as long as everybody is; as soon as one has G.722, all frames
/// have 16 kHz.
final class Mixer {
  private enum Place: BitwiseCopyable { case free, narrow, wide }

  private var places: [Place]
  private var hasSpoken: [Bool]
  private let table: MixingTable
  /// How many have put a frame in this round.
  private(set) var speakers = 0
  /// Of all frames, in and out.
  private(set) var rate = SampleRate.narrow

  /// - Parameters:
  ///   - members: most that can be in the room.
  ///   - table: nil for one of its own.
  init(members: Int, table: MixingTable? = nil) {
    let count = max(1, members)
    self.table = table ?? MixingTable()
    self.table.makeRoom(for: count)
    self.places = Array(repeating: .free, count: count)
    self.hasSpoken = Array(repeating: false, count: count)
  }

  /// Members in the room.
  var count: Int { self.places.count { $0 != .free } }

  /// A member's place; nil when the room is full. ``rate`` may change, at once: so join and leave before ``begin()``.
  func join(isWide: Bool) -> Int? {
    guard let place = self.places.firstIndex(of: .free) else { return nil }
    self.places[place] = isWide ? .wide : .narrow
    self.settle()
    return place
  }

  /// The member at this place now speaks another codec.
  func change(_ place: Int, isWide: Bool) {
    guard self.places.indices.contains(place), self.places[place] != .free else { return }
    self.places[place] = isWide ? .wide : .narrow
    self.settle()
  }

  /// Gives a place back.
  func leave(_ place: Int) {
    guard self.places.indices.contains(place) else { return }
    self.places[place] = .free
    self.settle()
  }

  /// Begins the next 20 ms.
  func begin() {
    guard self.speakers > 0 else { return }
    for place in self.hasSpoken.indices { self.hasSpoken[place] = false }
    self.speakers = 0
  }

  /// What a member has to say, written into the frame given to `speak`, ``rate``'s; false where it is nothing. A second frame in a
  /// round is not taken.
  func put(_ place: Int, _ speak: (UnsafeMutableBufferPointer<Int16>) -> Bool) {
    guard self.places.indices.contains(place), self.places[place] != .free, !self.hasSpoken[place] else { return }
    let count = self.rate.frame
    // The table has room for all places, and the sum for the longest frame.
    let voice = self.table.voice(place, count)
    guard speak(voice) else { return }
    let sum = self.table.sum(count)
    if self.speakers == 0 {
      for index in 0..<count { sum[index] = Int32(voice[index]) }
    } else {
      for index in 0..<count { sum[index] &+= Int32(voice[index]) }
    }
    self.hasSpoken[place] = true
    self.speakers += 1
  }

  /// What a member hears.
  /// - Returns: false where nobody else has spoken: the frame is not touched, and is silence.
  func take(_ place: Int, into frame: UnsafeMutableBufferPointer<Int16>) -> Bool {
    let count = self.rate.frame
    guard self.hears(place), frame.count >= count else { return false }
    let hasOwn = self.hasSpoken[place]
    let (voice, sum) = (self.table.voice(place, count), self.table.sum(count))
    if hasOwn {
      for index in 0..<count { frame[index] = Int16(clamping: sum[index] &- Int32(voice[index])) }
    } else {
      for index in 0..<count { frame[index] = Int16(clamping: sum[index]) }
    }
    return true
  }

  /// Whether the member hears anybody in this round.
  func hears(_ place: Int) -> Bool {
    guard self.places.indices.contains(place), self.places[place] != .free else { return false }
    return self.speakers > (self.hasSpoken[place] ? 1 : 0)
  }

  /// Whether the member hears everybody who speaks: all such members hear the same, and one payload does for all who have the
  /// same codec and a stateless encoder.
  func hearsAll(_ place: Int) -> Bool { self.hears(place) && !self.hasSpoken[place] }

  private func settle() {
    self.rate = self.places.contains(.wide) ? .wide : .narrow
    self.hasSpoken.indices.forEach { self.hasSpoken[$0] = false }
    self.speakers = 0
  }
}

/// Where rounds are mixed: a frame for each place, and their sum. It is the same memory for all rooms that are mixed one after the
/// other, and so stays in the processor's cache.
final class MixingTable {
  private var voices: UnsafeMutableBufferPointer<Int16>
  private let sums = UnsafeMutableBufferPointer<Int32>.allocate(capacity: SampleRate.wide.frame)

  init() {
    self.voices = .allocate(capacity: 0)
    self.sums.initialize(repeating: 0)
  }

  deinit {
    self.voices.deallocate()
    self.sums.deallocate()
  }

  /// A mixer with so many places will use it. Only between rounds.
  func makeRoom(for places: Int) {
    guard places * SampleRate.wide.frame > self.voices.count else { return }
    self.voices.deallocate()
    self.voices = .allocate(capacity: places * SampleRate.wide.frame)
    self.voices.initialize(repeating: 0)
  }

  fileprivate func voice(_ place: Int, _ count: Int) -> UnsafeMutableBufferPointer<Int16> {
    let start = place * SampleRate.wide.frame
    return UnsafeMutableBufferPointer(rebasing: self.voices[start..<start + count])
  }

  fileprivate func sum(_ count: Int) -> UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(rebasing: self.sums[..<count])
  }
}
