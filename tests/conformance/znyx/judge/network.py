"""What lies between a gateway and a runtime: a proxy that counts what passes, and answers itself what it is told to."""
import contextlib
import http.client
import http.server
import json
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness import ports

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

    status: int | None
    detail: str = ""
    retry_after: str | None = None
    silence: float = 0


class Network:
    """A proxy on a port of its own, in front of `url`.

    `plan` is called with each exchange before it is passed on, and gives an answer to be given in its stead or none;
    `heard` is called with each exchange that was answered, before the answer is passed back.
    """

    def __init__(self, url, port=0, plan=lambda exchange: None, heard=lambda exchange: None):
        self.target = urlsplit(url).netloc
        self.plan, self.heard = plan, heard
        self.exchanges = []
        self._server = _Server(("127.0.0.1", port or ports.free()), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def evaluations(self):
        """The requests to evaluate something, in the order in which they came."""
        return [exchange for exchange in self.exchanges if exchange.path.startswith("/v1/evaluate/")]


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
            if answer is None:
                self._pass_on(exchange)
            else:
                self._answer(exchange, answer)

        do_POST = do_GET

        def _pass_on(self, exchange):
            connection = http.client.HTTPConnection(network.target, timeout=60)
            with contextlib.closing(connection):
                headers = {name: value for name, value in self.headers.items() if name.lower() not in PER_HOP}
                connection.request(exchange.method, exchange.path, exchange.body, headers)
                answer = connection.getresponse()
                content = answer.read()
                exchange.status = answer.status
                network.heard(exchange)
                self._write(answer.status, answer.getheaders(), content)

        def _answer(self, exchange, answer):
            if answer.status is None:
                time.sleep(answer.silence)
                self.close_connection = True
                return
            exchange.status = answer.status
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
