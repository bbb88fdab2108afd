"""Real telephones (baresip) on SofiaHost: do not disturb, forward, park, pickup, conference."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from phones import EXAMPLE, Host, Phone  # noqa: E402
from raw import RawPhone  # noqa: E402

LADDERS = os.path.join(EXAMPLE, "Ladders.md")
HEAD = """# Ladders

What SofiaHost and its telephones (baresip) say to each other, written by `make ladders`; `make test` compares. `>` comes from a telephone, `<` goes to it,
`*` is what the exchange did. In brackets stands where the description sends voice: to a telephone, or to the host's mixer.
"""


def readable(text):
    """A ladder without what is different each time: places of voice become names."""
    owners = {}
    lines = []
    for line in text.splitlines():
        said = re.match(r"(\d+) +> .*\[([\d.]+:\d+) ", line)
        if said:
            owners[said[2]] = said[1]
        # A BYE that crosses ours is chance.
        crossed = re.match(r"(\d+) +> BYE", line) and [x for x in lines if x.startswith(line[:6])][-1].endswith("< BYE")
        if crossed or re.search(r"> REGISTER|\* open", line):
            continue
        lines.append(re.sub(r"\[([\d.]+:\d+) (\w+)\]",
                            lambda m: f"[{owners.get(m[1], 'mixer')}{'' if m[2] == 'sendrecv' else ', ' + m[2]}]", line))
    return "\n".join(lines)


def known_ladders():
    try:
        with open(LADDERS) as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    return dict(re.findall(r"^## (.*?)\n\n```\n(.*?)\n```$", text, re.M | re.S))


class Features(unittest.TestCase):
    seen = {}

    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.close)

    @classmethod
    def tearDownClass(cls):
        if os.environ.get("WRITE_LADDERS"):
            with open(LADDERS, "w") as file:
                file.write(HEAD + "".join(f"\n## {title}\n\n```\n{text}\n```\n" for title, text in cls.seen.items()))

    def ladder(self, title):
        """The same messages as in Ladders.md; who of two telephones answers first is chance."""
        text = self.host.quiet()
        self.assertEqual((self.host.process.poll(), self.host.complaints()), (None, ""))
        self.seen[title] = readable(text)
        if not os.environ.get("WRITE_LADDERS"):
            self.assertEqual(sorted(known_ladders().get(title, "").splitlines()), sorted(self.seen[title].splitlines()), text)

    def phone(self, number):
        phone = Phone(number, self.host)
        self.addCleanup(phone.close)
        return phone

    def talk(self, caller, called):
        caller.dial(called.number)
        called.answer()
        caller.event("CALL_ESTABLISHED")
        self.host.expect(rf"voice: .*{caller.number}.*, directly|voice: .*{called.number}.*, directly")

    def test_1_call(self):
        a, b = self.phone("2001"), self.phone("2002")
        self.talk(a, b)
        a.hears(b)
        b.hears(a)
        a.command("hangup")
        b.event("CALL_CLOSED")
        self.host.expect("call over: 2001 dialled 2002, answered by 2002")
        self.ladder("A call, voice directly")

    def test_2_do_not_disturb(self):
        a, b = self.phone("2001"), self.phone("2002")
        self.assertIn("480", b.code("401"))
        self.assertIn("486", a.code("2002"))
        self.assertIn("480", b.code("400"))
        self.talk(a, b)
        self.ladder("Do not disturb: 401, 400")

    def test_3_forward(self):
        a, b, c = self.phone("2001"), self.phone("2002"), self.phone("2003")
        self.assertIn("480", b.code("6012003"))
        a.dial("2002")
        c.answer()
        a.event("CALL_ESTABLISHED")
        self.host.expect("2003 +< INVITE from 2001, diverted")
        a.command("hangup")
        c.event("CALL_CLOSED")
        self.ladder("Forward: 601")

    def test_4_forward_outlives_the_host(self):
        b = self.phone("2002")
        b.code("6012003")
        b.close()
        self.host.kill()
        self.host.start()
        a, c = self.phone("2001"), self.phone("2003")
        a.dial("2002")
        c.answer()
        a.event("CALL_ESTABLISHED")
        a.command("hangup")
        c.event("CALL_CLOSED")

    def test_5_park(self):
        a, b, c = self.phone("2001"), self.phone("2002"), self.phone("2003")
        self.talk(a, b)
        a.command("hold")
        self.host.expect("2002 hears the mixer")
        a.dial("11")
        self.host.expect("2001 +< 480")
        self.host.expect("2001 +< BYE")
        b.hears()
        c.dial("122001")
        c.event("CALL_ESTABLISHED")
        c.hears(b)
        b.hears(c)
        c.command("hangup")
        b.event("CALL_CLOSED")
        self.ladder("Park and retrieve: 11, 12")

    def test_6_pickup(self):
        a, b, c = self.phone("2001"), self.phone("2002"), self.phone("2003")
        a.dial("2002")
        b.event("CALL_INCOMING")
        c.dial("652002")
        c.event("CALL_ESTABLISHED")
        a.event("CALL_ESTABLISHED")
        b.event("CALL_CLOSED")
        a.hears(c)
        c.hears(a)
        a.command("hangup")
        c.event("CALL_CLOSED")
        self.ladder("Pickup: 65")

    def test_7_hold(self):
        a, b = self.phone("2001"), self.phone("2002")
        self.talk(a, b)
        a.command("hold")
        b.hears()
        a.command("resume")
        b.hears(a)
        a.receives()
        b.command("hangup")
        a.event("CALL_CLOSED")
        self.ladder("Hold")

    def test_8_conference(self):
        a, b, c = self.phone("2001"), self.phone("2002"), self.phone("2003")
        for member in (b, c):
            a.dial(member.number)
            member.answer()
            a.event("CALL_ESTABLISHED")
            a.hears(member)
            a.command("hold")
            self.host.expect(f"{member.number} hears the mixer")
            a.dial("46")
            self.host.expect(f"{member.number} hears the mixer", count=2)
            # baresip takes its first call back by itself after the code, and is in the room with it.
            self.host.expect("2001 hears the mixer")
        b.hears(a, c, seconds=10)
        c.hears(a, b)
        a.receives()
        b.command("hangup")
        c.hears(a)
        a.receives()
        c.command("hangup")
        a.event("CALL_CLOSED")
        self.ladder("Conference: 46")

    def test_9_transfer(self):
        a, b, c = self.phone("2001"), self.phone("2002"), self.phone("2003")
        self.talk(a, b)
        a.command("hold")
        self.host.expect("2002 hears the mixer")
        a.command("transfer", f"sip:2003@{self.host.address}:{self.host.port}")
        c.answer()
        b.hears(c)
        c.hears(b)
        c.command("hangup")
        b.event("CALL_CLOSED")
        self.ladder("Transfer by REFER")

    def test_transfer_after_a_call_to_the_target(self):
        a, b, c = RawPhone("2001", self.host), self.phone("2002"), self.phone("2003")
        self.addCleanup(a.close)
        first = a.dial("2002")
        b.answer()
        self.assertIn("SIP/2.0 200", a.final(first, "INVITE", 2))
        self.assertIn("SIP/2.0 200", a.hold(first))
        second = a.dial("2003")
        c.answer()
        self.assertIn("SIP/2.0 200", a.final(second, "INVITE", 2))
        self.assertIn("SIP/2.0 200", a.hold(second))
        self.host.expect("2003 hears the mixer")
        self.assertIn("SIP/2.0 202", a.refer(first, "2003", second))
        byes = 0
        while byes < 2:
            byes += a.message().startswith("BYE")
        b.hears(c)
        c.hears(b)
        c.command("hangup")
        b.event("CALL_CLOSED")
        self.ladder("Transfer by REFER, the target called before")


if __name__ == "__main__":
    unittest.main()
