"""Find the table in a CSV file as schools really send it: any encoding, any separator, the debris of a spreadsheet."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from ent.directory.imports.problems import Anomaly, SourceRefused

MOST_BYTES = 20 * 2**20
MOST_LINES = 50_000
MOST_COLUMNS = 200
MOST_NEWLINES = 20

SEPARATORS = (";", "\t", ",")

# What a file that is no text begins with.
_BOOKS = {b"PK\x03\x04": "un classeur", b"\xd0\xcf\x11\xe0": "un classeur", b"%PDF": "un document PDF"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# One byte a letter: told apart by what they make of the accents. The first wins where they agree.
_EIGHT_BITS = ("cp1252", "iso8859-15", "mac-roman")
_LIKELY = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ’«»–°€…\u00a0")
# « HÃ©lÃ¨ne »: UTF-8 that some tool took for windows-1252 and wrote again.
_TWICE_ENCODED = re.compile("Ã[\u00a0-¿€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œ]")

_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_SHEET_ERROR = re.compile(
    r"#(?:N/A|NA|REF!|NOM\?|NAME\?|VALEUR!|VALUE!|DIV/0!|NUL!|NULL!|NOMBRE!|NUM!)|#{3,}", re.IGNORECASE
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `number` is where it begins in the file, as an editor counts."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of as many cleaned cells, without empty lines nor empty columns."""

    file: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    anomalies: tuple[Anomaly, ...]

    def column(self, index: int) -> Iterator[str]:
        """The cells of a column that are not empty."""
        return (row.cells[index] for row in self.rows if row.cells[index])


def read_table(content: bytes, file: str, is_known: Callable[[str], bool] = lambda _: False) -> Table:
    """Read a whole file. `is_known` tells the words of a header, to find it under titles and above data.

    Raises `SourceRefused`: it is not a CSV file, or is over the limits.
    """
    if len(content) > MOST_BYTES:
        raise SourceRefused(_("Ce fichier dépasse 20\u00a0Mo. Découpez-le, par classe par exemple."), file)
    anomalies: list[Anomaly] = []
    text, encoding = decode(content, file)
    separator, text = _separator(text)
    rows = list(_rows(text, separator, file, anomalies))
    if len(rows) > MOST_LINES + 1:
        raise SourceRefused(_("Ce fichier dépasse 50\u202f000\u00a0lignes. Découpez-le, par classe par exemple."), file)
    header, rows = _header(rows, file, is_known)
    header, rows = _without_empty_columns(header, rows, file, anomalies)
    return Table(file, encoding, separator, header, tuple(rows), tuple(anomalies))


# --- Encoding


def decode(content: bytes, file: str) -> tuple[str, str]:
    """The text and the name of its encoding. Raises `SourceRefused` when it is no text."""
    for mark, what in _BOOKS.items():
        if content.startswith(mark):
            raise SourceRefused(
                _(
                    "Ce fichier est %(what)s, pas un CSV. Enregistrez-le au format «\u00a0CSV UTF-8\u00a0»,"
                    " puis recommencez."
                )
                % {"what": what},
                file,
            )
    if not content.strip():
        raise SourceRefused(_("Ce fichier est vide."), file)
    text, encoding = _decoded(content, file)
    if "\0" in text or _is_markup(text):
        raise SourceRefused(_("Ce fichier n’est pas un CSV. Exportez-le de votre logiciel au format CSV."), file)
    return _encoded_once(text), encoding


def _decoded(content: bytes, file: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content.removeprefix(mark) if encoding == "utf-8" else content, encoding, file), encoding
    if (wide := _wide(content)) is not None:
        return _strictly(content, wide, file), "utf-16"
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _eight_bits(content)


def _strictly(content: bytes, encoding: str, file: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceRefused(
            _("Ce fichier s’annonce en %(encoding)s mais n’en est pas. Enregistrez-le de nouveau.")
            % {"encoding": encoding.upper()},
            file,
        ) from error


def _wide(content: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of its head is null."""
    head = content[:400]
    even, odd = head[::2].count(0), head[1::2].count(0)
    most = len(head) * 0.3
    if odd > most > even:
        return "utf-16-le"
    return "utf-16-be" if even > most > odd else None


def _eight_bits(content: bytes) -> tuple[str, str]:
    readings: list[tuple[int, str, str]] = []
    for encoding in _EIGHT_BITS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = Counter(letter for letter in text if letter > "\x7f")
        readings.append((sum(n if letter in _LIKELY else -3 * n for letter, n in foreign.items()), encoding, text))
    _score, encoding, text = max(readings, key=lambda reading: reading[0])
    return text, encoding


def _is_markup(text: str) -> bool:
    return bool(re.match(r"\s*<(?:\?xml|!doctype|html|table|\w+[\s>])", text, re.IGNORECASE))


def _encoded_once(text: str) -> str:
    if not _TWICE_ENCODED.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


# --- Lines and cells


def _separator(text: str) -> tuple[str, str]:
    """The separator, and the text without the line `sep=;` that Excel writes."""
    announced = re.match(r'"?sep=(.)"?[ \t]*\r?\n', text, re.IGNORECASE)
    if announced:
        # A line is left in its place, so that lines keep their numbers.
        return announced[1], "\n" + text[announced.end() :]
    return max(SEPARATORS, key=lambda separator: _regularity(text, separator)), text


def _regularity(text: str, separator: str) -> int:
    """How well a separator cuts the first lines: lines of the commonest width, times what they are cut into."""
    try:
        lines = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 60))
    except csv.Error:
        return 0
    widths = Counter(len(line) for line in lines if sum(map(bool, line)) > 1)
    width, lines_of_it = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    return (width - 1) * lines_of_it


def _rows(text: str, separator: str, file: str, anomalies: list[Anomaly]) -> Iterator[Row]:
    """The lines that are not empty, their cells cleaned."""
    lines = list(io.StringIO(text, newline=""))
    source = csv.reader(lines, delimiter=separator)
    number, count = 1, 0
    try:
        for raw in source:
            is_last = source.line_num == len(lines)
            if _is_runaway(raw, lines[number - 1 : source.line_num], separator, is_last=is_last):
                raise _unclosed(_opened(raw, number), file)
            if any(cell.strip() for cell in raw):
                count += 1
                cells = enumerate(raw[:MOST_COLUMNS])
                yield Row(number, tuple(_clean(cell, number, index, file, anomalies) for index, cell in cells))
            number = source.line_num + 1
            if count > MOST_LINES + 1:
                return
    except csv.Error as error:
        raise _unclosed(number, file) from error


def _is_runaway(raw: list[str], lines: list[str], separator: str, *, is_last: bool) -> bool:
    """Whether a quote that is not closed has swallowed the lines that follow, up to the next quote or to the end."""
    if any(_newlines(cell) > MOST_NEWLINES for cell in raw):
        return True
    if is_last and len(list(csv.reader([*lines, "end"], delimiter=separator))) == 1:
        return True
    return len(lines) > 1 and not _is_well_quoted(lines, separator)


def _is_well_quoted(lines: list[str], separator: str) -> bool:
    try:
        return bool(list(csv.reader(lines, delimiter=separator, strict=True)))
    except csv.Error:
        return False


def _newlines(cell: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", cell))


def _opened(raw: list[str], number: int) -> int:
    """The line where the cell that runs on begins, in a row that begins at `number`."""
    longest = max(range(len(raw)), key=lambda index: _newlines(raw[index]))
    return number + sum(map(_newlines, raw[:longest]))


def _unclosed(number: int, file: str) -> SourceRefused:
    return SourceRefused(
        _("Un guillemet ouvert à la ligne\u00a0%(line)d ne se referme pas. Corrigez cette ligne, puis recommencez.")
        % {"line": number},
        file,
    )


def _clean(cell: str, number: int, index: int, file: str, anomalies: list[Anomaly]) -> str:
    """A cell as one reads it; what the spreadsheet failed to compute is left out and told."""
    text = unicodedata.normalize("NFC", cell.translate(_INVISIBLE))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if kept := _FORMULA.fullmatch(text):
        text = kept[1].replace('""', '"').strip()
    elif text.startswith("=") or _SHEET_ERROR.fullmatch(text):
        sentence = _(
            "Cette cellule contient une formule ou une erreur de tableur\u00a0: elle est ignorée,"
            " le reste de la ligne est repris."
        )
        anomalies.append(Anomaly(file, line_name(number), _column_name(index), text[:300], sentence))
        return ""
    return text.removeprefix("'").strip()


def line_name(number: int) -> str:
    """How the report names a line."""
    return _("ligne\u00a0%(number)d") % {"number": number}


# --- Header and columns


def _header(rows: list[Row], file: str, is_known: Callable[[str], bool]) -> tuple[tuple[str, ...], list[Row]]:
    """The names of the columns, and the rows under them: titles above are dropped, a repeated header too."""
    if not rows:
        raise SourceRefused(_("Ce fichier ne contient aucune ligne."), file)
    rank = max(range(min(len(rows), 10)), key=lambda i: (_known(rows[i], is_known), -i))
    if not _known(rows[rank], is_known):
        rank = next((i for i, row in enumerate(rows[:10]) if sum(map(bool, row.cells)) > 1), 0)
    header = rows[rank].cells
    if not _known(rows[rank], is_known) and _looks_like_data(header):
        return ("",) * len(header), rows[rank:]
    above = rows[rank - 1].cells if rank and sum(map(bool, rows[rank - 1].cells)) > 1 else ()
    under = [row for row in rows[rank + 1 :] if row.cells != header]
    if not under:
        raise SourceRefused(_("Ce fichier n’a qu’une ligne de titres\u00a0: il ne parle de personne."), file)
    return _told_apart(header, above), under


def _known(row: Row, is_known: Callable[[str], bool]) -> int:
    return sum(1 for cell in row.cells if cell and is_known(cell))


def _looks_like_data(cells: tuple[str, ...]) -> bool:
    return any(re.search(r"@|\d{2}/\d{2}/\d{2}|\d{5}", cell) for cell in cells)


def _told_apart(header: tuple[str, ...], above: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of one name are told apart by the merged title above them, else by a number."""
    names, group = [], ""
    repeated = {name for name, times in Counter(map(str.casefold, header)).items() if times > 1}
    for index, name in enumerate(header):
        group = (above[index] if index < len(above) else "") or group
        names.append(f"{group} {name}".strip() if name.casefold() in repeated and name else name)
    seen: Counter[str] = Counter()
    for index, name in enumerate(names):
        seen[name.casefold()] += 1
        if name and seen[name.casefold()] > 1:
            names[index] = f"{name} ({seen[name.casefold()]})"
    return tuple(names)


def _without_empty_columns(
    header: tuple[str, ...], rows: list[Row], file: str, anomalies: list[Anomaly]
) -> tuple[tuple[str, ...], list[Row]]:
    """Only the columns that hold something; a line with more cells than columns is left aside and told."""
    width = max(len(header), Counter(len(row.cells) for row in rows).most_common(1)[0][0])
    whole = [row for row in rows if not any(row.cells[width:])]
    for row in rows:
        if any(row.cells[width:]):
            sentence = _("Cette ligne a plus de cellules que de colonnes\u00a0: elle n’est pas reprise.")
            rest = " ".join(row.cells[width:])[:300]
            anomalies.append(Anomaly(file, line_name(row.number), _column_name(width), rest, sentence))
    if not whole:
        raise SourceRefused(_("Les lignes de ce fichier n’ont pas le nombre de colonnes de son titre."), file)
    padded = [Row(row.number, (row.cells + ("",) * width)[:width]) for row in whole]
    kept = [i for i in range(width) if any(row.cells[i] for row in padded)]
    names = tuple((header[i] if i < len(header) else "") or _column_name(i) for i in kept)
    return names, [Row(row.number, tuple(row.cells[i] for i in kept)) for row in padded]


def _column_name(index: int) -> str:
    """How a spreadsheet names a column: « Colonne A », B… Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return _("Colonne %(letter)s") % {"letter": letters}
