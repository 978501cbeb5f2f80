"""What is wrong with a page that a browser shows: axe-core with the WCAG AA and RGAA rules, and what overflows."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}}
# Of all the rules, the theme changes this one alone.
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
RUN = """async (options) => {
  const { violations } = await axe.run(options);
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
}"""
# axe leaves the names that point at nothing to a human: here they are a fault.
LOST = """() => [...document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for]")].flatMap((e) =>
  ["aria-labelledby", "aria-describedby", "for"].flatMap((name) => (e.getAttribute(name) ?? "").split(" "))
    .filter((id) => id && !document.getElementById(id))
    .map((id) => `points at no #${id}: ${e.outerHTML.slice(0, 80)}`))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def findings(page: Page) -> list[str]:
    """What is wrong with the page as it stands, light and dark: nothing, one hopes."""
    # The page's own policy forbids scripts from elsewhere: evaluate() speaks through the browser's tooling.
    page.evaluate(SOURCE)
    page.emulate_media(color_scheme="light")
    found: list[str] = page.evaluate(RUN, ALL_RULES)
    found += page.evaluate(LOST)
    wide = page.evaluate(OVERFLOW)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {finding}" for finding in page.evaluate(RUN, CONTRAST)]
    page.emulate_media(color_scheme="light")
    return [*found, f"overflows by {wide} px"] if wide > 0 else found
