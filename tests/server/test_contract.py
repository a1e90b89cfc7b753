"""The server keeps to what the documents say: Frankfurter's own, and ours.

`frankfurter_v1.json` and `frankfurter_v2.json` are Frankfurter's documents, as it publishes them
(github.com/lineofflight/frankfurter, MIT licence).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import checks

from forexhooks import ForexManager
from patience import CHILD_LIMIT
from server_of_ours import Server, serving

HERE = Path(__file__).parent
OURS = HERE.parents[1] / "forexhooks" / "server" / "openapi"

checks.load_all_checks()
CHECKS = [
    checks.CHECKS.get_one(name)
    for name in ("response_schema_conformance", "content_type_conformance")
]

# What it may answer a question that makes sense, or none; 502 where it names a provider, which
# cannot be reached in the tests.
STATUSES = {200, 400, 404, 406, 414, 422, 502}


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def theirs(version: str) -> dict[str, Any]:
    found = document(HERE / f"frankfurter_{version}.json")
    found["servers"] = [{"url": f"/{version}"}]
    if version == "v1":
        # Their own rates of a base like IDR have six places, and their document allows five.
        del found["components"]["schemas"]["rates"]["additionalProperties"]["multipleOf"]
        # Its list of codes is that of today, and its own example has the Cypriot pound.
        for name in ("rates", "currencies"):
            del found["components"]["schemas"][name]["propertyNames"]
    for path in found["paths"].values():
        path["get"]["responses"].setdefault("422", {"description": "What makes no sense."})
        path["get"]["responses"].setdefault("404", {"description": "There is none."})
    return found


DOCUMENTS = {
    "Frankfurter v1": theirs("v1"),
    "Frankfurter v2": theirs("v2"),
    "v1": document(OURS / "v1.json"),
    "v2": document(OURS / "v2.json"),
    "ours": document(OURS / "api.json"),
}


@pytest.mark.one_python
@pytest.mark.parametrize("name", DOCUMENTS)
def test_all_that_a_document_allows_is_answered_as_it_says(
    manager: ForexManager, name: str
) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENTS[name])
    root = DOCUMENTS[name]["servers"][0]["url"]
    with serving(manager, "ecb") as server:
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path == "/compare":
                continue  # it asks all drivers: its own test asks those that need no network
            _check(operation, server, root)


def _check(operation: Any, server: Server, root: str) -> None:
    is_large = operation.path == "/rates" or ".." in operation.path  # thirty years, some of them

    @hypothesis.settings(
        max_examples=2 if is_large else 15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def check(case: Any) -> None:
        response = case.call(base_url=f"{server.url}{root}", timeout=CHILD_LIMIT)
        assert response.status_code in STATUSES, (case.formatted_path, response.text)
        case.validate_response(
            response,
            checks=CHECKS,
        )

    check()


@pytest.mark.parametrize("version", ["v1", "v2", "api"])
def test_the_documents_are_served(server: Server, version: str) -> None:
    assert server.get(f"/{version}/openapi.json") == json.loads(
        (OURS / f"{version}.json").read_text(encoding="utf-8")
    )
