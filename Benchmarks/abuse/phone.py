"""Small SIP phones for the measurements: they register with digest, call, answer and hang up, by UDP or TCP."""

import asyncio
import hashlib
import itertools
import re
import time

PASSWORD = "Abuse_4711"
HOST = "127.0.0.1"
FRESH = itertools.count(1)
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"


def header(text, name):
    match = re.search(rf"^{name}[ \t]*:[ \t]*(.*?)\r?$", text, re.I | re.M)
    return match.group(1) if match else ""


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Call:
    """A confirmed dialog of the caller."""

    def __init__(self, identity, local, remote, target):
        self.identity, self.local, self.remote, self.target, self.sequence = identity, local, remote, target, 10


class Phone(asyncio.DatagramProtocol):
    """One station on a UDP socket of its own. Times are seconds; None stands for no final answer in time."""

    transport_name, keeps_sending = "UDP", True

    def __init__(self, number, port):
        self.number, self.port = number, port
        self.waiting, self.challenge, self.uses = {}, None, 0
        self.registration, self.sequence = f"r-{number}-{next(FRESH)}", itertools.count(1)
        self.transport = None

    @classmethod
    async def open(cls, number, port):
        loop = asyncio.get_running_loop()
        _, phone = await loop.create_datagram_endpoint(
            lambda: cls(number, port), local_addr=(HOST, 0), remote_addr=(HOST, port))
        return phone

    def connection_made(self, transport):
        self.transport = transport
        self.address = "%s:%d" % transport.get_extra_info("sockname")[:2]

    def error_received(self, _):
        pass

    def send(self, text):
        self.transport.sendto(text.encode())

    def close(self):
        if self.transport:
            self.transport.close()

    def datagram_received(self, data, _):
        self.take(data.decode("utf-8", "replace"))

    def take(self, text):
        if text.startswith("SIP/2.0 "):
            queue = self.waiting.get((re.search(r"branch=([^;,\s]+)", header(text, "Via")) or [None, ""])[1])
            if queue:
                queue.put_nowait((time.monotonic(), int(text.split()[1]), text))
        elif not text.startswith("ACK "):
            self.answer(text)

    def answer(self, request):
        """Everything is answered 200; an INVITE with a description."""
        invite = request.startswith("INVITE ")
        vias = re.findall(r"^(?:Via|v)[ \t]*:.*?$", request, re.I | re.M)
        to = header(request, "To")
        lines = ["SIP/2.0 200 OK"] + [via.rstrip("\r") for via in vias]
        lines += [f"{name}: {header(request, name)}" for name in ("From", "Call-ID", "CSeq")]
        lines += [f"To: {to}" if ";tag=" in to else f"To: {to};tag=b{self.number}", f"Contact: <sip:{self.number}@{self.address}>"]
        body = SDP if invite else ""
        lines += ["Content-Type: application/sdp"] if invite else []
        self.send("\r\n".join(lines + [f"Content-Length: {len(body)}", "", body]))

    async def request(self, method, target, headers, body="", within=4.0):
        """Sends until there is a final answer, as Timer E says: (seconds, status, text) or None."""
        branch = f"z9hG4bK-{self.number}-{next(FRESH)}"
        lines = [f"{method} {target} SIP/2.0", f"Via: SIP/2.0/{self.transport_name} {self.address};rport;branch={branch}"]
        lines += ["Max-Forwards: 70", f"Contact: <sip:{self.number}@{self.address};transport={self.transport_name.lower()}>"]
        lines += headers + (["Content-Type: application/sdp"] if body else []) + [f"Content-Length: {len(body)}", "", body]
        text = "\r\n".join(lines)
        queue = self.waiting[branch] = asyncio.Queue()
        start, interval = time.monotonic(), 0.5
        self.send(text)
        resend = start + interval
        try:
            while True:
                now = time.monotonic()
                if now >= start + within:
                    return None
                due = min(resend, start + within) if self.keeps_sending else start + within
                try:
                    when, status, answer = await asyncio.wait_for(queue.get(), max(0.001, due - now))
                except asyncio.TimeoutError:
                    if self.keeps_sending and time.monotonic() >= resend and time.monotonic() < start + within:
                        self.send(text)
                        interval = min(2 * interval, 4)
                        resend += interval
                    continue
                if status >= 200:
                    if method == "INVITE":
                        self.acknowledge(target, branch, lines, answer, status)
                    return when - start, status, answer
                if method == "INVITE":
                    resend = start + within
        finally:
            del self.waiting[branch]

    def acknowledge(self, target, branch, lines, answer, status):
        own = f"z9hG4bK-{self.number}-{next(FRESH)}" if status < 300 else branch
        if status < 300:
            target = (re.search(r"<([^>]+)>", header(answer, "Contact")) or [None, target])[1]
        self.send("\r\n".join([
            f"ACK {target} SIP/2.0", f"Via: SIP/2.0/{self.transport_name} {self.address};rport;branch={own}", "Max-Forwards: 70",
            f"From: {header(answer, 'From')}", f"To: {header(answer, 'To')}", f"Call-ID: {header(answer, 'Call-ID')}",
            f"CSeq: {header(answer, 'CSeq').split()[0]} ACK", "Content-Length: 0", "", ""]))

    def credentials(self, method, target, name="Authorization"):
        """A phone keeps its nonce and counts its uses."""
        if not self.challenge:
            return []
        realm, nonce = self.challenge
        self.uses += 1
        user, count, own = f"u{self.number}", f"{self.uses:08x}", f"{self.uses:08x}"
        secret = md5(f"{user}:{realm}:{PASSWORD}")
        response = md5(f"{secret}:{nonce}:{count}:{own}:auth:{md5(f'{method}:{target}')}")
        return [f'{name}: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{target}", response="{response}", '
                f'algorithm=MD5, qop=auth, nc={count}, cnonce="{own}"']

    def learn(self, answer):
        for line in re.findall(r"^(?:WWW|Proxy)-Authenticate[ \t]*:(.*?)\r?$", answer, re.I | re.M):
            found = dict(re.findall(r'(\w+)="?([^",]+)"?', line))
            if found.get("algorithm", "MD5").upper() == "MD5":
                self.challenge, self.uses = (found["realm"], found["nonce"]), 0

    async def register(self, within=4.0):
        """Seconds until the 200, the challenge and the second request included."""
        target, spent = f"sip:{HOST}", 0.0
        for _ in range(3):
            who = f"<sip:{self.number}@{HOST}>"
            result = await self.request("REGISTER", target, [
                f"From: {who};tag=t{self.number}", f"To: {who}", f"Call-ID: {self.registration}",
                f"CSeq: {next(self.sequence)} REGISTER", "Expires: 600"] + self.credentials("REGISTER", target), within=within)
            if result is None:
                return None
            spent += result[0]
            if result[1] != 401:
                return spent if result[1] == 200 else None
            self.learn(result[2])
        return None

    async def call(self, number, within=4.0):
        """The confirmed call, or None."""
        identity, local = f"c-{self.number}-{next(FRESH)}", f"<sip:{self.number}@{HOST}>;tag=c{next(FRESH)}"
        target = f"sip:{number}@{HOST}"
        result = await self.request("INVITE", target, [
            f"From: {local}", f"To: <{target}>", f"Call-ID: {identity}", "CSeq: 1 INVITE"], SDP, within=within)
        if result is None or result[1] >= 300:
            return None
        remote = (re.search(r"<([^>]+)>", header(result[2], "Contact")) or [None, target])[1]
        return Call(identity, local, header(result[2], "To"), remote)

    async def bye(self, call, within=4.0):
        """Seconds until the exchange has answered 200, or None."""
        if call is None:
            return None
        call.sequence += 1
        result = await self.request("BYE", call.target, [
            f"From: {call.local}", f"To: {call.remote}", f"Call-ID: {call.identity}", f"CSeq: {call.sequence} BYE"], within=within)
        return result[0] if result and result[1] == 200 else None


class StreamPhone(Phone):
    """The same on a TCP connection."""

    transport_name, keeps_sending = "TCP", False

    @classmethod
    async def open(cls, number, port):
        phone = cls(number, port)
        phone.reader, phone.writer = await asyncio.open_connection(HOST, port)
        phone.address = "%s:%d" % phone.writer.get_extra_info("sockname")[:2]
        phone.listener = asyncio.get_running_loop().create_task(phone.listen())
        return phone

    async def listen(self):
        try:
            while True:
                head = await self.reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d+)", head, re.I | re.M)
                body = await self.reader.readexactly(int(length[1])) if length else b""
                self.take((head + body).decode("utf-8", "replace").lstrip("\r\n"))
        except (OSError, asyncio.IncompleteReadError):
            pass

    def send(self, text):
        self.writer.write(text.encode())

    def close(self):
        self.listener.cancel()
        self.writer.close()
