"""What uv is given so that it makes an environment of its own again as it was."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from forexhooks import PluginError
from forexhooks.cli import uv_tools

RECEIPT = """
[tool]
python = "3.12"
requirements = [
    { name = "forexhooks", extras = ["frames", "plot"], specifier = ">=1,<2" },
    { name = "forexhooks-acme", path = "/wheels/forexhooks_acme-1.0-py3-none-any.whl" },
    { name = "Forexhooks_Bank", editable = "/src/bank" },
    { name = "forexhooks-git", git = "https://example.com/fx.git?tag=v1&subdirectory=x" },
    { name = "forexhooks-url", url = "https://example.com/fx.tar.gz" },
    { name = "httpie" },
]
entrypoints = [
    { name = "forexhooks", install-path = "/home/me/bin/forexhooks", from = "forexhooks" },
    { name = "http", install-path = "/home/me/bin/http", from = "httpie" },
]

[tool.options]
prerelease = "allow"
no-index = false
no-build = true
find-links = ["file:///wheels", "file:///more"]
index = [{ url = "https://one.example/simple" }, { url = "https://two.example", default = true }]
"""


@pytest.fixture
def receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prefix = tmp_path / "tools" / "forexhooks"
    prefix.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(prefix))
    receipt = prefix / uv_tools.RECEIPT
    receipt.write_text(RECEIPT, encoding="utf-8")
    return receipt


def test_all_it_was_made_with_is_given_again(receipt: Path) -> None:
    assert uv_tools.made_with(set(), []) == [
        "--prerelease=allow",
        "--no-build",
        "--find-links=file:///wheels",
        "--find-links=file:///more",
        "--index=https://one.example/simple",
        "--default-index=https://two.example",
        *("--python", "3.12"),
        "--with-executables-from=httpie",
        "forexhooks[frames,plot]>=1,<2",
        *("--with", "forexhooks-acme @ file:///wheels/forexhooks_acme-1.0-py3-none-any.whl"),
        *("--with-editable", "/src/bank"),
        *("--with", "forexhooks-git @ git+https://example.com/fx.git@v1#subdirectory=x"),
        *("--with", "forexhooks-url @ https://example.com/fx.tar.gz"),
        *("--with", "httpie"),
    ]


def test_but_for_what_goes_and_what_is_given_anew(receipt: Path) -> None:
    but = {"forexhooks-acme", "forexhooks-bank", "forexhooks-git", "forexhooks-url", "httpie"}
    anew = ["--find-links", "/other", "--prerelease=disallow", "--index=x"]
    assert uv_tools.made_with(but, anew) == [
        "--no-build",
        *("--python", "3.12"),
        "forexhooks[frames,plot]>=1,<2",
    ]


def test_where_the_environment_is(receipt: Path) -> None:
    assert uv_tools.environment() == {
        "UV_TOOL_DIR": str(receipt.parent.parent),
        "UV_TOOL_BIN_DIR": str(Path("/home/me/bin")),
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[tool]\nrequirements = []\nconstraints = []", "with constraints, which cannot be given"),
        ("[tool", "uv-receipt.toml cannot be read"),
        ("", "uv-receipt.toml cannot be read"),
        ("[tool]\npython = '3.12'", "uv-receipt.toml cannot be read"),
    ],
)
def test_what_cannot_be_given_again_is_refused(content: str, says: str, receipt: Path) -> None:
    receipt.write_text(content, encoding="utf-8")
    with pytest.raises(PluginError, match=says):
        uv_tools.made_with(set(), [])
