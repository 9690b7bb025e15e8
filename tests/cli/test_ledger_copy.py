"""`alertd ledger copy`: there and back, while alertd is stopped."""

from process import Process, alertd, alertd_json, in_seconds, toml_utc, truce_text, write_truces

SETTINGS = '[policy]\nlead_times = []\n[[channel]]\nname = "desk"\nkind = "console"\n'
ON_SERVER = '[ledger]\nurl = { file = "ledger-url" }\n'


def lived(config):
    """Let a daemon run for a moment; gives the delivery history that it leaves."""
    process = Process(config)
    process.start()
    assert process.stop() == 0
    return alertd_json(config, "history")


def test_a_ledger_moves_to_a_server_and_back_with_its_history(tmp_path, postgresql):
    end = toml_utc(in_seconds(3600))
    write_truces(tmp_path, truce_text("ghouta", "starts = 2016-01-01T00:00:00Z", f"ends = {end}"))
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    history, url = lived(tmp_path), postgresql.new().url
    assert history

    done = alertd(tmp_path, "ledger", "copy", "--to", url)
    assert done.returncode == 0, done.stderr
    assert "compared row by row. Write its address as `url` of [ledger] into alertd.toml" in done.stdout
    assert "planted-password" not in done.stdout + done.stderr
    refused = alertd(tmp_path, "run")
    assert (refused.returncode, "it was moved away by `alertd ledger copy`" in refused.stderr) == (1, True)

    (tmp_path / "ledger-url").write_text(url)
    (tmp_path / "alertd.toml").write_text(SETTINGS + ON_SERVER)
    assert lived(tmp_path) == history

    done = alertd(tmp_path, "ledger", "copy", "--to", "file")
    assert done.returncode == 0, done.stderr
    assert "Take `url` out of [ledger] in alertd.toml" in done.stdout
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    assert lived(tmp_path) == history


def test_a_ledger_is_not_moved_under_a_daemon_nor_to_what_is_no_place(tmp_path, postgresql):
    write_truces(tmp_path)
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    nothing = alertd(tmp_path, "ledger", "copy", "--to", postgresql.new().url)
    assert (nothing.returncode, "there is none yet" in nothing.stderr) == (1, True)
    process = Process(tmp_path)
    process.start()
    try:
        done = alertd(tmp_path, "ledger", "copy", "--to", postgresql.new().url)
    finally:
        process.stop()
    assert (done.returncode, "another alertd (process" in done.stderr) == (1, True)
    wrong = alertd(tmp_path, "ledger", "copy", "--to", "mysql://db/alertd")
    assert (wrong.returncode, "write postgresql://USER@HOST/DATABASE" in wrong.stderr) == (2, True)


def test_where_the_url_of_the_ledger_is_not_had_no_other_ledger_takes_its_place(tmp_path):
    end = toml_utc(in_seconds(3600))
    write_truces(tmp_path, truce_text("ghouta", "starts = 2016-01-01T00:00:00Z", f"ends = {end}"))
    (tmp_path / "alertd.toml").write_text(SETTINGS + ON_SERVER)
    status = alertd(tmp_path, "status")
    assert (status.returncode, "the URL of the ledger is not known" in status.stderr) == (1, True)
    process = Process(tmp_path)
    process.start("ledger.failed")
    assert process.alive
    process.kill()
    assert not (tmp_path / "state" / "ledger.db").exists()
