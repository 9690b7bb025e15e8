"""A real Matrix homeserver on loopback, and a user of it."""

import hashlib
import hmac
import json
import os
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from process import until

PYTHON = Path(__file__).parents[2] / ".cache" / "matrix-synapse" / "bin" / "python"
_SHARED = "planted-shared-secret"


class User:
    """One who is logged in at a homeserver."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self.token = token

    def ask(self, method: str, path: str, body: object = None) -> dict:
        return ask(method, f"{self._url}/_matrix/client/v3{path}", body, self.token)

    def send(self, room: str, kind: str, content: dict) -> str:
        """Send an event; gives its id."""
        return self.ask("POST", f"/rooms/{quote(room)}/send/{kind}", content)["event_id"]

    def messages(self, room: str) -> list[dict]:
        """The messages of a room, the newest first."""
        events = self.ask("GET", f"/rooms/{quote(room)}/messages?dir=b&limit=100")["chunk"]
        return [event for event in events if event["type"] == "m.room.message"]


class Homeserver:
    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def register(self, name: str, password: str) -> User:
        """Make a user by the shared secret: https://element-hq.github.io/synapse/latest/admin_api/register_api.html."""
        address = f"{self.url}/_synapse/admin/v1/register"
        nonce = ask("GET", address)["nonce"]
        signed = f"{nonce}\0{name}\0{password}\0notadmin".encode()
        mac = hmac.new(_SHARED.encode(), signed, hashlib.sha1).hexdigest()
        asked = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        return User(self.url, ask("POST", address, asked)["access_token"])


def ask(method: str, url: str, body: object = None, token: str = "") -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Authorization": f"Bearer {token}"} if token else {}, method=method)  # noqa: S310
    with urlopen(request, timeout=60) as answer:  # noqa: S310  loopback
        return json.load(answer)


@contextmanager
def homeserver(folder: Path) -> Iterator[Homeserver]:
    """Synapse on SQLite, with its files in a folder."""
    assert PYTHON.exists(), "run .ci/peers, which installs Synapse"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder.mkdir()
    (folder / "signing.key").write_text(f"ed25519 a_1 {b64encode(os.urandom(32)).decode().rstrip('=')}\n")
    listener = {"port": port, "type": "http", "bind_addresses": ["127.0.0.1"], "resources": [{"names": ["client"]}]}
    settings = {
        "server_name": "localhost",
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "signing_key_path": str(folder / "signing.key"),
        "media_store_path": str(folder / "media"),
        "pid_file": str(folder / "pid"),
        "registration_shared_secret": _SHARED,
        "macaroon_secret_key": _SHARED,
        "report_stats": False,
        "trusted_key_servers": [],
        "bcrypt_rounds": 4,
    }
    config = folder / "homeserver.yaml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    command = [str(PYTHON), "-m", "synapse.app.homeserver", "--config-path", str(config)]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port) or process.poll() is not None, "a homeserver that answers")
        assert process.poll() is None, (folder / "log.txt").read_text()
        yield Homeserver(port)
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
