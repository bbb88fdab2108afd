import Features
import Kernel
import TestKit
import Testing

@Suite("Basic call")
struct BasicCallTests {
  @Test("CALL-1: 2001 calls 2002, both talk, either hangs up and nothing is left")
  func callAndHangUp() {
    for who: StationNumber in ["2001", "2002"] {
      office().dial("2002", from: "2001").expect(.alert, at: "2002").expect(.ringing, at: "2001")
        .answer("2002").expect(.answer, at: "2001").expectTalking("2001", "2002")
        .hangUp(who).expect(.release(.normal), at: who == "2001" ? "2002" : "2001")
        .expectIdle("2001").expectIdle("2002").expectRecord(.normal, caller: "2001", dialled: "2002")
    }
  }
}
