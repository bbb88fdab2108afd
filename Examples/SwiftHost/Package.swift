// swift-tools-version: 6.2
import PackageDescription

// An exchange with telephones of its own, as a vendor of one would write it who embeds the call kernel in Swift. In a package outside this
// repository the dependency is `.package(url: "…/strowger", from: "…")`.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "SwiftHost",
  products: [.executable(name: "SwiftHost", targets: ["SwiftHost"])],
  dependencies: [.package(name: "strowger", path: "../..", traits: [])],
  targets: [
    // What is embedded: kernel, features, number plan, SIP and its virtual telephones for scripts.
    .target(
      name: "DigitalPhones",
      dependencies: [
        .product(name: "Kernel", package: "strowger"), .product(name: "Features", package: "strowger"),
        .product(name: "Sessions", package: "strowger"), .product(name: "SIP", package: "strowger"),
        .product(name: "NumberPlan", package: "strowger"), .product(name: "Cryptography", package: "strowger"),
        .product(name: "LoopbackSIP", package: "strowger"),
      ], swiftSettings: strict),
    .executableTarget(name: "SwiftHost", dependencies: ["DigitalPhones"], swiftSettings: strict),
    .testTarget(
      name: "DigitalPhonesTests",
      dependencies: [
        "DigitalPhones", .product(name: "Kernel", package: "strowger"), .product(name: "SIP", package: "strowger"),
        .product(name: "Sessions", package: "strowger"), .product(name: "LoopbackSIP", package: "strowger"),
      ], swiftSettings: strict),
  ]
)
