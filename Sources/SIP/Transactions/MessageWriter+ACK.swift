extension MessageWriter {
  /// Writes the ACK to a refusal: the INVITE's request-URI, top Via, Route, From, Call-ID and CSeq number, the refusal's To
  /// (RFC 3261 §17.1.1.3). Credentials are not repeated: this ACK goes one hop and nobody challenges it.
  mutating func acknowledge(_ invite: SIPMessage, refusal: SIPMessage) {
    self.request(.ack, uri: invite.requestURI.whole, of: invite)
    self.header(.via, invite.topVia.whole, of: invite)
    self.copyAll(.route, of: invite)
    self.header(.maxForwards, 70)
    if let from = invite.header(.from) { self.header(.from, from, of: invite) }
    if let to = refusal.header(.to) { self.header(.to, to, of: refusal) }
    self.header(.callID, invite.callID, of: invite)
    self.cseq(invite.cseq.number, .ack)
    self.finish()
  }
}
