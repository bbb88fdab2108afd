internal import CStrowger

/// Structs that begin with their size, as either side knew them when it was built.
package protocol Sized {
  init()
  var size: UInt32 { get set }
  /// What the first interface that had this struct knew of it, in octets.
  static var smallest: Int { get }
}

extension Sized {
  /// No struct of any interface is that large: a size beyond is rubbish.
  private static var largest: Int { 4096 }

  /// Reads what the host provides. Fields that it does not know are 0; those that we do not know must be.
  package static func read(_ pointer: UnsafePointer<Self>?) throws(Refusal) -> Self {
    guard let pointer else { throw .null }
    let octets = UnsafeRawPointer(pointer)
    let size = Int(octets.loadUnaligned(as: UInt32.self))
    guard size >= self.smallest, size <= self.largest else { throw .size }
    for place in MemoryLayout<Self>.size..<max(size, MemoryLayout<Self>.size)
    where octets.load(fromByteOffset: place, as: UInt8.self) != 0 {
      throw .size
    }
    var value = Self()
    withUnsafeMutableBytes(of: &value) { $0.copyMemory(from: UnsafeRawBufferPointer(start: octets, count: min(size, $0.count))) }
    return value
  }

  /// How many octets the host has room for, at `pointer`.
  package static func room(_ pointer: UnsafeMutablePointer<Self>?) throws(Refusal) -> (UnsafeMutableRawPointer, size: Int) {
    guard let pointer else { throw .null }
    let octets = UnsafeMutableRawPointer(pointer)
    let size = Int(octets.loadUnaligned(as: UInt32.self))
    guard size >= self.smallest, size <= self.largest else { throw .size }
    return (octets, size)
  }

  /// Fills in what the host knows, and 0 where it knows more than we do. Its size stays.
  package func write(to room: (octets: UnsafeMutableRawPointer, size: Int)) {
    withUnsafeBytes(of: self) { known in
      UnsafeMutableRawBufferPointer(start: room.octets, count: room.size).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: known.prefix(room.size)))
    }
    room.octets.storeBytes(of: UInt32(truncatingIfNeeded: room.size), as: UInt32.self)
    let rest = room.size - MemoryLayout<Self>.size
    if rest > 0 { (room.octets + MemoryLayout<Self>.size).initializeMemory(as: UInt8.self, repeating: 0, count: rest) }
  }
}
