"""`loss info`: the manual page of a loss."""

from __future__ import annotations

import shlex

from losscli.losses import declaration, names
from tests.conftest import Loss
from tests.each import for_each

PARTS = ["Synopsis", "Description", "Formula", "Roles", "Options", "Examples", "Equivalences"]


@for_each("name", names())
def test_the_page_has_all_parts_and_its_examples_run(loss: Loss, name: str) -> None:
    declared, text = declaration(name), loss("info", name).out
    lines = text.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings[0].startswith(name)
    assert headings[1:8] == PARTS
    assert "Pitfalls" in headings
    assert ("Other libraries" in headings) == any(declared.libraries.values())
    assert declared.facts["formula"] in text
    assert all(f"--{option.flag}" in text for option in declared.options)
    at = lines.index("Examples")
    examples = lines[at + 1 : lines.index("", at)]
    assert len(examples) == 4
    for example in examples:
        ran = loss(*shlex.split(example)[1:])
        # A sample may be too small for a finding that is an error.
        assert ran.status == 0 or (ran.status == 1 and "diagnose" in example), ran


def test_each_name_in_a_library_has_the_command_to_type(loss: Loss) -> None:
    lines = [line.strip() for line in loss("info", "poisson-nll").out.splitlines()]
    assert "PyTorch: PoissonNLLLoss, F.poisson_nll_loss: loss poisson-nll" in lines
    assert "Keras: Poisson: loss poisson-nll --no-log-input --eps 1e-7" in lines
    line = next(line for line in lines if line.startswith("scikit-learn: "))
    assert line.endswith("--eps 0, but there twice the gap to the best rate")


def test_sources_have_a_line_each(loss: Loss) -> None:
    text = loss("info", "ce").out
    assert "\nSources\n  Bridle 1990 (softmax), doi:10.1007/978-3-642-76153-9_28\n  Szegedy" in text
    assert "Sources:" not in text
