"""Stream the entries of one AAF file, in constant memory and at nearly the speed of a bare parse.

    reader = AafReader(stream, "ENT_Complet_20240916_Eleve_0000.xml", anomalies)
    reader.header.version
    for record in reader:
        ...

The parser never fetches, never expands and never recovers; what stands between it and the file (`_Feed`) bounds what
an entry may weigh, so no file can take more memory than a few times MAX_ENTRY_BYTES.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, Literal, NamedTuple

from django.utils.translation import gettext as _
from lxml import etree

from ent.directory.imports.aaf.sources import Entity
from ent.directory.imports.problems import Anomaly, SourceRefused

Operation = Literal["add", "modify", "delete"]


class Record(NamedTuple):
    """One entry. An attribute that is absent was not spoken of; one with an empty list is to be cleared.
    Values are stripped and never empty. `file` is where it was read, for the report."""

    operation: Operation
    entity: Entity
    id: str
    attributes: dict[str, list[str]]
    file: str = ""


class Header(NamedTuple):
    """What the comments at the top of the file say; empty where they are silent (before VE1711 they are)."""

    version: str = ""  # versionAF, such as "AAF-VE2407"
    academy: str = ""  # codeAcademieExport
    degree: str = ""  # degre: "1D" or "2D"
    generated_on: date | None = None  # dateGenerationExport


# The largest honest entry is a school with all its divisions and groups: some 200 kB.
MAX_ENTRY_BYTES = 2 * 2**20
_HEAD_BYTES = 2**16
_ROOT = "ficAlimMENESR"
_OPERATIONS: dict[str, Operation] = {"addRequest": "add", "modifyRequest": "modify", "deleteRequest": "delete"}
_ENVELOPES = {"operationalAttributes", "identifier", "attributes", "modifications"}
# Person files tell their entity by the value; the others by the name, their values vary between versions.
_PEOPLE = {entity.value: entity for entity in (Entity.PUPIL, Entity.GUARDIAN, Entity.STAFF)}
_THINGS = {
    "categorieStructure": Entity.SCHOOL,
    "categorieMef": Entity.QUALIFICATION,
    "categorieMatiere": Entity.SUBJECT,
}
_ENCODINGS = {
    "utf-8": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
}
_DECLARED = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]*)[\"']")
_COMMENT = re.compile(r"<!--\s*(\w+)\s*=\s*[\"']?([^\"'<>]*?)[\"']?\s*-->")
_C1_CONTROLS = re.compile(rb"[\x80-\x9f]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))
_PARSER_OPTIONS: dict[str, Any] = {
    "events": ("end",),
    "tag": tuple(_OPERATIONS),
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
    "remove_blank_text": True,
}


class AafReader:
    """Iterates over the records of one file, once.

    `anomalies` receives the entries set aside. `expected` is the entity the file's name announces. Raises
    SourceRefused, when created or while iterating, when the file is no sound AAF file; never anything else.
    """

    def __init__(
        self, stream: BinaryIO, file: str, anomalies: list[Anomaly], *, expected: Entity | None = None
    ) -> None:
        self._file = file
        self._anomalies = anomalies
        self._expected = expected
        head = stream.read(_HEAD_BYTES)
        encoding = _encoding_of(head, file)
        self.header = _header_of(head, encoding)
        self._feed = _Feed(stream, head, file, encoding)
        self._parser = etree.iterparse(self._feed, encoding=encoding, **_PARSER_OPTIONS)

    def __iter__(self) -> Iterator[Record]:
        try:
            for _event, request in self._parser:
                self._feed.entry_bytes = 0
                self._check_place(request)
                record = self._read(request)
                if record is not None:
                    yield record
                _forget(request)
        except etree.XMLSyntaxError as error:
            raise self._explain(error) from error
        if self._parser.root is None or self._parser.root.tag != _ROOT:
            raise self._wrong_root()

    def _check_place(self, request: Any) -> None:
        parent = request.getparent()
        if parent is not None and parent.tag == _ROOT and parent.getparent() is None:
            return
        if request.getroottree().getroot().tag == _ROOT:
            raise self._unexpected(request)
        raise self._wrong_root()

    def _read(self, request: Any) -> Record | None:
        """One pass over the elements of a request: this loop is the cost of the whole reading."""
        attributes: dict[str, list[str]] = {}
        values: list[str] | None = None
        entry_id = ""
        for node in request.iterdescendants():
            tag = node.tag
            if tag == "value":
                if values is None:
                    raise self._unexpected(node)
                text = node.text
                if text and (text := text.strip()):
                    values.append(text)
            elif tag == "attr":
                values = attributes.setdefault(node.get("name", ""), [])
            elif tag == "modification":
                values = attributes.setdefault(node.get("name", ""), [])
                if node.get("operation", "replace") != "replace":
                    raise self._unexpected(node)
            elif tag == "id":
                entry_id = (node.text or "").strip()
            elif tag in _ENVELOPES:
                values = None
            else:
                raise self._unexpected(node)
        return self._record(_OPERATIONS[request.tag], entry_id, attributes)

    def _record(self, operation: Operation, entry_id: str, attributes: dict[str, list[str]]) -> Record | None:
        entity = _entity_of(attributes)
        if entity is None:
            self._set_aside(entry_id, _("La catégorie de l’entrée est absente ou inconnue : l’entrée est ignorée."))
            return None
        if not entry_id:
            self._set_aside(entry_id, _("L’entrée n’a pas d’identifiant : elle est ignorée."))
            return None
        if self._expected not in (None, entity):
            raise SourceRefused(
                _("Le fichier « %(file)s » contient une entrée « %(entity)s » que son nom n’annonce pas.")
                % {"file": self._file, "entity": entity.value},
                self._file,
            )
        if attributes.pop("", None) is not None:
            self._set_aside(entry_id, _("Un attribut de l’entrée n’a pas de nom : il est ignoré."))
        return Record(operation, entity, entry_id, attributes, self._file)

    def _set_aside(self, entry_id: str, sentence: str) -> None:
        self._anomalies.append(Anomaly(self._file, entry_id[:200], "", "", sentence))

    def _wrong_root(self) -> SourceRefused:
        return SourceRefused(
            _("« %(file)s » n’est pas un fichier AAF : sa racine n’est pas « ficAlimMENESR ».") % {"file": self._file},
            self._file,
        )

    def _unexpected(self, node: Any) -> SourceRefused:
        name = node.tag if isinstance(node.tag, str) else str(node)
        return SourceRefused(
            _("« %(file)s », ligne %(line)s : élément inattendu (« %(name)s »).")
            % {"file": self._file, "line": node.sourceline, "name": name[:200]},
            self._file,
        )

    def _explain(self, error: etree.XMLSyntaxError) -> SourceRefused:
        """The parser's refusal in French, with its place. At the end of the stream, what is wrong is the end itself."""
        line, column = error.position
        place = {"file": self._file, "line": line, "column": column, "encoding": self._feed.encoding.upper()}
        if self._feed.ended:
            sentence = _("« %(file)s » est incomplet : il s’interrompt à la ligne %(line)s.")
        elif error.code == etree.ErrorTypes.ERR_INVALID_ENCODING:
            sentence = _(
                "« %(file)s », ligne %(line)s, colonne %(column)s : le texte n’est pas en %(encoding)s, "
                "l’encodage annoncé."
            )
        elif error.code == etree.ErrorTypes.ERR_INVALID_CHAR:
            sentence = _("« %(file)s », ligne %(line)s, colonne %(column)s : caractère interdit dans un fichier XML.")
        else:
            sentence = _("« %(file)s », ligne %(line)s, colonne %(column)s : le XML est mal formé.")
        return SourceRefused(sentence % place, self._file)


class _Feed:
    """What the parser reads through. Stops what no honest file holds before the parser sees it."""

    def __init__(self, stream: BinaryIO, head: bytes, file: str, encoding: str) -> None:
        self._stream = stream
        self._head = head
        self._file = file
        self._lines = 0
        self._tail = b""
        self.encoding = encoding
        self.entry_bytes = 0
        self.ended = False

    def read(self, size: int) -> bytes:
        chunk, self._head = self._head[:size], self._head[size:]
        chunk = chunk or self._stream.read(size)
        self.ended = not chunk
        self.entry_bytes += len(chunk)
        if self.entry_bytes > MAX_ENTRY_BYTES:
            raise self._refused(
                _("« %(file)s », ligne %(line)s : une entrée dépasse la taille permise (%(size)d Mo)."), chunk, 0
            )
        self._refuse_entities(chunk)
        if self.encoding != "utf-8" and not chunk.isascii():
            self._refuse_other_encodings(chunk)
        self._lines += chunk.count(b"\n")
        return chunk

    def _refuse_entities(self, chunk: bytes) -> None:
        # Searched in the bytes: the parser would have built the entities by the time it could be asked.
        seen = self._tail + chunk
        at = seen.find(b"<!ENTITY")
        if at >= 0:
            raise self._refused(
                _("« %(file)s », ligne %(line)s : le fichier déclare des entités XML : il est refusé."),
                chunk,
                max(0, at - len(self._tail)),
            )
        self._tail = seen[-7:]

    def _refuse_other_encodings(self, chunk: bytes) -> None:
        """Any byte is a letter in ISO-8859-15: UTF-8 or Windows text would pass and give « HÃ©lÃ¨ne »."""
        at = _C1_CONTROLS.search(chunk) or (_NOT_ASCII.search(chunk) if _is_utf8(chunk) else None)
        if at:
            raise self._refused(
                _("« %(file)s », ligne %(line)s : le texte n’est pas en %(encoding)s, l’encodage annoncé."),
                chunk,
                at.start(),
            )

    def _refused(self, sentence: str, chunk: bytes, at: int) -> SourceRefused:
        place = {
            "file": self._file,
            "line": self._lines + chunk.count(b"\n", 0, at) + 1,
            "encoding": self.encoding.upper(),
            "size": MAX_ENTRY_BYTES // 2**20,
        }
        return SourceRefused(sentence % place, self._file)


def _is_utf8(chunk: bytes) -> bool:
    """Whether a chunk, perhaps cut in the middle of a character, is valid UTF-8."""
    try:
        chunk.lstrip(_CONTINUATION_BYTES).decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _encoding_of(head: bytes, file: str) -> str:
    """The encoding the file announces, one that AAF uses; the parser is held to it."""
    if not head:
        raise SourceRefused(_("Le fichier « %(file)s » est vide.") % {"file": file}, file)
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0")):
        raise _unknown_encoding("UTF-16", file)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if not text.lstrip().startswith(b"<"):
        raise SourceRefused(_("« %(file)s » n’est pas un fichier XML.") % {"file": file}, file)
    found = _DECLARED.match(text)
    declared = found[1].decode("ascii", "replace") if found else "utf-8"
    if declared.lower() not in _ENCODINGS:
        raise _unknown_encoding(declared, file)
    return _ENCODINGS[declared.lower()]


def _unknown_encoding(encoding: str, file: str) -> SourceRefused:
    return SourceRefused(
        _("« %(file)s » est en %(encoding)s : un fichier AAF est en UTF-8 ou en ISO-8859-15.")
        % {"file": file, "encoding": encoding[:40]},
        file,
    )


def _header_of(head: bytes, encoding: str) -> Header:
    """The comments `name="value"` above the first entry."""
    top = head.split(b"Request>", 1)[0].decode(encoding, "replace")
    facts = {name.lower(): value.strip() for name, value in _COMMENT.findall(top)}
    return Header(
        version=facts.get("versionaf", ""),
        academy=facts.get("codeacademieexport", ""),
        degree=facts.get("degre", "").upper(),
        generated_on=_generated_on(facts.get("dategenerationexport", "")),
    )


def _generated_on(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(text[:10], form).date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            continue
    return None


def _entity_of(attributes: dict[str, list[str]]) -> Entity | None:
    """The entity, taken out of the attributes where it stands as `categorie…`."""
    person = attributes.pop("categoriePersonne", None)
    if person:
        return _PEOPLE.get(person[0])
    for name, entity in _THINGS.items():
        if attributes.pop(name, None) is not None:
            return entity
    return None


def _forget(request: Any) -> None:
    """Free the entry. The parser may still hold the last one, so only its elders leave the tree."""
    request.clear()
    root = request.getparent()
    while request.getprevious() is not None:
        del root[0]
