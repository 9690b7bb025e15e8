# `make fast` while you work, `make check` before you commit, `.ci/run` before a change lands.
# Both need `.venv`: python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e '.[dev]'

bin := .venv/bin

# What waits for no process, no clock and no disk, and reads no page of documentation; under 15 seconds on two processors.
units := tests/domain tests/register tests/test_logs.py tests/times tests/message
slow := $(foreach name,beneath cache hostile mistakes mutations,--ignore tests/register/test_$(name).py) $(foreach name,hostile_titles templates,--ignore tests/message/test_$(name).py) --ignore tests/times/test_zones.py

.PHONY: fast check docs

fast:
	HYPOTHESIS_PROFILE=dev $(bin)/pytest -q $(units) $(slow)

check:
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports
	$(MAKE) fast
	$(bin)/pytest -q tests/test_docs.py tests/test_architecture.py

# The tables in docs/ that are made from the code.
docs:
	DOCS=write $(bin)/pytest -q tests/test_docs.py -k test_the_tables_of_a_page
