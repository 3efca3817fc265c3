"""The names of the package; written by `python -m tests.stub`."""

from typing import Literal

from numpy.typing import ArrayLike

from losscli import losses
from losscli.engine.compute import compute
from losscli.engine.read import read
from losscli.engine.result.result import Result
from losscli.engine.transform import transform
from losscli.errors import LossError, LossWarning
from losscli.losses.declare.decorator import loss
from losscli.version import __version__

__all__ = [
    "LossError",
    "LossWarning",
    "Result",
    "__version__",
    "compute",
    "loss",
    "losses",
    "read",
    "transform",
]

def ce(
    input: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    from_: Literal["logits", "probs", "log-probs"] = "logits",
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Cross entropy of logits and class indices or class probabilities.

    input (n, c, d...), target (n, d...) indices or (n, c, d...) probabilities in [0, 1]; each term
    is the loss of one position in nats. With `label_smoothing` e the target becomes
    (1 - e) onehot + e / c; class weights multiply each class's share of the sum.

    Formula: -w[y] log softmax(x)[y]
    Range: 0 and above; 0 only when p(target) = 1; log c for uniform predictions
    The mean divides by: sum of w[y] over counted targets; for class probabilities the number of
        positions

    Arrays:
        input: logits, (n, c, d...)
        target: class index, (n, d...) or class probabilities, (n, c, d...)

    Options:
        weight: weight of each class: an array or a number, at least 0
        ignore_index: targets with this value are ignored: loss 0, gradient 0, not in the mean;
            any whole number
        label_smoothing: fraction of the target that is spread evenly over all classes; from 0
            to 1
        z_loss: adds z_loss * logsumexp(x)^2 to each counted term; at least 0
        from_: what the input is; never guessed, never renormalized; logits, probs, log-probs
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Sources: Bridle 1990 (softmax), doi:10.1007/978-3-642-76153-9_28; Szegedy et al. 2016 (label
    smoothing), doi:10.1109/CVPR.2016.308; Chowdhery et al. 2022 (z-loss), arXiv:2204.02311.
    """

cross_entropy = ce

softmax_ce = ce

def nll(
    input: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    ignore_index: int = -100,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Negative log-likelihood of log-probabilities and class indices.

    input (n, c, d...) log-probabilities, which are used as they are and never normalized; target
    (n, d...) class indices. Each term is minus the input at the target in nats, times the weight
    of the target's class.

    Formula: -w[y] x[y]
    Range: 0 and above for log-probabilities; negative if exp(input) sums to more than 1
    The mean divides by: sum of w[y] over the counted targets

    Arrays:
        input: log-probabilities, (n, c, d...)
        target: class index, (n, d...)

    Options:
        weight: weight of each class: an array or a number, at least 0
        ignore_index: targets with this value are ignored: loss 0, gradient 0, not in the mean;
            any whole number
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Fisher 1922 (maximum likelihood), doi:10.1098/rsta.1922.0009.
    """

def sparsemax(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Sparsemax loss of scores and class indices: sparse probabilities.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. The
    sparsemax of the scores is the closest point on the probability simplex; the gradient is that
    point minus the one-hot target.

    Formula: -x_y + sum_{j in S} (x_j^2 - tau^2) / 2 + 1/2, S where sparsemax(x) = x - tau > 0
    Range: 0 and above; 0 where the target leads every class by 1
    The mean divides by: the number of terms

    Arrays:
        input: scores, (n, c, d...)
        target: class index, (n, d...)

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Martins and Astudillo 2016, arXiv:1602.02068.
    """

def arcface(
    input: ArrayLike,
    target: ArrayLike,
    *,
    scale: float = 64.0,
    margin: float = 0.5,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """ArcFace loss of cosines and class indices: the target's angle must lead by a margin.

    input (n, c, d...) cosines in [-1, 1], target (n, d...) class indices; each term is the loss of
    one position in nats. cos(theta + margin) is used beyond pi too. Where the target's cosine is
    -1 or 1, the infinite slope of sin(theta) is left out of the gradient: the logit's slope is
    scale cos(margin).

    Formula: -log softmax(s)[y], s_j = scale cos_j, s_y = scale cos(theta_y + margin)
    Range: 0 and above; never 0 in exact numbers
    The mean divides by: the number of terms

    Arrays:
        input: cosines, (n, c, d...)
        target: class index, (n, d...)

    Options:
        scale: factor of the cosines, the radius of the sphere; above 0
        margin: added to the target's angle, in radians; from 0 to 3.14159
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Deng et al. 2019, arXiv:1801.07698.
    """

def am_softmax(
    input: ArrayLike,
    target: ArrayLike,
    *,
    scale: float = 30.0,
    margin: float = 0.35,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Additive-margin softmax loss of cosines and class indices: the target's cosine must lead.

    input (n, c, d...) cosines in [-1, 1], target (n, d...) class indices; each term is the loss of
    one position in nats.

    Formula: -log softmax(s)[y], s_j = scale cos_j, s_y = scale (cos_y - margin)
    Range: 0 and above; never 0 in exact numbers
    The mean divides by: the number of terms

    Arrays:
        input: cosines, (n, c, d...)
        target: class index, (n, d...)

    Options:
        scale: factor of the cosines, the radius of the sphere; above 0
        margin: subtracted from the target's cosine; at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Sources: Wang F. et al. 2018, doi:10.1109/LSP.2018.2822810; Wang H. et al. 2018 (CosFace),
    arXiv:1801.09414.
    """

cosface = am_softmax

def multiclass_perceptron(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Multiclass perceptron loss of scores and class indices: how far the target falls behind.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position, in
    the unit of the scores. If k classes share the maximum, each gets 1/k of its gradient.

    Formula: max_j x_j - x_y
    Range: 0 and above; 0 where the target has the largest score
    The mean divides by: the number of terms

    Arrays:
        input: scores, (n, c, d...)
        target: class index, (n, d...)

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Sources: Rosenblatt 1958, doi:10.1037/h0042519; Collins 2002 (as a loss of many classes),
    doi:10.3115/1118693.1118694.
    """

def multi_margin(
    input: ArrayLike,
    target: ArrayLike,
    *,
    p: Literal[1, 2] = 1,
    margin: float = 1.0,
    weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Multi-class margin loss of scores and class indices: a lead over every other class.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. Where
    a lead equals the margin exactly, the gradient is 0, as in PyTorch.

    Formula: w[y] / c * sum_{j != y} max(0, margin - x_y + x_j)^p
    Range: 0 and above; 0 where the target leads every class by the margin
    The mean divides by: the number of terms; weights are not counted

    Arrays:
        input: scores, (n, c, d...)
        target: class index, (n, d...)

    Options:
        p: power of the shortfall from the margin; 1, 2
        margin: how far the target should lead; any finite number
        weight: weight of each class: an array or a number, at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Weston and Watkins 1999, Support vector machines for multi-class pattern recognition.
    """

def categorical_hinge(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Categorical hinge loss of scores and class indices: a lead over the best other class.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. If k
    entries share one of the two maxima, each gets 1/k of its gradient.

    Formula: max(0, 1 + max_j (1 - onehot_j) x_j - x_y)
    Range: 0 and above; 0 where the target's score is 1 or more, and 1 above all others
    The mean divides by: the number of terms

    Arrays:
        input: scores, (n, c, d...)
        target: class index, (n, d...)

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Crammer and Singer 2001, Journal of Machine Learning Research 2, 265-292.
    """

def softmax_focal(
    input: ArrayLike,
    target: ArrayLike,
    *,
    alpha: ArrayLike | None = 0.25,
    gamma: float = 2.0,
    from_: Literal["logits", "probs", "log-probs"] = "logits",
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Focal loss of logits and class indices: down-weights well-classified samples.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. In
    the factor (1 - p)^gamma a log-probability above 0 counts as p = 1.

    Formula: -alpha[y] (1 - p_y)^gamma log p_y, p = softmax(x)
    Range: 0 and above; 0 only when p(target) = 1 (or alpha is 0)
    The mean divides by: the number of terms; alpha is not counted

    Arrays:
        input: logits, (n, c, d...)
        target: class index, (n, d...)

    Options:
        alpha: factor of each class's terms: an array or a number, at least 0
        gamma: how much it down-weights well-classified samples; at least 0
        from_: what the input is; never guessed, never renormalized; logits, probs, log-probs
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Lin et al. 2017, doi:10.1109/ICCV.2017.324.
    """

def poly(
    input: ArrayLike,
    target: ArrayLike,
    *,
    epsilon: float = 2.0,
    from_: Literal["logits", "probs", "log-probs"] = "logits",
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Poly-1 loss of logits and class indices: cross entropy with a modified first Taylor term.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. Cross
    entropy is the sum of (1 - p)^j / j over j >= 1; `epsilon` is added to the coefficient of j = 1.

    Formula: -log p_y + epsilon (1 - p_y), p = softmax(x)
    Range: 0 and above; 0 only when p(target) = 1
    The mean divides by: the number of terms

    Arrays:
        input: logits, (n, c, d...)
        target: class index, (n, d...)

    Options:
        epsilon: added to the coefficient of 1 - p, which is 1; at least -1
        from_: what the input is; never guessed, never renormalized; logits, probs, log-probs
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Leng et al. 2022, arXiv:2204.12511.
    """

def gce(
    input: ArrayLike,
    target: ArrayLike,
    *,
    q: float = 0.7,
    from_: Literal["logits", "probs", "log-probs"] = "logits",
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Generalized cross entropy of logits and class indices: bounded by 1/q.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. As it
    never exceeds 1/q, one wrong label cannot outweigh many correct ones.

    Formula: (1 - p_y^q) / q, p = softmax(x)
    Range: 0 to 1/q
    The mean divides by: the number of terms

    Arrays:
        input: logits, (n, c, d...)
        target: class index, (n, d...)

    Options:
        q: 0 is cross entropy, 1 the mean absolute error; above 0 to 1
        from_: what the input is; never guessed, never renormalized; logits, probs, log-probs
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Zhang and Sabuncu 2018, arXiv:1805.07836.
    """

def sce(
    input: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    from_: Literal["logits", "probs", "log-probs"] = "logits",
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Symmetric cross entropy of logits and class indices: cross entropy plus its reverse.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. The
    reverse, of p relative to y, is -log_zero times the probability of the other classes.

    Formula: -alpha log p_y - beta sum_j p_j log onehot_j, log 0 = log_zero, p = softmax(x)
    Range: 0 and above; 0 only when p(target) = 1 (or both factors are 0)
    The mean divides by: the number of terms

    Arrays:
        input: logits, (n, c, d...)
        target: class index, (n, d...)

    Options:
        alpha: factor of the cross entropy; at least 0
        beta: factor of the reverse cross entropy; at least 0
        log_zero: the value used for log 0; at most 0
        from_: what the input is; never guessed, never renormalized; logits, probs, log-probs
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Wang et al. 2019, arXiv:1908.06112.
    """

def prob_mae(
    input: ArrayLike,
    target: ArrayLike,
    *,
    from_: Literal["logits", "probs", "log-probs"] = "logits",
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    shift: bool = False,
    threads: int | None = None,
) -> Result:
    """Absolute error of softmax probabilities, summed over the classes.

    input (n, c, d...), target (n, d...) class indices; each term is the loss of one position. Where
    a probability equals its target of 0 or 1, the slope of its part is 0.

    Formula: sum_j abs(p_j - onehot_j), p = softmax(x)
    Range: 0 to 2
    The mean divides by: the number of terms

    Arrays:
        input: logits, (n, c, d...)
        target: class index, (n, d...)

    Options:
        from_: what the input is; never guessed, never renormalized; logits, probs, log-probs
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        shift: compare position i of the input with the target at i + 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Ghosh, Kumar and Sastry 2017, arXiv:1712.09482.
    """

def bce(
    input: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Binary cross entropy of probabilities and targets in [0, 1].

    input and target have the same shape; each term is the loss of one element in nats. The gradient
    is (x - y) / max(x (1 - x), 1e-12), as in PyTorch.

    Formula: -w (y log x + (1 - y) log(1 - x)), both logs at least -100
    Range: 0 to 100 per element (times the weight)
    The mean divides by: the number of elements

    Arrays:
        input: probabilities, any shape
        target: target probabilities, the input's shape

    Options:
        weight: weight of each term, broadcast to the input: an array or a number, at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Good 1952 (logarithmic score), doi:10.1111/j.2517-6161.1952.tb00104.x.
    """

def bce_logits(
    input: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Binary cross entropy of logits and targets in [0, 1].

    input and target have the same shape; each term is the loss of one element in nats. `pos_weight`
    multiplies the part of the target 1: above 1 it trades precision for recall.

    Formula: w (p y softplus(-x) + (1 - y) softplus(x))
    Range: 0 and above; log 2 at x = 0
    The mean divides by: the number of elements

    Arrays:
        input: logits, any shape
        target: target probabilities, the input's shape

    Options:
        weight: weight of each term, broadcast to the input: an array or a number, at least 0
        pos_weight: weight of target 1, broadcast to the input: an array or a number, at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """

sigmoid_ce = bce_logits

def sigmoid_focal(
    input: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Focal loss of logits and 0/1 labels: down-weights well-classified samples.

    input and target have the same shape; each term is the loss of one element.

    Formula: -alpha_t (1 - p_t)^gamma log p_t, p_t the probability of the label
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: logits, any shape
        target: labels, the input's shape

    Options:
        alpha: weight of label 1; label 0 gets 1 - alpha; from 0 to 1
        gamma: how much it down-weights well-classified samples; at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Lin et al. 2017, doi:10.1109/ICCV.2017.324.
    """

def soft_margin(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    map_binary: bool = False,
    threads: int | None = None,
) -> Result:
    """Logistic loss of scores and signs -1/+1.

    input and target have the same shape; each term is the loss of one element in nats.

    Formula: log(1 + exp(-y x))
    Range: 0 and above; log 2 at x = 0
    The mean divides by: the number of elements

    Arrays:
        input: scores, any shape
        target: signs, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        map_binary: map targets 0 and 1 to -1 and +1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """

def hinge(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    map_binary: bool = False,
    threads: int | None = None,
) -> Result:
    """Hinge loss of scores and signs -1/+1.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    scores.

    Formula: max(0, 1 - y x)
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: scores, any shape
        target: signs, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        map_binary: map targets 0 and 1 to -1 and +1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Cortes and Vapnik 1995, doi:10.1007/BF00994018.
    """

def squared_hinge(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    map_binary: bool = False,
    threads: int | None = None,
) -> Result:
    """Squared hinge loss of scores and signs -1/+1.

    input and target have the same shape; each term is the loss of one element, in the squared unit
    of the scores.

    Formula: max(0, 1 - y x)^2
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: scores, any shape
        target: signs, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        map_binary: map targets 0 and 1 to -1 and +1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Lee and Mangasarian 2001 (smooth support vectors), doi:10.1023/A:1011215321374.
    """

def hinge_embedding(
    input: ArrayLike,
    target: ArrayLike,
    *,
    margin: float = 1.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    map_binary: bool = False,
    threads: int | None = None,
) -> Result:
    """Hinge loss of distances: similar pairs (+1) close, dissimilar pairs (-1) beyond a margin.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    distances. At the margin the gradient is -1, as in PyTorch.

    Formula: x where y = 1, max(0, margin - x) where y = -1
    Range: 0 and above for distances
    The mean divides by: the number of elements

    Arrays:
        input: distances, any shape
        target: signs, the input's shape

    Options:
        margin: the distance beyond which dissimilar pairs cost nothing; any finite number
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        map_binary: map targets 0 and 1 to -1 and +1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Hadsell, Chopra and LeCun 2006, doi:10.1109/CVPR.2006.100.
    """

def multilabel_margin(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    threads: int | None = None,
) -> Result:
    """Multi-label margin loss of scores and rows of class indices.

    input (n, c, d...), target of that shape: class indices, where -1 ends a row early and the rest
    is not read; each term is the loss of one sample.

    Formula: sum over labels y and other classes j of max(0, 1 - (x[y] - x[j])) / c
    Range: 0 and above
    The mean divides by: the number of samples

    Arrays:
        input: scores, (n, c, d...)
        target: rows of labels, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Crammer and Singer 2003 (ranking of labels), JMLR 3, 1025-1058.
    """

def multilabel_soft_margin(
    input: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    class_axis: int | None = None,
    threads: int | None = None,
) -> Result:
    """Mean over the classes of the binary cross entropy of each label.

    input (n, c, d...), target 0 or 1 of that shape; each term is the loss of one sample in nats.

    Formula: sum_j w[j] log(1 + exp(-x[j])) / c where y[j] = 1, of exp(x[j]) where y[j] = 0
    Range: 0 and above; log 2 at x = 0
    The mean divides by: the number of samples

    Arrays:
        input: scores, (n, c, d...)
        target: labels, the input's shape

    Options:
        weight: weight of each class: an array or a number, at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        class_axis: the axis of the input that the classes are on; by default 1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Cox 1958 (logistic regression), doi:10.1111/j.2517-6161.1958.tb00292.x.
    """

def poisson_nll(
    input: ArrayLike,
    target: ArrayLike,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-08,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Negative log-likelihood of counts under Poisson rates.

    input (log rates, or rates) and target (counts) have the same shape; each term is the loss of
    one element in nats, without log y! unless `full`. Stirling's approximation is y log y - y +
    log(2 pi y) / 2 for y > 1, else 0, as in PyTorch.

    Formula: exp(x) - y x; with log_input=False x - y log(x + eps); full=True adds Stirling's log y!
    Range: any number: without full=True the part that does not depend on x is omitted
    The mean divides by: the number of elements

    Arrays:
        input: log rates, any shape
        target: counts, the input's shape

    Options:
        log_input: whether the input is the logarithm of the rate
        full: add Stirling's approximation of log y!
        eps: added to the rate with log_input=False; at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Cameron and Trivedi 1998, Regression Analysis of Count Data,
    doi:10.1017/CBO9780511814365.
    """

def gaussian_nll(
    input: ArrayLike,
    target: ArrayLike,
    var: ArrayLike,
    *,
    full: bool = False,
    eps: float = 1e-06,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Negative log-likelihood of real numbers under normal distributions.

    input (means) and target of the same shape, with any number of axes; var of that shape, or with
    a last axis of 1 for one variance per row, whose gradient is then the sum over the row. Each
    term is the loss of one element in nats. The gradient passes through the clamp at eps.

    Formula: (log v + (x - y)^2 / v) / 2, v = max(var, eps); full=True adds log(2 pi) / 2
    Range: any number: negative where the variance is small and the prediction accurate
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape
        var: variances, the input's shape, or a last axis of 1

    Options:
        full: add the constant log(2 pi) / 2
        eps: lower bound of the variance: smaller ones are raised to it; at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Nix and Weigend 1994, doi:10.1109/ICNN.1994.374138.
    """

def l1(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Absolute error.

    input and target have the same shape; each term is |x - y| of one element, in the unit of the
    data.

    Formula: |x - y|
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Boscovich 1757; Laplace 1793 (least absolute deviations).
    """

mae = l1

def mse(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Squared error.

    input and target have the same shape; each term is (x - y)^2 of one element, in the squared unit
    of the data.

    Formula: (x - y)^2
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Legendre 1805 (least squares).
    """

l2 = mse

def smooth_l1(
    input: ArrayLike,
    target: ArrayLike,
    *,
    beta: float = 1.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Absolute error, quadratic for errors below beta.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    data.

    Formula: d^2 / (2 beta) where |d| < beta, |d| - beta / 2 beyond, d = x - y
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        beta: where the quadratic part ends; at least 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Girshick 2015 (Fast R-CNN), doi:10.1109/ICCV.2015.169.
    """

def huber(
    input: ArrayLike,
    target: ArrayLike,
    *,
    delta: float = 1.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Half the squared error up to delta, linear beyond.

    input and target have the same shape; each term is the loss of one element, in the squared unit
    of the data.

    Formula: d^2 / 2 where |d| <= delta, delta (|d| - delta / 2) beyond, d = x - y
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        delta: where the quadratic part ends; above 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Huber 1964, doi:10.1214/aoms/1177703732.
    """

def log_cosh(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Logarithm of the hyperbolic cosine of the error.

    input and target have the same shape; each term is the loss of one element.

    Formula: log cosh(x - y)
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Green 1990 (log cosh as a potential), doi:10.1109/42.52985.
    """

def quantile(
    input: ArrayLike,
    target: ArrayLike,
    *,
    tau: float = 0.5,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Pinball loss of a predicted quantile: predictions too low cost tau, too high 1 - tau.

    input and target have the same shape; each term is the loss of one element, in the unit of the
    data. At x = y the gradient is the mean of both sides, 0.5 - tau.

    Formula: max(tau (y - x), (tau - 1) (y - x))
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        tau: the quantile that the input predicts; from 0 to 1
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Koenker and Bassett 1978, doi:10.2307/1913643.
    """

pinball = quantile

def msle(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Squared error of log(1 + x), for non-negative numbers.

    input and target have the same shape; each term is the loss of one element, without a unit.

    Formula: (log(1 + x) - log(1 + y))^2
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: the score of the Kaggle competition "Bike Sharing Demand" (2014), which takes its root.
    """

def mape(
    input: ArrayLike,
    target: ArrayLike,
    *,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Absolute error in percent of a nonzero target.

    input and target have the same shape; each term is the loss of one element in percent.

    Formula: 100 |x - y| / |y|
    Range: 0 and above, in percent
    The mean divides by: the number of elements

    Arrays:
        input: numbers, any shape
        target: numbers, the input's shape

    Options:
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Armstrong 1985, Long-Range Forecasting, second edition.
    """

def kl_div(
    input: ArrayLike,
    target: ArrayLike,
    *,
    log_target: bool = False,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Kullback-Leibler divergence of targets from log-probabilities.

    input (log-probabilities) and target (probabilities in [0, 1], or their logarithms) of the same
    shape, samples first; each term is the part of one element in nats.

    Formula: y (log y - x), 0 where y = 0; with log_target=True exp(y) (y - x)
    Range: an element may be negative; the sum over a distribution is 0 or more
    The mean divides by: the number of elements; batchmean divides by the number of samples

    Arrays:
        input: log-probabilities, any shape
        target: target probabilities, the input's shape

    Options:
        log_target: whether the target is log-probabilities too
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Kullback and Leibler 1951, doi:10.1214/aoms/1177729694.
    """

def margin_ranking(
    input1: ArrayLike,
    input2: ArrayLike,
    target: ArrayLike,
    *,
    margin: float = 0.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    map_binary: bool = False,
    threads: int | None = None,
) -> Result:
    """Margin ranking loss of two scores and the sign of their order.

    input1, input2 and target (+1: input1 higher, -1: input2 higher) of the same shape, with any
    number of axes; each term is the loss of one pair, in the unit of the scores. Exactly at the
    margin the gradient is that of the sloped side, as in PyTorch.

    Formula: max(0, margin - y (x1 - x2))
    Range: 0 and above
    The mean divides by: the number of elements

    Arrays:
        input1: scores, any shape
        input2: scores, any shape
        target: signs, the input's shape

    Options:
        margin: how far the higher score should lead; any finite number
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        map_binary: map targets 0 and 1 to -1 and +1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Herbrich, Graepel and Obermayer 2000 (large margin rank boundaries).
    """

def cosine_embedding(
    input1: ArrayLike,
    input2: ArrayLike,
    target: ArrayLike,
    *,
    margin: float = 0.0,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    map_binary: bool = False,
    threads: int | None = None,
) -> Result:
    """Cosine distance of similar pairs of vectors, cosine of dissimilar ones.

    input1 and input2 (n, e), target (n,) +1 or -1; each term is the loss of one pair, from 0 to 2.

    Formula: 1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1
    Range: 0 to 2
    The mean divides by: the number of pairs

    Arrays:
        input1: vectors, (n, e)
        input2: vectors, (n, e)
        target: signs, (n,)

    Options:
        margin: the cosine below which pairs with y = -1 cost nothing; from -1 to 1
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        map_binary: map targets 0 and 1 to -1 and +1
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Hadsell, Chopra and LeCun 2006 (contrastive pairs), doi:10.1109/CVPR.2006.100.
    """

def triplet_margin(
    anchor: ArrayLike,
    positive: ArrayLike,
    negative: ArrayLike,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-06,
    swap: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    threads: int | None = None,
) -> Result:
    """Triplet loss of anchors, positives and negatives.

    anchor, positive and negative (n, e); each term is the loss of one triplet, in the unit of the
    vectors. A distance of 0 has the gradient 0; if `swap` finds equal distances, each gets half of
    the gradient.

    Formula: max(0, d(a, p) - d(a, n) + margin), d the p-norm of the difference + eps
    Range: 0 and above
    The mean divides by: the number of triplets

    Arrays:
        anchor: vectors, (n, e)
        positive: vectors, (n, e)
        negative: vectors, (n, e)

    Options:
        margin: how much farther away the negative should be; above 0
        p: the norm of distances: 1 is Manhattan, 2 Euclidean; above 0
        eps: added to each coordinate difference; at least 0
        swap: use the distance from positive to negative if it is smaller
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Sources: Schroff, Kalenichenko and Philbin 2015, doi:10.1109/CVPR.2015.7298682; Balntas et al.
    2016 (swap), doi:10.5244/C.30.119.
    """

def ctc(
    input: ArrayLike,
    target: ArrayLike,
    input_lengths: ArrayLike,
    target_lengths: ArrayLike,
    *,
    blank: int = 0,
    zero_infinity: bool = False,
    reduction: Literal["mean", "sum", "none"] = "mean",
    grad: bool = False,
    dtype: Literal["float64", "float32"] = "float64",
    sample_weight: ArrayLike | None = None,
    label_base: int = 0,
    class_axis: int | None = None,
    threads: int | None = None,
) -> Result:
    """Connectionist temporal classification: the labels of a sequence, without an alignment.

    input (t, n, c) log-probabilities, target (n, s) labels or the concatenated labels of all
    samples; input_lengths and target_lengths (n,) say how much of each is used. Each term is the
    loss of one sample in nats. As in PyTorch, the gradient is that of the logits whose log-softmax
    is the input: the probability minus the expected share of paths.

    Formula: -log of the sum over all paths of blanks and labels of their probability
    Range: 0 and above for log-probabilities; inf where the labels do not fit into the steps
    The mean divides by: the number of samples, each loss divided by its target length first

    Arrays:
        input: log-probabilities, (t, n, c)
        target: labels, (n, s), or those of all samples one after another
        input_lengths: lengths, (n,)
        target_lengths: lengths, (n,)

    Options:
        blank: the index of the blank, the class for no label, counted from 0; at least 0
        zero_infinity: count sequences without a path as 0
        reduction: how the terms become one number; none keeps them
        grad: whether to compute `Result.grad`, the gradient of the reduced loss, by role
        dtype: the precision of the formulas; sums are always in float64
        sample_weight: one weight per sample; the mean divides by their sum
        label_base: the number of the first class, 0 or 1
        class_axis: the axis of the input that the classes are on; by default 2
        threads: at most so many threads; by default one per processor

    Returns a `losscli.Result`. Raises `losscli.LossError`, with a message of one line, for an
    option or an array that does not fit.

    Source: Graves et al. 2006, doi:10.1145/1143844.1143891.
    """
