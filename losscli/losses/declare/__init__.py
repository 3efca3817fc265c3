"""What a declaration is made of: `@loss`, the kinds of roles, the annotations of options.

A package with losses of its own imports them from here: `loss help plugins` shows how. Each name is
imported when it is first used, as every use of this package runs this file.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from losscli.losses.declare.decorator import loss
    from losscli.losses.declare.options import (
        ClassFactor,
        ClassWeight,
        Effect,
        From,
        Help,
        IgnoreIndex,
        PosWeight,
        TermWeight,
        above,
        at_least,
        within,
    )
    from losscli.losses.declare.registry import Terms
    from losscli.losses.declare.standard_kinds import (
        BinaryLogits,
        BinaryProbs,
        ClassIndex,
        ClassProbs,
        ClassScores,
        Cosines,
        Counts,
        Distances,
        Embedding,
        LabelRows,
        Logits,
        LogProbs,
        LogRates,
        NonzeroTarget,
        NotNegative,
        NotNegativeTarget,
        PairSigns,
        Probs,
        Reals,
        RealTarget,
        Scores,
        Signs,
        TargetProbs,
        TermLogProbs,
        Variances,
        ZeroOne,
        ZeroOneRows,
    )
    from losscli.losses.declare.variant import Variant

__all__ = [
    "BinaryLogits",
    "BinaryProbs",
    "ClassFactor",
    "ClassIndex",
    "ClassProbs",
    "ClassScores",
    "ClassWeight",
    "Cosines",
    "Counts",
    "Distances",
    "Effect",
    "Embedding",
    "From",
    "Help",
    "IgnoreIndex",
    "LabelRows",
    "LogProbs",
    "LogRates",
    "Logits",
    "NonzeroTarget",
    "NotNegative",
    "NotNegativeTarget",
    "PairSigns",
    "PosWeight",
    "Probs",
    "RealTarget",
    "Reals",
    "Scores",
    "Signs",
    "TargetProbs",
    "TermLogProbs",
    "TermWeight",
    "Terms",
    "Variances",
    "Variant",
    "ZeroOne",
    "ZeroOneRows",
    "above",
    "at_least",
    "loss",
    "within",
]
_MODULES = ("decorator", "options", "registry", "standard_kinds", "variant")


def __getattr__(name: str) -> object:
    from importlib import import_module

    # Any other name is a module of this package that is being imported.
    for module in _MODULES if name in __all__ else ():
        found = import_module(f"{__name__}.{module}")
        if hasattr(found, name):
            return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
