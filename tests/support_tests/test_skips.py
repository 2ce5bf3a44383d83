"""A skip is a failure in CI, in a test as in a whole file."""

from __future__ import annotations

import pytest

pytest_plugins = ("pytester",)

ONE = """
import pytest as p

def test_runs():
    pass

@p.mark.skip(reason="no wish")
def test_skips():
    pass
"""
TWO = """
import pytest as p

p.skip("no wish", allow_module_level=True)
"""


@pytest.fixture
def project(
    pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A project with one test that runs, one that skips itself and a file that does."""
    monkeypatch.setenv("PYTHONPATH", str(request.config.rootpath))
    pytester.makepyfile(test_one=ONE, test_two=TWO)
    return pytester


def run(project: pytest.Pytester) -> pytest.RunResult:
    """Run the project with our hooks alone."""
    return project.runpytest_subprocess("-p", "tests.support.skips", "--continue-on-collection-errors")


def test_in_ci_a_skip_fails(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = run(project)
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["*skipped, which CI does not allow*no wish*"])
    assert result.ret != 0


def test_elsewhere_it_does_not(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    result = run(project)
    result.assert_outcomes(passed=1, skipped=2)
