"""Random options of every loss on small random data."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from losscli.commands.options import FORMATS
from losscli.losses.declare.options import Bounds
from losscli.losses.declare.registry import Loss
from tests.losses.cases import VARIANTS

NUMBERS = (
    *("0", "1", "-1", "0.5", "2", "-0", "1e308", "-1e308", "5e-324", "nan", "inf", "-inf", "1e400"),
    *("3", "4", "5", "-100", "9007199254740993", "18446744073709551616", "1e-9", "0.999999999"),
    *("", " ", "x", "1,2", "0x10", "1_0", "½", "\x1b[31m", "[red]", "--", "true"),
)
LISTS = (
    "0.2,1,3,1",
    "1,1",
    "0,0,0,0",
    "1",
    "nan",
    "1,,1",
    "1e308,1,1,1",
    "-1,1,1,1",
    "x.npy",
    "::",
)
AXES = ((5,), (1,), (0,), (3, 2), (2, 0), (2, 2, 2))
FLAGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("--reduction", ("mean", "sum", "none", "batchmean", "x")),
    ("--format", (*FORMATS, "xml")),
    ("--dtype", ("float64", "float32", "float16")),
    ("--label-base", ("0", "1", "2", "-1")),
    ("--class-axis", ("0", "1", "2", "-1", "9")),
    ("--threads", ("1", "2", "0", "x")),
    ("--rows", ("0", "1", "3", "-1", "99999999999999999999")),
    ("--top", ("1", "3", "0")),
    ("--digits", ("0", "17", "18")),
    ("--max", NUMBERS),
    ("--check-grad", ("-0.1,0.1", "x", "")),
    ("--baseline", ("x.json", "")),
    ("--tolerance", NUMBERS),
    ("--check", ("loss<=1", "accuracy >= 50%", "count!=3", "ci.high<1", "x<1", "loss", "loss<nan")),
    ("--l2", NUMBERS),
    ("--l1", NUMBERS),
    ("--delimiter", (",", ";", "tab", "", "ab", '"', "\n", "0", ".")),
    ("--by", ("target", "x")),
    ("--seed", ("0", "-1", "x", "99999999999999999999")),
)
SWITCHES = (
    *("--grad", "--no-grad", "--map-binary", "--shift", "--all", "--hist", "--ci", "--header"),
    *("--no-header", "--no-warn", "--no-per-sample", "-q"),
)
ODD = (np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0, -0.0, 2.0**53 + 1, 1.5, -1, 4)


def options_for(folder: Path, random: Random) -> list[str]:
    """Draw a call: data of a variant, some of it odd, and options of the loss and of all losses."""
    variant = random.choice(VARIANTS)
    rng = np.random.default_rng(random.randrange(2**32))
    axes = random.choice(AXES) if random.random() < 0.4 else (5,)
    try:
        case = variant.draw(rng, axes)
    except (ValueError, IndexError):  # no sample to draw, or an axis that the layout lacks
        case = variant.draw(rng)
    arguments = [variant.loss.name]
    if random.random() < 0.1:
        arguments.insert(0, "diagnose")
    for role, values in case.roles.items():
        path = folder / f"{role}.npy"
        np.save(path, _odd(values, random))
        arguments += [f"--{role.replace('_', '-')}", str(path)]
    arguments += _own(variant.loss, random)
    for flag, texts in random.sample(FLAGS, random.choice((0, 0, 1, 1, 3))):
        arguments += [flag, random.choice(texts)]
    arguments += random.sample(SWITCHES, random.choice((0, 0, 1, 2)))
    for source in ("--sample-weight", "--groups", "--params"):
        if random.random() < 0.08:
            arguments += [source, str(folder / f"{random.choice(list(case.roles))}.npy")]
    return arguments


def _odd(values: Any, random: Random) -> Any:
    """Return the values with some odd ones, sometimes in another dtype or shape."""
    values = np.array(values)
    if random.random() < 0.3 and values.size and values.dtype.kind == "f":
        for _ in range(random.choice((1, 2, values.size))):
            values.reshape(-1)[random.randrange(values.size)] = random.choice(ODD)
    if random.random() < 0.1:
        kind = random.choice(("<f4", "<f2", "<i8", "|u1", "|b1", ">f8", "<f8"))
        with np.errstate(all="ignore"):
            values = values.astype(kind)
    if random.random() < 0.1:
        values = random.choice((values.T, values[:-1], values[..., None], values.reshape(-1)))
    return values


def _own(loss: Loss, random: Random) -> list[str]:
    """Draw values of some of a loss's own options."""
    arguments = []
    for option in random.sample(loss.options, random.randint(0, min(2, len(loss.options)))):
        flag = f"--{option.flag}"
        if option.choices:
            arguments += [flag, str(random.choice((*option.choices, "x")))]
        elif isinstance(option.spec, Bounds):
            near = (option.spec.low, option.spec.high, option.default)
            arguments += [flag, str(random.choice((*NUMBERS, *near * 5)))]
        elif option.type is bool:
            arguments.append(random.choice((flag, f"--no-{option.flag}")))
        else:
            arguments += [flag, random.choice(LISTS)]
    return arguments
