internal import Glibc  // open, fstat, read: libxml2 never gets a path

/// Reads a whole file once, by descriptor, so that what was measured is what is read.
enum FileOctets {
  struct Problem: Error {
    var message: String
    var mend: String?
  }

  static func read(_ path: String, atMost limit: Int) -> Result<[UInt8], Problem> {
    // NONBLOCK: a named pipe must not hold the exchange up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      return .failure(Problem(message: "cannot be opened: \(self.reason(errno))", mend: self.mend(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return .failure(Problem(message: "is not a file", mend: "name the plan's file"))
    }
    guard status.st_size <= limit else {
      return .failure(
        Problem(message: "is larger than \(limit >> 20) MiB (\(status.st_size) octets)", mend: "a number plan is far smaller"))
    }
    return self.readAll(descriptor, Int(status.st_size))
  }

  private static func readAll(_ descriptor: Int32, _ size: Int) -> Result<[UInt8], Problem> {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size, let base = buffer.baseAddress {
        let got = Glibc.read(descriptor, base + count, size - count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        count += got
      }
    }
    guard failure == 0 else { return .failure(Problem(message: "cannot be read: \(self.reason(failure))")) }
    return .success(bytes)
  }

  private static func reason(_ number: Int32) -> String {
    switch number {
    case ENOENT, ENOTDIR: "there is no such file"
    case EACCES, EPERM: "permission denied"
    case EMFILE, ENFILE: "too many open files"
    case EIO: "input or output error"
    default: "error \(number)"
    }
  }

  private static func mend(_ number: Int32) -> String? {
    switch number {
    case ENOENT, ENOTDIR: "name another with --plan, or copy the NumberPlan.xml that is shipped"
    case EACCES, EPERM: "let the exchange's user read it"
    default: nil
    }
  }
}
