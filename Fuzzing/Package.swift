// swift-tools-version: 6.2
import PackageDescription

// The parts that read what others write, built once more with AddressSanitizer and libFuzzer's counters, and a program for
// each kind of octets. `make fuzz` builds and runs all of them.
//
// The parts are the sources themselves (`Parts` is a link), as every one of them has to be instrumented.

let instrumented: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"]),
]
let instrumentedC: [CSetting] = [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])]

func part(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Parts/\(name)", swiftSettings: instrumented)
}

func shims(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Parts/\(name)", cSettings: instrumentedC)
}

func target(_ name: String, _ parts: [Target.Dependency]) -> Target {
  .executableTarget(
    name: "fuzz-\(name)", dependencies: ["Fuzz"] + parts, path: "Targets/\(name)", swiftSettings: instrumented,
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
}

let package = Package(
  name: "fuzzing",
  targets: [
    target("admission", ["Sessions", "SIP"]),
    target("message", ["Sessions", "SIP"]),
    target("framer", ["SIP"]),
    target("addresses", ["Kernel", "Sessions", "SIP"]),
    target("binding", ["Kernel", "Sessions", "SIP"]),
    target("digest", ["SIP"]),
    target("description", ["Kernel", "Sessions"]),
    target("exchange", ["Kernel", "Features", "Sessions", "SIP", "LoopbackSIP"]),
    target("plan", ["Kernel", "Features", "NumberPlan"]),
    target("packets", ["Kernel", "Sessions", "Media"]),
    target("relay", ["Media"]),
    target("wav", ["Media"]),

    .target(name: "CFuzzDriver", path: "Driver"),
    .target(name: "Fuzz", dependencies: ["CFuzzDriver"], path: "Fuzz", swiftSettings: instrumented),

    part("Kernel"),
    part("Features", ["Kernel"]),
    part("Sessions", ["Kernel"]),
    part("SIP", ["Kernel", "Sessions", "COSIP", "COSIPShims"]),
    part("NumberPlan", ["Kernel", "CXML", "CXMLShims"]),
    part("Media", ["Kernel", "Sessions", "CSRTP", "CSpanDSP", "CMediaShims"]),
    part("TestKit", ["Kernel"]),
    part("LoopbackSIP", ["Kernel", "Sessions", "SIP", "TestKit"]),
    .systemLibrary(name: "COSIP", path: "Parts/COSIP", pkgConfig: "libosip2"),
    .systemLibrary(name: "CSRTP", path: "Parts/CSRTP", pkgConfig: "libsrtp2"),
    .systemLibrary(name: "CSpanDSP", path: "Parts/CSpanDSP", pkgConfig: "spandsp"),
    .systemLibrary(name: "CXML", path: "Parts/CXML", pkgConfig: "libxml-2.0"),
    shims("COSIPShims"),
    shims("CMediaShims"),
    shims("CXMLShims", ["CXML"]),
  ]
)
