"""Real telephones (baresip) on SofiaHost: do not disturb, forward, park, pickup, conference."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from phones import EXAMPLE, Host, Phone  # noqa: E402

LADDERS = os.path.join(EXAMPLE, "Ladders.md")


def readable(text):
    """A ladder without what is different each time: places of voice become names."""
    owners = {}
    lines = []
    for line in text.splitlines():
        said = re.match(r"(\d+) +> .*\[([\d.]+:\d+) ", line)
        if said:
            owners[said[2]] = said[1]
        if re.search(r"> REGISTER|\* open", line):
            continue
        lines.append(re.sub(r"\[([\d.]+:\d+) (\w+)\]",
                            lambda m: f"[{owners.get(m[1], 'mixer')}{'' if m[2] == 'sendrecv' else ', ' + m[2]}]", line))
    return "\n".join(lines)


class Features(unittest.TestCase):
    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.close)
        self.phones = {}

    def phone(self, number):
        phone = Phone(number, self.host)
        self.addCleanup(phone.close)
        self.phones[number] = phone
        return phone

    def talk(self, caller, called):
        caller.dial(called.number)
        called.answer()
        caller.event("CALL_ESTABLISHED")
        self.host.expect(rf"voice: .*{caller.number}.*, directly|voice: .*{called.number}.*, directly")

    def test_1_call(self):
        a, b = self.phone("2001"), self.phone("2002")
        self.talk(a, b)
        a.hears()
        b.hears()
        a.command("hangup")
        b.event("CALL_CLOSED")
        self.host.expect("call over: 2001 dialled 2002, answered by 2002")

    def test_2_do_not_disturb(self):
        a, b = self.phone("2001"), self.phone("2002")
        self.assertIn("480", b.code("401"))
        self.assertIn("486", a.code("2002"))
        self.assertIn("480", b.code("400"))
        self.talk(a, b)

    def test_3_forward(self):
        a, b, c = self.phone("2001"), self.phone("2002"), self.phone("2003")
        self.assertIn("480", b.code("6012003"))
        a.dial("2002")
        c.answer()
        a.event("CALL_ESTABLISHED")
        self.host.expect("2003 +< INVITE from 2001, diverted")
        a.command("hangup")
        c.event("CALL_CLOSED")

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


if __name__ == "__main__":
    unittest.main()
