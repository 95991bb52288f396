// The number type of a build. `-D BISSL_DOUBLE` compiles the same sources in double precision, which is how the
// engine is verified; work runs in single precision.
#if BISSL_DOUBLE
  public typealias Scalar = Double
#else
  public typealias Scalar = Float
#endif

public typealias Source = UnsafePointer<Scalar>
public typealias Destination = UnsafeMutablePointer<Scalar>
