import Fuzz
import SIP

// A stream cut into pieces gives the same messages as the stream in one piece (RELIABILITY 3, 30). The first octets say where the
// cuts are.
fuzz { octets in
  var input = Input(octets)
  let cuts = (0..<4).map { _ in Int(input.octet()) + 1 }
  let stream = Array(input.rest)
  let whole = frames(of: stream, cuts: [Swift.max(1, stream.count)])
  promise(frames(of: stream, cuts: cuts) == whole, "the same frames however the stream is cut")
}

func frames(of stream: [UInt8], cuts: [Int]) -> [[UInt8]] {
  var framer = StreamFramer()
  var frames: [[UInt8]] = []
  var (index, turn) = (0, 0)
  while index < stream.count {
    let end = Swift.min(index + cuts[turn % cuts.count], stream.count)
    framer.append(stream[index..<end])
    (index, turn) = (end, turn + 1)
    reading: while true {
      switch framer.next() {
      case .needsMore: break reading
      case .message(let message):
        promise(message.count <= SIPLimits.streamMessage, "no message above the limit")
        frames.append(message)
        _ = SIPMessage.parse(message, stream: true)
      case .ping: frames.append([1])
      case .broken(let head): return frames + [[2], head]
      case .garbage: return frames + [[3]]
      }
    }
    _ = framer.isInsideMessage
  }
  return frames
}
