"""A headless browser, driven over its debugging pipe: two file descriptors, no server, no port."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FOUND = next(filter(None, map(shutil.which, NAMES)), None) if os.name == "posix" else None
PATIENCE = 30.0
"""Seconds until an answer is given up."""
READY = "document.documentElement?.dataset.ready && location.href"
# The only pages that are opened are the tests' own: they need no sandbox, which root has not.
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


class Browser:
    """One page of a browser, and what it reported."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._left = b""
        self._last = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        opened = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = opened["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility", "DOM"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; events that arrive meanwhile are kept."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._last:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        end = monotonic() + PATIENCE
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._back], [], [], max(0.0, end - monotonic()))
            part = os.read(self._back, 1 << 20) if ready else b""
            assert part, "the browser does not answer"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def open(self, path: Path) -> None:
        """Load a file and wait until its script has drawn it."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        end = monotonic() + PATIENCE
        while self.run(READY) != path.as_uri():
            assert monotonic() < end, ("the page is not drawn", self.complaints())

    def run(self, code: str) -> Any:
        """Return what an expression gives in the page."""
        answer = self.call("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key that has a name, as a person does."""
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def look(self, width: int, scheme: str = "light", media: str = "screen") -> None:
        """Set the width of the window, light or dark, and screen or print."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def picture(self, path: Path) -> None:
        """Save the whole page as PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[Any]:
        """Return errors, what was written to the console, and requests for anything but a file."""
        self.call("Runtime.evaluate", expression="0")
        odd = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [
            event["params"]
            for event in self.events
            if event["method"] in odd
            or (
                event["method"] == "Network.requestWillBeSent"
                and not event["params"]["request"]["url"].startswith("file:")
            )
        ]


def starts() -> bool:
    """Tell whether there is a browser, and not only a name that asks to install one."""
    if FOUND is None:
        return False
    return subprocess.run([FOUND, "--version"], capture_output=True, check=False).returncode == 0


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser with a profile in a folder, and end it."""
    assert FOUND
    theirs, to = os.pipe()
    back, ours = os.pipe()
    # The protocol reads from descriptor 3 and writes to 4.
    shell = f'exec "$0" "$@" 3<&{theirs} 4>&{ours}'
    command = ["bash", "-c", shell, FOUND, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen(
            command, pass_fds=(theirs, ours), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    os.close(theirs)
    os.close(ours)
    try:
        page = Browser(to, back)
        yield page
        page._session = ""
        page.call("Browser.close")
    finally:
        os.close(to)
        os.close(back)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
