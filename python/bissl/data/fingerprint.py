"""Whether a data set is still the one it was."""

from __future__ import annotations

import os
from hashlib import blake2b

import numpy as np

from ..errors import DataError, FileMissing
from .dataset import Dataset
from .substitution import read_checked


def fingerprint(dataset: Dataset) -> str:
    """A digest of the images and their order: of path (below the folder that holds all of them, wherever that lies), size
    and time of change of each, where each has a file of its own, and of how they are decoded; of their pixels otherwise.
    Labels do not count."""
    sources = [dataset.source(sample) for sample in range(len(dataset))]
    are_files = len(set(sources)) == len(sources) and all(map(os.path.isfile, sources))
    above = os.path.dirname(os.path.commonprefix(sources)) if are_files else ""
    digest = blake2b(_of_decoding(dataset), digest_size=16)
    for sample, source in enumerate(sources):
        digest.update(_of_file(source, above) if are_files else _of_pixels(_read(dataset, sample)))
    return digest.hexdigest()


def _of_decoding(dataset: Dataset) -> bytes:
    """Nothing where no images are decoded."""
    return "".join(map(repr, dataset.decodings())).encode()


def _of_file(path: str, above: str) -> bytes:
    status = os.stat(path)
    return f"{path.removeprefix(above)}\0{status.st_size}\0{status.st_mtime_ns}\0".encode(errors="surrogateescape")


def _of_pixels(pixels: np.ndarray) -> bytes:
    return repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()


#: So many bytes of images that lie ready are looked at for `content_digest`, and so many images that are decoded.
_LOOK, _DECODE = 1 << 30, 128


def content_digest(dataset: Dataset) -> str:
    """A quick digest of the images' content and number, wherever they lie: of all of them up to 1 GiB of images in
    memory (or in one mapped file), else of evenly spaced ones, 128 where each is decoded; and of how that is done."""
    count = len(dataset)
    ready = dataset.image_shape
    looked = min(count, _DECODE if ready is None else max(1, _LOOK // int(np.prod(ready))))
    samples = np.linspace(0, count - 1, looked).round().astype(np.int64)
    digest = blake2b(f"{count}".encode() + _of_decoding(dataset), digest_size=16)
    for chunk in np.array_split(samples, -(-looked // 64)):
        for pixels in dataset.gather(chunk) if ready else (_read(dataset, int(sample)) for sample in chunk):
            digest.update(_of_pixels(pixels))
    return digest.hexdigest()


def _read(dataset: Dataset, sample: int) -> np.ndarray:
    """The pixels; none of a broken image where the data set skips those."""
    try:
        return read_checked(dataset, sample)
    except (DataError, FileMissing):
        if dataset.reading.on_error == "raise":
            raise
        return np.empty((0, 0, 3), np.uint8)
