"""Small AAF files in the form of the real exports, for the tests."""

from xml.sax.saxutils import escape

CATEGORIES = {
    "EtabEducNat": "categorieStructure",
    "MefEducNat": "categorieMef",
    "MatEducNat": "categorieMatiere",
}
HEADER = (
    '<!-- versionAF="AAF-VE2407" -->\n<!-- versionSDET="Annexe 4bis version 6.4" -->\n'
    '<!-- codeAcademieExport="18" -->\n<!-- degre="2D" -->\n<!-- dateGenerationExport="24/11/2026" -->\n'
)


def values_of(values):
    listed = values if isinstance(values, list) else [values]
    return "".join(f"<value>{escape(value)}</value>" if value else "<value/>" for value in listed)


def add(entity, entry_id, **attributes):
    listed = "\n".join(f'<attr name="{name}">{values_of(values)}</attr>' for name, values in attributes.items())
    return request("addRequest", entity, entry_id, f"<attributes>\n{listed}\n</attributes>\n")


def modify(entity, entry_id, **attributes):
    listed = "\n".join(
        f'<modification name="{name}" operation="replace">{values_of(values)}</modification>'
        for name, values in attributes.items()
    )
    return request("modifyRequest", entity, entry_id, f"<modifications>\n{listed}\n</modifications>\n")


def delete(entity, entry_id):
    return request("deleteRequest", entity, entry_id, "")


def request(operation, entity, entry_id, body):
    category = CATEGORIES.get(entity, "categoriePersonne")
    return (
        f'<{operation}>\n<operationalAttributes><attr name="{category}"><value>{entity}</value></attr>'
        f"</operationalAttributes>\n<identifier><id>{entry_id}</id></identifier>\n{body}</{operation}>\n"
    )


def document(*entries, encoding="UTF-8", header=HEADER, doctype='SYSTEM "ficAlimMENESR.dtd"'):
    """The bytes of a whole file."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE ficAlimMENESR {doctype}>\n<ficAlimMENESR>\n'
        f"{header}{''.join(entries)}</ficAlimMENESR>\n"
    )
    return text.encode(encoding)


INES = add(
    "Eleve",
    "2001",
    ENTPersonJointure="2001",
    ENTEleveINE="120000000AA",
    ENTPersonDateNaissance="14/02/2011",
    sn="MOREAU",
    givenName="Inès",
    ENTPersonAutresPrenoms=["Inès", "Zoé"],
    personalTitle="Mme",
    ENTElevePersRelEleve=["3001$10$1$1$1$1", "3002$20$0$1$0$0"],
    ENTPersonAdresse="1 rue de l'Écluse$$$",
    ENTEleveStatutEleve="SCOLAIRE",
    ENTPersonStructRattach="1001",
    ENTEleveClasses="1001$2DE 4",
    ENTEleveGroupes="",
)
