"""Take the README's pictures from a fresh demonstration city: `python dev/pictures.py`."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PORT = 8177
ADDRESS = f"http://127.0.0.1:{PORT}"
CHROMIUM = os.environ.get("PARTICIPA_CHROMIUM", "/usr/bin/chromium")
MODERATION = "/gestion/procesos/ideas-para-el-espacio-publico/moderacion"
PICTURES = (
    # name, account's button (None: a visitor), path, width, height
    ("inicio", None, "/", 1280, 900),
    ("proceso-celular", None, "/procesos/ideas-para-el-espacio-publico", 360, 900),
    ("propuestas", None, "/procesos/ideas-para-el-espacio-publico/propuestas", 1280, 900),
    ("caso", "Martha", f"{MODERATION}/casos/3", 1280, 900),
    ("fases", "Beatriz", "/gestion/procesos/ideas-para-el-espacio-publico/fases", 1280, 900),
)


def main() -> None:
    """Start the demonstration, take every picture, stop it."""
    with tempfile.TemporaryDirectory() as data:
        server = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("participa")),
                *("demo", "--port", str(PORT), "--data", f"{data}/city"),
            ]
        )
        try:
            wait()
            take()
        finally:
            server.terminate()
            server.wait()


def wait(seconds: int = 60) -> None:
    """Wait until the demonstration answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            http.client.HTTPConnection("127.0.0.1", PORT, timeout=2).request("GET", "/healthz")
        except OSError:
            time.sleep(0.3)
        else:
            return
    sys.exit("the demonstration did not start")


def take() -> None:
    """Take the pictures, with few colours so that a clone stays light."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, account, path, width, height in PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="es-CO"
            )
            page = context.new_page()
            if account is not None:
                page.goto(f"{ADDRESS}/entrar")
                page.get_by_role("button", name=account).first.click()
                page.wait_for_load_state()
            page.goto(f"{ADDRESS}{path}")
            target = FOLDER / f"{name}.png"
            page.screenshot(path=str(target))
            Image.open(target).convert("RGB").quantize(64).save(target, optimize=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
