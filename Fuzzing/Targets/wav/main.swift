import Fuzz

@testable import Media

// A sound file, and what we write of it (RELIABILITY 47).
fuzz { octets in
  guard let samples = try? WAV.read(octets, name: "music.wav", limit: 4000) else { return }
  promise(samples.count <= 4000, "no more samples than asked for")
  promise((try? WAV.read(WAV.file(samples), name: "again")) == samples || samples.isEmpty, "written and read again")
}
