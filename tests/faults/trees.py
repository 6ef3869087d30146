"""What lies at a path, to be compared with what lay there."""


def tree(path):
    """None, a file's bytes, or {relative path: a file's bytes, None for a folder}."""
    if path.is_symlink() or path.is_file():
        return path.read_bytes()
    if not path.exists():
        return None
    return {p.relative_to(path).as_posix(): p.read_bytes() if p.is_file() else None for p in sorted(path.rglob("*"))}
