internal import Foundation
internal import Synchronization

/// The messages of the mailboxes as WAV files in the folder `<database>.recordings` (MWI-2): mode 0700, files 0600, named by the
/// recording's number, encrypted where the option `voicemail.encryption` says so.
///
/// A file is there whole or not at all: it is written under another name, brought to the disk, then renamed. What cannot be kept is
/// an error, never a part. Who owns a message and whether it is heard stands in the database (`RecordingRow`). Any thread may use it;
/// its calls block.
public final class RecordingFolder: Sendable {
  /// Octets of the longest recording that is kept or read: more than an hour in A-law.
  public static let longest = 64_000_000

  public let path: String
  private let secrets: Secrets
  private let descriptor: Int32
  private let state: Mutex<State>

  private struct State: Sendable {
    var isEncrypted: Bool
    var maximumOctets: Int64
    var usedOctets: Int64
  }

  /// Opens the folder, makes it where there is none, and adds up what lies in it.
  ///
  /// - Parameters:
  ///   - database: the database's path.
  ///   - isEncrypted: whether new messages are sealed; those that are there are read either way.
  ///   - maximumOctets: what all messages together may take.
  /// - Throws: `.notWritable` where the folder cannot be made or belongs to somebody else.
  public init(database: String, secrets: Secrets, isEncrypted: Bool, maximumOctets: Int64) throws(StoreError) {
    // A folder for each database: what has no row in it is deleted.
    path = database + ".recordings"
    self.secrets = secrets
    let folder = try openFolder(path)
    descriptor = folder
    var used: Int64 = 0
    let code = forEachEntry(of: folder) { name in used &+= fileSize(name, in: folder) }
    guard code == 0 else {
      close(folder)
      throw failure(code, path)
    }
    state = Mutex(State(isEncrypted: isEncrypted, maximumOctets: maximumOctets, usedOctets: used))
  }

  deinit { close(descriptor) }

  /// Octets that all messages take on the disk.
  public var usedOctets: Int64 { state.withLock { $0.usedOctets } }

  /// Octets that further messages may take.
  public var freeOctets: Int64 { state.withLock { max(0, $0.maximumOctets &- $0.usedOctets) } }

  /// Follows changed options.
  public func configure(isEncrypted: Bool, maximumOctets: Int64) {
    state.withLock { state in
      state.isEncrypted = isEncrypted
      state.maximumOctets = maximumOctets
    }
  }

  /// Keeps a recording, also in the place of one of that number; what was there before stays if this one cannot be kept.
  ///
  /// - Throws: `.diskFull` where the disk or the messages' share of it is full, `.ioError`, `.notWritable`, `.random` where it cannot
  ///   be sealed, `.invalidValue` where it is longer than ``longest``.
  public func save(_ number: UInt32, _ octets: [UInt8]) throws(StoreError) {
    guard octets.count <= Self.longest else {
      throw StoreError(.invalidValue, at: place(number), "the message is longer than \(Self.longest) octets")
    }
    let isEncrypted = state.withLock { $0.isEncrypted }
    let (name, content) = (isEncrypted ? sealedName(number) : plainName(number), try content(number, octets, isEncrypted))
    let former = size(number)
    let added = Int64(content.count) &- former
    // Taken before it is written, so that several at once do not all find the same room.
    let hasRoom = state.withLock { state in
      guard state.usedOctets &+ added <= state.maximumOctets else { return false }
      state.usedOctets &+= added
      return true
    }
    guard hasRoom else {
      throw StoreError(
        .diskFull, at: place(number), "messages take all the room they may have",
        mend: "delete some, or give them more with `strowger option set voicemail.space=MEGABYTES`")
    }
    do {
      try write(content, as: name, draftName(number), place(number))
    } catch {
      state.withLock { $0.usedOctets &-= added }
      throw error
    }
    unlinkat(descriptor, isEncrypted ? plainName(number) : sealedName(number), 0)
  }

  /// A recording as it was saved.
  ///
  /// - Throws: `.missingFile`, `.tampered` where it was changed, moved here from elsewhere or sealed under another key, `.ioError`.
  public func load(_ number: UInt32) throws(StoreError) -> [UInt8] {
    if let sealed = try read(sealedName(number), place(number)) {
      guard let plain = secrets.open(recording: sealed, number) else {
        throw StoreError(.tampered, at: place(number), "the message was changed, or sealed under another key")
      }
      return plain
    }
    if let plain = try read(plainName(number), place(number)) { return plain }
    throw StoreError(.missingFile, at: place(number), "the message is not there")
  }

  /// Deletes a recording; one that is not there is gone already.
  public func remove(_ number: UInt32) {
    remove(plainName(number))
    remove(sealedName(number))
  }

  /// The numbers of all recordings, ascending; files of other names, and what is no plain file, are left out.
  func numbers() throws(StoreError) -> [UInt32] {
    var numbers: Set<UInt32> = []
    let code = forEachEntry(of: descriptor) { name in
      if let number = recordingNumber(name), isPlainFile(name) { numbers.insert(number) }
    }
    guard code == 0 else { throw failure(code, path) }
    return numbers.sorted()
  }

  /// Deletes what no row speaks of, and what a crash left half written. Files that are not ours by name stay.
  /// - Parameter rows: the numbers that have a row.
  func removeOrphans(keeping rows: Set<UInt32>) {
    var orphans: [String] = []
    _ = forEachEntry(of: descriptor) { name in
      if isDraft(name) || recordingNumber(name).map({ !rows.contains($0) }) ?? false { orphans.append(name) }
    }
    for name in orphans { remove(name) }
  }

  // MARK: Files

  private func place(_ number: UInt32) -> String { "\(path)/\(number)" }

  private func content(_ number: UInt32, _ octets: [UInt8], _ isEncrypted: Bool) throws(StoreError) -> [UInt8] {
    guard isEncrypted else { return octets }
    guard let sealed = secrets.seal(recording: octets, number) else {
      throw StoreError(.random, at: place(number), "the message could not be sealed (libcrypto refused)")
    }
    return sealed
  }

  private func size(_ number: UInt32) -> Int64 {
    fileSize(plainName(number), in: descriptor) &+ fileSize(sealedName(number), in: descriptor)
  }

  private func isPlainFile(_ name: String) -> Bool {
    var facts = stat()
    return fstatat(descriptor, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && facts.st_mode & S_IFMT == S_IFREG
  }

  private func remove(_ name: String) {
    let freed = isDraft(name) ? 0 : fileSize(name, in: descriptor)
    guard unlinkat(descriptor, name, 0) == 0 else { return }
    state.withLock { $0.usedOctets &-= freed }
  }

  private func write(_ content: [UInt8], as name: String, _ draft: String, _ place: String) throws(StoreError) {
    // What a crash left under that name is nobody's.
    unlinkat(descriptor, draft, 0)
    let file = openat(descriptor, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(errno, place) }
    var code: Int32 = 0
    var written = 0
    while code == 0, written < content.count {
      let count = content.withUnsafeBytes { octets in
        Foundation.write(file, octets.baseAddress.map { $0 + written }, octets.count - written)
      }
      if count > 0 { written += count } else if count == 0 { code = EIO } else if errno != EINTR { code = errno }
    }
    if code == 0, fsync(file) != 0 { code = errno }
    if close(file) != 0, code == 0 { code = errno }
    if code == 0, renameat(descriptor, draft, descriptor, name) != 0 { code = errno }
    guard code == 0 else {
      unlinkat(descriptor, draft, 0)
      throw failure(code, place)
    }
    fsync(descriptor)
  }

  /// nil when there is no such file, or it is none.
  private func read(_ name: String, _ place: String) throws(StoreError) -> [UInt8]? {
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT || errno == ELOOP || errno == ENXIO { return nil }
      throw failure(errno, place)
    }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    guard facts.st_size <= Self.longest + 64 else {
      throw StoreError(.tampered, at: place, "the file is larger than any message of ours")
    }
    var octets = [UInt8](repeating: 0, count: Int(facts.st_size))
    var filled = 0
    while filled < octets.count {
      let count = octets.withUnsafeMutableBytes { buffer in
        Foundation.read(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure(errno, place) }
      // Cut shorter while we read it.
      if count == 0 { break }
      filled += count
    }
    octets.removeLast(octets.count - filled)
    return octets
  }
}
