internal import Foundation

/// Where the store's key comes from: the environment, or a file of mode 0600 beside the database (REG-5: outside the database).
public enum KeyFile {
  /// The environment variable that holds the key itself, as 64 hexadecimal digits or base64; it goes before the file.
  public static let variable = "STROWGER_KEY"

  /// `<database>.key`.
  public static func path(database: String) -> String {
    database + ".key"
  }

  /// The key of a database.
  ///
  /// - Parameters:
  ///   - create: makes the file when there is none and the environment holds no key.
  /// - Throws: `.keyMissing`, `.keyUnsafe` (others can read it), `.keyWrong` (not 32 octets), `.notWritable`.
  public static func load(
    database: String, environment: [String: String]? = nil, create: Bool = true
  ) throws(StoreError) -> StoreKey {
    if let text = (environment ?? ProcessInfo.processInfo.environment)[variable], !text.isEmpty {
      guard let key = StoreKey(text: text) else {
        throw StoreError(
          .keyWrong, at: "environment \(variable)", "is not a 256-bit key",
          mend: "give 64 hexadecimal digits or base64 of 32 octets")
      }
      return key
    }
    let path = path(database: database)
    if let key = try read(path) { return key }
    guard create else {
      throw StoreError(
        .keyMissing, at: path, "the key file is missing, and the passwords in \(database) cannot be opened without it",
        mend: "put the file back, or set \(variable)")
    }
    try write(StoreKey.random(), to: path)
    guard let key = try read(path) else { throw StoreError(.keyMissing, at: path, "the key file vanished after it was made") }
    return key
  }

  /// nil when there is no such file.
  private static func read(_ path: String) throws(StoreError) -> StoreKey? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if file < 0 {
      if errno == ENOENT { return nil }
      throw StoreError(.keyMissing, at: path, "the key file cannot be read: \(systemMessage(errno))")
    }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(.keyUnsafe, at: path, "is not a plain file")
    }
    let mode = facts.st_mode & 0o777
    guard mode & 0o077 == 0 else {
      throw StoreError(
        .keyUnsafe, at: path, "others can read or change the key file (mode 0\(String(mode, radix: 8)))",
        mend: "chmod 600 \(path)")
    }
    var octets = [UInt8](repeating: 0, count: 256)
    let count = Foundation.read(file, &octets, octets.count)
    guard count >= 0, let key = StoreKey(text: String(decoding: octets.prefix(count), as: UTF8.self)) else {
      throw StoreError(
        .keyWrong, at: path, "the key file does not hold a 256-bit key",
        mend: "put back the file that was made with the database (64 hexadecimal digits)")
    }
    return key
  }

  /// Writes a file of its own and links it into place: whoever looks sees no file or a whole one, and an existing one stays.
  private static func write(_ key: StoreKey, to path: String) throws(StoreError) {
    let draft = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw StoreError(.notWritable, at: path, "the key file cannot be made: \(systemMessage(errno))")
    }
    defer { unlink(draft) }
    let text = Array((key.hexadecimal + "\n").utf8)
    let written = Foundation.write(file, text, text.count) == text.count && fsync(file) == 0
    let reason = errno
    close(file)
    guard written else { throw StoreError(.notWritable, at: path, "the key file cannot be written: \(systemMessage(reason))") }
    guard link(draft, path) == 0 || errno == EEXIST else {
      throw StoreError(.notWritable, at: path, "the key file cannot be put in place: \(systemMessage(errno))")
    }
  }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
  String(cString: strerror(number))
}
