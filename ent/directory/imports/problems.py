"""What an import says when its material is not as it should be."""

from dataclasses import dataclass


class SourceRefused(Exception):
    """The material cannot be imported at all. `sentence` is shown to the person, `file` is the file at fault."""

    def __init__(self, sentence: str, file: str) -> None:
        super().__init__(sentence, file)
        self.sentence = sentence
        self.file = file

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing set aside or doubtful; the import goes on. Kept in the report of the run.

    A notice tells what was done, where nothing is wrong.
    """

    file: str
    entry_id: str
    attribute: str
    value: str
    sentence: str
    is_notice: bool = False
