import SIP
import Store
import Transport

/// Carries facts from the exchange to the store and the store's answers back.
struct Keeper: Sendable {
  let writer: Writer
  let loop: ExchangeLoop
  let listeners: [Listener]
  let voice: Voice
  private let secrets: Secrets

  init(_ database: Database, _ loop: ExchangeLoop, _ voice: Voice, listeners: [Listener]) {
    self.loop = loop
    self.listeners = listeners
    self.voice = voice
    self.secrets = database.secrets
    self.writer = Writer(database) { outcomes in
      loop.committed(outcomes.map { (token: $0.token, succeeded: $0.error == nil) })
    }
    if !voice.mended.isEmpty { try? self.writer.submit(voice.mended) }
  }

  /// Hands a batch to the store; called on the exchange's loop.
  func keep(_ token: UInt64, _ facts: [ExchangeFact]) {
    self.voice.remove(facts)
    let changes = facts.compactMap { Facts.change($0, listeners: self.listeners, secrets: self.secrets) }
    do {
      if token == 0 {
        try self.writer.submit(changes)
      } else {
        try self.writer.submit(changes, token: token)
      }
    } catch {
      // The queue is full or the store has stopped: the exchange counts it and says so.
      if token != 0 { self.loop.committed(token, succeeded: false) }
    }
  }
}
