internal import Foundation

// Names and entries of the recordings' folder.

func plainName(_ number: UInt32) -> String { "\(number).wav" }
func sealedName(_ number: UInt32) -> String { "\(number).wav.sealed" }
func draftName(_ number: UInt32) -> String { "\(number).draft" }

/// The number in `17.wav` and `17.wav.sealed`; nil for any other name.
func recordingNumber(_ name: String) -> UInt32? {
  for end in [".wav", ".wav.sealed"] where name.hasSuffix(end) {
    let digits = String(name.dropLast(end.count))
    guard let number = UInt32(digits), String(number) == digits else { return nil }
    return number
  }
  return nil
}

func isDraft(_ name: String) -> Bool {
  name.hasSuffix(".draft") && UInt32(name.dropLast(".draft".count)) != nil
}

/// Octets of a plain file; 0 for what is none, or is not one of ours by name.
func fileSize(_ name: String, in folder: Int32) -> Int64 {
  var facts = stat()
  guard recordingNumber(name) != nil, fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0, facts.st_mode & S_IFMT == S_IFREG
  else { return 0 }
  return Int64(facts.st_size)
}

/// Calls `body` with the name of each entry.
/// - Returns: 0, or the error number of why not all could be read.
func forEachEntry(of folder: Int32, _ body: (String) -> Void) -> Int32 {
  // A descriptor of its own: reading moves its place, and closing the stream closes it.
  let own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard own >= 0 else { return errno }
  guard let stream = fdopendir(own) else {
    let code = errno
    close(own)
    return code
  }
  defer { closedir(stream) }
  errno = 0
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { octets in
      String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { body(name) }
    errno = 0
  }
  return errno
}

/// Makes the folder where there is none and sees to it that only we may look into it.
func openFolder(_ path: String) throws(StoreError) -> Int32 {
  func refused(_ number: Int32) -> StoreError {
    StoreError(
      .notWritable, at: path, "the folder for messages cannot be used: \(systemMessage(number))", mend: "check owner and mode")
  }
  guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw refused(errno) }
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  guard descriptor >= 0 else { throw refused(errno) }
  var facts = stat()
  guard fstat(descriptor, &facts) == 0, facts.st_uid == geteuid(),
    facts.st_mode & 0o077 == 0 || fchmod(descriptor, 0o700) == 0
  else {
    close(descriptor)
    throw refused(EPERM)
  }
  return descriptor
}

/// What the system said of a recording's file.
func failure(_ code: Int32, _ place: String) -> StoreError {
  switch code {
  case ENOSPC, EDQUOT, EFBIG:
    StoreError(.diskFull, at: place, "the disk is full", mend: "make room; messages that were kept are not touched")
  case EACCES, EPERM, EROFS:
    StoreError(
      .notWritable, at: place, "the message cannot be written or read: \(systemMessage(code))", mend: "check owner and mode")
  default:
    StoreError(.ioError, at: place, "the message cannot be written or read: \(systemMessage(code))", mend: "check the disk")
  }
}
