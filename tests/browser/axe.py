"""axe-core on a page, with the WCAG AA and RGAA rules."""

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4"]
RUN = """async (tags) => {
  const { violations } = await axe.run({ runOnly: { type: "tag", values: tags } });
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
}"""


def findings(page: Page) -> list[str]:
    """What axe reproaches the page with: nothing, one hopes."""
    # The page's own policy forbids scripts from elsewhere: evaluate() speaks through the browser's tooling.
    page.evaluate(SOURCE)
    return page.evaluate(RUN, TAGS)
