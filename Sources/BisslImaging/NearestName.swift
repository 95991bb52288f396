/// The candidate that takes the fewest insertions, deletions and substitutions of letters to become `name`.
func nearestName(to name: String, among candidates: [String]) -> String? {
  let letters = Array(name.utf8.prefix(64))
  return candidates.min { editDistance(letters, Array($0.utf8)) < editDistance(letters, Array($1.utf8)) }
}

/// Levenshtein's distance, one row of the table at a time.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, min(row[j], diagonal) + 1)
    }
  }
  return row[b.count]
}
