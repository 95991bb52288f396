"""The bilevel loop, and both objectives at once."""
