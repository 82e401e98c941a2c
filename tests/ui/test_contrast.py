"""Every pair of colour tokens that meet on a page can be read."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "participa/ui/static/participa.css").read_text()
KINDS = ("diagnosis", "ideation", "prototyping", "pilot", "evaluation")
TONES = ("ok", "warn", "danger")


def tokens(block):
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\b", block))


LIGHT = tokens(CSS.split(":root {", 1)[1].split("}", 1)[0])
DARK = LIGHT | tokens(CSS.split("prefers-color-scheme: dark", 1)[1].split("}", 1)[0])


def luminance(colour):
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "surface", "sunk")),
    *(("ink", f"{name}-soft") for name in (*KINDS, *TONES, "accent")),
    *(("ink-2", f"{name}-soft") for name in (*KINDS, "accent")),
    *((name, ground) for name in ("accent", *KINDS, *TONES) for ground in ("paper", "surface")),
    *((name, f"{name}-soft") for name in ("accent", *KINDS, *TONES)),
    *(("on-hue", name) for name in KINDS),
    ("accent-ink", "accent"),
    ("accent", "sunk"),
]
GRAPHICS = [("line-strong", ground) for ground in ("paper", "surface", "sunk")]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT, ids=lambda name: name)
def test_text(scheme, front, back):
    assert contrast(scheme[front], scheme[back]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), GRAPHICS, ids=lambda name: name)
def test_edges_of_controls(scheme, front, back):
    assert contrast(scheme[front], scheme[back]) >= 3
