import Testing

/// The real program, spoken to over loopback: one test after the other, as they share the machine's ports and patience.
@Suite("On the wire", .serialized, .enabled(if: Program.isThere, "the strowger program is not built"))
enum Wire {}
