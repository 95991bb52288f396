"""Zip archives whose entries lie as they are: no compression, no entry over another, nothing larger than the file."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from typing import BinaryIO

#: What `zipfile` lets through, besides its own error, when an archive is broken.
_BROKEN = (
    zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, KeyError, IndexError, OverflowError,
    struct.error, zlib.error, OSError,
)  # fmt: skip

_LOCAL_HEADER = 30
_COMPRESSED_HINT = "PyTorch does not compress: the file was packed by another program, or is made to fill memory"


class Archive:
    """The entries of an open zip archive by name.

    Raises
    ------
    ValueError : truncated or malformed; two entries of one name, or that share bytes; encrypted.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.size = os.fstat(file.fileno()).st_size
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise ValueError(f"its archive is truncated or damaged ({error})") from error
        self._entries = self._zip.infolist()
        self._by_name = {entry.filename: entry for entry in self._entries}
        self._check_entries()

    @property
    def names(self) -> list[str]:
        """The entries' names, in the order of the directory."""
        return [entry.filename for entry in self._entries]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def length(self, name: str) -> int:
        """How many bytes an entry unpacks to."""
        return self._by_name[name].file_size

    def require_uncompressed(self) -> None:
        """ValueError unless every entry lies as it is, so that none takes more memory than the file has bytes."""
        for entry in self._entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise ValueError(f"its entry {entry.filename[:60]!r} is compressed. {_COMPRESSED_HINT}")

    def read(self, name: str) -> bytes:
        """An entry's bytes, checked against the archive's checksum.

        Raises
        ------
        ValueError : damaged.
        """
        try:
            return self._zip.read(self._by_name[name])
        except _BROKEN as error:
            raise ValueError(f"its entry {name[:60]!r} is damaged ({error})") from error

    def _check_entries(self) -> None:
        if len(self._by_name) != len(self._entries):
            raise ValueError("two entries of its archive have the same name")
        end = 0
        for entry in sorted(self._entries, key=lambda entry: entry.header_offset):
            if entry.flag_bits & 1:
                raise ValueError(f"its entry {entry.filename[:60]!r} is encrypted")
            if entry.header_offset < end:
                raise ValueError(f"its entry {entry.filename[:60]!r} shares bytes with another")
            end = entry.header_offset + _LOCAL_HEADER + entry.compress_size
        if end > self.size:
            raise ValueError("an entry of its archive reaches beyond the end of the file: it is truncated or damaged")
