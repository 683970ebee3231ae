#!/usr/bin/python3
"""fetch_aiohttp asks one URL n times over HTTP/1.1 with aiohttp: the work of `download`, by another
hand. One thread, a coroutine for each connection at a time, k requests on each connection, and
SHA-256 over every body, held against the first one's. What it costs, Python's start and its imports
included, is left to whoever starts it. asyncio resumes no TLS session: every handshake is full.

It prints "requests N", how many were done. Exit status: 0 fine; 1 a request failed; 2 usage;
5 a package is missing.
"""

import argparse
import asyncio
import hashlib
import re
import ssl
import sys

REQUEST_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10


def refuse(status, sentence):
    print(f"fetch_aiohttp: {sentence}", file=sys.stderr)
    sys.exit(status)


try:
    import aiohttp
    import aiohttp.abc
except ImportError:
    refuse(5, "aiohttp is missing; Debian has it as python3-aiohttp")


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        refuse(2, f"{message}; see --help")


class Resolver(aiohttp.abc.AbstractResolver):
    """Gives the address and port of -connect-to for its host, and no other."""

    def __init__(self, host, port, address, address_port):
        self.asked = (host, port)
        self.answer = {"hostname": host, "host": address, "port": address_port,
                       "family": 0, "proto": 0, "flags": 0}

    async def resolve(self, host, port=0, family=0):
        if (host, port) != self.asked:
            raise OSError(f"-connect-to names no address for {host}:{port}")
        return [self.answer]

    async def close(self):
        pass


class Job:
    """What the coroutines share."""

    def __init__(self, options):
        self.options = options
        self.tls = tls_context(options)
        self.names = resolver(options.connect_to)
        self.timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self.taken = 0
        self.done = 0
        self.first = None
        self.failure = None

    def session(self):
        """A session with a pool of one connection: so `-k` counts requests on one connection."""
        connector = aiohttp.TCPConnector(limit=1, force_close=self.options.k == 1, ssl=self.tls,
                                         resolver=self.names)
        return aiohttp.ClientSession(connector=connector, timeout=self.timeout,
                                     cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
                                     skip_auto_headers=["Accept-Encoding"])

    async def one(self, session, last):
        """A request, the last one on its connection or not."""
        headers = {"Connection": "close"} if last else None
        async with session.get(self.options.url, headers=headers, allow_redirects=False) as answer:
            body = await answer.read()
            if answer.status != 200:
                raise ValueError(f"the answer was {answer.status}")
        digest = hashlib.sha256(body).digest()
        if self.first is None:
            self.first = digest
        if digest != self.first:
            raise ValueError("the body differs from the first one")
        self.done += 1

    async def connection(self, session):
        """The requests of one connection. What it could not do because one failed counts as failed
        too."""
        count = min(self.options.k, self.options.n - self.taken)
        self.taken += count
        try:
            for left in range(count - 1, -1, -1):
                await self.one(session, left == 0)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as failure:
            self.failure = self.failure or failure

    async def worker(self):
        """Uses one connection after another until all requests are taken. A session outlives its
        connection only where each request has one of its own."""
        while self.taken < self.options.n:
            async with self.session() as session:
                await self.connection(session)
                while self.options.k == 1 and self.taken < self.options.n:
                    await self.connection(session)


def tls_context(options):
    try:
        context = ssl.create_default_context(cafile=options.cacert)
    except OSError as problem:
        refuse(2, f"the CA file '{options.cacert}' cannot be read: {problem}")
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def resolver(connect_to):
    if connect_to is None:
        return None
    parts = re.fullmatch(r"([^\[\]:]+):(\d+):\[?([^\[\]]+)\]?:(\d+)", connect_to)
    if parts is None:
        refuse(2, f"-connect-to takes HOST:PORT:ADDR:PORT with a host's name, not '{connect_to}'")
    host, port, address, address_port = parts.groups()
    return Resolver(host, int(port), address, int(address_port))


async def run(options):
    job = Job(options)
    await asyncio.gather(*(job.worker() for _ in range(options.c)))
    return job


def natural(text):
    if not re.fullmatch(r"0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1")
    return int(text)


def main():
    arguments = Arguments(prog="fetch_aiohttp", allow_abbrev=False, description=(
        "Asks one URL n times with aiohttp and checks each body against the first."))
    arguments.add_argument("-n", type=natural, required=True, metavar="REQUESTS")
    arguments.add_argument("-c", type=natural, default=1, metavar="CONNECTIONS")
    arguments.add_argument("-k", type=natural, default=1, metavar="REQUESTS_PER_CONNECTION")
    arguments.add_argument("-insecure", action="store_true", help="do not verify certificates")
    arguments.add_argument("-session", choices=["full", "resume"], default="full")
    arguments.add_argument("-cacert", metavar="FILE", help="trust this CA file alone (PEM)")
    arguments.add_argument("-connect-to", metavar="HOST:PORT:ADDR:PORT")
    arguments.add_argument("-uvloop", "--uvloop", action="store_true", help="run on uvloop")
    arguments.add_argument("url", metavar="URL")
    options = arguments.parse_args()
    if not re.match(r"https?://.", options.url):
        refuse(2, "it takes one URL, of http or https; see --help")
    if options.session == "resume":
        refuse(2, "asyncio resumes no TLS session; -session takes full alone here")
    if options.uvloop:
        try:
            import uvloop
        except ImportError:
            refuse(5, "uvloop is missing; Debian has it as python3-uvloop")
        uvloop.install()
    job = asyncio.run(run(options))
    print(f"requests {job.done}")
    if job.failure is not None:
        failed, why = options.n - job.done, str(job.failure) or repr(job.failure)
        refuse(1, f"{failed} of {options.n} requests failed, one of them: {why}")


if __name__ == "__main__":
    main()
