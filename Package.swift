// swift-tools-version: 6.2
import PackageDescription

// Imports point inwards: Kernel knows nobody, Features and Sessions know Kernel, SIP knows both,
// and only the executable knows all. A separate target makes the compiler keep that promise.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
]

let package = Package(
  name: "strowger",
  products: [
    .library(name: "Kernel", targets: ["Kernel"]),
    .library(name: "Features", targets: ["Features"]),
    .library(name: "Sessions", targets: ["Sessions"]),
    .library(name: "SIP", targets: ["SIP"]),
    .library(name: "NumberPlan", targets: ["NumberPlan"]),
    .library(name: "Cryptography", targets: ["Cryptography"]),
    .library(name: "Media", targets: ["Media"]),
    // What `make install` makes libstrowger.so of: its Swift runtime inside, its name and its symbols are the linker's business.
    .library(name: "Embedding", type: .static, targets: ["Embedding"]),
    .library(name: "ModuleKit", targets: ["ModuleKit"]),
    .library(name: "TestKit", targets: ["TestKit", "TestKitTesting"]),
    .library(name: "LoopbackSIP", targets: ["LoopbackSIP"]),
    .executable(name: "strowger", targets: ["Strowger"]),
  ],
  // `make run` builds without, so that a first exchange stands within two minutes.
  traits: [
    .trait(name: "TLS", description: "SIP over TLS by swift-nio-ssl, whose BoringSSL takes about two minutes to build."),
    .default(enabledTraits: ["TLS"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    // What decides: no socket, clock, randomness or file.
    .target(name: "Kernel", swiftSettings: strict),
    .target(name: "Features", dependencies: ["Kernel"], swiftSettings: strict),
    .target(name: "Sessions", dependencies: ["Kernel"], swiftSettings: strict),
    .target(name: "SIP", dependencies: ["Kernel", "Sessions", "COSIP", "COSIPShims"], swiftSettings: strict),
    .target(name: "NumberPlan", dependencies: ["Kernel", "CXML", "CXMLShims"], swiftSettings: strict),

    // The kernel and its features inside another program: strowger.h is the truth, Embedding implements it.
    .target(name: "CStrowger"),
    .target(
      name: "Embedding", dependencies: ["Kernel", "Features", "NumberPlan", "Sessions", "CStrowger", "ModuleBridge"],
      swiftSettings: strict),

    // Feature modules in libraries of their own (strowger_module.h): ModuleKit is built into them, Loading asks them.
    .target(name: "ModuleBridge", dependencies: ["Kernel", "CStrowger"], swiftSettings: strict),
    .target(name: "ModuleKit", dependencies: ["Kernel", "CStrowger", "ModuleBridge"], swiftSettings: strict),
    .target(name: "Loading", dependencies: ["Kernel", "CStrowger", "ModuleBridge"], swiftSettings: strict),

    // What touches the world.
    .target(name: "Cryptography", dependencies: ["COpenSSL"], swiftSettings: strict),
    .target(
      name: "Store",
      dependencies: [
        "Kernel", "Cryptography", .product(name: "GRDB", package: "GRDB.swift"),
      ], swiftSettings: strict),
    .target(
      name: "Media", dependencies: ["Kernel", "Sessions", "CSRTP", "CSpanDSP", "CMediaShims"], swiftSettings: strict),
    .target(
      name: "Transport",
      dependencies: [
        "Kernel", "Sessions", "SIP",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
        .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
      ], swiftSettings: strict),
    .executableTarget(
      name: "Strowger",
      dependencies: [
        "Kernel", "Features", "Sessions", "SIP", "NumberPlan", "Loading", "Store", "Transport", "Media", "Cryptography",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // What tests stand on.
    .target(name: "TestKit", dependencies: ["Kernel"], swiftSettings: strict),
    .target(name: "TestKitTesting", dependencies: ["TestKit"], swiftSettings: strict),
    .target(name: "LoopbackSIP", dependencies: ["Kernel", "Sessions", "SIP", "TestKit"], swiftSettings: strict),

    // C libraries: module maps, and shims for what Swift cannot import.
    .systemLibrary(name: "COSIP", pkgConfig: "libosip2", providers: [.apt(["libosip2-dev"])]),
    .target(name: "COSIPShims"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSRTP", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),
    .systemLibrary(name: "CSpanDSP", pkgConfig: "spandsp", providers: [.apt(["libspandsp-dev"])]),
    .target(name: "CMediaShims"),
    .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .target(name: "CXMLShims", dependencies: ["CXML"]),

    .testTarget(name: "KernelTests", dependencies: ["Kernel", "Features", "TestKit", "TestKitTesting"], swiftSettings: strict),
    .testTarget(name: "FeaturesTests", dependencies: ["Kernel", "Features", "TestKit", "TestKitTesting"], swiftSettings: strict),
    .testTarget(name: "SessionsTests", dependencies: ["Kernel", "Sessions"], swiftSettings: strict),
    .testTarget(
      name: "SIPTests", dependencies: ["Kernel", "Sessions", "SIP", "Features", "LoopbackSIP", "WakeUp"], swiftSettings: strict),
    .testTarget(name: "NumberPlanTests", dependencies: ["Kernel", "Features", "NumberPlan"], swiftSettings: strict),
    .target(name: "EmbeddingHost", dependencies: ["CStrowger"], path: "Tests/EmbeddingHost"),
    .testTarget(
      name: "EmbeddingTests", dependencies: ["Kernel", "NumberPlan", "CStrowger", "ModuleBridge", "Embedding", "EmbeddingHost"],
      swiftSettings: strict),
    .testTarget(name: "ModuleBridgeTests", dependencies: ["Kernel", "CStrowger", "ModuleBridge"], swiftSettings: strict),
    .testTarget(
      name: "LoadingTests",
      dependencies: ["Kernel", "Features", "TestKit", "TestKitTesting", "CStrowger", "ModuleKit", "Loading"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: strict),
    .testTarget(
      name: "StoreTests", dependencies: ["Kernel", "Store", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
    .testTarget(
      name: "TransportTests",
      dependencies: [
        "Kernel", "Sessions", "SIP", "Features", "Transport",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .testTarget(name: "MediaTests", dependencies: ["Kernel", "Sessions", "Media", "CMediaShims"], swiftSettings: strict),
    .testTarget(name: "StrowgerTests", dependencies: ["Strowger", "Store"], swiftSettings: strict),
    .testTarget(name: "WireTests", dependencies: [], swiftSettings: strict),
  ]
)

// Plugins are packages of their own, as anybody else's would be. Here their tests run with the rest, where all they need is built
// already, and the exchange that the tests on the wire start loads their libraries.
for plugin in ["CallBack", "SpeedDial", "WakeUp"] {
  package.products.append(.library(name: plugin, type: .dynamic, targets: ["\(plugin)Module"]))
  package.targets += [
    .target(name: plugin, dependencies: ["Kernel"], path: "Plugins/\(plugin)/Sources/\(plugin)", swiftSettings: strict),
    .target(
      name: "\(plugin)Module", dependencies: [.target(name: plugin), "CStrowger", "ModuleKit"],
      path: "Plugins/\(plugin)/Sources/\(plugin)Module", swiftSettings: strict),
    .testTarget(
      name: "\(plugin)Tests", dependencies: [.target(name: plugin), "Kernel", "Features", "TestKit", "TestKitTesting"],
      path: "Plugins/\(plugin)/Tests/\(plugin)Tests", swiftSettings: strict),
  ]
}
