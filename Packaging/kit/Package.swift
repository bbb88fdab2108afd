// swift-tools-version: 6.2
import PackageDescription

// What a feature module in a library is built with: no dependency but the Swift toolchain (Docs/WritingAModule.md).

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "strowger",
  products: [
    .library(name: "Kernel", targets: ["Kernel"]),
    .library(name: "ModuleKit", targets: ["ModuleKit"]),
    .library(name: "Features", targets: ["Features"]),
    .library(name: "TestKit", targets: ["TestKit", "TestKitTesting"]),
  ],
  targets: [
    .target(name: "Kernel", swiftSettings: strict),
    .target(name: "Features", dependencies: ["Kernel"], swiftSettings: strict),
    .target(name: "CStrowger"),
    .target(name: "ModuleBridge", dependencies: ["Kernel", "CStrowger"], swiftSettings: strict),
    .target(name: "ModuleKit", dependencies: ["Kernel", "CStrowger", "ModuleBridge"], swiftSettings: strict),
    .target(name: "TestKit", dependencies: ["Kernel"], swiftSettings: strict),
    .target(name: "TestKitTesting", dependencies: ["TestKit"], swiftSettings: strict),
  ]
)
