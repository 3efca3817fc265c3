"""The page of `loss` alone: what it is, what to try in any folder, how to go on."""

from __future__ import annotations

WHAT = (
    "loss computes the loss functions of machine learning from files: the number, the loss of each "
    "sample, gradients, and every step. Definitions and defaults are those of PyTorch."
)
TRY = {
    "loss ce -i 2,1,0.1 -t 0": "Cross entropy of three logits, target class 0.",
    "loss explain ce": "The same step by step, on a small example.",
    "loss samples": "Write files to ./samples, on which all examples run:",
    "loss ce -i samples/digits/logits.npy -t samples/digits/labels.npy --top 3": "",
}
GO_ON = {
    "loss list": "The losses by family; loss list WORD searches them.",
    "loss info NAME": "One loss: formula, options, pitfalls, examples.",
    "loss NAME --help": "The options of a command.",
    "loss help": "Topics: the files it reads, output, scripts, Python.",
    "loss --help": "All commands.",
}


def first_page() -> str:
    """Return the page as the terminal or the pipe shows it."""
    from losscli.output.help_page import opening

    return opening(WHAT, {"Try it": TRY, "Go on": GO_ON})
