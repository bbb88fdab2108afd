import Fuzz
import Kernel
import LoopbackSIP
import SIP
import Sessions

// A whole exchange that gets one datagram after the other, from three telephones and a stranger, in virtual time: it answers, keeps
// what it knows consistent, and sends nothing that cannot be read (RELIABILITY 1–42).
//
// Between the datagrams stands a line of `%%`; the octet before each says who sends it and how long after the last. The exchange is
// the same for every input, tags and nonces too, so that an input may take part in its calls.
let office = Office()

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--write-seeds" {
  writeSeeds(into: CommandLine.arguments[2], office)
} else {
  fuzz { octets in
    var network = office.network
    network.phones = []
    let known = network.elsewhere.count
    var input = Input(octets)
    var count = 0
    while !input.isEmpty, count < 40 {
      var datagram = input.section()
      guard let first = datagram.first else { continue }
      datagram.removeFirst()
      network.advance(by: Timing.waits[Int(first >> 2 & 15)])
      network.inject(datagram, from: Office.addresses[Int(first & 3)])
      count += 1
    }
    network.advance(by: .seconds(40))
    let findings = network.exchange.audit()
    promise(findings.isEmpty, "an exchange that agrees with itself: \(findings)")
    for sent in network.elsewhere.dropFirst(known) { check(sent.bytes) }
  }
}

/// What we send has lines as they should be, whatever it quotes.
func check(_ octets: [UInt8]) {
  for index in octets.indices {
    if octets[index] == 0x0a { promise(index > 0 && octets[index - 1] == 0x0d, "no bare LF in what we send") }
    if octets[index] == 0x0a, index >= 3, octets[index - 3...index].elementsEqual([0x0d, 0x0a, 0x0d, 0x0a]) { return }
    promise(octets[index] != 0, "no NUL in what we send")
  }
  promise(octets.count <= 4, "a blank line in what we send")
}
