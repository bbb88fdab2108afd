import Testing

/// One test at a time: all share the places that a process has for exchanges.
@Suite(.serialized) enum Embedded {}
