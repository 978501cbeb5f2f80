"""Reading the journal, and checking it against its seals."""

from ent.foundation.audit.queries.journal import journal
from ent.foundation.audit.queries.verification import Finding, Verdict, verify

__all__ = ["Finding", "Verdict", "journal", "verify"]
