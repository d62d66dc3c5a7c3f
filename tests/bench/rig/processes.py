"""Starting servers, hearing from them where they listen, and ending them."""
import re
import select
import shutil
import signal
import subprocess
import time

START = 60
"""Seconds that a start may take, on a machine that is busy too."""
STOP = 30


class Server:
    """A process that prints its address on its first line. Only it is ever signalled."""

    def __init__(self, command, log, **options):
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, **options)
        self.log = log
        try:
            self.address = self._await_address()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self):
        return self.process.pid

    def _await_address(self):
        seen, end = b"", time.monotonic() + START
        while b"\n" not in seen:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            piece = self.process.stdout.read1(65536) if ready else b""
            if not piece:
                raise RuntimeError(f"{self.process.args[0]} did not start: {self.tail()}")
            seen += piece
        found = re.search(rb"http://(127\.0\.0\.1:\d+)", seen)
        if not found:
            raise RuntimeError(f"no loopback address in {seen!r}")
        return found.group(1).decode()

    def tail(self):
        """The end of what it wrote to its log."""
        with open(self.log, errors="replace", encoding="utf-8") as log:
            return log.read()[-2000:]

    def kill(self):
        """Ends it at once, as it would end without power."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """Asks it to end, then makes it."""
        if self.process.poll() is None:
            # An interrupt has no grace period for load balancers, unlike SIGTERM.
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


def need(program):
    """Says so when a program is missing."""
    if not shutil.which(program):
        raise RuntimeError(f"{program} is missing; tests/run installs it")


def run(command, **options):
    """Runs a program to its end and gives its standard output; its complaint when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout
