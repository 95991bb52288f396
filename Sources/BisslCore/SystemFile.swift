import Glibc

/// Small text files in which the system describes itself.
enum SystemFile {
  /// The lines of the first 4 KiB of a file; none where it cannot be read.
  static func lines(of path: String) -> [Substring] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let read = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(read), as: UTF8.self).split(separator: "\n")
  }
}
