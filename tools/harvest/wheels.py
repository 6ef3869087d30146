"""Releases of a package and their wheels, as pip finds them. Nothing of a wheel is ever imported."""
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

FINAL = re.compile(r"^\d+(\.\d+)*$")


def key(version):
    """A final release's version as numbers that sort."""
    return tuple(int(part) for part in version.split("."))


def final_releases(package, first):
    """Versions from `first` on, oldest first: no pre-releases, none that was taken back."""
    said = subprocess.run([sys.executable, "-m", "pip", "index", "versions", package], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    listed = next(line for line in said.splitlines() if line.startswith("Available versions:"))
    versions = [v.strip() for v in listed.split(":", 1)[1].split(",")]
    return sorted((v for v in versions if FINAL.match(v) and key(v) >= key(first)), key=key)


class Wheel:
    """A wheel that is downloaded, looked into, and gone again."""

    def __init__(self, package, version):
        self.package, self.version = package, version

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--ignore-requires-python",
                        "--only-binary", ":all:", "--python-version", "3.12", "-d", self.folder.name,
                        f"{self.package}=={self.version}"], check=True, stdout=subprocess.DEVNULL)
        self.zip = zipfile.ZipFile(next(pathlib.Path(self.folder.name).glob("*.whl")))
        return self

    def __exit__(self, *_):
        self.zip.close()
        self.folder.cleanup()

    def names(self):
        return self.zip.namelist()

    def text(self, name):
        """A file's text, or "" where the wheel has none of this name."""
        try:
            return self.zip.read(name).decode("utf-8")
        except KeyError:
            return ""

    def metadata(self):
        """The lines of METADATA's head as (key, value), and the day that the wheel was built."""
        entry = next(e for e in self.zip.infolist() if e.filename.endswith(".dist-info/METADATA"))
        head = self.zip.read(entry).decode("utf-8").split("\n\n", 1)[0]
        lines = [tuple(line.split(": ", 1)) for line in head.splitlines() if ": " in line]
        return lines, "%04d-%02d-%02d" % entry.date_time[:3]
