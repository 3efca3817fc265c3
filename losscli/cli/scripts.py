"""The scripts that teach completion to shells: to print, and to install.

A script sends the line up to the cursor and shows what it gets: it knows nothing of `loss` that
could change after it was installed.
"""

from __future__ import annotations

import os

import typer
from typer import completion

from losscli.errors import DataError, UsageError, show
from losscli.output.streams import Streams

VARIABLE = "_LOSS_COMPLETE"
SCRIPTS = {
    "bash": """\
_loss_completion() {
    local how word
    COMPREPLY=()
    {
        IFS= read -r how
        while IFS= read -r word; do COMPREPLY+=("$word"); done
    } < <(_LOSS_COMPLETE=complete_bash COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORD="$2" \\
        "${1/#\\~/$HOME}" 2>/dev/null)
    if [[ -n $how ]]; then compopt $how 2>/dev/null; fi
}
complete -F _loss_completion loss
""",
    "zsh": """\
#compdef loss
_loss_completion() {
    local answer line
    local -a open closed
    line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX"
    answer="$(_LOSS_COMPLETE=complete_zsh _TYPER_COMPLETE_ARGS=$line ${~words[1]} 2>/dev/null)"
    [[ $answer == files ]] || compset -P '*[/:,=]'
    for line in "${(@f)answer}"; do
        case $line in
            files) _files; return;;
            open*) open+=("${line#open }");;
            closed*) closed+=("${line#closed }");;
        esac
    done
    _describe -V loss closed -- open -S ''
}
compdef _loss_completion loss
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _loss_completion "$@"; fi
""",
    "fish": """\
complete --command loss --no-files --keep-order --arguments \\
    '(_LOSS_COMPLETE=complete_fish _TYPER_COMPLETE_ARGS=(commandline -cp) loss 2>/dev/null)'
""",
}
POWERSHELLS = ("powershell", "pwsh")
"""Their script is Typer's."""


def script_of(shell: str) -> str:
    """Return the script of a shell; UsageError where there is none."""
    if shell in POWERSHELLS:
        text: str = completion.get_completion_script(  # type: ignore[attr-defined]
            prog_name="loss", complete_var=VARIABLE, shell=shell
        )
        return text + "\n"
    if shell not in SCRIPTS:
        raise UsageError(
            f"completion is for bash, zsh, fish and PowerShell, not for {show(shell)}; run it in "
            "one of them"
        )
    return SCRIPTS[shell]


def show_script(asked: bool) -> None:
    """Print the script of the current shell."""
    if asked:
        Streams().write([script_of(_current_shell())])
        raise typer.Exit


def install_script(asked: bool) -> None:
    """Write the script of the current shell where that looks for it, and say where."""
    if not asked:
        return
    shell = _current_shell()
    script = script_of(shell)
    try:
        _, path = completion.install(shell, "loss", VARIABLE)  # type: ignore[attr-defined]
        if shell in SCRIPTS:
            path.write_text(script)
    except OSError as error:
        why = (error.strerror or "not writable").lower()
        raise DataError(
            f"{error.filename}: {why}; instead, add what loss --show-completion prints to the file "
            f"that {shell} reads at its start"
        ) from None
    Streams().write([f"{path}: completion for {shell}; it works in the next terminal\n"])
    raise typer.Exit


def _current_shell() -> str:
    """Return the name of the shell that runs the command."""
    import shellingham

    try:
        return str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        return os.path.basename(os.environ.get("SHELL", ""))
