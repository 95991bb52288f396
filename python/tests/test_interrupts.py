"""Work that is interrupted at any moment leaves nothing half-made behind: afterwards everything is as with a twin that
was left alone, bit for bit.

`_engine.engine_interrupt_after` names the moment: the n-th time that the work in flight asks whether to stop.
"""

from __future__ import annotations

import signal

import numpy as np
import pytest
from disturbed import INTERRUPTION, check_every_moment, same

import bissl
from bissl import _engine

dtype = np.dtype(_engine.precision)


@pytest.fixture(autouse=True, params=[1, 3], ids=["one thread", "three threads"])
def threads(request):
    before = bissl.get_num_threads()
    bissl.set_num_threads(request.param)
    yield
    _engine.engine_interrupt_after(0)
    bissl.set_num_threads(before)


def network(**options):
    """With convolutions of all kinds: phases in the first, Winograd's and columns, 1×1."""
    return bissl.ResNet(layers=(1, 1), widths=(16, 24), stem="imagenet", **options)


def views(seed=0, size=32, count=6):
    return tuple(np.random.default_rng(seed).normal(size=(2, count, size, size, 3)).astype(dtype))


def simclr():
    return bissl.SimCLR(network(), projector=(32, 16))


def masked():
    """Tokens enough for products in panels."""
    net = bissl.VisionTransformer(image_size=16, patch_size=4, width=24, depth=1, heads=2)
    return bissl.MAE(net, decoder_width=16, decoder_depth=1, decoder_heads=2)


def pretexts():
    patches = np.random.default_rng(3).normal(size=(24, 16, 16, 3)).astype(dtype)
    return [pytest.param(simclr, views(), id="SimCLR"), pytest.param(masked, patches, id="MAE")]


@pytest.mark.parametrize("recompute", [False, True], ids=["kept", "recomputed"])
@pytest.mark.parametrize("product", ["exact", "gauss-newton"])
@pytest.mark.parametrize(("make", "batch"), pretexts())
def test_the_first_product_of_a_linearization(make, batch, product, recompute):
    bissl.set_recompute_activations(recompute)
    try:
        pretext = make()
        u = np.random.default_rng(1).normal(size=pretext.backbone.vector.size).astype(dtype)
        check_every_moment(
            INTERRUPTION, lambda: pretext.linearize(batch), lambda lin: lin.hvp(u, product), lambda lin: lin.loss
        )
    finally:
        bissl.set_recompute_activations(False)


@pytest.mark.parametrize(("make", "batch"), pretexts())
def test_a_gradient_and_a_linearization(make, batch):
    def gradient(pretext):
        loss, gradient = pretext.value_and_gradient(batch)
        return loss, gradient.as_dict()

    def linearization(pretext):
        made = pretext.linearize(batch)
        return made.loss, made.gradient.as_dict(), np.array(made.hvp(made.gradient.backbone))

    for call in (gradient, linearization):
        check_every_moment(INTERRUPTION, make, call, lambda pretext: pretext.state_dict())


@pytest.mark.parametrize("optimizer", ["SGD", "LARS", "AdamW"])
def test_a_training_step(optimizer):
    """With a target network and momentum: running statistics, counters and all that the optimiser keeps."""

    def make():
        pretext = bissl.BYOL(network(), projector=(32, 16), predictor=(32, 16), decay=0.9)
        stepped = getattr(bissl, optimizer)(lr=0.1)
        pretext.step(views(5), stepped)
        return pretext, stepped

    def state(subject):
        pretext, stepped = subject
        return pretext.state_dict(), stepped.state_dict(backbone=pretext.backbone, head=pretext.head)

    check_every_moment(INTERRUPTION, make, lambda subject: vars(subject[0].step(views(), subject[1])), state)


def test_both_levels():
    """A loop with warm starts, between its first and its second upper step."""
    images, labels = views(7)[0], np.array([0, 1, 2, 0, 1, 2])

    def make():
        loop = bissl.Bilevel(
            simclr(), bissl.Classifier(24, 3), solver=bissl.ConjugateGradient(2, layerwise=False), warm_start=True
        )
        loop.lower_step(views(8))
        loop.linearize(views(9))
        loop.upper_step((images, labels))
        return loop

    def upper(loop):
        info = loop.upper_step((images, labels))
        return np.array(info.v), np.array(info.v_ij), info.gradient_norm, info.solve.residuals

    check_every_moment(INTERRUPTION, make, upper, lambda loop: loop.state_dict())
    check_every_moment(INTERRUPTION, make, lambda loop: vars(loop.lower_step(views())), _state_without_start)


def _state_without_start(loop):
    # The solution before a lower step serves no later solve; an interrupted step may have forgotten it already.
    return {name: value for name, value in loop.state_dict().items() if name != "start"}


def test_running_statistics_and_predictions():
    images = views()[0]
    state = bissl.ResNet.state_dict
    check_every_moment(INTERRUPTION, network, lambda net: _engine.module_observe(net._handle, images), state)
    check_every_moment(INTERRUPTION, network, lambda net: net(images), state)


def test_a_loss_that_tries_again_measures_once():
    """A loss of the user's own may catch Ctrl-C and call its head once more: what the call that was cut short had measured
    is not committed."""

    class Stubborn(bissl.Pretext):
        def loss(self, first, second):
            return bissl.ops.mse_loss(self.persistent(first), self.persistent(second))

        def persistent(self, features):
            try:
                return self.head(features)
            except KeyboardInterrupt:
                return self.head(features)

    def subject():
        net = bissl.ResNet(layers=(1,), widths=(8,), stem="small")
        return Stubborn(net, bissl.Projector(8, (16, 16, 8)))

    def step(pretext):
        pretext.step(views(size=8, count=4), bissl.SGD(lr=0.1))
        return pretext.state_dict()

    expected, count = INTERRUPTION.occasions(lambda: step(subject()))
    caught = 0
    for moment in range(1, count + 1):
        _engine.engine_interrupt_after(moment)
        try:
            state = step(subject())
        except KeyboardInterrupt:  # outside of the head
            continue
        caught += 1
        assert same(state, expected), f"moment {moment} of {count}"
    assert caught > 0


def test_settings_assigned_by_an_interrupted_step_do_not_stay(monkeypatch):
    """Settings of groups reach the engine module by module; taken back, none of them may remain."""

    def stepped(groups):
        pretext, optimizer = simclr(), bissl.SGD(lr=0.1, groups=groups)
        if groups:
            with monkeypatch.context() as patch:
                assign = _engine.optimizer_assign

                def assign_and_stop(*arguments):
                    assign(*arguments)
                    raise KeyboardInterrupt

                patch.setattr(_engine, "optimizer_assign", assign_and_stop)
                with pytest.raises(KeyboardInterrupt):
                    pretext.step(views(), optimizer)
            optimizer.groups = ()
        pretext.step(views(), optimizer)
        return pretext.state_dict()

    assert same(stepped([{"match": "*", "lr_scale": 0.5}]), stepped(()))


def test_a_handler_that_raises_leaves_products_whole():
    """What the handler raises passes as it is, and the caches are whole."""

    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    pretext = bissl.SimCLR(bissl.ResNet(layers=(1, 1), widths=(64, 128), stem="imagenet"), projector=(32, 16))
    batch = views(size=64, count=12)
    u = np.random.default_rng(1).normal(size=pretext.backbone.vector.size).astype(dtype)
    expected = np.array(pretext.linearize(batch).hvp(u))
    before = signal.signal(signal.SIGALRM, stop)
    try:
        for delay in (0.001, 0.06, 0.12):
            linearization = pretext.linearize(batch)
            with pytest.raises(Stop):
                signal.setitimer(signal.ITIMER_REAL, delay)
                while True:
                    linearization.hvp(u)
            assert same(np.array(linearization.hvp(u)), expected)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
