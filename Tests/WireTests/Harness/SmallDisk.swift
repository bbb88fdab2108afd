import Foundation

/// A file system of its own in memory, to see what happens when it is full. It is gone with this object.
final class SmallDisk {
  private let folder: URL

  /// Whether one can be made here: by root, and where mounting is allowed.
  static let isPossible: Bool = {
    guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
    return (try? SmallDisk(at: folder.url, octets: 1 << 20)) != nil
  }()

  init(at folder: URL, octets: Int) throws {
    self.folder = folder
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(octets)") == 0 else {
      throw WireFailure("cannot mount a small disk: \(String(cString: strerror(errno)))")
    }
  }

  deinit { umount2(folder.path, Int32(MNT_DETACH)) }

  /// Leaves no octet free; returns what to remove to have room again.
  static func fill(_ folder: URL) throws -> URL {
    let filler = folder.appendingPathComponent("filler")
    let descriptor = open(filler.path, O_CREAT | O_WRONLY, 0o600)
    guard descriptor >= 0 else { throw WireFailure("cannot fill the disk") }
    defer { close(descriptor) }
    let block = [UInt8](repeating: 0x55, count: 4096)
    while write(descriptor, block, block.count) > 0 {}
    return filler
  }
}
