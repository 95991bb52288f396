"""The version of bissl; everything else that needs it reads it here."""

__version__ = "0.1.0"
