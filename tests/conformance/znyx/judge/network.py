"""What lies between a gateway and a runtime: a proxy that counts what passes, and answers itself what it is told to."""
import contextlib
import http.client
import http.server
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness import ports

VERSION = "bench-policy-version"
"""The request by which a gateway learns a runtime's policy, once each time it begins to work on a run."""
PER_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


@dataclass
class Exchange:
    """A request that came by, when (in seconds of a clock that never goes back), and the status of its answer."""

    method: str
    path: str
    body: bytes
    time: float
    status: int | None = None

    @property
    def sent(self):
        """Its body."""
        return json.loads(self.body)


@dataclass
class Answer:
    """What the proxy answers itself. Without a status it says nothing for so many seconds, and then hangs up."""

    status: int | None = None
    detail: str = ""
    retry_after: str | None = None
    silence: float = 0


class Once:
    """Does something to the first exchange that is the one, and gives what that gives."""

    def __init__(self, is_the_one, action):
        self.done = threading.Event()
        """Set when it was done."""
        self._is_the_one, self._action = is_the_one, action
        self._lock = threading.Lock()

    def __call__(self, exchange):
        with self._lock:
            if self.done.is_set() or not self._is_the_one(exchange):
                return None
            answer = self._action()
            self.done.set()
        return answer


class Network:
    """A proxy on a port of its own, in front of `url`.

    `plan` is called with each exchange before it is passed on, and `heard` when it was answered, before the answer is
    passed back. Each may give another answer, in place of the server's.
    """

    def __init__(self, url, port=0, plan=lambda exchange: None, heard=lambda exchange: None):
        self.target = urlsplit(url).netloc
        self.plan, self.heard = plan, heard
        self.exchanges = []
        self.most = 0
        """How many requests were on their way at the same time."""
        self._under_way = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port or ports.free()), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @contextlib.contextmanager
    def under_way(self):
        """While a request is on its way."""
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def evaluations(self):
        """The requests to evaluate something, in the order in which they came."""
        return [exchange for exchange in list(self.exchanges) if exchange.path.startswith("/v1/evaluate/")]

    def evaluated(self):
        """How often the runtime evaluated what: `(run, request)`."""
        return Counter((exchange.sent["app_id"], exchange.sent["request_id"]) for exchange in self.evaluations()
                       if exchange.status == 200)

    def reported(self):
        """How often which sample was reported and accepted."""
        return Counter(result["sample_id"] for exchange in list(self.exchanges)
                       if exchange.path.endswith("/results") and exchange.status == 200
                       for result in exchange.sent["results"])


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """A client that hangs up is no news here, nor is a server that was killed."""


def _handler(network):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            """Passes a request on and its answer back, or answers it."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            exchange = Exchange(self.command, self.path, body, time.monotonic())
            network.exchanges.append(exchange)
            answer = network.plan(exchange)
            if answer:
                exchange.status = answer.status
                self._answer(answer)
            else:
                self._pass_on(exchange)

        do_POST = do_GET

        def _pass_on(self, exchange):
            connection = http.client.HTTPConnection(network.target, timeout=60)
            # It has come back before its sender hears of it, who then sends the next one.
            with contextlib.closing(connection), network.under_way():
                headers = {name: value for name, value in self.headers.items() if name.lower() not in PER_HOP}
                connection.request(exchange.method, exchange.path, exchange.body, headers)
                answer = connection.getresponse()
                content = answer.read()
            exchange.status = answer.status
            instead = network.heard(exchange)
            if instead:
                self._answer(instead)
            else:
                self._write(answer.status, answer.getheaders(), content)

        def _answer(self, answer):
            if answer.status is None:
                time.sleep(answer.silence)
                self.close_connection = True
                return
            headers = [("Content-Type", "application/json")]
            if answer.retry_after is not None:
                headers.append(("Retry-After", answer.retry_after))
            self._write(answer.status, headers, json.dumps({"detail": answer.detail}).encode())

        def _write(self, status, headers, content):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in PER_HOP:
                    self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """The record is kept elsewhere."""

    return Handler
