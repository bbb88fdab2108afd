internal import CStrowger
internal import ModuleBridge

// What the first interface knew of each struct, in octets.
extension strowger_options: Sized { package static var smallest: Int { 24 } }
extension strowger_finding: Sized { package static var smallest: Int { 40 } }
extension strowger_event: Sized { package static var smallest: Int { 200 } }
extension strowger_directive: Sized { package static var smallest: Int { 264 } }
extension strowger_fact: Sized { package static var smallest: Int { 48 } }

// What the second interface knew of those that are new in it.
extension strowger_session_event: Sized { package static var smallest: Int { 96 } }
extension strowger_session_order: Sized { package static var smallest: Int { 136 } }
