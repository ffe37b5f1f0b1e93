"""GraphiQL: vendored files that are what was published, and a page that asks nobody else."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from starlette.applications import Starlette

from tablecast.api.auth import issue_token
from tablecast.api.context import Context, Principal, Services
from tablecast.api.explorer import explorer_routes
from tablecast.api.explorer.examples import examples
from tablecast.api.explorer.routes import FOLDER
from tablecast.api.schema import build_schema
from tablecast.settings import Limits, Settings
from tests.api.endpoint import SECRET, endpoint_app
from tests.api.serving import served
from tests.conftest import Chromium

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,900",
)

# GraphiQL's linter of variables knows no scalar that is an object.
NO_JSON_SCALARS = {'Expected value of type "JsonRow".'}


def explorer_app(**changes: Any) -> Starlette:
    """GraphiQL beside the endpoint of the tiny schema."""
    app = endpoint_app(**changes)
    app.router.routes.extend(explorer_routes())
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(explorer_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://tablecast") as client:
        yield client


def test_vendored_files_are_those_that_were_published() -> None:
    """Each file of npm's is listed with its origin and its sha256, and each is listed."""
    words = [line.split() for line in (FOLDER / "VENDORED.txt").read_text().splitlines()]
    listed = {line[1]: line[0] for line in words if line and len(line[0]) == 64}
    files = {path for path in FOLDER.iterdir() if path.suffix in (".js", ".css")}
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.stem != "page"}
    assert found == listed


async def test_every_file_that_the_page_names_is_served(client: httpx.AsyncClient) -> None:
    """Compressed where the browser can, and asked for again only when it changed."""
    page = await client.get("/graphiql")
    names = [part.split('"')[0] for part in page.text.split('"graphiql/static/')[1:]]
    assert len(names) == 9
    for name in names:
        answer = await client.get(f"/graphiql/static/{name}")
        again = await client.get(
            f"/graphiql/static/{name}", headers={"if-none-match": answer.headers["etag"]}
        )
        plain = await client.get(
            f"/graphiql/static/{name}", headers={"accept-encoding": "identity"}
        )
        assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == plain.content == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", ["page.html", "VENDORED.txt", "..%2froutes.py", "%2e%2e", "x.js"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    """A file's name is looked up in a list, never in a folder."""
    assert (await client.get(f"/graphiql/static/{name}")).status_code == 404


async def test_the_page_may_load_from_and_speak_with_its_own_server_alone(
    client: httpx.AsyncClient,
) -> None:
    """Scripts from elsewhere, inline scripts and frames are off."""
    headers = (await client.get("/graphiql")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


@pytest.fixture
def browser(needs_chromium: Chromium, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = needs_chromium.browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(needs_chromium.driver))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """GraphiQL's page, as a person uses it."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self._browser = browser
        browser.get("about:blank")
        # The browser's own start page is none of ours.
        browser.get_log("performance")
        browser.get(url)
        self.until(lambda: browser.find_elements(By.CLASS_NAME, "graphiql-execute-button"))

    def run(self, query: str) -> None:
        """Put a document into the editor and press the button."""
        self._fill(".graphiql-query-editor", query)
        self._browser.find_element(By.CLASS_NAME, "graphiql-execute-button").click()

    def authorize(self, header: str) -> None:
        """Put an Authorization into the header editor."""
        self._browser.find_element(By.XPATH, "//button[text()='Headers']").click()
        self._fill(
            ".graphiql-editor-tool .graphiql-editor:not(.hidden)",
            json.dumps({"Authorization": header}),
        )

    def response(self) -> str:
        """What the response's window shows."""
        return str(
            self._script(
                "const shown = document.querySelector('.result-window .CodeMirror');"
                "return shown ? shown.CodeMirror.getValue() : ''"
            )
        )

    def variables(self) -> str:
        """What the variables' editor holds."""
        editor = ".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror"
        script = "return document.querySelector(arguments[0]).CodeMirror.getValue()"
        return str(self._script(script, editor))

    def underlined(self) -> list[str]:
        """What the editors' linters have, now, against what they hold."""
        script = (
            "const editors = [...document.querySelectorAll('.CodeMirror')].map((e) => e.CodeMirror);"
            "const linted = editors.filter((editor) => editor.state.lint);"
            "linted.forEach((editor) => editor.performLint());"
            "const marks = linted.flatMap((editor) => editor.state.lint.marked);"
            "return marks.map((mark) => mark.__annotation.message)"
        )
        return list(self._script(script))

    def show_tab(self, number: int) -> None:
        """Press a tab, counted from 0."""
        self._browser.find_elements(By.CSS_SELECTOR, ".graphiql-tab-button")[number].click()

    def tabs(self) -> int:
        """How many tabs there are."""
        return len(self._browser.find_elements(By.CLASS_NAME, "graphiql-tab"))

    def open_explorer(self) -> None:
        """Press the explorer plugin's button."""
        button = "button[aria-label='Show GraphiQL Explorer']"
        self._browser.find_element(By.CSS_SELECTOR, button).click()

    def explored(self) -> str:
        """What the explorer plugin shows."""
        return "".join(
            e.text for e in self._browser.find_elements(By.CLASS_NAME, "graphiql-explorer-root")
        )

    def until(self, told: Callable[[], Any], seconds: float = 20) -> None:
        """Wait until `told` is true."""
        end = time.monotonic() + seconds
        while not told():
            assert time.monotonic() < end, f"not within {seconds} s; shown: {self.response()}"
            time.sleep(0.05)

    def asked(self) -> set[str]:
        """Every address on a network that the page asked or opened a websocket to."""
        entries = [json.loads(entry["message"]) for entry in self._browser.get_log("performance")]
        urls = set()
        for message in (entry["message"] for entry in entries):
            if message["method"] == "Network.requestWillBeSent":
                urls.add(message["params"]["request"]["url"])
            if message["method"] == "Network.webSocketCreated":
                urls.add(message["params"]["url"])
        return {url for url in urls if url.split(":")[0] in ("http", "https", "ws", "wss")}

    def complaints(self) -> list[str]:
        """What the browser's console says went wrong, a broken policy among it."""
        return [e["message"] for e in self._browser.get_log("browser") if e["level"] == "SEVERE"]

    def _fill(self, selector: str, text: str) -> None:
        selector = f"{selector} .CodeMirror"
        self.until(lambda: self._browser.find_elements(By.CSS_SELECTOR, selector))
        self._script(
            "document.querySelector(arguments[0]).CodeMirror.setValue(arguments[1])", selector, text
        )

    def _script(self, script: str, *arguments: Any) -> Any:
        return self._browser.execute_script(script, *arguments)  # type: ignore[no-untyped-call]


@pytest.mark.browser
async def test_graphiql_runs_a_query_and_a_subscription_and_asks_nobody_else(
    browser: webdriver.Chrome,
) -> None:
    """The page loads with the examples in its tabs, introspects, queries and follows."""

    def use(address: str) -> tuple[set[str], list[str]]:
        page = Page(browser, f"http://{address}/graphiql")
        assert page.tabs() == len(examples())
        page.until(lambda: page.variables() == examples()[0]["variables"])
        page.run("{ name whoami }")
        page.until(lambda: '"whoami": "somebody"' in page.response())
        page.open_explorer()
        page.until(lambda: "refused" in page.explored())
        page.run("subscription { count(to: 3) }")
        page.until(lambda: '"count": 2' in page.response())
        return page.asked(), page.complaints()

    async with served(explorer_app()) as address:
        asked, complaints = await asyncio.to_thread(use, address)
    assert {url for url in asked if f"//{address}/" not in url} == set()
    assert {f"http://{address}/graphql", f"ws://{address}/graphql"} <= asked
    assert complaints == []


@pytest.mark.browser
async def test_the_header_editors_token_is_sent_with_queries_and_subscriptions(
    browser: webdriver.Chrome,
) -> None:
    """Where nobody is anonymous the explorer works all the same."""
    token = issue_token(Settings(secret=SECRET), "ada", seconds=60)

    def use(address: str) -> None:
        page = Page(browser, f"http://{address}/graphiql")
        page.authorize(f"Bearer {token}")
        page.run("{ whoami }")
        page.until(lambda: '"whoami": "ada"' in page.response())
        page.run("subscription { count(to: 3) }")
        page.until(lambda: '"count": 2' in page.response())

    async with served(explorer_app(anonymous="")) as address:
        await asyncio.to_thread(use, address)


@pytest.mark.browser
async def test_no_example_is_underlined(browser: webdriver.Chrome) -> None:
    """GraphiQL's linters know the schema, and that an input with a default may be left out."""

    def use(address: str) -> None:
        page = Page(browser, f"http://{address}/graphiql")
        page.run("{ nonsense }")
        page.until(lambda: any("nonsense" in told for told in page.underlined()))
        for number, example in enumerate(examples()):
            if number:
                page.show_tab(number)
                page.until(lambda held=example: page.variables() == held["variables"])
                page.until(lambda: set(page.underlined()) <= NO_JSON_SCALARS)

    def context(principal: Principal) -> Context:
        return Context(principal, Services(None, None, Settings(), Limits()))  # type: ignore[arg-type]

    async with served(explorer_app(build=build_schema, context=context)) as address:
        await asyncio.to_thread(use, address)
