import Features
import Kernel
import TestKit
import Testing

@Suite("Transfer")
struct TransferTests {
  @Test("XFER-1: a blind transfer: 202, ringing, done; the party talks to the target, the transferor is free")
  func blind() {
    for holds in [false, true] {
      let office = office().connect("2001", "2002")
      if holds { office.hold(by: "2001") }
      office.refer("2001", to: "2003").expect(.transfer(.accepted), at: "2001").expect(.transfer(.ringing), at: "2001")
        .expect(.alert, at: "2003").expectHearing(.tone(.ringback), at: "2002")
        .answer("2003").expect(.transfer(.done), at: "2001").expect(.release(.normal), at: "2001").expectIdle("2001")
        .expectTalking("2002", "2003").advance(by: .seconds(300)).expectTalking("2002", "2003")
    }
  }

  @Test("XFER-2: a transfer after a consultation: both talk, the transferor is free on both lines")
  func attended() {
    for reverse in [false, true] {
      office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").refer(replacing: "2001", reverse: reverse)
        .expect(.transfer(.accepted), at: "2001").expect(.transfer(.done), at: "2001").expectIdle("2001")
        .expectTalking("2002", "2003").expect(.present("2003"), at: "2002").expect(.present("2002"), at: "2003")
        .advance(by: .seconds(300)).expectTalking("2002", "2003")
    }
  }
}
