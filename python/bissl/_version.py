"""The version of bissl; everything else that needs it reads it here."""

#: Of this package, as pip knows it.
__version__ = "0.1.0"
