from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

import forexhooks
from forexhooks import Settings, read_settings
from forexhooks.support.settings import is_offline


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config file, in the place where it is looked for."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    folder = Path(platformdirs.user_config_dir("forexhooks", appauthor=False))
    folder.mkdir(parents=True)
    return folder / "forexhooks.toml"


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    settings = read_settings()
    assert (settings.default_drivers, settings.offline, settings.extensions) == (
        ("ecb",),
        False,
        (),
    )


def test_the_environment_comes_before_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(
        'default_driver = "filed"\noffline = true\nextensions = ["one", "two"]\n'
        '[drivers.acme]\napp_id = "from the file"\nbase_url = "https://example.com"\n'
    )
    settings = read_settings()
    assert (settings.default_drivers, settings.offline) == (("filed",), True)
    assert settings.extensions == ("one", "two")
    monkeypatch.setenv("FOREXHOOKS_DEFAULT_DRIVER", "named")
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "no")
    monkeypatch.setenv("FOREXHOOKS_EXTENSIONS", "three, four,")
    monkeypatch.setenv("FOREXHOOKS_ACME_APP_ID", "from the environment")
    settings = read_settings()
    assert (settings.default_drivers, settings.offline) == (("named",), False)
    assert settings.extensions == ("three", "four")
    assert settings.of_driver("acme", ["app_id", "base_url", "plan"]) == {
        "app_id": "from the environment",
        "base_url": "https://example.com",
    }


def test_whether_the_network_is_off_is_read_anew_when_a_setting_changes(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_offline()
    config.write_text("offline = true\n")
    assert is_offline() and is_offline()
    config.write_text("offline = false\n")
    assert not is_offline()
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "yes")
    assert is_offline()
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    config.write_text("offline = 'perhaps'\n")
    for _ in range(2):
        with pytest.raises(forexhooks.SettingsError, match="perhaps"):
            is_offline()
    (config.parent / "other.toml").write_text("offline = true\n")
    monkeypatch.setenv("FOREXHOOKS_CONFIG", str(config.parent / "other.toml"))
    assert is_offline()
    monkeypatch.delenv("FOREXHOOKS_CONFIG")
    config.unlink()
    assert not is_offline()


def test_a_drivers_dash_is_an_underscore_in_the_environment() -> None:
    settings = Settings({"FOREXHOOKS_MY_BANK_KEY": "k"}, {})
    assert settings.of_driver("my-bank", ["key"]) == {"key": "k"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("default_driver = ", "cannot be read"),
        ("default_drivr = 'ecb'", r"default_drivr \(did you mean 'default_driver'\?\)"),
        ("default_driver = 3", "default_driver must be a list of names"),
        ("default_driver = ' '", "default_driver must name a driver"),
        ("offline = 'perhaps'", "offline is 'perhaps': write true or false"),
        ("extensions = 'one'\nextension = 1", "there is no setting extension"),
        ("extensions = [1]", "extensions must be a list of names"),
        ("drivers = 3", "as a table"),
        ("drivers.acme = 3", "as a table"),
    ],
)
def test_a_file_that_makes_no_sense(config: Path, content: str, says: str) -> None:
    config.write_text(content)
    with pytest.raises(forexhooks.SettingsError, match=says) as refused:
        read_settings()
    assert str(config) in str(refused.value)


def test_a_setting_that_a_driver_does_not_know(config: Path) -> None:
    config.write_text("[drivers.acme]\nap_id = 'k'\n")
    with pytest.raises(forexhooks.SettingsError, match=r"drivers.acme.ap_id .*'app_id'"):
        read_settings().of_driver("acme", ["app_id"])


def test_a_variable_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "perhaps")
    with pytest.raises(forexhooks.SettingsError, match=r"^FOREXHOOKS_OFFLINE is 'perhaps'"):
        read_settings()


def test_another_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    monkeypatch.setenv("FOREXHOOKS_CONFIG", str(other))
    with pytest.raises(forexhooks.SettingsError, match=r"other\.toml cannot be read"):
        read_settings()
    other.write_text("default_driver = 'other'")
    assert read_settings().default_drivers == ("other",)


def test_a_repr_shows_no_value() -> None:
    settings = Settings(
        {"FOREXHOOKS_ACME_APP_ID": "secret-1"}, {"drivers": {"acme": {"app_id": "secret-2"}}}
    )
    assert "secret" not in repr(settings)
    assert "acme" in repr(settings)


def test_without_a_home_of_its_own_the_folder_is_that_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for configured in ("", "relative/folder", str(tmp_path / "xdg")):
        monkeypatch.setenv("XDG_CONFIG_HOME", configured)
        folder = Path(platformdirs.user_config_dir("forexhooks", appauthor=False))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "forexhooks.toml").write_text(f"default_driver = '{len(configured)}'")
        assert read_settings().default_drivers == (str(len(configured)),)


def test_the_address_of_a_driver() -> None:
    from forexhooks_ecb import BASE_URL, ECB

    assert ECB().base_url == BASE_URL
    assert ECB(base_url="HTTPS://rates.example.com/x/").base_url == "https://rates.example.com/x"
    for wrong in ("rates.example.com", "ftp://rates.example.com", "https://", ""):
        with pytest.raises(forexhooks.SettingsError, match=r"^ecb: base_url is"):
            ECB(base_url=wrong)


def test_a_found_driver_is_made_with_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREXHOOKS_ECB_BASE_URL", "http://127.0.0.1:8000")
    manager = forexhooks.ForexManager(discover=True)
    forexhooks.open("ecb", manager=manager)
    assert manager.get_plugin("ecb").base_url == "http://127.0.0.1:8000"  # type: ignore[union-attr]
    monkeypatch.setenv("FOREXHOOKS_ECB_BASE_URL", "nonsense")
    with pytest.raises(forexhooks.SettingsError, match="'nonsense'"):
        forexhooks.open("ecb", manager=forexhooks.ForexManager(discover=True))


@pytest.mark.parametrize(
    ("word", "offline"),
    [("1", True), ("TRUE", True), (" yes ", True), ("on", True),
     ("0", False), ("False", False), ("no", False), ("OFF", False), ("", False)],
)  # fmt: skip
def test_words_for_yes_and_no(word: str, offline: bool) -> None:
    assert Settings({"FOREXHOOKS_OFFLINE": word}, {"offline": not offline}).offline is offline
    assert Settings({}, {"offline": word}).offline is offline


@pytest.mark.parametrize("word", ["2", "ja", "truee", "none", "-1"])
def test_words_that_are_neither_yes_nor_no(word: str) -> None:
    with pytest.raises(forexhooks.SettingsError, match="write true or false"):
        Settings({"FOREXHOOKS_OFFLINE": word}, {"offline": True})
    with pytest.raises(forexhooks.SettingsError, match=r"f\.toml: offline .*write true or false"):
        Settings({}, {"offline": word}, "f.toml")


@pytest.mark.parametrize("wrong", [0.5, [], {}, [True]], ids=repr)
def test_a_yes_or_no_that_is_no_word(wrong: object) -> None:
    with pytest.raises(forexhooks.SettingsError, match="write true or false"):
        Settings({}, {"offline": wrong})


def test_the_named_file_comes_in_place_of_the_usual_one(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("default_driver = 'usual'\nextensions = ['usual']")
    other = tmp_path / "other.toml"
    other.write_text("default_driver = 'other'")
    monkeypatch.setenv("FOREXHOOKS_CONFIG", str(other))
    assert (read_settings().default_drivers, read_settings().extensions) == (("other",), ())
    monkeypatch.setenv("FOREXHOOKS_CONFIG", "")
    assert read_settings().default_drivers == ("usual",)
    monkeypatch.setenv("FOREXHOOKS_CONFIG", str(tmp_path))
    with pytest.raises(forexhooks.SettingsError, match="cannot be read"):
        read_settings()


def test_a_byte_order_mark_is_no_part_of_the_file(config: Path) -> None:
    config.write_text("default_driver = 'acme'\r\n", encoding="utf-8-sig", newline="")
    assert read_settings().default_drivers == ("acme",)


def test_a_file_in_another_encoding_says_so(config: Path) -> None:
    config.write_text("default_driver = 'acme'", encoding="utf-16")
    with pytest.raises(forexhooks.SettingsError, match="not in UTF-8; save it as UTF-8"):
        read_settings()


def test_a_file_that_is_no_text_cannot_be_read(config: Path) -> None:
    config.write_bytes(b"default_driver = '\xff'")
    with pytest.raises(forexhooks.SettingsError, match="cannot be read"):
        read_settings()


@pytest.mark.parametrize(
    "content",
    [
        "[drivers.acme]\nkey = secret-1",
        "[drivers.acme]\nkey = 'secret-1",
        "[drivers.acme]\nkey = 'secret-1'\nkey = 'secret-2'",
        "[drivers.acme]\nkey = ['secret-1']",
        "[drivers.acme]\nkeey = 'secret-1'",
        "[drivers.acme]\nkey = 'secret-1'\nother = []",
    ],
)
def test_no_message_about_the_file_shows_a_key(config: Path, content: str) -> None:
    config.write_text(content)
    with pytest.raises(forexhooks.SettingsError) as refused:
        read_settings().of_driver("acme", ["key", "other"])
    told: BaseException | None = refused.value
    while told is not None:
        assert "secret" not in str(told)
        told = told.__cause__


def test_only_settings_that_are_set_and_known_are_given() -> None:
    environment = {"FOREXHOOKS_ACME_KEY": " k ", "FOREXHOOKS_ACME_OTHER": "x", "ACME_PLAN": "y"}
    settings = Settings(environment, {"drivers": {"bank": {"plan": "z"}}})
    assert settings.of_driver("acme", ["key", "plan"]) == {"key": "k"}
    assert settings.of_driver("nobody", ["key"]) == {}
    with pytest.raises(
        forexhooks.SettingsError, match=r"^FOREXHOOKS_ACME_KEY must be a non-empty string"
    ):
        Settings({"FOREXHOOKS_ACME_KEY": " "}, {}).of_driver("acme", ["key"])


def test_a_variable_named_after_a_driver_that_is_no_setting_of_it_is_told_apart() -> None:
    known = {"acme": ["app_id"], "acme-pro": ["key"], "raw": None, "default": [], "raw-made": ["x"]}
    environment = dict.fromkeys(
        [
            "FOREXHOOKS_ACME_APP_ID",
            "FOREXHOOKS_ACME_PRO_KEY",
            "FOREXHOOKS_RAW_ANYTHING",  # of a driver that does not say what it reads
            "FOREXHOOKS_RAW_MADE_X",
            "FOREXHOOKS_DEFAULT_DRIVER",  # everybody's
            "FOREXHOOKS_NOBODY_KEY",
            "ACME_KEY",
        ],
        "ecb",
    )
    assert Settings(environment, {}).misnamed(known) == []
    environment |= dict.fromkeys(
        ["FOREXHOOKS_ACME_KEY", "FOREXHOOKS_ACME_PRO_APP_ID", "FOREXHOOKS_DEFAULT_KEY"], "ecb"
    )
    assert Settings(environment, {}).misnamed(known) == [
        ("FOREXHOOKS_ACME_KEY", "acme"),
        ("FOREXHOOKS_ACME_PRO_APP_ID", "acme-pro"),
        ("FOREXHOOKS_DEFAULT_KEY", "default"),
    ]


@pytest.mark.parametrize("setting", ["trace", "disable_plugin_autoload"])
def test_what_can_be_switched_on(
    setting: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert getattr(read_settings(), setting) is False
    config.write_text(f"{setting} = true")
    assert getattr(read_settings(), setting) is True
    monkeypatch.setenv(f"FOREXHOOKS_{setting}".upper(), "0")
    assert getattr(read_settings(), setting) is False
