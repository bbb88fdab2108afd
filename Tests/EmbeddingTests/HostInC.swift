import EmbeddingHost
import Testing

extension Embedded {
  /// What a program in C sees that knows the header alone.
  @Suite struct HostInC {
    private func complaint(_ scenario: () -> UnsafePointer<CChar>?) -> String? { scenario().map { String(cString: $0) } }

    // One after the other: the C side keeps its complaint and its table in memory of the process.
    @Test("MOD-3: a host in C connects calls, has do not disturb, forward and park, and goes on after a restart")
    func scenarios() {
      #expect(self.complaint(host_call) == nil)
      #expect(self.complaint(host_do_not_disturb) == nil)
      #expect(self.complaint(host_forward) == nil)
      #expect(self.complaint(host_park) == nil)
      #expect(self.complaint(host_restart) == nil)
      #expect(self.complaint(host_misuse) == nil)
    }
  }
}
