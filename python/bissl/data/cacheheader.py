"""The files of a cache: layout, header, and the journal of a build."""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np

from ..durable import flush, rename
from ..semantics import changes_since, versions

logger = logging.getLogger("bissl")

#: Images per checksum.
BLOCK_IMAGES = 64
_VERSION = 1


def checksum(pixels: np.ndarray) -> int:
    """CRC-32 of the bytes of uint8 images."""
    return zlib.crc32(np.ascontiguousarray(pixels).data)


@dataclass
class CacheHeader:
    """What ``header.json`` says: count and side of the images, the fingerprint of their source, a checksum per block,
    by which version of decoding they came about, and which image each row shows that shows another than its own, by row.

    While a cache is built, ``images.part`` grows block by block and ``journal`` holds the header without checksums in
    its first line, then per block its checksum and, as ``row:image``, the images in other rows than their own.
    """

    count: int
    side: int
    source: str
    checksums: list[int] = field(default_factory=list)
    version: int = _VERSION
    decoding: int = field(default_factory=lambda: versions()["decoding"])
    replaced: dict[str, int] = field(default_factory=dict)

    FILES: ClassVar = ("header.json", "header.part", "images.npy", "images.part", "journal", "lock")

    @staticmethod
    def path(folder: Path) -> Path:
        return folder / "header.json"

    @staticmethod
    def images(folder: Path) -> Path:
        return folder / "images.npy"

    @staticmethod
    def unfinished(folder: Path) -> Path:
        return folder / "images.part"

    @staticmethod
    def journal(folder: Path) -> Path:
        return folder / "journal"

    @staticmethod
    def lock(folder: Path) -> Path:
        return folder / "lock"

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self.side, self.side, 3

    @property
    def image_size(self) -> int:
        return 3 * self.side**2

    @property
    def blocks(self) -> int:
        return -(-self.count // BLOCK_IMAGES)

    @property
    def file_size(self) -> int:
        return len(self._npy_header()) + self.count * self.image_size

    def span(self, block: int) -> tuple[int, int]:
        """The first image of a block and the one after its last."""
        return block * BLOCK_IMAGES, min((block + 1) * BLOCK_IMAGES, self.count)

    # --- a finished cache ---------------------------------------------------------------------------------------------

    @classmethod
    def read(cls, folder: Path) -> CacheHeader:
        """ValueError for a file that is not a whole header of this version."""
        try:
            fields = json.loads(cls.path(folder).read_text())
        except RecursionError as error:
            raise ValueError("its header is damaged") from error
        if not isinstance(fields, dict) or fields.get("version") != _VERSION:
            raise ValueError("its header is of another version")
        seal = fields.pop("seal", None)
        try:
            header = cls(**{"decoding": 1, **fields})
        except TypeError as error:
            raise ValueError("its header is damaged") from error
        if _sealed(fields) != seal or not header._has_rows(header.replaced):
            raise ValueError("its header is damaged")
        return header

    def difference(self, folder: Path) -> str | None:
        """Why the cache in the folder is not the one that this header asks for; None where it is."""
        try:
            found = self.read(folder)
        except FileNotFoundError:
            return "there is none"
        except ValueError as error:
            return f"its header cannot be read: {error}"
        if found.side != self.side:
            return f"its images have {found.side} pixels a side, not {self.side}"
        if changes := changes_since({"decoding": found.decoding}, ["decoding"]):
            return f"its images were decoded in another way ({changes[0]})"
        if (found.count, found.source) != (self.count, self.source):
            return "the images that it was made of have changed"
        try:
            with open(self.images(folder), "rb") as file:
                size, beginning = os.fstat(file.fileno()).st_size, file.read(len(self._npy_header()))
        except FileNotFoundError:
            size, beginning = 0, b""
        if size != self.file_size:
            return f"images.npy is truncated: {size} bytes instead of {self.file_size}"
        return None if beginning == self._npy_header() else "the beginning of images.npy is damaged"

    # --- a build ------------------------------------------------------------------------------------------------------

    def resume(self, folder: Path, file: BinaryIO) -> int:
        """How many blocks of the unfinished file are whole and belong to this header; a new journal where none are."""
        whole: list[str] = []
        self.checksums, self.replaced = [], {}
        for block, line in enumerate(self._journalled(folder)):
            first, last = self.span(block)
            expected, replaced = _read_line(line)
            file.seek(self._offset(first))
            found = zlib.crc32(file.read((last - first) * self.image_size))
            if found != expected or not self._has_rows(replaced):
                break
            whole.append(line)
            self.checksums.append(expected)
            self.replaced |= replaced
        file.seek(0)
        file.write(self._npy_header())
        self.journal(folder).write_text("\n".join([self._first_line(), *whole]) + "\n")
        return len(self.checksums)

    def write_block(self, file: BinaryIO, block: int, pixels: np.ndarray) -> None:
        # Ordinary writes: a full disk is an error here and a signal in mapped memory.
        file.seek(self._offset(self.span(block)[0]))
        file.write(pixels.data)
        file.flush()

    def note(self, folder: Path, value: int, replaced: Mapping[str, int]) -> None:
        """Adds a finished block to the journal, with the images that its rows show in place of their own."""
        self.checksums.append(value)
        self.replaced |= replaced
        with open(self.journal(folder), "a") as journal:
            journal.write(" ".join([str(value), *(f"{row}:{image}" for row, image in replaced.items())]) + "\n")

    def finish(self, folder: Path, file: BinaryIO) -> None:
        """Puts images and header under their names, the header last: without it there is no cache."""
        flush(file, folder)
        part = folder / "header.part"
        with open(part, "w") as header:
            header.write(json.dumps(asdict(self) | {"seal": _sealed(asdict(self))}))
            flush(header, folder)
        self.path(folder).unlink(missing_ok=True)
        rename(self.unfinished(folder), self.images(folder))
        rename(part, self.path(folder))
        self.journal(folder).unlink()

    def _journalled(self, folder: Path) -> list[str]:
        """The blocks' lines of an interrupted build of the same cache."""
        if not self.journal(folder).exists():
            return []
        first, *lines = self.journal(folder).read_text(errors="replace").split("\n")
        if first != self._first_line():
            return []
        # A line that was not ended may be half a number; what follows a line that is none belongs to no block.
        whole = itertools.takewhile(re.compile(r"[0-9]{1,10}( [0-9]{1,18}:[0-9]{1,18})*").fullmatch, lines[:-1])
        return list(itertools.islice(whole, self.blocks))

    def _has_rows(self, replaced: Any) -> bool:
        """Whether these are rows and images that the cache has."""
        return (
            isinstance(replaced, dict)
            and isinstance(self.count, int)
            and all(
                re.fullmatch("[0-9]{1,18}", row)
                and int(row) < self.count
                and type(image) is int
                and 0 <= image < self.count
                for row, image in replaced.items()
            )
        )

    def _first_line(self) -> str:
        names = ("count", "side", "source", "version", "decoding")
        return json.dumps({name: getattr(self, name) for name in names})

    def _offset(self, image: int) -> int:
        return len(self._npy_header()) + image * self.image_size

    def _npy_header(self) -> bytes:
        buffer = BytesIO()
        description = {"descr": "|u1", "fortran_order": False, "shape": (self.count, *self.image_shape)}
        np.lib.format.write_array_header_1_0(buffer, description)
        return buffer.getvalue()


def _read_line(line: str) -> tuple[int, dict[str, int]]:
    """A block's checksum, and the images in other rows than their own, from a whole line of the journal."""
    value, *pairs = line.split()
    return int(value), {row: int(image) for row, image in (pair.split(":") for pair in pairs)}


def _sealed(fields: Mapping[str, Any]) -> int:
    """CRC-32 of the header's entries without the seal."""
    return zlib.crc32(json.dumps(fields, sort_keys=True).encode())
