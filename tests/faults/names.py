"""A name server for the tests: it knows no name, and for silent.test it does not answer at all."""
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(512)
    if b"\x06silent\x04test" not in query:
        # The same question back: an answer, recursion available, NXDOMAIN, no records.
        question = query[12:query.index(b"\0", 12) + 5]
        server.sendto(query[:2] + b"\x81\x83" + b"\0\1" + b"\0" * 6 + question, client)
