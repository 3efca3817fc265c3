"""The commands besides the losses, one row each: their help and the function that makes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

from losscli.output.streams import Streams

Command = Callable[..., Any]


class Tool(NamedTuple):
    """A command: its row of `loss --help`, and the function that makes it when it is typed."""

    summary: str
    example: str
    maker: str
    """`folder.module.function` in `losscli.commands`.

    It takes the `subject` and the streams and returns the function that Typer calls, whose
    docstring continues the help page.
    """
    subject: str = ""
    """The maker's first argument: `loss`, the loss that is typed after the tool, or `name`.

    `loss?` is a loss that may be left out; the subject is then None.
    """
    describes: bool = False
    """Whether its argument is a loss that it describes."""
    takes: str = "files"
    """What it takes besides a loss: the loss's files, models (two of them) or nothing."""
    reduces: bool = True
    """Whether it takes the option `-r`."""
    given: str = ""
    """What another tool computes for it, named as the maker is: the maker's last argument."""
    kinds: Mapping[str, Tool] = MappingProxyType({})
    """Its own commands, each named by the word after it, before a loss."""

    @property
    def on_loss(self) -> bool:
        """Whether the next word is a loss."""
        return self.subject.startswith("loss")

    @property
    def needs_loss(self) -> bool:
        """Whether that loss may not be left out."""
        return self.subject == "loss"

    def example_on(self, tool: str, loss: Any) -> str:
        """Return an example of this tool, by its name, on a loss."""
        plain: str = loss.facts["example"]
        if not self.reduces:
            plain = re.sub(r" -r \w+", "", plain)
        if self.takes == "nothing":
            return f"loss {tool} {loss.name}"
        if self.takes == "files":
            return plain.replace("loss", f"loss {tool}", 1)
        # It takes two models: those of its own example, or else one that is compared with itself.
        if loss.picks and loss.roles[0].kinds[0].name == "logits":
            return f"loss {tool} {loss.name} -i {self.example.partition(' -i ')[2]}"
        _, name, _, path, *others = plain.split()
        return " ".join(["loss", tool, name, "-i", path, "--reference", path, *others])

    def make(self, subject: Any, streams: Streams) -> Command:
        """Return the command; only now is its module imported."""
        arguments = [*([subject] if self.subject else []), streams]
        arguments += [_named(self.given)] if self.given else []
        command: Command = _named(self.maker)(*arguments)
        return command


def _named(path: str) -> Any:
    """Return a function of `losscli.commands`."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(f"losscli.commands.{module}"), name)


DIGITS = "samples/digits"
LOGITS = "samples/step-by-step/logits.csv"
BINARY = "samples/binary/logits.csv"
LOSS = Tool("", "", "loss.command.loss_command", "loss")
"""What makes the command of a loss."""
PLOTS = {
    "hist": Tool(
        "How the losses are distributed, and where most of the loss is.",
        f"loss plot hist ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "plot.hist.hist_command",
        "loss",
        reduces=False,
    ),
    "calibration": Tool(
        "How often predictions are right, by how confident they are.",
        f"loss plot calibration ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "plot.calibration.calibration_command",
        "loss",
        reduces=False,
    ),
    "confusion": Tool(
        "Which classes are mistaken for which.",
        f"loss plot confusion ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "plot.confusion.confusion_command",
        "loss",
        reduces=False,
    ),
    "scatter": Tool(
        "The loss of each sample by its confidence, or by its group.",
        f"loss plot scatter ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "plot.scatter.scatter_command",
        "loss",
        reduces=False,
    ),
    "compare": Tool(
        "Two models sample by sample.",
        f"loss plot compare ce -i {DIGITS}/logits_int4.npy --reference {DIGITS}/logits.npy "
        f"-t {DIGITS}/labels.npy",
        "plot.compare.compare_command",
        "loss",
        reduces=False,
        takes="models",
    ),
    "curve": Tool(
        "A loss as a function of one number; it needs no files.",
        "loss plot curve huber",
        "plot.curve.curve_command",
        "loss",
        takes="nothing",
    ),
}
TOOLS = {
    "explain": Tool(
        "From the file to the number: one sample, step by step.",
        f"loss explain ce -i {LOGITS} -t samples/step-by-step/labels.csv",
        "explain.command.explain_command",
        "loss",
    ),
    "diagnose": Tool(
        "What is wrong with a loss's files: findings, numbers, what to type next.",
        f"loss diagnose ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "diagnose.command.diagnose_command",
        "loss",
    ),
    "rule": Tool(
        "What diagnose looks for: one rule with a worked example, or all rules.",
        "loss rule L101",
        "diagnose.rule_page.rule_command",
    ),
    "reconcile": Tool(
        "Why another number differs: libraries' conventions, common mistakes.",
        f"loss reconcile ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy --value 1.5547",
        "reconcile.command.reconcile_command",
        "loss",
    ),
    "compare": Tool(
        "Two models' outputs for the same samples: how far apart, and where.",
        f"loss compare -i {DIGITS}/logits_int4.npy --reference {DIGITS}/logits.npy "
        f"-t {DIGITS}/labels.npy",
        "compare.command.compare_command",
        "loss?",
        takes="models",
    ),
    "plot": Tool(
        "Pictures: losses by size, calibration, confusion, models, a loss's curve.",
        f"loss plot hist ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "",
        kinds=PLOTS,
    ),
    "report": Tool(
        "One file for a colleague: figures, findings, charts, the largest losses.",
        f"loss report ce -i {DIGITS}/logits.npy -t {DIGITS}/labels.npy",
        "report.command.report_command",
        "loss",
        given="diagnose.examine.diagnosed",
    ),
    "list": Tool(
        "All losses by family, or those about a word; their names in libraries.",
        "loss list focal",
        "listing.command.list_command",
    ),
    "info": Tool(
        "One loss: formula, options, examples, pitfalls, names in libraries.",
        "loss info ce",
        "listing.command.info_command",
        describes=True,
    ),
    "formats": Tool(
        "All files that can be read: extensions, selectors, what is installed.",
        "loss formats",
        "formats.command.formats_command",
    ),
    "softmax": Tool(
        "Probabilities from logits.",
        f"loss softmax -i {LOGITS}",
        "transform.command.transform_command",
        "name",
    ),
    "log-softmax": Tool(
        "Log-probabilities from logits, computed stably.",
        f"loss log-softmax -i {LOGITS}",
        "transform.command.transform_command",
        "name",
    ),
    "sigmoid": Tool(
        "Probabilities from binary logits.",
        f"loss sigmoid -i {BINARY}",
        "transform.command.transform_command",
        "name",
    ),
    "log-sigmoid": Tool(
        "Log-probabilities from binary logits, computed stably.",
        f"loss log-sigmoid -i {BINARY}",
        "transform.command.transform_command",
        "name",
    ),
    "entropy": Tool(
        "Entropy, cross entropy, KL and Jensen-Shannon of distributions.",
        "loss entropy -i samples/entropy/p.csv -t samples/entropy/q.csv",
        "entropy.command.entropy_command",
    ),
    "samples": Tool(
        "Write the files that all examples use to ./samples.",
        "loss samples",
        "samples.command.samples_command",
    ),
    "help": Tool(
        "Reference pages on everything that the commands share.",
        "loss help sources",
        "help.command.help_command",
    ),
}
