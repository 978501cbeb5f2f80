"""`python -m ent.demo.sandbox`: serves the sandbox until it is told to stop. It does not exist in production."""

import os
import sys
from pathlib import Path

import click

from ent.demo.sandbox.server import make_server, sandbox_in


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, required=True)
@click.option("--url", required=True, help="Adresse du bac à sable, vue du navigateur.")
@click.option("--service", required=True, help="Adresse de l’ENT, vue du navigateur.")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="Ses clés et ses personnes.")
def main(host: str, port: int, url: str, service: str, folder: Path) -> None:
    """Serve the providers of the demonstration."""
    if os.environ.get("ENT_MODE", "development") == "production":
        sys.exit("Le bac à sable n’existe pas en production.")
    make_server(sandbox_in(folder, url=url, service_url=service), host, port).serve_forever()


if __name__ == "__main__":
    main()
