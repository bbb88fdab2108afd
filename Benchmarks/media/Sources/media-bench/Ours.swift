import CLoad
import Glibc
import Kernel
import Media
import Sessions
import Synchronization

/// The media server in this process, its channels opened one for each phone.
final class Ours {
  let server: MediaServer
  private let seen = Seen()
  private var nextID: UInt64 = 1

  private final class Seen: Sendable {
    let places = Mutex<[ChannelID: UInt16]>([:])
  }

  init() throws {
    let seen = self.seen
    self.server = try MediaServer(
      options: .init(ports: 20000...39999, channels: 10_000), recordings: .none
    ) { events in
      for case .opened(let id, let place) in events { seen.places.withLock { $0[id] = place.port } }
    }
  }

  /// Opens a channel for each phone and aims it there; the phone learns its port.
  func open(_ phones: UnsafeMutableBufferPointer<load_phone>) -> [ChannelID] {
    let ids = phones.indices.map { ChannelID(self.nextID + UInt64($0)) }
    self.nextID += UInt64(phones.count)
    self.server.post(ids.map { .open($0, MediaRequest(family: .v4)) })
    for (index, id) in ids.enumerated() {
      while self.seen.places.withLock({ $0[id] }) == nil { usleep(1000) }
      phones[index].target = self.seen.places.withLock { $0[id] } ?? 0
      var target = MediaTarget(address: SocketAddress(IPAddress(127, 0, 0, 1), port: phones[index].port))
      target.formats = [MediaFormat(0, .pcmu)]
      self.server.post([.aim(id, target)])
    }
    return ids
  }

  func relay(_ ids: [ChannelID]) {
    for pair in 0..<ids.count / 2 {
      self.server.post([.attach(ids[2 * pair], .relay(ids[2 * pair + 1])), .attach(ids[2 * pair + 1], .relay(ids[2 * pair]))])
    }
  }

  func close(_ ids: [ChannelID]) {
    self.server.post(ids.map { .close($0) })
    while self.server.measures.channels > 0 { usleep(1000) }
  }
}

/// Nanoseconds that threads have run: of a process, all, or those of one name.
func runtime(process: String, thread: String? = nil) -> UInt64 {
  var sum: UInt64 = 0
  guard let folder = opendir("/proc/\(process)/task") else { return 0 }
  defer { closedir(folder) }
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    guard Int(name) != nil else { continue }
    if let thread, read("/proc/\(process)/task/\(name)/comm") != thread + "\n" { continue }
    sum += UInt64(read("/proc/\(process)/task/\(name)/schedstat").split(separator: " ").first ?? "0") ?? 0
  }
  return sum
}

/// Resident octets of a process.
func resident(_ process: String) -> Int {
  let pages = read("/proc/\(process)/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * Int(getpagesize())
}

func read(_ path: String) -> String {
  let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return "" }
  defer { Glibc.close(descriptor) }
  var octets = [UInt8](repeating: 0, count: 65536)
  let count = Glibc.read(descriptor, &octets, octets.count)
  return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self)
}
