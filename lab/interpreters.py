"""Python interpreters of the versions that old runtimes have wheels for.

Taken from PATH, from pyenv, or where neither has one, from a jar on Maven Central that holds a whole
CPython (Debian 12 itself ships 3.11 alone).
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

# version: (artifact, SHA-256 of the jar)
JARS = {
    "3.9": ("org.bytedeco:cpython:3.9.6-1.5.6:jar:linux-x86_64",
            "e8c42da2fe5658f6d8f270193ed84463bf768123bace0859731b31cbfbddb35f"),
}


def installed(version):
    """The path of a Python 3.9, say, that can make virtual environments; None where there is none."""
    on_path = shutil.which(f"python{version}")
    if on_path and subprocess.run([on_path, "-c", "import ensurepip"], capture_output=True).returncode == 0:
        return on_path
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv")) / "versions"
    for folder in sorted(pyenv.glob(f"{version}.*"), reverse=True):
        python = folder / "bin" / f"python{version}"
        if python.exists():
            return str(python)
    return None


def install_maven():
    if shutil.which("mvn"):
        return
    print("lab: installing maven, to fetch an old Python with", flush=True)
    root = [] if os.getuid() == 0 else ["sudo"]
    subprocess.run([*root, "apt-get", "-qq", "-y", "install", "--no-install-recommends", "maven"],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def from_jar(version, cache):
    """Unpacks the jar's Python into the folder `cache` unless that was done; returns its path."""
    artifact, wanted = JARS[version]
    home = cache / f"python-{version}"
    python = home / "bin" / f"python{version}"
    if python.exists():
        return str(python)
    install_maven()
    repository = cache / "maven"
    print(f"lab: fetching {artifact}", flush=True)
    subprocess.run(["mvn", "-q", "-B", f"-Dmaven.repo.local={repository}", "dependency:get",
                    f"-Dartifact={artifact}", "-Dtransitive=false"], check=True, stdin=subprocess.DEVNULL)
    jar, = repository.glob("org/bytedeco/cpython/*/*-linux-x86_64.jar")
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != wanted:
        sys.exit(f"lab: {jar.name} should have SHA-256 {wanted}, it has {found}")
    unpacked = cache / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    with zipfile.ZipFile(jar) as archive:
        archive.extractall(unpacked)
    inside = unpacked / "org" / "bytedeco" / "cpython" / "linux-x86_64"
    for program in (inside / "bin").iterdir():
        program.chmod(0o755)
    inside.rename(home)
    shutil.rmtree(unpacked)
    shutil.rmtree(repository)
    return str(python)


def find_python(versions, cache):
    """An interpreter of the first of `versions` that is installed, or of one that a jar has."""
    for version in versions:
        python = installed(version)
        if python:
            return python
    for version in versions:
        if version in JARS:
            return from_jar(version, cache)
    sys.exit(
        f"lab: this runtime has wheels for Python {' or '.join(versions)} only; none is on PATH or in pyenv.\n"
        f"lab: install one (pyenv install {versions[0]}) and run again."
    )
