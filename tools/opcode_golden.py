#!/usr/bin/env python3
"""Writes tests/data/pickle/opcodes.txt: every opcode as CPython's own pickletools knows it.

One line each, in the order of their bytes: byte, name, argument kind, first protocol, and the
stack effect as values popped ("m" where everything down to a MARK goes too) and values pushed.
Compared with our table by src/pickle/opcodes_test.cc.
"""
import pathlib
import pickletools


def effect(op):
    before = [thing.name for thing in op.stack_before]
    plain = [name for name in before if name not in ("mark", "stackslice")]
    return f"{len(plain)}{'m' if 'stackslice' in before else ''} {len(op.stack_after)}"


lines = [
    f"{ord(op.code):02x} {op.name} {op.arg.name if op.arg else '-'} {op.proto} {effect(op)}\n"
    for op in sorted(pickletools.opcodes, key=lambda op: ord(op.code))
]
root = pathlib.Path(__file__).resolve().parent.parent
(root / "tests/data/pickle/opcodes.txt").write_text("".join(lines))
