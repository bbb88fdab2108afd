internal import Foundation

/// The right to run an exchange on a database: held by one process at a time, given up by the system when that process ends in
/// any way.
///
/// `serve` takes it before `ready`; `restore` refuses while another holds it. Commands do not need it.
public final class ExchangeLock: Sendable {
  private let file: Int32

  /// Throws `.inUse` when another process holds it, `.notWritable` when the lock file cannot be made.
  public init(database path: String) throws(StoreError) {
    let name = path + ".lock"
    file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw StoreError(.notWritable, at: name, "the lock file cannot be made: \(systemMessage(errno))") }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw StoreError(.inUse, at: path, "an exchange runs on this database", mend: "stop it first")
    }
  }

  deinit {
    close(file)
  }
}
