import Kernel

/// One of our dialogs with a telephone, as those who watch its station are told of it.
struct WatchedDialog: Sendable, Equatable {
  enum State: UInt8, Sendable, CaseIterable {
    case trying, early, confirmed, terminated

    var text: StaticString {
      switch self {
      case .trying: "trying"
      case .early: "early"
      case .confirmed: "confirmed"
      case .terminated: "terminated"
      }
    }
  }

  var id: DialogID
  var callID: [UInt8]
  /// The watched telephone's own tag and ours; empty while there is none.
  var localTag: [UInt8]
  var remoteTag: [UInt8]
  /// The telephone has dialled.
  var isInitiator: Bool
  var state: State
  /// The other party; nil where nobody is known yet, or more than one.
  var remote: Identity?
  /// The watched telephone has put the other on hold.
  var isHolding: Bool

  /// A party as it may be shown.
  struct Identity: Sendable, Equatable {
    /// Empty for one who withholds his number.
    var number: Digits
    var name: String
  }
}

/// Composes `application/dialog-info+xml` (RFC 4235 §4): always full state, and one `<dialog>` even for a telephone that is idle,
/// since several telephones put a lamp out only then (INTEROP 10).
struct DialogDocument {
  /// At most so many dialogs are told, the newest: a station may have many, a datagram not.
  static let mostDialogs = 8
  /// What a phone wrote longer than this into Call-ID or tag is not repeated; the lamp burns, but cannot be picked up.
  private static let longestName = 128

  private(set) var text: [UInt8] = []
  /// `@192.0.2.1`.
  private let host: [UInt8]

  /// - Parameter entity: what was subscribed to, without scheme and host: `2002`, `park-2002`.
  init(_ content: Content, entity: [UInt8], host: [UInt8], version: UInt32) {
    self.host = host
    self.text.reserveCapacity(640)
    self.put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"")
    self.text.append(contentsOf: "\(version)".utf8)
    self.put("\" state=\"full\" entity=\"sip:")
    self.escape(entity)
    self.escape(host)
    self.put("\">")
    switch content {
    case .dialogs(let dialogs) where !dialogs.isEmpty:
      for dialog in dialogs { self.put(dialog, entity) }
    case .dialogs, .messages: self.putState(.terminated, entity)
    case .lamp(let state): self.putState(state, entity)
    }
    self.put("</dialog-info>\r\n")
  }

  /// What has no dialog of its own.
  private mutating func putState(_ state: WatchedDialog.State, _ entity: [UInt8]) {
    self.put("<dialog id=\"")
    self.escape(entity)
    self.put("\"><state>")
    self.put(state.text)
    self.put("</state></dialog>")
  }

  private mutating func put(_ dialog: WatchedDialog, _ entity: [UInt8]) {
    self.put("<dialog id=\"d")
    self.text.append(contentsOf: "\(dialog.id.index)-\(dialog.id.generation)".utf8)
    let isNamed = [dialog.callID, dialog.localTag, dialog.remoteTag].allSatisfy { $0.count <= Self.longestName }
    if isNamed {
      self.put("\" call-id=\"")
      self.escape(dialog.callID)
      if !dialog.localTag.isEmpty {
        self.put("\" local-tag=\"")
        self.escape(dialog.localTag)
      }
      if !dialog.remoteTag.isEmpty {
        self.put("\" remote-tag=\"")
        self.escape(dialog.remoteTag)
      }
    }
    self.put(dialog.isInitiator ? "\" direction=\"initiator\"><state>" : "\" direction=\"recipient\"><state>")
    self.put(dialog.state.text)
    self.put("</state>")
    if let remote = dialog.remote {
      self.put("<remote>")
      self.put(remote)
      self.put("</remote>")
    }
    self.put("<local><identity>sip:")
    self.escape(entity)
    self.escape(self.host)
    self.put("</identity><target uri=\"sip:")
    self.escape(entity)
    self.escape(self.host)
    self.put(
      dialog.isHolding ? "\"><param pname=\"+sip.rendering\" pvalue=\"no\"/></target></local></dialog>" : "\"/></local></dialog>")
  }

  private mutating func put(_ party: WatchedDialog.Identity) {
    let uri = party.number.isEmpty ? Array("sip:anonymous@anonymous.invalid".utf8) : self.uri(of: party.number)
    self.put("<identity")
    if !party.name.isEmpty {
      self.put(" display=\"")
      self.escape(party.name)
      self.put("\"")
    }
    self.put(">")
    self.escape(uri)
    self.put("</identity><target uri=\"")
    self.escape(uri)
    self.put("\"/>")
  }

  private func uri(of number: Digits) -> [UInt8] {
    var uri: [UInt8] = Array("sip:".utf8)
    for index in 0..<number.count {
      let octet = number.ascii(index)
      if octet == 0x23 { uri.append(contentsOf: "%23".utf8) } else { uri.append(octet) }
    }
    return uri + self.host
  }

  // MARK: Text

  private mutating func put(_ text: StaticString) {
    self.text.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func escape(_ octets: [UInt8]) { self.escape(String(decoding: octets, as: UTF8.self)) }

  /// Whatever a peer wrote, as XML 1.0 allows it in an attribute and in text.
  private mutating func escape(_ foreign: String) {
    for scalar in foreign.unicodeScalars {
      switch scalar.value {
      case 0x26: self.put("&amp;")
      case 0x3c: self.put("&lt;")
      case 0x3e: self.put("&gt;")
      case 0x22: self.put("&quot;")
      case 0x27: self.put("&apos;")
      case 0..<0x20: self.put(" ")
      case 0x7f..<0xa0, 0xfffe, 0xffff: self.put("\u{fffd}")
      default: self.text.append(contentsOf: String(scalar).utf8)
      }
    }
  }
}
