"""Rebuild what the pages load from elsewhere, from the packages named in package.json.

Run `npm ci --ignore-scripts`, then this file. It writes static/vendor/ (Bootstrap, htmx, the font, the licences),
static/icons.svg (one sprite, from icons.txt), the application icons (when rsvg-convert is installed) and the copy of
axe-core the browser tests use. The results are committed: running the service needs neither npm nor this file.
"""

import re
import shutil
import subprocess
from pathlib import Path

from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
ROOT = HERE.parent
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
DOCUMENTS = ROOT / "ent" / "core" / "documents"
BROWSER_TESTS = ROOT / "tests" / "browser" / "vendor"

FONT = "@fontsource/atkinson-hyperlegible-next"
COPIES = {
    "htmx.org/dist/htmx.min.js": VENDOR / "htmx.min.js",
    "htmx.org/LICENSE": VENDOR / "htmx.LICENSE",
    "bootstrap/LICENSE": VENDOR / "bootstrap.LICENSE",
    "bootstrap-icons/LICENSE": VENDOR / "icons.LICENSE",
    f"{FONT}/files/atkinson-hyperlegible-next-latin-400-normal.woff2": VENDOR / "atkinson-400.woff2",
    f"{FONT}/files/atkinson-hyperlegible-next-latin-600-normal.woff2": VENDOR / "atkinson-600.woff2",
    f"{FONT}/LICENSE": VENDOR / "atkinson.LICENSE",
    "axe-core/axe.min.js": BROWSER_TESTS / "axe.min.js",
    "axe-core/LICENSE": BROWSER_TESTS / "axe.LICENSE",
}


def copy_files() -> None:
    for source, target in COPIES.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / source, target)


def convert_fonts() -> None:
    """The font of the pages for PDF files, whose maker reads no woff2."""
    for weight in (400, 600):
        font = TTFont(VENDOR / f"atkinson-{weight}.woff2")
        font.flavor = None
        font["head"].modified = font["head"].created  # the same file whenever it is made
        font.recalcTimestamp = False
        font.save(DOCUMENTS / f"atkinson-{weight}.ttf")


def compile_bootstrap() -> None:
    # --quiet: Bootstrap 5.3 is written with @import, about which sass warns at every line.
    sass = [str(PACKAGES / ".bin/sass"), "--quiet", "--style=compressed", "--no-source-map", "--no-charset"]
    sources = [f"--load-path={PACKAGES}", str(HERE / "bootstrap.scss"), str(VENDOR / "bootstrap.css")]
    subprocess.run([*sass, *sources], check=True)  # noqa: S603


def draw_sprite() -> None:
    """One <symbol> for each name in icons.txt, all on Bootstrap Icons' grid of 16."""
    symbols = []
    for name in (HERE / "icons.txt").read_text().split():
        svg = (PACKAGES / "bootstrap-icons/icons" / f"{name}.svg").read_text()
        shapes = re.sub(r"\s*\n\s*", "", re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.DOTALL))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{shapes}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (STATIC / "icons.svg").write_text(sprite)


def draw_app_icons() -> None:
    """The mark at the sizes phones ask for; the maskable one is square and leaves the outer tenth free."""
    mark = (HERE / "mark.svg").read_text()
    (STATIC / "app").mkdir(exist_ok=True)
    (STATIC / "app" / "favicon.svg").write_text(mark)
    if not shutil.which("rsvg-convert"):
        print("rsvg-convert is not installed: the PNG icons stay as they are.")  # noqa: T201
        return
    square = mark.replace('rx="11"', "")
    maskable = square.replace('viewBox="0 0 40 40"', 'viewBox="-6 -6 52 52"').replace(
        '<rect width="40" height="40"', '<rect x="-6" y="-6" width="52" height="52"'
    )
    for name, svg, size in [
        ("icon-192", mark, 192),
        ("icon-512", mark, 512),
        ("icon-maskable-512", maskable, 512),
        ("apple-touch-icon", square, 180),
    ]:
        png = STATIC / "app" / f"{name}.png"
        subprocess.run(["rsvg-convert", f"--width={size}", "--output", png], input=svg.encode(), check=True)  # noqa: S603, S607


if __name__ == "__main__":
    copy_files()
    convert_fonts()
    compile_bootstrap()
    draw_sprite()
    draw_app_icons()
