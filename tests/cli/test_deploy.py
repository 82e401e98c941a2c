"""The samples for a server: nginx takes them, passes on who asks, and has a page of its own."""

import http.server
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).resolve().parents[2] / "examples" / "deploy"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_all):
        pass


@pytest.fixture
def site(tmp_path):
    """Run nginx with the sample, on ports and in folders of its own; gives both ports."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    openssl = shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx and openssl are not installed here")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    port, behind, plain = free_port(), free_port(), free_port()
    sample = (SAMPLES / "nginx.conf").read_text()
    for pattern, value in (
        (r"(?m)^\s*listen \[::\].*$", ""),
        (r"listen 80;", f"listen 127.0.0.1:{plain};"),
        (r"listen 443", f"listen 127.0.0.1:{port}"),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{behind}"),
        (r"/etc/letsencrypt/\S+/fullchain.pem", str(tmp_path / "cert.pem")),
        (r"/etc/letsencrypt/\S+/privkey.pem", str(tmp_path / "key.pem")),
        (r"/var/log/nginx", str(tmp_path)),
        (r"/usr/share/participa", str(SAMPLES)),
        (r"/etc/nginx/participa_proxy.conf", str(SAMPLES / "participa_proxy.conf")),
    ):
        sample, changed = re.subn(pattern, value, sample)
        assert changed, pattern
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
        f" events {{}} http {{ {temporary}\n{sample}\n}}"
    )
    words = [nginx, "-p", tmp_path, "-e", tmp_path / "error.log", "-c", file]
    tried = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr
    process = subprocess.Popen(words)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield port, behind
    process.terminate()
    process.wait()


def ask(port, path="/", **headers):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers=headers)
    return urllib.request.urlopen(request, context=trusting)  # noqa: S310


def test_nobody_behind_it_is_told_in_spanish(site):
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(site[0], "/procesos")
    with refused.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (502, "60")
        assert "Volvemos en un momento" in answer.read().decode()


def test_it_passes_on_who_asks_and_nobody_can_lie(site):
    port, behind = site
    with http.server.ThreadingHTTPServer(("127.0.0.1", behind), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with ask(port, **{"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.test"}) as answer:
            told = answer.read().decode()
        server.shutdown()
        thread.join()
    assert "X-Forwarded-For: 127.0.0.1" in told
    assert "X-Forwarded-Proto: https" in told
    assert "6.6.6.6" not in told
    assert "evil" not in told


@pytest.mark.parametrize("unit", sorted(SAMPLES.glob("*.service")), ids=lambda each: each.name)
def test_units_start_commands_that_there_are(unit):
    words = re.search(
        r"^ExecStart=/opt/participa/bin/participa (.*)$", unit.read_text(), re.MULTILINE
    )
    assert words[1].split()[0] in {"serve", "worker", "backup"}
    assert "EnvironmentFile=/etc/participa/participa.env" in unit.read_text()
