"""What a program meets besides its arguments: signals that are ignored, streams that are closed.

    process_test.py PROGRAM
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.realpath(sys.argv.pop(1))
PACKAGE = pathlib.Path(__file__).resolve().parent.parent / "data" / "packages" / "bert-4.37.2"


def started(*arguments, **how):
    return subprocess.Popen([PROGRAM, *map(str, arguments)], stderr=subprocess.PIPE, text=True, **how)


class Signals(unittest.TestCase):
    def waiting(self, before=None):
        """explain, which waits for its standard input."""
        process = started("explain", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=before)
        time.sleep(0.5)
        return process

    def test_an_interrupt_while_reading_standard_input(self):
        process = self.waiting()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 75)
        self.assertEqual(process.communicate()[1],
                         "weighlock: standard input: interrupted: stopped while reading\n")

    def test_ignored_signals_stay_ignored(self):
        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        process = self.waiting(ignore)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate("KeyError: 'llama'\n", timeout=10)
        self.assertEqual(process.returncode, 0)
        self.assertIn("E20", said)

    def test_others_are_not(self):
        process = self.waiting(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(10), 75)
        process.communicate()


class ClosedStreams(unittest.TestCase):
    def test_standard_output(self):
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "x.bin"
            for arguments in (["inspect", PACKAGE], ["convert", PACKAGE / "model.safetensors", output]):
                process = started(*arguments, preexec_fn=lambda: os.close(1))
                self.assertEqual(process.wait(10), 2)
                self.assertEqual(process.communicate()[1],
                                 "weighlock: standard output: i/o error: it is closed, so nothing was done; "
                                 ">/dev/null is for those who want no report\n")
            self.assertFalse(output.exists())

    def test_standard_error_and_input(self):
        """An output that got number 2 would have held what is said there."""
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "x.bin"
            process = subprocess.run([PROGRAM, "convert", PACKAGE / "model.safetensors", output],
                                     stdout=subprocess.PIPE, preexec_fn=lambda: (os.close(2), os.close(0)))
            self.assertEqual(process.returncode, 0)
            again = subprocess.run([PROGRAM, "convert", PACKAGE / "model.safetensors", output],
                                   stdout=subprocess.PIPE, preexec_fn=lambda: (os.close(2), os.close(0)))
            self.assertEqual(again.returncode, 73)
            self.assertEqual(subprocess.run([PROGRAM, "diff", PACKAGE / "model.safetensors", output],
                                            stdout=subprocess.DEVNULL).returncode, 0)

    def test_standard_input_that_is_asked_for(self):
        process = started("explain", "-", stdout=subprocess.PIPE, preexec_fn=lambda: os.close(0))
        self.assertEqual(process.wait(10), 2)
        self.assertIn("standard input: i/o error: cannot read", process.communicate()[1])


if __name__ == "__main__":
    unittest.main()
