extension SIPMessage {
  /// Whether libosip2's grammar accepts the whole message as well: a second opinion for messages from strangers, some
  /// microseconds, never on the hot path.
  ///
  /// False does not make a message invalid: libosip2 stops at the NUL that RFC 4475 §3.1.1.2 allows and refuses some valid
  /// URIs, so a message with a NUL, or one whose URI scheme is foreign, is not shown to it and counts as accepted.
  public func validateFully() -> Bool {
    if self.bytes.contains(0) || self.requestURI.scheme == .other && self.isRequest { return true }
    return OSIPGrammar.accepts(message: self.bytes)
  }
}
