"""Templates of the config folder: what works counts, and what is broken is refused at once, with file and line."""

import os
import signal
import threading
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from message.test_render import CASES

from alertd.errors import Code, Level
from alertd.logs import register_secret
from alertd.message.render import FORMS, load_renderer
from alertd.message.template_process import SECONDS_AT_MOST

REMINDER = CASES["reminder"]()


@pytest.fixture
def load(tmp_path):
    """Write templates by their form, and load what the folder holds then."""

    def write_and_load(**sources):
        (tmp_path / "templates").mkdir(exist_ok=True)
        for form, source in sources.items():
            (tmp_path / "templates" / f"{form}.jinja").write_text(source)
        return load_renderer(tmp_path)

    return write_and_load


def built_in(tmp_path):
    renderer, problems = load_renderer(tmp_path / "nowhere")
    assert problems == ()
    return renderer.render([REMINDER])


@pytest.mark.parametrize("form", FORMS)
def test_a_template_of_the_folder_counts_and_the_others_stay(load, tmp_path, form):
    renderer, problems = load(**{form: "DESK {{ 'a' ~ alerts[0].title ~ 'b' }}"})
    message, usual = renderer.render([REMINDER]), built_in(tmp_path)
    assert problems == ()
    assert getattr(message, form).startswith("DESK ")
    assert {other for other in FORMS if getattr(message, other) == getattr(usual, other)} == set(FORMS) - {form}


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_of_a_built_in_template_says_the_same(load, tmp_path, form):
    renderer, problems = load(**{form: (files("alertd.message") / "templates" / f"{form}.jinja").read_text()})
    assert problems == ()
    assert renderer.render([REMINDER]) == built_in(tmp_path)


def test_what_is_known_to_be_secret_is_in_no_problem_of_a_template(load):
    register_secret("gurkensalat-4")
    _, (problem,) = load(text="{{ alerts[0]['gurkensalat-4'] }}")
    assert "***" in problem.message
    assert "gurken" not in problem.message


MEMORY = "more than 512 MiB"
BROKEN = {
    "syntax": ("fine\n{% for alert in alerts %}\nand no end", 3, Code.SYNTAX, "cannot be read"),
    "name": ("fine\n{{ alerts[0].ends_at }}", 2, Code.UNKNOWN_KEY, "ends_at"),
    "variable": ("\n\n{{ truce }}", 3, Code.UNKNOWN_KEY, "'truce' is undefined"),
    "filter": ("{{ 'a' | nonsense }}", 1, Code.SYNTAX, "nonsense"),
    "sandbox": ("fine\n{{ alerts.__class__.__mro__ }}", 2, Code.SYNTAX, "may not do"),
    "empty": ("{# nothing #}", 1, Code.MISSING, "says nothing"),
    "one kind alone": (
        "{% if alerts[0].delivery.kind == 'withdrawn' %}\n{{ gone }}{% endif %}x",
        2,
        Code.UNKNOWN_KEY,
        "gone",
    ),
    "digests alone": ("x{% if alerts | length > 1 %}{{ 1 // 0 }}{% endif %}", 1, Code.SYNTAX, "ZeroDivisionError"),
    "endless": (
        "{% for a in range(9999) %}" * 3 + "{% endfor %}" * 3 + "x",
        1,
        Code.SYNTAX,
        "more than 2 s",
    ),
    "endless calls": (
        "{% macro a() %}{% endmacro %}{% macro b() %}" + "{{ a() }}" * 30 + "{% endmacro %}"
        "{% macro c() %}"
        + "{{ b() }}" * 30
        + "{% endmacro %}{% macro d() %}"
        + "{{ c() }}" * 30
        + "{% endmacro %}{% macro e() %}"
        + "{{ d() }}" * 30
        + "{% endmacro %}{% macro f() %}"
        + "{{ e() }}" * 30
        + "{% endmacro %}{{ f() }}x",
        1,
        Code.SYNTAX,
        "more than 2 s",
    ),
    "recursion": ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}x", 1, Code.SYNTAX, "RecursionError"),
    "long": ("{% for a in range(9999) %}" + "x" * 100 + "{% endfor %}", 1, Code.SYNTAX, "characters"),
    "long and kept": (
        "{% set x %}{% for a in range(9999) %}{{ alerts[0].title * 3000 }}{% endfor %}{% endset %}x",
        1,
        Code.SYNTAX,
        MEMORY,
    ),
    "doubled": (
        "{% set n = namespace(x='xxxxxxxx') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}x",
        1,
        Code.SYNTAX,
        MEMORY,
    ),
    "added": (
        "{% set n = namespace(x='xxxxxxxx') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}x",
        1,
        Code.SYNTAX,
        MEMORY,
    ),
    "times": ("{{ 'x' * 10000000000 }}", 1, Code.SYNTAX, MEMORY),
    "times the other way": ("{% set n = 10000000000 %}{{ n * 'x' }}", 1, Code.SYNTAX, MEMORY),
    "power": ("{% set n = 99999999 %}{{ n ** n }}", 1, Code.SYNTAX, "more than 2 s"),
    "wide": ("{{ 'x'.ljust(10000000000) }}", 1, Code.SYNTAX, MEMORY),
    "wide filter": ("{{ 'x' | center(10000000000) }}", 1, Code.SYNTAX, MEMORY),
    "wide form": ("{{ '%9999999999d' % 1 }}", 1, Code.SYNTAX, MEMORY),
    "wide form by filter": ("{{ '%9999999999d' | format(1) }}", 1, Code.SYNTAX, MEMORY),
    "wide form by method": ("{{ '{:9999999999}'.format(1) }}", 1, Code.SYNTAX, MEMORY),
    "words": ("{{ 'calm ' * 50000 }}", 1, Code.SYNTAX, "characters"),
    "outside": ("{% include '../alertd.toml' %}", 1, Code.SYNTAX, "TemplateNotFound"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_template_is_refused_with_its_line_and_the_built_in_one_is_used(load, tmp_path, case):
    source, line, code, says = BROKEN[case]
    renderer, (problem,) = load(text=source)
    assert (problem.file, problem.line, problem.level, problem.code) == (
        "templates/text.jinja",
        line,
        Level.ERROR,
        code,
    )
    assert says in problem.message
    assert problem.message.endswith("the built-in one is used")
    assert renderer.render([REMINDER]) == built_in(tmp_path)


def test_a_template_that_is_not_text_is_refused(load, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "text.jinja").write_bytes(b"\xff\xfe\x00")
    _, (problem,) = load()
    assert (problem.file, problem.level) == ("templates/text.jinja", Level.ERROR)


def test_a_template_that_nothing_uses_is_told_with_the_name_that_was_meant(load):
    _, (problem,) = load(titel="x")
    assert (problem.file, problem.level, problem.code) == ("templates/titel.jinja", Level.WARNING, Code.UNKNOWN_KEY)
    assert "did you mean `title.jinja`?" in problem.message


def test_a_template_that_fails_after_all_costs_no_alert(load, tmp_path):
    """What the specimens did not show: the built-in template stands in for that one message."""
    renderer, problems = load(text="{% if alerts[0].truce_id == 'gaza-pause' %}{{ gone }}{% endif %}mine")
    assert problems == ()
    assert renderer.render([REMINDER]).text == "mine\n"
    gaza = CASES["reminder-overlap"]()
    usual, _ = load_renderer(tmp_path / "nowhere")
    assert renderer.render([gaza]).text == usual.render([gaza]).text


def test_one_that_goes_out_of_bounds_after_all_is_not_tried_again(load, tmp_path):
    endless = "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3
    renderer, problems = load(text="{% if alerts[0].truce_id == 'gaza-pause' %}" + endless + "{% endif %}mine")
    assert problems == ()
    assert renderer.render([REMINDER]).text == "mine\n"
    renderer.render([CASES["reminder-overlap"]()])
    assert renderer.render([REMINDER]) == built_in(tmp_path)


def test_a_busy_machine_is_no_fault_of_a_template(load, tmp_path):
    renderer, _ = load(text="DESK {{ alerts[0].title }}")
    children = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    (worker,) = (int(pid) for pid in children if str(tmp_path) in Path(f"/proc/{pid}/cmdline").read_text())
    os.kill(worker, signal.SIGSTOP)
    waking = threading.Timer(SECONDS_AT_MOST + 1, os.kill, (worker, signal.SIGCONT))
    waking.start()
    assert renderer.render([REMINDER]).text.startswith("DESK ")
    waking.join()


def test_a_template_sees_no_variable_of_the_environment(load, monkeypatch):
    monkeypatch.setenv("ALERTD_PLANTED", "planted-secret")
    renderer, _ = load(text="mine")
    pid = renderer._instead["text"]._process._process.pid
    assert b"planted-secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_an_overriding_template_escapes_what_somebody_wrote(load):
    renderer, _ = load(markdown="x {{ alerts[0].name }}", html="x {{ alerts[0].name }}")
    alert = CASES["reminder"]()
    message = renderer.render([replace(alert, name="<b>*bold*</b>")])
    assert message.markdown == "x &lt;b>\\*bold\\*&lt;/b>\n"
    assert message.html == "x &lt;b&gt;*bold*&lt;/b&gt;\n"
