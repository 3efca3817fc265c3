"""How often `loss diagnose` is right: healthy data sets, the same with a mistake, and a table.

`python -m tests.diagnose` prints the table of all rules.
"""

from tests.diagnose import (  # noqa: F401
    healthy_others,
    mistakes_input,
    mistakes_mean,
    mistakes_numbers,
    mistakes_target,
)
