import BisslCore
import CBissl

@_cdecl("bissl_handle_release")
public func handleRelease(_ handle: bissl_handle?) {
  if let handle { Unmanaged<AnyObject>.fromOpaque(handle).release() }
}

@_cdecl("bissl_vector_data")
public func vectorData(
  _ vector: bissl_handle?, _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ count: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let tensor = try object(vector, "vector", as: VectorHandle.self).tensor
    write(UnsafeMutableRawPointer(tensor.pointer), to: data)
    write(Int64(tensor.count), to: count)
  }
}

@_cdecl("bissl_vector_create")
public func vectorCreate(
  _ values: bissl_array, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let tensor = try values.tensor("values", copying: true)
    try give(VectorHandle(tensor.reshaped(to: Shape(tensor.count))), to: vector)
  }
}

@_cdecl("bissl_text_data")
public func textData(
  _ text: bissl_handle?, _ data: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ count: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let bytes = try object(text, "text", as: TextHandle.self).bytes
    // An array's storage does not move while its owner holds it unchanged.
    bytes.withUnsafeBytes { write($0.baseAddress?.assumingMemoryBound(to: CChar.self), to: data) }
    write(Int64(bytes.count), to: count)
  }
}
