internal import CMediaShims
internal import Kernel
internal import Sessions
internal import Synchronization

/// What other threads tell the media thread.
enum Letter: Sendable {
  case commands([MediaCommand])
  /// A recording is kept, or is lost.
  case saved(ChannelID, RecordingDone)
  /// What was to be played has come from the shelf, for that run of the channel's feed.
  case loaded(ChannelID, run: UInt64, [Int16]?)
  case stop
}

/// A queue with a bell: letters in the order in which they were posted, from any thread.
final class Mailbox<Element: Sendable>: Sendable {
  /// Readable while there may be letters.
  let bell: Int32
  private let letters = Mutex<[Element]>([])

  /// - Parameter waits: the reader sleeps at the bell; otherwise it watches it among other things.
  /// - Throws: the system's error number.
  init(waits: Bool) throws(MediaServer.Failure) {
    self.bell = media_bell_make(waits ? 1 : 0)
    guard self.bell >= 0 else { throw .system(-self.bell) }
  }

  deinit { _ = media_close(self.bell) }

  func post(_ letter: Element) {
    let isFirst = self.letters.withLock { letters in
      letters.append(letter)
      return letters.count == 1
    }
    // Whoever finds letters waiting knows that the bell has been rung for them.
    if isFirst { media_bell_ring(self.bell) }
  }

  /// All that wait, after answering the bell.
  func collect() -> [Element] {
    media_bell_answer(self.bell)
    return self.letters.withLock { letters in
      let all = letters
      letters = []
      return all
    }
  }
}
