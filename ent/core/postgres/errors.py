class PostgresError(RuntimeError):
    """Our PostgreSQL cannot run; the message is a plain French sentence saying what to do."""
