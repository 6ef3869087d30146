"""Runs the scripts of tests/cli: what a user types, and what must be on the screen after it.

    run.py PROGRAM [--golden] [SCRIPT...]

A script is text: lines with "# " say what it is about, lines with "$ " are commands for bash, and
what follows up to the next command is the expected output (standard output and standard error),
closed by "[exit N]" where N is not 0. Every script runs in an empty folder of its own; $DATA is
tests/data, and `weighlock` is the program. --golden writes what happened into the scripts instead.
"""
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def parse(text):
    """[(comment or command, is a command)]; expected output is left out."""
    items = []
    for line in text.splitlines():
        if line.startswith("$ "):
            items.append((line[2:], True))
        elif line.startswith("# ") and (not items or not items[-1][1]):
            items.append((line, False))
        elif not line and items and items[-1][1] is False:
            items.append(("", False))
    return items


def run(script, program):
    """The script's text as it should read, given what happens now."""
    out = []
    with tempfile.TemporaryDirectory() as work:
        tools = pathlib.Path(work) / "tools"
        tools.mkdir()
        (tools / "weighlock").symlink_to(program)
        home = pathlib.Path(work) / "work"
        home.mkdir()
        environment = {"PATH": f"{tools}:/usr/bin:/bin", "DATA": str(HERE.parent / "data"),
                       "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(home)}
        for text, is_command in parse(script.read_text()):
            if not is_command:
                out.append(text)
                continue
            done = subprocess.run(["bash", "-c", text], cwd=home, env=environment, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            out.append("$ " + text)
            out += done.stdout.replace(environment["DATA"], "$DATA").rstrip("\n").split("\n") if done.stdout else []
            if done.returncode:
                out.append(f"[exit {done.returncode}]")
    return "\n".join(line.rstrip() for line in out) + "\n"


def main():
    program = os.path.realpath(sys.argv[1])
    golden = "--golden" in sys.argv
    named = [pathlib.Path(a) for a in sys.argv[2:] if a != "--golden"]
    failed = 0
    for script in named or sorted(HERE.glob("*.txt")):
        wanted, got = script.read_text(), run(script, program)
        if golden:
            script.write_text(got)
        elif wanted != got:
            failed += 1
            sys.stdout.writelines(difflib.unified_diff(
                wanted.splitlines(True), got.splitlines(True), f"{script.name} (wanted)", "got"))
    print(f"{failed} scripts differ" if failed else "every script as written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
