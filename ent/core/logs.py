"""Structured logs: one JSON object a line, never a name, an address or a form's content."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

FIELDS = ("method", "route", "status", "ms", "account", "job", "run")

# Where PostgreSQL quotes the row that it refuses.
VALUES = re.compile(r"^(?:DETAIL|CONTEXT):.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


class JsonFormatter(logging.Formatter):
    """`ts`, `level`, `logger`, `message`, `request` and the known extra fields; tracebacks without local values."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request"] = request_id.get()
        line.update({field: getattr(record, field) for field in FIELDS if hasattr(record, field)})
        if record.exc_info:
            line["traceback"] = VALUES.sub("", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)
