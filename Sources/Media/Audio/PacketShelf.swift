import Sessions

/// The packets that a ``JitterBuffer`` holds: 32 places by sequence number, and a ring of octets that they lie in, each in one
/// piece. Nothing is ever given back to the ring; what is overwritten is gone, and known to be. A shelf that is empty begins anew
/// at the ring's front: a voice without jitter touches the same few lines of the cache again and again.
struct PacketShelf {
  struct Packet: BitwiseCopyable {
    var timestamp: UInt32 = 0
    /// Where it begins, counted from the first octet ever written, modulo 2^32; the shelf's own.
    fileprivate var position: UInt32 = 0
    var sequence: UInt16 = 0
    fileprivate var length: UInt16 = 0
    var codec = MediaFormat.Codec.other
    var isMarked = false
    fileprivate var isHeld = false

    init() {}

    /// - Parameter count: octets; more than a datagram can have are cut.
    init(sequence: UInt16, timestamp: UInt32, isMarked: Bool, codec: MediaFormat.Codec, count: Int) {
      self.sequence = sequence
      self.timestamp = timestamp
      self.isMarked = isMarked
      self.codec = codec
      self.length = UInt16(clamping: count)
    }

    /// Octets.
    var count: Int { Int(self.length) }
  }

  static let places = 32
  private static let room = 8192

  private var packets = [Packet](repeating: Packet(), count: PacketShelf.places)
  private var octets = [UInt8](repeating: 0, count: PacketShelf.room)
  private var written: UInt32 = 0
  /// Packets held.
  private(set) var count = 0
  /// Octets held.
  private(set) var depth = 0

  /// Whether this very packet is held.
  func contains(_ sequence: UInt16) -> Bool {
    let packet = self.packets[Int(sequence) % PacketShelf.places]
    return packet.isHeld && packet.sequence == sequence
  }

  /// The packet that comes first from a number on.
  func first(from sequence: UInt16) -> Packet? {
    guard self.count > 0 else { return nil }
    for step in 0..<PacketShelf.places {
      let packet = self.packets[(Int(sequence) + step) % PacketShelf.places]
      if packet.isHeld { return packet }
    }
    return nil
  }

  /// Whether all that is held has places behind a new first one.
  func hasPlace(before sequence: UInt16) -> Bool {
    !self.packets.contains { $0.isHeld && Int($0.sequence &- sequence) >= PacketShelf.places }
  }

  /// Takes as many of the octets as the packet says it has; the caller has seen to it that they are there, and not more than the
  /// ring's.
  mutating func put(_ packet: Packet, _ payload: UnsafeBufferPointer<UInt8>) {
    let former = self.packets[Int(packet.sequence) % PacketShelf.places]
    if former.isHeld { self.remove(former.sequence) }
    var packet = packet
    let count = min(packet.count, payload.count, PacketShelf.room)
    // 2^32 is a multiple of the room, so that positions may wrap.
    let left = PacketShelf.room - Int(self.written) % PacketShelf.room
    if self.count == 0 || count > left { self.written &+= UInt32(truncatingIfNeeded: left % PacketShelf.room) }
    packet.length = UInt16(truncatingIfNeeded: count)
    packet.position = self.written
    packet.isHeld = true
    let start = Int(self.written) % PacketShelf.room
    self.octets.withUnsafeMutableBufferPointer { octets in
      guard count > 0, let room = octets.baseAddress, let source = payload.baseAddress else { return }
      (room + start).update(from: source, count: count)
    }
    self.written &+= UInt32(truncatingIfNeeded: count)
    self.count += 1
    self.depth += count
    self.packets[Int(packet.sequence) % PacketShelf.places] = packet
  }

  mutating func remove(_ sequence: UInt16) {
    guard self.contains(sequence) else { return }
    let index = Int(sequence) % PacketShelf.places
    self.packets[index].isHeld = false
    self.count -= 1
    self.depth -= self.packets[index].count
  }

  mutating func removeAll() {
    for index in self.packets.indices { self.packets[index].isHeld = false }
    self.count = 0
    self.depth = 0
  }

  /// The marker bit of this packet has done its duty.
  mutating func unmark(_ sequence: UInt16) {
    if self.contains(sequence) { self.packets[Int(sequence) % PacketShelf.places].isMarked = false }
  }

  /// The octets of a packet, also of one just removed, for as long as `body` runs. Nil where so much has been written since that
  /// they are gone.
  func read<Result>(_ packet: Packet, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
    guard Int(self.written &- packet.position) <= PacketShelf.room else { return nil }
    let start = Int(packet.position) % PacketShelf.room
    return self.octets.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<start + packet.count])) }
  }
}
