#!/usr/bin/python3
"""login - try to log in to the campus's services as one person, and print a table

  login.py [--ca FILE --name NAME] USER SERVICE:METHOD:WHERE...     reads the password from standard input, up to its end
    WHERE is ADDRESS:PORT, or the path of a socket for saslauthd
    services and methods: imap LOGIN|PLAIN, pop3 USER|PLAIN, sieve PLAIN, smtp PLAIN|LOGIN, ftp PASS, web Basic, saslauthd SERVICE
    imap, pop3, sieve and smtp also as SERVICE+starttls and SERVICE+tls (from the first byte): the certificate must be NAME's,
    issued by the CA in FILE

A login counts as Granted when the service also does something for the person: opens the inbox, names the folder, sends
the page. A verdict is read from the protocol's own words: a temporary failure is Unavailable, a refusal Denied.
Exit status: 0 all Granted, 1 otherwise.
"""
import argparse
import base64
import http.client
import socket
import ssl
import subprocess
import sys
import time

TIMEOUT = 30  # seconds for one answer; longer than any deadline of authd
GRANTED, DENIED, UNAVAILABLE = "Granted", "Denied", "Unavailable"


class Place:
    """Where a server is, and how its TLS begins: "", "starttls" or "tls"."""

    def __init__(self, address, tls, ca, name):
        self.address, self.tls, self.ca, self.name = address, tls, ca, name


class Wire:
    """A connection that speaks lines."""

    def __init__(self, place):
        host, port = place.address.rsplit(":", 1)
        self.place = place
        self.socket = socket.create_connection((host, int(port)), TIMEOUT)
        self.file = self.socket.makefile("rb")
        if place.tls == "tls":
            self.secure()

    @property
    def wants_starttls(self):
        return self.place.tls == "starttls"

    def secure(self):
        context = ssl.create_default_context(cafile=self.place.ca)
        self.socket = context.wrap_socket(self.socket, server_hostname=self.place.name)
        self.file = self.socket.makefile("rb")

    def read(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def send(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def ask(self, text):
        self.send(text)
        return self.read()


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def plain(user, password):
    return encoded(f"\0{user}\0{password}")


def imap(place, method, user, password):
    wire = Wire(place)
    wire.read()

    def answer(tag):
        while not (line := wire.read()).startswith(tag + " "):
            if line.startswith("+"):
                return line
        return line

    if wire.wants_starttls:
        wire.send("s STARTTLS")
        if not (line := answer("s")).startswith("s OK"):
            return UNAVAILABLE, line
        wire.secure()
    if method == "LOGIN":
        # Literals carry any byte, which quoted strings do not.
        wire.send(f"a LOGIN {{{len(user.encode())}}}")
        if (line := answer("a")).startswith("+"):
            wire.send(f"{user} {{{len(password.encode())}}}")
            if (line := answer("a")).startswith("+"):
                wire.send(password)
                line = answer("a")
    else:
        wire.send(f"a AUTHENTICATE {method}")
        if (line := answer("a")).startswith("+"):
            wire.send(plain(user, password))
            line = answer("a")
    if line.startswith("a OK"):
        opened = (wire.send("b SELECT INBOX"), answer("b"))[1]
        return (GRANTED, line) if opened.startswith("b OK") else (UNAVAILABLE, "logged in, then: " + opened)
    outage = "[UNAVAILABLE]" in line or "generic failure" in line or "authentication server" in line
    return UNAVAILABLE if outage else DENIED, line


def pop3(place, method, user, password):
    wire = Wire(place)
    wire.read()
    if wire.wants_starttls:
        if not (line := wire.ask("STLS")).startswith("+OK"):
            return UNAVAILABLE, line
        wire.secure()
    if method == "USER":
        line = wire.ask(f"USER {user}")
        if line.startswith("+OK"):
            line = wire.ask(f"PASS {password}")
    else:
        line = wire.ask(f"AUTH {method}")
        if line.startswith("+ ") or line == "+":
            line = wire.ask(plain(user, password))
    if line.startswith("+OK"):
        listed = wire.ask("STAT")
        return (GRANTED, line) if listed.startswith("+OK") else (UNAVAILABLE, "logged in, then: " + listed)
    return UNAVAILABLE if "[SYS/" in line or "generic failure" in line else DENIED, line


def sieve(place, method, user, password):
    wire = Wire(place)
    while not wire.read().startswith("OK"):
        pass
    if wire.wants_starttls:
        if not (line := wire.ask("STARTTLS")).startswith("OK"):
            return UNAVAILABLE, line
        wire.secure()
        while not wire.read().startswith("OK"):
            pass
    line = wire.ask(f'AUTHENTICATE "{method}" "{plain(user, password)}"')
    return (GRANTED if line.startswith("OK") else UNAVAILABLE if "generic failure" in line else DENIED), line


def smtp_answer(wire, line):
    while line[3:4] == "-":
        line = wire.read()
    return line


def smtp(place, method, user, password):
    wire = Wire(place)
    smtp_answer(wire, wire.read())
    smtp_answer(wire, wire.ask("EHLO client.campus.example"))
    if wire.wants_starttls:
        if not (line := smtp_answer(wire, wire.ask("STARTTLS"))).startswith("220"):
            return UNAVAILABLE, line
        wire.secure()
        smtp_answer(wire, wire.ask("EHLO client.campus.example"))
    line = smtp_answer(wire, wire.ask(f"AUTH {method}"))
    for word in [plain(user, password)] if method == "PLAIN" else [encoded(user), encoded(password)]:
        if line.startswith("334"):
            line = smtp_answer(wire, wire.ask(word))
    return (GRANTED if line.startswith("235") else UNAVAILABLE if line.startswith("4") else DENIED), line


def ftp(place, _method, user, password):
    wire = Wire(place)
    smtp_answer(wire, wire.read())
    line = smtp_answer(wire, wire.ask(f"USER {user}"))
    if line.startswith("331"):
        line = smtp_answer(wire, wire.ask(f"PASS {password}"))
    if line.startswith("230"):
        folder = smtp_answer(wire, wire.ask("PWD"))
        return (GRANTED, line) if folder.startswith("257") else (UNAVAILABLE, "logged in, then: " + folder)
    return (UNAVAILABLE if line.startswith("4") else DENIED), line


def web(place, _method, user, password):
    host, port = place.address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT)
    connection.request("GET", "/private/", headers={"Authorization": "Basic " + encoded(f"{user}:{password}")})
    answer = connection.getresponse()
    page = answer.read().decode("utf-8", "replace")
    line = f"{answer.status} {answer.reason}" + (f": {page.strip()}" if answer.status == 200 else "")
    return (GRANTED if answer.status == 200 else UNAVAILABLE if answer.status >= 500 else DENIED), line


def saslauthd(place, service, user, password):
    # testsaslauthd takes the password from its command line only; this is for sample people.
    run = subprocess.run(["testsaslauthd", "-f", place.address, "-s", service, "-u", user, "-p", password], capture_output=True,
                         text=True, timeout=TIMEOUT, check=False)
    line = (run.stdout + run.stderr).strip().replace("\n", " ")
    return (GRANTED if run.returncode == 0 else DENIED if 'NO "' in line else UNAVAILABLE), line


SERVICES = {"imap": imap, "pop3": pop3, "sieve": sieve, "smtp": smtp, "ftp": ftp, "web": web, "saslauthd": saslauthd}


def attempt(service, method, place, user, password):
    started = time.monotonic()
    try:
        verdict, line = SERVICES[service](place, method, user, password)
    except (OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
        verdict, line = UNAVAILABLE, str(error)
    return verdict, (time.monotonic() - started) * 1000, line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ca", metavar="FILE")
    parser.add_argument("--name", metavar="NAME")
    parser.add_argument("user")
    parser.add_argument("attempts", nargs="+", metavar="SERVICE:METHOD:WHERE")
    arguments = parser.parse_args()
    password = sys.stdin.read().removesuffix("\n")
    print(f"{'service':<10} {'port':<6} {'TLS':<8} {'method':<9} {'verdict':<12} {'ms':>6}  answer")
    refused = 0
    for words in arguments.attempts:
        service, method, where = words.split(":", 2)
        service, _, tls = service.partition("+")
        place = Place(where, tls, arguments.ca, arguments.name)
        verdict, milliseconds, line = attempt(service, method, place, arguments.user, password)
        port = "socket" if where.startswith("/") else where.rsplit(":", 1)[1]
        print(f"{service:<10} {port:<6} {tls or '-':<8} {method:<9} {verdict:<12} {milliseconds:>6.0f}  {line[:76]}", flush=True)
        refused += verdict != GRANTED
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
