"""A telephone of sixty lines, for what baresip has no key for: a transfer to somebody whom it has called before."""
import hashlib
import random
import re
import socket

from phones import NET


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class RawPhone:
    def __init__(self, number, host):
        self.number, self.host = number, host
        self.server = f"{host.address}:{host.port}"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((f"{NET}.{int(number) - 1990}", 0))
        self.socket.settimeout(8)
        self.here = "%s:%d" % self.socket.getsockname()

    def close(self):
        self.socket.close()

    def sdp(self, direction):
        address = self.here.split(":")[0]
        return (f"v=0\r\no=- 1 {random.randrange(1 << 30)} IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
                f"m=audio 4000 RTP/AVP 0 8\r\na={direction}\r\n")

    def send(self, call, method, sequence, more="", body=""):
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (f"{method} {call['uri']} SIP/2.0\r\nVia: SIP/2.0/UDP {self.here};branch=z9hG4bK{call['id']}{method}{sequence}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:{self.number}@{self.server}>;tag={call['tag']}\r\nTo: {call['to']}\r\n"
                f"Call-ID: {call['id']}\r\nCSeq: {sequence} {method}\r\nContact: <sip:{self.number}@{self.here}>\r\n"
                f"{kind}{more}Content-Length: {len(body)}\r\n\r\n{body}")
        self.socket.sendto(text.encode(), (self.host.address, self.host.port))

    def message(self):
        """The next one; requests are answered with 200."""
        text, sender = self.socket.recvfrom(9000)
        text = text.decode()
        if not text.startswith("SIP/2.0") and not text.startswith("ACK"):
            kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*\r\n", text, re.M)
            self.socket.sendto(("SIP/2.0 200 OK\r\n" + "".join(kept) + "Content-Length: 0\r\n\r\n").encode(), sender)
        return text

    def final(self, call, method, sequence):
        while True:
            text = self.message()
            if text.startswith("SIP/2.0 1") or f"Call-ID: {call['id']}" not in text or f"CSeq: {sequence} {method}" not in text:
                continue
            if method == "INVITE":
                call["to"] = re.search(r"\r\nTo: (.*)\r\n", text)[1]
                self.send(call, "ACK", sequence)
            return text

    def dial(self, number):
        """Calls, with digest; returns at once after the INVITE that counts."""
        call = {"id": f"{random.randrange(1 << 60):x}", "tag": f"{random.randrange(1 << 30):x}",
                "uri": f"sip:{number}@{self.server}", "to": f"<sip:{number}@{self.server}>", "sequence": 2}
        self.send(call, "INVITE", 1, body=self.sdp("sendrecv"))
        challenge = self.final(call, "INVITE", 1)
        nonce = re.search(r'nonce="([^"]*)"', challenge)[1]
        secret = md5(f"{self.number}:sofia-host:secret-{self.number}")
        response = md5(f"{secret}:{nonce}:00000001:c:auth:{md5('INVITE:' + call['uri'])}")
        call["to"] = f"<sip:{number}@{self.server}>"
        self.send(call, "INVITE", 2, f'Authorization: Digest username="{self.number}", realm="sofia-host", nonce="{nonce}", '
                  f'uri="{call["uri"]}", response="{response}", qop=auth, nc=00000001, cnonce="c", algorithm=MD5\r\n',
                  self.sdp("sendrecv"))
        return call

    def hold(self, call):
        call["sequence"] += 1
        self.send(call, "INVITE", call["sequence"], body=self.sdp("sendonly"))
        return self.final(call, "INVITE", call["sequence"])

    def refer(self, call, number, consulted):
        """REFER: the far end of `call` shall take the place of `consulted`."""
        call["sequence"] += 1
        remote = re.search(r"tag=([^;\s]+)", consulted["to"])[1]
        replaces = f"{consulted['id']}%3Bto-tag%3D{remote}%3Bfrom-tag%3D{consulted['tag']}"
        self.send(call, "REFER", call["sequence"], f"Refer-To: <sip:{number}@{self.server}?Replaces={replaces}>\r\n")
        return self.final(call, "REFER", call["sequence"])
