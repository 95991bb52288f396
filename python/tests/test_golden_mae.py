"""MAE as its authors' PyTorch code computes it, in float64: loss, predictions, mask, gradient and the Hessian product of
the backbone. Tolerances are relative to the largest entry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bissl

pytestmark = pytest.mark.float64

GOLDEN = Path(__file__).with_name("golden") / "mae_tiny.npz"
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as file:
        return {key: file[key] for key in file.files}


def group(golden: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): value for key, value in golden.items() if key.startswith(prefix)}


def setting(golden: dict[str, np.ndarray], name: str):
    return golden[f"config.{name}"].item()


def is_head(name: str) -> bool:
    return name.startswith(("decoder_", "mask_token"))


@pytest.fixture(scope="module")
def mae(golden) -> bissl.MAE:
    net = bissl.VisionTransformer(
        setting(golden, "size"), setting(golden, "patch"), setting(golden, "dim"), setting(golden, "depth"),
        setting(golden, "heads"),
    )  # fmt: skip
    mae = bissl.MAE(
        net, decoder_width=setting(golden, "ddim"), decoder_depth=setting(golden, "ddepth"),
        decoder_heads=setting(golden, "dheads"), mask_ratio=setting(golden, "ratio"),
        normalize_pixels=bool(setting(golden, "norm_pix")),
    )  # fmt: skip
    parameters = group(golden, "param.")
    net.load_state_dict({name: value for name, value in parameters.items() if not is_head(name)})
    mae.head.load_state_dict({name: value for name, value in parameters.items() if is_head(name)})
    return mae


@pytest.fixture(scope="module")
def batch(golden) -> tuple[np.ndarray, np.ndarray]:
    return golden["images"].transpose(0, 2, 3, 1), golden["noise"]


def assert_close(given: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert set(given) == set(expected)
    scale = max(float(np.abs(value).max()) for value in expected.values())
    for name, value in expected.items():
        np.testing.assert_allclose(given[name], value, rtol=0, atol=TOLERANCE * scale, err_msg=name)


def test_names_and_order(mae, golden):
    names = list(group(golden, "param."))
    assert list(mae.backbone.state_dict()) == [name for name in names if not is_head(name)]
    assert list(mae.head.state_dict()) == [name for name in names if is_head(name)]
    assert "pos_embed" not in mae.backbone.vector.keys() and "decoder_pos_embed" not in mae.head.vector.keys()


def test_our_position_tables_are_the_authors(golden):
    net = bissl.VisionTransformer(16, 4, 24, 1, 3)
    head = bissl.MAE(net, decoder_width=16, decoder_depth=1, decoder_heads=2).head
    np.testing.assert_allclose(net.state_dict()["pos_embed"], golden["param.pos_embed"], atol=1e-7)
    np.testing.assert_allclose(head.state_dict()["decoder_pos_embed"], golden["param.decoder_pos_embed"], atol=1e-7)


def test_predictions_and_mask(mae, golden, batch):
    prediction, mask = mae.predict_patches(*batch)
    assert np.array_equal(mask, golden["mask"])
    np.testing.assert_allclose(prediction, golden["pred"], rtol=0, atol=TOLERANCE * np.abs(golden["pred"]).max())


def test_loss_and_gradient(mae, golden, batch):
    loss, gradient = mae.value_and_gradient(*batch)
    assert loss == pytest.approx(golden["loss"].item(), rel=TOLERANCE)
    assert_close(gradient.as_dict(), group(golden, "g."))


def test_hessian_product_of_the_backbone(mae, golden, batch):
    point = mae.linearize(*batch)
    direction = {name: value for name, value in group(golden, "u.").items() if not is_head(name)}
    assert point.loss == pytest.approx(golden["loss"].item(), rel=TOLERANCE)
    assert_close(point.gradient.as_dict(), group(golden, "g."))
    assert_close(point.hvp(direction).as_dict(), group(golden, "Hub."))
