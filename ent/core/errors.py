"""Errors that carry a French sentence for the person in front of the screen."""


class Refused(Exception):
    """A rule says no. `sentence` is shown as it is: what is true, then what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SignInRequired(Exception):
    """The page is for signed-in people only."""


class TooMany(Refused):
    """The person must wait before trying again (HTTP 429)."""

    def __init__(self, sentence: str, retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class TooLarge(Refused):
    """What was sent is over the limit (HTTP 413)."""
