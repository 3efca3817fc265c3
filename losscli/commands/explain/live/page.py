"""The live page: one HTML file without an address in it, whose script is allowed by its hash."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files

from losscli.commands.explain import shared_parts as shared
from losscli.commands.explain.explanation import Explanation
from losscli.commands.explain.live.data import data_of
from losscli.engine.result.result import signature
from losscli.errors import UsageError
from losscli.output.digits import shown
from losscli.version import __version__

SCRIPTS = ("operations.js", "digits.js", "steps.js", "page.js")
LARGEST = 16_000_000
"""Bytes of the data: about 500,000 classes."""
ELSEWHERE = "To see it, type: loss explain {name} ... --set WHAT=X"


def live_page(
    explanation: Explanation, digits: int, *, is_example: bool, verbose: bool = False
) -> str:
    """Return the walk of a sample as a page on which its numbers can be changed.

    Raises UsageError where there is no formula to follow, and where the page would be too large.
    """
    _require_formulas(explanation)
    sample, loss = explanation.sample, explanation.problem.loss
    data = data_of(sample, digits, verbose=verbose) | {
        "elsewhere": ELSEWHERE.format(name=loss.name)
    }
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # No text in it may end the element.
    text = text.replace("<", "\\u003c")
    if len(text) > LARGEST:
        raise UsageError(
            f"--live: the page would have {len(text) / 1e6:.0f} MB, more than a browser shows "
            "quickly; remove --live, or choose a shorter sample with --sample"
        )
    code = '"use strict";\n' + "".join(_resource(name) for name in SCRIPTS)
    style = _resource("live.css")
    policy = (
        f"default-src 'none'; script-src {_allowed(code)}; style-src {_allowed(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    facts = "".join(
        f"<dt>{escape(what)}</dt><dd>{escape(said)}</dd>"
        for what, said in shared.heading(explanation)
        if what == "sample"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(loss.name)}, step by step</title>
<style>{style}</style>
</head>
<body>
<div class="page">
<header>
<h1>{escape(loss.name)}, step by step <small>{escape(loss.summary)}</small></h1>
<p><code>{escape(loss.facts["formula"])}</code></p>
<dl>{facts}</dl>
<noscript><p>The steps are computed in the browser: allow JavaScript for this file.</p></noscript>
</header>
<div class="left">
{_loss_card(explanation, digits, is_example)}
<form class="card" aria-label="numbers that can be changed" autocomplete="off">
<h2>Change the numbers</h2>
<div id="controls"></div>
<button type="button" id="reset">{_as_before(explanation, is_example)}</button>
</form>
<section class="card" id="gradient-card" aria-labelledby="gradient-title">
<h2 id="gradient-title">Gradient</h2>
<div id="gradient"></div>
<p class="why">To the right: the loss grows with the number. To the left: it falls.</p>
</section>
</div>
<main aria-labelledby="steps-title">
<h2 id="steps-title">Every step</h2>
<ol id="steps"></ol>
</main>
<footer>{_agreement(explanation)}<br>{escape(signature(explanation.problem))}</footer>
</div>
<script type="application/json" id="data">{text}</script>
<script>{code}</script>
</body>
</html>
"""


def _require_formulas(explanation: Explanation) -> None:
    sample, loss = explanation.sample, explanation.problem.loss
    if explanation.walk.is_generic:
        raise UsageError(
            f"--live: {loss.name} comes from the package {loss.package}, and its kernel computes "
            "the loss: a page cannot follow it; remove --live"
        )
    if sample.is_ignored:
        raise UsageError(
            "--live: the target of this sample is ignored; choose another sample with --sample"
        )
    if nans := sample.nans():
        raise UsageError(f"--live: {nans} holds nan; give it a number with --set")


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _allowed(text: str) -> str:
    """Return what the page's policy calls this text: the hash of it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _as_before(explanation: Explanation, is_example: bool) -> str:
    if explanation.before:
        return "as with --set"
    return "as in the example" if is_example else "as in the file"


def _loss_card(explanation: Explanation, digits: int, is_example: bool) -> str:
    walk = explanation.walk
    own = "" if walk.loss is None else shown(walk.loss.value, digits)
    whole = ""
    if walk.file_loss is not None:
        name = f"{walk.whole.reduction} over the {'example' if is_example else 'file'}"
        before = shown(walk.file_loss.value, digits)
        whole = f"""
<p class="file">{name}: <output id="file" for="controls"></output>
<span class="why" data-was hidden>(was {before})</span></p>"""
    return f"""<section class="card" aria-labelledby="loss-title">
<h2 id="loss-title">Loss of this sample</h2>
<output id="loss" for="controls" aria-live="polite"></output>
<p class="why" data-was hidden>was {own}</p>{whole}
<p id="other-case" role="status" hidden></p>
</section>"""


def _agreement(explanation: Explanation) -> str:
    """Return what was checked before the page was written."""
    if explanation.agrees and explanation.check.agrees:
        return (
            f"✓ For the numbers as they were, loss {__version__} found the walk equal to its "
            "kernel, and the gradient equal to the derivative."
        )
    return "✗ For the numbers as they were, the walk and the kernel do not agree."
