"""A step that is not finite leaves what takes it again: state, seeds, batches."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl.errors import InvalidState, NonFinite

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 16, 16, 3), np.uint8)
LABELS = np.arange(24) % 3


def net() -> bissl.ResNet:
    return bissl.ResNet("basic", (1,), (4,), stem="small")


class Seen(bissl.Pretext):
    """The distance of two views; keeps the batches that it was given."""

    def __init__(self, net, seed=0):
        super().__init__(net, bissl.Projector(net.num_features, (4,), seed))
        self.batches = []

    def prepare(self, batch):
        self.batches.append(batch)
        return super().prepare(batch)

    def loss(self, first, second):
        return bissl.ops.mse_loss(self.head(first), self.head(second))


def diverged(folder) -> tuple[bissl.Pretrain, NonFinite]:
    """A fit at an absurd rate, and how it ended."""
    stage = bissl.Pretrain(Seen(net()), optimizer=bissl.SGD(1e30), epochs=20, batch_size=8, random_state=3,
                           augmentation="small", warmup_epochs=0)  # fmt: skip
    with pytest.raises(NonFinite) as caught:
        stage.fit(IMAGES, checkpoint=folder)
    return stage, caught.value


def test_the_step_is_taken_again_from_what_was_kept(tmp_path):
    first, error = diverged(tmp_path / "run")
    kept = tmp_path / "run" / "nonfinite"
    assert any(str(kept) in note for note in error.__notes__)
    assert (kept / "error.txt").read_text() == f"{error}\n"
    second, same_error = diverged(kept)
    assert str(same_error) == str(error)
    for one, other in zip(first.pretext_.batches[-1], second.pretext_.batches[-1], strict=True):
        assert np.array_equal(one, other)


def test_the_batch_is_the_one_that_the_step_was_taken_on(tmp_path):
    stage, _ = diverged(tmp_path)
    kept = bissl.weights.load(tmp_path / "nonfinite" / "batches.safetensors")
    for place, view in enumerate(stage.pretext_.batches[-1]):
        assert np.array_equal(kept[f"batches/view{place}"], view)
    assert kept["batches/samples"].shape == (8,)


def test_the_state_that_was_kept_is_finite(tmp_path):
    diverged(tmp_path)
    (state,) = (tmp_path / "nonfinite").glob("checkpoint-*.json")
    assert bissl.checkpoints.Checkpoint.read(state).state["seed"] == 3
    arrays = bissl.weights.load(state.with_suffix(".safetensors"))
    assert len(arrays) > 3 and all(np.isfinite(array).all() for array in arrays.values())


def overflowed(folder, every="10 minutes") -> tuple[bissl.FineTune, NonFinite]:
    """A fit whose state is no longer finite after a step that was (the variance of features overflows before they do),
    and how it ended."""
    deeper = bissl.ResNet("basic", (1, 1), (4, 8), stem="small")
    stage = bissl.FineTune(backbone=deeper, lr=1e3, epochs=200, batch_size=8, augmentation="small", progress=False)
    with pytest.raises(NonFinite) as caught:
        stage.fit(IMAGES, LABELS, checkpoint=folder, checkpoint_every=every)
    return stage, caught.value


@pytest.mark.parametrize("every", ["10 minutes", "1 step"])
def test_the_state_before_the_overflow_is_kept(tmp_path, every):
    """Not the copy of one that has overflowed already; and also where it is the save that tells."""
    _, error = overflowed(tmp_path / "run", every)
    kept = tmp_path / "run" / "nonfinite"
    assert [str(kept) in note for note in error.__notes__] == [True]
    (state,) = kept.glob("checkpoint-*.json")
    arrays = bissl.weights.load(state.with_suffix(".safetensors"))
    assert all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f")
    assert bissl.weights.load(kept / "batches.safetensors")["batches/samples"].shape == (8,)
    _, same_error = overflowed(kept, every)
    assert str(same_error) == str(error)


class Break(bissl.callbacks.Callback):
    def on_record(self, stage, record):
        stage.backbone_.vector[0] = np.nan


def broken(folder, *callbacks) -> NonFinite:
    """How a fit ends whose state is no longer finite after its last step."""
    stage = bissl.FineTune(backbone=net(), epochs=1, batch_size=8, augmentation="small", progress=False,
                           callbacks=[Break(), *callbacks])  # fmt: skip
    with pytest.raises(NonFinite) as caught:
        stage.fit(IMAGES, LABELS, checkpoint=folder)
    return caught.value


@pytest.mark.parametrize(
    ("callbacks", "text"),
    [([], "state: "), ([bissl.callbacks.NaNMonitor()], "of the backbone is not finite in record 0")],
)
def test_what_a_save_or_a_callback_finds_is_kept_too(tmp_path, callbacks, text):
    error = broken(tmp_path, *callbacks)
    assert text in str(error) and str(tmp_path / "nonfinite") in error.__notes__[0]
    assert (tmp_path / "nonfinite" / "batches.safetensors").exists()


def test_the_batches_are_kept_where_the_state_cannot_be(tmp_path, monkeypatch):
    from bissl.checkpoints import CheckpointStore

    save = CheckpointStore.save

    def refusing(self, *arguments):
        if self.folder.name == "nonfinite":
            raise InvalidState("no room for states")
        return save(self, *arguments)

    monkeypatch.setattr(CheckpointStore, "save", refusing)
    _, error = overflowed(tmp_path)
    assert error.__notes__ == ["Only the batches of this step could be kept: no room for states"]
    assert (tmp_path / "nonfinite" / "batches.safetensors").exists()


@pytest.mark.parametrize("data", [IMAGES, bissl.data.ArrayDataset(IMAGES, LABELS)])
def test_the_labels_kept_are_those_that_were_trained_on(tmp_path, data):
    given = 2 - LABELS
    stage = bissl.FineTune(backbone=net(), lr=1e30, epochs=20, batch_size=8, augmentation="small", progress=False)
    with pytest.raises(NonFinite):
        stage.fit(data, given, checkpoint=tmp_path)
    kept = bissl.weights.load(tmp_path / "nonfinite" / "batches.safetensors")
    assert np.array_equal(kept["batches/labels"], given[kept["batches/samples"]])


def test_no_labels_are_kept_where_none_were_trained_on(tmp_path):
    stage = bissl.Pretrain(Seen(net()), optimizer=bissl.SGD(1e30), epochs=20, batch_size=8, augmentation="small",
                           warmup_epochs=0)  # fmt: skip
    with pytest.raises(NonFinite):
        stage.fit(bissl.data.ArrayDataset(IMAGES, LABELS), checkpoint=tmp_path)
    kept = bissl.weights.load(tmp_path / "nonfinite" / "batches.safetensors")
    assert set(kept) == {"batches/view0", "batches/view1", "batches/sizes0", "batches/sizes1", "batches/samples"}


def test_nothing_is_kept_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, error = diverged(None)
    assert not getattr(error, "__notes__", []) and not list(tmp_path.iterdir())


def test_what_cannot_be_kept_is_told_and_hides_nothing(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "nonfinite").write_text("a file in its place")
    _, error = diverged(folder)
    assert "Neither state nor batches" in error.__notes__[0] and "loss" in str(error)


def test_both_levels_batches_are_kept(tmp_path):
    ssl = bissl.Pretrain("simclr", backbone=net(), epochs=1, batch_size=8, augmentation="small", random_state=0).fit(
        IMAGES
    )
    warm = bissl.HeadWarmup(epochs=1, batch_size=8, augmentation="small").fit(ssl, IMAGES, LABELS)
    stage = bissl.BiSSL(alternations=3, lower_steps=1, upper_steps=2, lower_batch_size=8, upper_batch_size=8,
                        upper_optimizer=bissl.SGD(1e30), warmup_alternations=0, clip_norm=None)  # fmt: skip
    with pytest.raises(NonFinite):
        stage.fit(ssl, warm, IMAGES, (IMAGES, LABELS), checkpoint=tmp_path)
    kept = bissl.weights.load(tmp_path / "nonfinite" / "batches.safetensors")
    assert {name.partition("/")[0] for name in kept} == {"pretext", "hessian", "downstream"}


def test_a_batch_is_drawn_once_more():
    order = bissl.data.Stack(24, batch_size=8, seed=1)
    with bissl.data.Loader(IMAGES, order, bissl.data.TwoViews.small(16), seed=2) as loader:
        with pytest.raises(InvalidState, match="no batch has been drawn yet"):
            loader.redraw()
        batches = [next(loader) for _ in range(2)]
        again, after = loader.redraw(), next(loader)
        assert np.array_equal(again.views[1], batches[1].views[1]) and np.array_equal(again.samples, batches[1].samples)
    with bissl.data.Loader(
        IMAGES, bissl.data.Stack(24, batch_size=8, seed=1), bissl.data.TwoViews.small(16), seed=2
    ) as plain:
        third = [next(plain) for _ in range(3)][-1]
    assert np.array_equal(after.views[0], third.views[0])
