"""The configuration: every wrong variable is told, and the key is made once."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from participa.core.config import Config, from_environment, inspect, options
from participa.core.logs import _hide_addresses, _hide_secrets

WRONG = {
    "DATABASE_URL": ["mysql://x", "x", "http://[", "postgres://x"],
    "SECRET_KEY": ["corta", "x" * 31],
    "BASE_URL": [
        "",
        "ftp://x",
        "participa.gov.co",
        "http://",
        "http://[",
        "https://x:puerto",
        "//x",
    ],
    "SOURCE_URL": ["ftp://x", "codigo.gov.co", "http://", "//x"],
    "REDIS_URL": ["http://x", "localhost:6379", "redis://["],
    "MAIL_URL": ["http://x", "smtp.x.co", "smtp://x:puerto"],
    "MAIL_SENDER": ["participa", ""],
    "PROXY_HOPS": ["-1", "6", "uno", "1.5", ""],
    "LOG_LEVEL": ["verbose", ""],
    "DEMO": ["quizas", "2"],
    "DEBUG": ["quizas"],
    "EMBEDDED_WORKER": ["tal vez"],
    "UNKNOWN": ["x"],
    "SECRETKEY": ["x"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_variable_is_named_and_the_only_one(name, value):
    variable = f"PARTICIPA_{name}"
    config, problems = from_environment({variable: value})
    assert [each.path for each in problems] == [variable]
    assert str(problems[0].message)
    assert isinstance(config, Config)


def test_all_problems_are_told_at_once():
    wrong = {f"PARTICIPA_{name}": values[0] for name, values in WRONG.items()}
    _config, problems = from_environment(wrong)
    assert {each.path for each in problems} == set(wrong)


def test_right_values_and_those_of_others():
    config, problems = from_environment(
        {
            "PARTICIPA_DATABASE_URL": "postgresql://u:p@db/participa",
            "PARTICIPA_BASE_URL": "https://participa.gov.co/",
            "PARTICIPA_PROXY_HOPS": "2",
            "PARTICIPA_DEMO": "sí",
            "PARTICIPA_EMBEDDED_WORKER": "no",
            "PARTICIPA_TEST_ENGINES": "sqlite",
            "PATH": "/bin",
        }
    )
    assert problems == []
    assert (config.proxy_hops, config.demo, config.embedded_worker) == (2, True, False)
    assert config.host == "participa.gov.co"
    assert not config.is_sqlite


def test_the_defaults_are_sound():
    assert from_environment({}) == (Config(), [])
    assert inspect(Config()) == []
    assert Config().is_sqlite
    assert len(options()) == len({name for name, _default, _sentence in options()})
    assert all(sentence for _name, _default, sentence in options())


@pytest.mark.parametrize(
    ("base", "host", "expected"),
    [
        ("https://a.co", None, "https://a.co"),
        ("https://a.co/", "b.co", "https://b.co"),
        ("http://a.co:8000/", "b.co", "http://b.co:8000"),
        ("http://a.co:8000/", None, "http://a.co:8000"),
    ],
)
def test_addresses_of_organizations(base, host, expected):
    assert Config(base_url=base).address(host) == expected


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    folder = tmp_path / "new" / "data"
    key = Config(data_dir=str(folder)).secret()
    assert len(key) >= 32
    assert Config(data_dir=str(folder)).secret() == key
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert [each.name for each in folder.iterdir()] == ["secret_key"]
    assert Config(data_dir=str(folder), secret_key="x" * 40).secret() == "x" * 40


def test_workers_that_start_at_once_agree_on_the_key(tmp_path):
    for attempt in range(20):
        config = Config(data_dir=str(tmp_path / str(attempt)))
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(lambda _n, config=config: config.secret(), range(8)))
        assert len(keys) == 1
        assert keys.pop()


def test_without_hard_links_the_key_is_still_whole(tmp_path, monkeypatch):
    def refuse(*_args):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    config = Config(data_dir=str(tmp_path))
    assert config.secret() == config.secret() != ""
    assert [each.name for each in tmp_path.iterdir()] == ["secret_key"]


def test_logs_hide_secrets_and_addresses():
    entry = _hide_secrets(None, "", {"password": "x", "token": "y", "email": "z", "rule": "/a"})
    assert entry == {"password": "•••", "token": "•••", "email": "•••", "rule": "/a"}
    entry = _hide_addresses(
        None, "", {"exception": "Key (email)=(rosa.q+1@correo.com.co) is", "n": 1}
    )
    assert entry == {"exception": "Key (email)=(•••@•••) is", "n": 1}
