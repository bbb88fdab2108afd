import Glibc

public enum TextFile {
  /// The largest script that is read.
  static let longest = 1 << 20

  /// Nil for what cannot be read or is no text.
  public static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Self.longest)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(validating: bytes.prefix(count), as: UTF8.self)
  }
}
