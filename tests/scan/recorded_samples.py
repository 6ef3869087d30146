"""Files that libraries wrote which the tests do not install: harmless() yields (name, bytes). record_samples.py writes
them anew."""
import pathlib
import tarfile

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "scan"


def harmless():
    for path in sorted(DATA.glob("*.tar.xz")):
        with tarfile.open(path) as archive:
            for member in archive:
                yield f"recorded/{path.name.partition('.')[0]}/{member.name}", archive.extractfile(member).read()
