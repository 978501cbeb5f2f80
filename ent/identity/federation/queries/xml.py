"""XML that comes from outside: refused before anything reads it where it could mean two things, or reach out."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from lxml import etree


class Hostile(Exception):
    """A document that is not read; its text is a French sentence that says why."""


def parse(content: bytes, *, longest: int) -> Any:
    """The root of the document: no DOCTYPE, so no entity; no processing instruction. Raises `Hostile`."""
    if len(content) > longest:
        raise Hostile(_("Ce document est trop long."))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise Hostile(_("Ce n’est pas un document XML bien formé.")) from problem
    if root.getroottree().docinfo.doctype:
        raise Hostile(_("Ce document contient une déclaration DOCTYPE, qui n’a rien à y faire."))
    if root.xpath("//processing-instruction()"):
        raise Hostile(_("Ce document contient des instructions de traitement, qui n’ont rien à y faire."))
    return root
