"""A network that loses answers: a proxy between a vendor's client and the gateway, which also keeps a record."""
import contextlib
import enum
import hashlib
import http.client
import http.server
import socket
import struct
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

PER_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}
TRACES = "/api/otel/v1/traces"
TAKEN_UP = 0.2
"""After so many seconds a request that was sent has been taken up."""


class Fate(enum.Enum):
    """What becomes of a request."""

    DELIVER = "it is answered"
    DROP = "the gateway answers, and the client's connection is closed instead"
    CUT = "the client's connection is closed as soon as the gateway has the request, which goes on with it"
    RESET = "both connections are cut while the gateway works on the request"
    BREAK = "both connections are cut as soon as the request is sent"


@dataclass
class Exchange:
    """A request as the proxy saw it. `status` is the gateway's answer, whether it was delivered or not."""

    method: str
    path: str
    retry: int
    body: bytes
    fate: Fate = Fate.DELIVER
    status: int | None = None

    @property
    def is_call(self):
        """Whether the vendor's API client made it, which repeats a lost POST by itself."""
        return self.method == "POST" and self.path != TRACES


def deliver(_):
    """A network that loses nothing."""
    return Fate.DELIVER


def losing(count, fate=Fate.DROP):
    """A network that spoils the first attempts of every POST: so many of API calls, one of reports of spans."""
    seen = set()
    lock = threading.Lock()

    def plan(exchange):
        if exchange.method != "POST":
            return Fate.DELIVER
        if exchange.is_call:
            return fate if exchange.retry < count else Fate.DELIVER
        digest = hashlib.sha256(exchange.body).digest()
        with lock:
            is_first = digest not in seen
            seen.add(digest)
        return fate if is_first else Fate.DELIVER

    return plan


class Network:
    """A proxy on a port of its own. `plan` decides the fate of each request; `source` is the address that the
    gateway sees as its client's."""

    def __init__(self, url, plan=deliver, source="127.0.0.1", gone=lambda exchange: None):
        self.gateway = urlsplit(url).netloc
        self.plan = plan
        self.source = source
        self.gone = gone
        """Called with each exchange when the gateway has its request."""
        self.exchanges = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def calls(self, retry=None):
        """The POSTs of API calls, or those that were repeated so many times before."""
        calls = [exchange for exchange in self.exchanges if exchange.is_call]
        return calls if retry is None else [call for call in calls if call.retry == retry]

    def reports(self):
        """The reports of spans."""
        return [exchange for exchange in self.exchanges if exchange.path == TRACES]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """A client that hangs up is no news here."""


def _handler(network):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            """Passes a request on, and its answer back or not."""
            body = self._body()
            retry = int(self.headers.get("X-Stainless-Retry-Count", 0))
            exchange = Exchange(self.command, self.path, retry, body)
            exchange.fate = network.plan(exchange)
            network.exchanges.append(exchange)
            gateway = http.client.HTTPConnection(network.gateway, source_address=(network.source, 0))
            with contextlib.closing(gateway):
                headers = {name: value for name, value in self.headers.items() if name.lower() not in PER_HOP}
                gateway.request(self.command, self.path, body, headers)
                network.gone(exchange)
                self._answer(gateway, exchange)

        do_POST = do_DELETE = do_GET

        def _answer(self, gateway, exchange):
            if exchange.fate in (Fate.CUT, Fate.RESET, Fate.BREAK):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            if exchange.fate is Fate.RESET:
                time.sleep(TAKEN_UP)
            if exchange.fate in (Fate.RESET, Fate.BREAK):
                gateway.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            answer = gateway.getresponse()
            content = answer.read()
            exchange.status = answer.status
            if exchange.fate is Fate.DELIVER:
                self._pass_back(answer, content)
            self.close_connection |= exchange.fate is Fate.DROP

        def _pass_back(self, answer, content):
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in PER_HOP:
                    self.send_header(name, value)
            if answer.will_close:
                self.send_header("Connection", "close")
            if answer.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self):
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                return b"".join(iter(self._chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _chunk(self):
            size = int(self.rfile.readline().split(b";")[0], 16)
            chunk = self.rfile.read(size)
            self.rfile.readline()
            return chunk

        def log_message(self, *_):
            """The record is kept elsewhere."""

    return Handler
