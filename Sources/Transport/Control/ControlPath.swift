package import Glibc

/// The address of a Unix-domain socket. The system takes 107 octets of path only: a longer one goes through the folder's
/// descriptor, so that a database may lie anywhere.
package struct ControlPath {
  private var system = sockaddr_un()
  private let folder: Int32

  /// Throws `.system` where the folder cannot be opened or the name alone is too long.
  package static func with<R>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) throws(TransportError) -> R {
    let address = try ControlPath(path)
    defer { if address.folder >= 0 { close(address.folder) } }
    return withUnsafePointer(to: address.system) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  private init(_ path: String) throws(TransportError) {
    self.system.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: self.system.sun_path)
    if path.utf8.count < room {
      self.folder = -1
      self.set(path)
      return
    }
    let cut = path.utf8.lastIndex(of: 0x2f)
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    let parent = cut.map { String(path[..<$0]) } ?? "."
    self.folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard self.folder >= 0 else { throw TransportError(.system, at: path, systemMessage(errno)) }
    let short = "/proc/self/fd/\(self.folder)/\(name)"
    guard short.utf8.count < room else {
      close(self.folder)
      throw TransportError(.system, at: path, "the name is too long for a socket")
    }
    self.set(short)
  }

  private mutating func set(_ path: String) {
    withUnsafeMutableBytes(of: &self.system.sun_path) { $0.copyBytes(from: path.utf8) }
  }
}
