"""Formulas as pictures by matplotlib, so that pages are read without a network."""

from __future__ import annotations

import base64
import html
import io
import re
from functools import cache

from docutils import nodes
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

SIZE = 10.0
#: What TeX has and matplotlib calls otherwise.
WORDS = {
    r"\|": r"\Vert ", r"\argmin": r"\mathrm{argmin}", r"\;": r"\ ", r"\le": r"\leq", r"\ge": r"\geq", r"\ne": r"\neq",
}  # fmt: skip
COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")


TEXT_FRACTION, DISPLAY_FRACTION = r"\frac", r"\dfrac"


@cache
def picture(formula: str) -> tuple[bytes, float, float]:
    """SVG, its height and how far it reaches below the line, in units of the text's size."""
    text = COMMAND.sub(lambda command: WORDS.get(command[0], command[0]), " ".join(formula.split()))
    with rc_context({"mathtext.fontset": "cm", "svg.hashsalt": "bissl"}):
        font = FontProperties(size=SIZE)
        width, height, depth, *_ = MathTextParser("path").parse(f"${text}$", 72, font)
        figure = Figure(figsize=((width + 1) / 72, (height + 2) / 72))
        figure.text(0, (depth + 1) / (height + 2), f"${text}$", fontproperties=font)
        file = io.BytesIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue(), (height + 2) / SIZE, (depth + 1) / SIZE


def tag(formula: str) -> str:
    """An image of HTML that stands on the text's line; its alternative text is TeX."""
    content, height, depth = picture(formula)
    source = base64.b64encode(content).decode()
    return (
        f'<img class="formula" alt="{html.escape(formula)}" src="data:image/svg+xml;base64,{source}" '
        f'style="height: {1.05 * height:.3f}em; vertical-align: {-1.05 * depth:.3f}em">'
    )


def visit_math(writer, node: nodes.math) -> None:
    writer.body.append(tag(node.astext()))
    raise nodes.SkipNode


def visit_block(writer, node: nodes.math_block) -> None:
    lines = [line for line in node.astext().split("\n\n") if line.strip()]
    writer.body.append(
        "".join(f'<div class="formula">{tag(line.replace(TEXT_FRACTION, DISPLAY_FRACTION))}</div>' for line in lines)
    )
    raise nodes.SkipNode


def setup(app) -> dict[str, bool]:
    app.add_html_math_renderer("pictures", (visit_math, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
