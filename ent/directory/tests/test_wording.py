"""What a person is, as one says it."""

import pytest

from ent.directory.enums import Profile
from ent.directory.models import Membership, Person
from ent.directory.queries.wording import title_of
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School


@pytest.mark.parametrize(
    ("civility", "kind", "profile", "function", "title"),
    [
        ("Mme", SchoolKind.LYCEE, Profile.HEADSHIP, "CHEF D'ETABLISSEMENT", "Proviseure"),
        ("M.", SchoolKind.LYCEE, Profile.HEADSHIP, "CHEF D'ETABLISSEMENT ADJOINT", "Proviseur adjoint"),
        ("M.", SchoolKind.COLLEGE, Profile.HEADSHIP, "CHEF D'ETABLISSEMENT", "Principal"),
        ("Mme", SchoolKind.CFA, Profile.HEADSHIP, "CHEF D'ETABLISSEMENT", "Directrice"),
        ("Mme", SchoolKind.LYCEE, Profile.TEACHER, "MATHEMATIQUES", "Enseignante, mathématiques"),
        ("M.", SchoolKind.LYCEE, Profile.TEACHER, "", "Enseignant"),
        ("M.", SchoolKind.LYCEE, Profile.SCHOOL_LIFE, "CONSEILLER PRINCIPAL D'EDUCATION", "CPE"),
        ("M.", SchoolKind.LYCEE, Profile.ADMINISTRATIVE, "", "Personnel administratif ou technique"),
    ],
)
def test_a_person_is_called_as_one_says_it(
    civility: str, kind: SchoolKind, profile: Profile, function: str, title: str
) -> None:
    person = Person(civility=civility, first_name="Anne", last_name="Dupont")
    membership = Membership(person=person, school=School(kind=kind), profile=profile, function=function)
    assert title_of(membership) == title
