import Kernel
import Sessions

/// One server transaction.
struct ServerSlot: SlotContent {
  enum Machine: Sendable {
    case invite(InviteServer.State)
    case other(NonInviteServer.State)
  }

  var machine: Machine
  var method: Method
  /// What a CANCEL deserves: 200 where it met its INVITE, else 481; 0 for other requests.
  var cancelStatus: UInt16
  var key: Key128
  var flow: Flow
  var owner: UInt64
  /// The request while it may need a 100.
  var request: SIPMessage?
  /// The latest response.
  var response: [UInt8]
  var clock: TransactionClock

  static let vacant = ServerSlot(
    machine: .other(.terminated), method: .other, cancelStatus: 0, key: Key128(first: 0, second: 0), flow: .nowhere, owner: 0,
    request: nil, response: [], clock: TransactionClock())
}

/// One client transaction.
struct ClientSlot: SlotContent {
  enum Machine: Sendable {
    case invite(InviteClient.State)
    case other(NonInviteClient.State)
  }

  var machine: Machine
  /// The user wants to hear nothing more.
  var isStopped: Bool
  var key: Key128
  var flow: Flow
  var owner: UInt64
  /// The request, later the ACK.
  var message: [UInt8]
  var clock: TransactionClock
  /// The neighbours among the client transactions of the same connection.
  var next: UInt32
  var previous: UInt32

  static let vacant = ClientSlot(
    machine: .other(.terminated), isStopped: false, key: Key128(first: 0, second: 0), flow: .nowhere, owner: 0, message: [],
    clock: TransactionClock(), next: KeyTable.none, previous: KeyTable.none)
}

/// A transaction's one timer: the next repetition or the end, whichever comes first.
struct TransactionClock: BitwiseCopyable, Sendable {
  var timer = TimerWheel<UInt32>.Handle.none
  /// When the state ends.
  var end = Instant.never
  /// The pause before the next repetition; zero: none.
  var pause = Interval.zero
}

extension Flow {
  /// No flow: a restored transaction's until its request comes again.
  static let nowhere = Flow(kind: .udp, local: 0, remote: SocketAddress(IPAddress.unspecified, port: 0))
}
