"""A browser without a screen, for pages that are not ours: cookies, forms, redirects as far as our own address."""

import html
import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

from tests.providers import OURS

LONGEST = 500_000
MOST = 12


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Visitor:
    """`address` is where it is, `text` what it sees; it never leaves this machine."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(CookieJar()))
        self.address = self.text = ""

    def go(self, url: str, form: dict[str, str] | None = None) -> "Visitor":
        """Follow redirects until a page, or until one leads to our service: its address is then `address`."""
        for _ in range(MOST):
            url = urljoin(self.address, url)
            self.address = url
            if url.startswith(OURS):
                self.text = ""
                return self
            assert url.startswith("http://127.0.0.1:"), url
            status, place = self._ask(url, form)
            if status not in (301, 302, 303, 307):
                return self
            url, form = place, None
        raise AssertionError(f"too many redirects, at {url}")

    def _ask(self, url: str, form: dict[str, str] | None) -> tuple[int, str]:
        try:
            answer = self.opener.open(url, urlencode(form).encode() if form else None, timeout=20)
        except urllib.error.HTTPError as problem:
            answer = problem
        self.text = answer.read(LONGEST).decode(errors="replace")
        return answer.status or 0, answer.headers.get("Location", "")

    def send(self, **filled: str) -> "Visitor":
        """Send the page's first form, its hidden fields as they are."""
        action = re.search(r'<form[^>]*\saction="([^"]*)"', self.text)
        return self.go(html.unescape(action[1]) if action else self.address, self.hidden() | filled)

    def hidden(self) -> dict[str, str]:
        found = {}
        for tag in re.findall(r"<input[^>]*>", self.text):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and 'type="hidden"' in tag:
                found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
        return found
