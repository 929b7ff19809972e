"""A test that needs a tool of the machine says so when it is not there."""

import os
from collections.abc import Callable

import pytest

RequireTool = Callable[[str], str]


@pytest.fixture(autouse=True)
def _no_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)


def test_a_missing_tool_fails_the_test_where_ci_is_set(
    require_tool: RequireTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        require_tool("chromium")


def test_a_missing_tool_skips_the_test_elsewhere_and_names_the_debian_package(
    require_tool: RequireTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        require_tool("chromium")


def test_a_tool_that_no_row_names_is_an_error(require_tool: RequireTool) -> None:
    with pytest.raises(KeyError, match="lathe"):
        require_tool("lathe")
