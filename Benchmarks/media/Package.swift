// swift-tools-version: 6.2
import PackageDescription

// What the media server costs: CPU of its thread per packet and per conference, late and lost packets, memory per channel; for
// the relay beside rtpengine in userspace, where it is installed.
//   swift run -c release --package-path Benchmarks/media media-bench

let package = Package(
  name: "media-benchmarks",
  dependencies: [.package(name: "strowger", path: "../..", traits: [])],
  targets: [
    .target(name: "CLoad"),
    .executableTarget(
      name: "media-bench",
      dependencies: [
        "CLoad", .product(name: "Kernel", package: "strowger"), .product(name: "Sessions", package: "strowger"),
        .product(name: "Media", package: "strowger"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
