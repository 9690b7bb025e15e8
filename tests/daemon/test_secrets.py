"""A token planted wherever a secret can stand is told nowhere: no log line, traceback, row of the ledger or output."""

import json
import socket
import sqlite3
import threading
from base64 import b64encode
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from planted import PLANTED, leaks
from process import Hook, alertd, lasting, running, until, write_truces

LEAKY = """
from alertd.channels import Outcome
from alertd.domain.agenda import Verdict


class Leaky:
    def __init__(self, name, url, tells):
        self.name, self._url, self._tells = name, url, tells

    async def send(self, message):
        if self._tells:
            return Outcome(Verdict.FAILED, f"cannot reach {self._url}")
        token = self._url
        raise RuntimeError(f"cannot reach {token}")

    async def aclose(self):
        pass


def crashing(opening):
    return [Leaky(opening.targets[0], opening.urls[0].get_secret_value(), False)]


def telling(opening):
    return [Leaky(opening.targets[0], opening.urls[0].get_secret_value(), True)]
"""


class Planted:
    """A config folder with a secret in every place that can hold one."""

    def __init__(self, config, answering: int, dead: int) -> None:
        self.config = config
        self.env = {"PYTHONPATH": str(config / "packages"), "CREDENTIALS_DIRECTORY": str(config / "credentials")}
        _bring_kinds(config / "packages")
        lines = ['[policy]\nlead_times = ["1h", "2s"]\nafter = []']
        for state, port in (("answering", answering), ("dead", dead)):
            for name, url in urls(f"127.0.0.1:{port}").items():
                if (name, state) == ("mail", "answering"):
                    continue  # a web server leaves a mail without an answer
                kind = name if name in ("webhook", "crashing", "telling") else "apprise"
                kept = self._kept(f"{name}-{state}", url)
                lines += ["[[channel]]", f'name = "{name}-{state}"', f'kind = "{kind}"', f"url = {kept}"]
                if kind == "webhook":
                    signing = "whsec_" + b64encode(f"{PLANTED}-signing-{state}".encode()).decode()
                    lines.append(f"secret = {self._kept(f'signing-{state}', signing)}")
        heart = self._kept("heart", f"http://{PLANTED}-u:{PLANTED}-h@127.0.0.1:{dead}/{PLANTED}-ping?k={PLANTED}-k")
        self.board = f"127.0.0.1:{free_port()}"
        lines += [
            "[board]",
            f'listen = "{self.board}"',
            f"token = {self._kept('board', f'{PLANTED}-board-of-the-desk')}",
        ]
        lines += ["[ops]", 'channel = "webhook-answering"', f'heartbeat = {{ url = {heart}, every = "1s" }}', ""]
        (config / "alertd.toml").write_text("\n".join(lines))

    def _kept(self, name: str, value: str) -> str:
        """Keep a secret in a file, a credential or the environment, by turns; the environment has each anyway."""
        variable = f"ALERTD_{name.upper().replace('-', '_')}"
        self.env[variable] = value
        place = ("file", "credential", "env")[len(self.env) % 3]
        if place == "env":
            return f'{{ env = "{variable}" }}'
        folder = self.config / "credentials" if place == "credential" else self.config
        folder.mkdir(exist_ok=True)
        (folder / f"{name}-url").write_text(value)
        return f'{{ {place} = "{name}-url" }}'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def pages(board):
    """What the board shows to whoever may see it, and to whoever may not."""
    shown = []
    for path in (
        "",
        "timeline",
        "state",
        "api/v1/truces",
        "api/v1/deliveries",
        "calendar.ics",
        "metrics",
        "readyz",
        "none",
    ):
        for token in (f"{PLANTED}-board-of-the-desk", f"{PLANTED}-wrong"):
            asked = Request(f"http://{board}/{path}", headers={"Authorization": f"Bearer {token}"})
            try:
                with urlopen(asked, timeout=10) as answer:  # noqa: S310
                    shown.append(f"{answer.headers}\n{answer.read().decode()}")
            except HTTPError as error:
                shown.append(f"{error.headers}\n{error.read().decode()}")
    return shown


def urls(at):
    """A URL of each service that can be had on loopback, with secrets wherever it takes some."""
    user = f"{PLANTED}-user:{PLANTED}-word%2F%C3%A4"
    return {
        "webhook": f"http://{PLANTED}-user:{PLANTED}-word@{at}/{PLANTED}-path?sig={PLANTED}-query",
        "json": f"json://{user}@{at}/{PLANTED}-way?+X-Token={PLANTED}-header&:key={PLANTED}-field",
        "form": f"form://{at}/{PLANTED}-form/?-arg={PLANTED}-argument",
        "xml": f"xml://{user}@{at}/{PLANTED}-xml",
        "mail": f"mailto://{user}@{at}?from=a@example.org&to=b@example.org&+X-Key={PLANTED}-mail-header",
        "gotify": f"gotify://{at}/{PLANTED}-gotify",
        "ntfy": f"ntfy://{user}@{at}/topic",
        "matrix": f"matrix://{user}@{at}/%23room",
        "mattermost": f"mmost://{at}/{PLANTED}-mattermost",
        "crashing": f"leak://127.0.0.1/{PLANTED}-crashing?x={PLANTED}-more",
        "telling": f"leak://127.0.0.1/{PLANTED}-telling?x={PLANTED}-more",
    }


def _bring_kinds(packages) -> None:
    """Kinds of somebody else, one that crashes with its secret and one that tells it."""
    facts = packages / "leaky-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[alertd.channels]\ncrashing = leaky:crashing\ntelling = leaky:telling\n")
    (packages / "leaky.py").write_text(LEAKY)


class Answering(BaseHTTPRequestHandler):
    """Answers every post alike, whatever it says."""

    status = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args) -> None:
        """Be quiet."""


@pytest.fixture
def answering():
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (Answering,), {}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def planted(tmp_path, answering):
    with Hook() as dead:
        dead.stop()
        write_truces(tmp_path, lasting("ghouta", 86400))
        yield Planted(tmp_path, answering.server_port, dead.port)


def ledger_text(config):
    """Every row of every table."""
    with closing(sqlite3.connect(config / "state" / "ledger.db")) as ledger:
        tables = [name for (name,) in ledger.execute("select name from sqlite_master where type = 'table'")]
        return "\n".join(str(row) for table in tables for row in ledger.execute(f"select * from {table}"))  # noqa: S608


COMMANDS = (
    ("check",),
    ("check", "--json"),
    ("plan",),
    ("plan", "--json"),
    ("status",),
    ("status", "--json"),
    ("history",),
    ("history", "--json"),
    ("rehearse", "--from", "2026-01-01 0000 UTC", "--to", "2026-01-02 0000 UTC", "--json"),
    ("show", "ghouta"),
    ("show", "ghouta", "--json"),
    ("export", "--format", "json"),
    ("extend", "ghouta", "--by", "24h", "--yes"),
    ("withdraw", "nowhere", "--yes"),
    ("test-channel", "--all"),
    ("test-channel", "--all", "--json"),
    ("tell-down",),
)


def test_a_running_daemon_and_every_command_keep_what_they_were_given(planted, answering):
    with ExitStack() as stack:
        process = stack.enter_context(running(planted.config, options=("--log-level", "debug"), env=planted.env))
        until(lambda: "delivery.crashed" in process.logged(), "a channel that crashes")
        until(lambda: "heartbeat.failed" in process.logged(), "a heartbeat that fails")
        answering.RequestHandlerClass.status = 500
        write_truces(planted.config, lasting("homs", 86400), name="more.toml")
        until(lambda: process.logged().count("HTTP 500") >= 1, "a server that answers with 500")
        answering.RequestHandlerClass.status = 401
        write_truces(planted.config, lasting("latakia", 86400), name="most.toml")
        until(lambda: "401" in process.logged(), "a server that answers with 401")
        told = [process.logged(), process.said()]
        outputs = {
            command: alertd(planted.config, "--log-level", "debug", *command, env=planted.env) for command in COMMANDS
        }
        shown = pages(planted.board)
        copy = planted.config / "copy.db"
        outputs["backup",] = alertd(planted.config, "backup", str(copy), env=planted.env)
        assert process.stop() == 0
        told.append(process.logged())
    assert outputs["backup",].returncode == 0, "a copy is made while the daemon runs"
    assert sum("ghouta" in page for page in shown) >= 1, "the board shows the truce to whoever may see it"
    told += [*shown, *(done.stdout + done.stderr for done in outputs.values())]
    assert leaks("\n".join(told)) == []
    assert leaks(ledger_text(planted.config)) == []
    files = [*(planted.config / "state").iterdir(), copy]
    assert [path.name for path in files if leaks(path.read_bytes().decode(errors="replace"))] == []
    verdicts = {result["outcome"] for result in json.loads(outputs["test-channel", "--all", "--json"].stdout)}
    assert verdicts == {"failed", "refused", "unsure"}, "a test in which nothing went wrong has shown little"
