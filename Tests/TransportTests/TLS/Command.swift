#if TLS
import Glibc

/// A child process with its ends in our hands, started and waited for by the system's own calls. It ends with this object.
final class Command {
  /// What it reads.
  let input: Int32
  /// What it writes; its complaints are thrown away.
  let output: Int32
  private let process: pid_t
  private var hasEnded = false

  init(_ arguments: [String]) throws {
    let (toChild, fromChild) = (try Self.pipe(), try Self.pipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild.read, 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild.write, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words = arguments.map { strdup($0) } + [nil]
    var process: pid_t = 0
    let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
    for word in words { free(word) }
    posix_spawn_file_actions_destroy(&actions)
    close(toChild.read)
    close(fromChild.write)
    (self.input, self.output, self.process) = (toChild.write, fromChild.read, process)
    guard code == 0 else { throw Failure(text: "\(arguments[0]): \(String(cString: strerror(code)))") }
  }

  deinit {
    if !self.hasEnded, self.process > 0 {
      kill(self.process, SIGKILL)
      waitpid(self.process, nil, 0)
    }
    close(self.input)
    close(self.output)
  }

  /// Its exit status, if it ends within that time.
  func ends(within milliseconds: Int) -> Int32? {
    var status: Int32 = 0
    for _ in 0..<(milliseconds / 5 + 1) {
      if waitpid(self.process, &status, WNOHANG) == self.process {
        self.hasEnded = true
        return status
      }
      usleep(5_000)
    }
    return nil
  }

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw Failure(text: "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  struct Failure: Error { var text: String }
}
#endif
