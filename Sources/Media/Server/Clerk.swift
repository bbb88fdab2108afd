internal import CMediaShims
internal import Glibc
internal import Synchronization

/// A thread that does slow work, files above all, one job after the other.
final class Clerk: Sendable {
  private enum Job: Sendable {
    case work(@Sendable () -> Void)
    case stop
  }

  private let jobs: Mailbox<Job>
  private let thread: Thread

  init() throws(MediaServer.Failure) {
    let jobs = try Mailbox<Job>(waits: true)
    self.jobs = jobs
    self.thread = try Thread(named: "media-files") {
      while true {
        for job in jobs.collect() {
          switch job {
          case .work(let work): work()
          case .stop: return
          }
        }
      }
    }
  }

  deinit { self.jobs.post(.stop) }

  func perform(_ work: @escaping @Sendable () -> Void) { self.jobs.post(.work(work)) }

  /// Returns when all that was asked for is done.
  func stop() {
    self.jobs.post(.stop)
    self.thread.join()
  }
}

/// A thread of the system.
final class Thread: Sendable {
  private final class Body {
    let name: String
    let run: () -> Void
    init(_ name: String, _ run: @escaping () -> Void) {
      self.name = name
      self.run = run
    }
  }

  private let handle: Mutex<pthread_t?>

  /// - Parameter body: everything it captures belongs to the new thread.
  init(named name: String, _ body: sending @escaping () -> Void) throws(MediaServer.Failure) {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Body(name, body))
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        media_name_thread(body.name)
        body.run()
        return nil
      }, argument.toOpaque())
    guard status == 0 else {
      argument.release()
      throw .system(status)
    }
    self.handle = Mutex(thread)
  }

  /// Waits for its end, once.
  func join() {
    let handle = self.handle.withLock { handle in
      defer { handle = nil }
      return handle
    }
    if let handle { pthread_join(handle, nil) }
  }
}
