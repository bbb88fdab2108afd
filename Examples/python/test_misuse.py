"""A host that is wrong is told so, with a code and in English, and nothing else happens: every function, called as it must not be."""

import ctypes
import random
import shutil
import subprocess
import unittest
from ctypes import byref, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

import strowger
from strowger import library

PLAN = Path(__file__).with_name("office.xml")
HEADERS = [Path(__file__).parents[2] / "Sources/CStrowger/include/strowger.h", Path("/usr/local/include/strowger.h")]


class Misuse(unittest.TestCase):
    def setUp(self):
        self.exchange = strowger.Exchange()
        self.addCleanup(self.exchange.close)
        self.exchange.load_plan(PLAN)
        self.handle = self.exchange._handle

    def tell(self, kind, **fields):
        """The code that an event is refused with, or 0."""
        try:
            return self.exchange.receive(kind, 0, **fields)
        except strowger.Refused as refused:
            return refused.code

    def test_every_result_has_a_text_also_those_that_do_not_exist(self):
        texts = [library.strowger_result_text(code).decode() for code in range(2, -17, -1)]
        self.assertEqual(len(set(texts)), len(texts))
        for code in (3, -17, 2**31 - 1, -(2**31)):
            self.assertTrue(library.strowger_result_text(code))

    def test_null_for_the_exchange(self):
        for call in self.calls(None):
            self.assertEqual(call(), strowger.NULL)

    def test_handles_that_are_none(self):
        gone = strowger.Exchange()
        handle = gone._handle.value
        gone.close()
        noise = random.Random(4711)
        for bits in [1, 2, 0xFFFF, handle, handle + 1, 2**63, 2**64 - 1] + [noise.getrandbits(64) for _ in range(1000)]:
            if bits != self.handle.value:
                for call in self.calls(c_void_p(bits)):
                    self.assertEqual(call(), strowger.UNKNOWN_EXCHANGE, hex(bits))

    def calls(self, handle):
        """Each function with this handle and all else right."""
        event = strowger.Event(size=ctypes.sizeof(strowger.Event), kind=strowger.KEPT)
        directive = strowger.Directive(size=ctypes.sizeof(strowger.Directive))
        fact = strowger.Fact(size=ctypes.sizeof(strowger.Fact))
        finding = strowger.Finding(size=ctypes.sizeof(strowger.Finding))
        return [
            lambda: library.strowger_destroy(handle),
            lambda: library.strowger_use_plan(handle, b"", 0, b""),
            lambda: library.strowger_load_plan(handle, b"office.xml"),
            lambda: library.strowger_next_finding(handle, byref(finding)),
            lambda: library.strowger_trunk_index(handle, b"x", byref(c_uint32())),
            lambda: library.strowger_trunk_name(handle, 0, byref(ctypes.c_char_p())),
            lambda: library.strowger_reserve_leg(handle, byref(c_uint64())),
            lambda: library.strowger_receive(handle, byref(event), 0),
            lambda: library.strowger_next_deadline(handle, byref(c_int64())),
            lambda: library.strowger_fire(handle, 0),
            lambda: library.strowger_next_directive(handle, byref(directive)),
            lambda: library.strowger_next_fact(handle, byref(fact)),
            lambda: library.strowger_restore(handle, None, 0, None),
            lambda: library.strowger_state(handle, None, 0, None),
        ]

    def test_null_for_whatever_else_must_be_there(self):
        for result in [
            library.strowger_create(None, None),
            library.strowger_use_plan(self.handle, None, 10, b"x"),
            library.strowger_use_plan(self.handle, b"<a/>", 4, None),
            library.strowger_load_plan(self.handle, None),
            library.strowger_next_finding(self.handle, None),
            library.strowger_trunk_index(self.handle, None, byref(c_uint32())),
            library.strowger_trunk_index(self.handle, b"x", None),
            library.strowger_trunk_name(self.handle, 0, None),
            library.strowger_reserve_leg(self.handle, None),
            library.strowger_receive(self.handle, None, 0),
            library.strowger_next_deadline(self.handle, None),
            library.strowger_next_directive(self.handle, None),
            library.strowger_next_fact(self.handle, None),
            library.strowger_restore(self.handle, None, 1, None),
            library.strowger_state(self.handle, None, 100, None),
            library.strowger_sentence(None, None, None, 0),
            self.tell(strowger.TRUNK),
            self.tell(strowger.SETTINGS, number="2001"),
            self.tell(strowger.REGISTERED, number="2001", device_count=1),
            self.tell(strowger.RECORDINGS, number="2001", recording_count=1),
        ]:
            self.assertEqual(result, strowger.NULL)

    def test_a_wrong_size_is_refused_by_every_struct(self):
        for kind, call in [
            (strowger.Options, lambda it: library.strowger_create(byref(it), byref(c_void_p()))),
            (strowger.Finding, lambda it: library.strowger_next_finding(self.handle, byref(it))),
            (strowger.Event, lambda it: library.strowger_receive(self.handle, byref(it), 0)),
            (strowger.Directive, lambda it: library.strowger_next_directive(self.handle, byref(it))),
            (strowger.Fact, lambda it: library.strowger_next_fact(self.handle, byref(it))),
        ]:
            for size in (0, 1, 4, ctypes.sizeof(kind) - 1, 4097, 2**31, 2**32 - 1):
                self.assertEqual(call(kind(size=size)), strowger.SIZE, f"{kind.__name__}, {size} octets")
        settings = strowger.StationSettings(size=8)
        self.assertEqual(self.tell(strowger.SETTINGS, number="2001", settings=ctypes.pointer(settings)), strowger.SIZE)

    def test_text_that_is_not_utf_8_or_too_long(self):
        for name in (b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"x" * 256, b"x" * 100_000):
            self.assertEqual(self.tell(strowger.TRUNK, name=name), strowger.TEXT, name[:8])
            self.assertEqual(library.strowger_load_plan(self.handle, name), strowger.TEXT)
            self.assertEqual(library.strowger_use_plan(self.handle, b"<a/>", 4, name), strowger.TEXT)
            self.assertEqual(library.strowger_trunk_index(self.handle, name, byref(c_uint32())), strowger.TEXT)

    def test_a_sentence_that_is_not_utf_8_or_has_no_room_ends_within_it(self):
        for text in (b"\xff\xfe %", b"\xc3", b"% \xe2\x82", b"%" * 2000, b""):
            for room in (0, 1, 2, 7, 64):
                buffer = ctypes.create_string_buffer(b"\xaa" * 80, 81)
                result = library.strowger_sentence(text, byref(strowger.digits("2001")), buffer, room)
                self.assertIn(result, (strowger.OK, strowger.TOO_SMALL))
                self.assertEqual(buffer.raw[room:80], b"\xaa" * (80 - room))
                if room:
                    self.assertIn(b"\0", buffer.raw[:room])

    def test_plans_that_are_rubbish_are_refused_with_line_and_mend(self):
        noise = random.Random(1)
        right = PLAN.read_bytes()
        for plan in [b"", b"\xff\xfe", b"<numberPlan", b"\0" * 100, right[:300], right.replace(b"2001", b"20x1")]:
            with self.assertRaises(strowger.Refused) as refused:
                self.exchange.use_plan(plan)
            self.assertEqual(refused.exception.code, strowger.PLAN)
            findings = list(self.exchange.findings())
            self.assertTrue(findings)
            for line, column, message, _ in findings:
                self.assertTrue(line >= 1 and column >= 1 and message)
        for _ in range(100):
            octets = bytearray(right)
            for _ in range(5):
                octets[noise.randrange(len(octets))] = noise.randrange(256)
            try:
                self.exchange.use_plan(bytes(octets))
            except strowger.Refused as refused:
                self.assertEqual(refused.code, strowger.PLAN)
            list(self.exchange.findings())
        self.assertEqual(library.strowger_use_plan(self.handle, right, 2**24 + 1, b"x"), strowger.RANGE)
        self.assertEqual(library.strowger_use_plan(self.handle, right, 2**64 - 1, b"x"), strowger.RANGE)

    def test_values_outside_their_range(self):
        leg = self.exchange.reserve_leg()
        party = strowger.station("2001", 1)
        no_nul = strowger.Digits.from_buffer_copy(b"1" * 40)
        for result, expected in [
            (self.tell(0), strowger.KIND),
            (self.tell(4711), strowger.KIND),
            (self.tell(strowger.ANSWERED), strowger.LEG),
            (self.tell(strowger.ANSWERED, leg=leg), strowger.LEG),
            (self.tell(strowger.ANSWERED, leg=2**64 - 1), strowger.GONE),
            (self.tell(strowger.DIALLED, leg=leg, party=strowger.Party(kind=9), number="2002"), strowger.KIND),
            (self.tell(strowger.DIALLED, leg=leg, party=strowger.Party(kind=strowger.PARTY_TRUNK, trunk=7), number="2"),
             strowger.RANGE),
            (self.tell(strowger.DIALLED, leg=leg, party=strowger.station("7777", 1), number="2002"), strowger.UNKNOWN),
            (self.tell(strowger.DIALLED, leg=leg, party=party, number="20x2"), strowger.DIGITS),
            (self.tell(strowger.DIALLED, leg=leg, party=party, number="1" * 33), strowger.DIGITS),
            (self.tell(strowger.DIALLED, leg=leg, party=strowger.Party(kind=1, number=no_nul), number="2"), strowger.DIGITS),
            (self.tell(strowger.REGISTERED, number="7777"), strowger.UNKNOWN),
            (self.tell(strowger.REGISTERED, number="2001", devices=[1, 1]), strowger.RANGE),
            (self.tell(strowger.REGISTERED, number="2001", devices=list(range(1, 66))), strowger.RANGE),
            (self.tell(strowger.FAILED, leg=leg, status=200), strowger.RANGE),
            (self.tell(strowger.FAILED, leg=leg, status=2**32 - 1), strowger.RANGE),
            (self.tell(strowger.RELEASED, leg=leg, cause=77), strowger.KIND),
            (self.tell(strowger.PRESSED, leg=leg, key=16), strowger.RANGE),
            (library.strowger_fire(self.handle, -1), strowger.RANGE),
            (library.strowger_fire(self.handle, 2**63 - 1), strowger.RANGE),
            (library.strowger_trunk_name(self.handle, 2**32 - 1, byref(ctypes.c_char_p())), strowger.RANGE),
            (library.strowger_state(self.handle, ctypes.create_string_buffer(4), 4, byref(c_size_t())), strowger.TOO_SMALL),
        ]:
            self.assertEqual(result, expected, strowger.library.strowger_result_text(result))

    def test_noise_in_events_leaves_the_exchange_in_order(self):
        noise = random.Random(7)
        for _ in range(20_000):
            event = strowger.Event.from_buffer_copy(noise.randbytes(ctypes.sizeof(strowger.Event)))
            event.size, event.kind = ctypes.sizeof(strowger.Event), noise.randrange(24)
            # Pointers must point to what their type says: that much a host has to keep.
            event.name = event.class_name = event.devices = event.recordings = event.settings = None
            event.leg = self.exchange.reserve_leg() if noise.random() < 0.2 else noise.randrange(100)
            if noise.random() < 0.5:
                event.party = strowger.station(f"200{noise.randrange(12)}", 1)
                event.number = strowger.digits(noise.choice(["2001", "2002", "601200", "11", "122001", "401", ""]))
            library.strowger_receive(self.handle, byref(event), noise.randrange(-5, 10**12))
            list(self.exchange.facts())
            list(self.exchange.directives())
        self.assertIn('"findings": []', self.exchange.state())

    def test_no_plan_no_calls(self):
        with strowger.Exchange() as empty:
            for call in (empty.reserve_leg, lambda: empty.fire(0), lambda: empty.receive(strowger.KEPT, 0), lambda: empty.restore({})):
                with self.assertRaises(strowger.Refused) as refused:
                    call()
                self.assertEqual((refused.exception.code, str(refused.exception)),
                                 (strowger.NO_PLAN, library.strowger_result_text(strowger.NO_PLAN).decode()))

    def test_256_exchanges_and_not_one_more(self):
        more = [strowger.Exchange() for _ in range(255)]
        with self.assertRaises(strowger.Refused) as refused:
            strowger.Exchange()
        self.assertEqual(refused.exception.code, strowger.TOO_MANY)
        for exchange in more:
            exchange.close()


class Header(unittest.TestCase):
    """strowger.py says what strowger.h says; the compiler compares."""

    structs = {
        "digits": strowger.Digits, "party": strowger.Party, "goal": strowger.Goal, "diversion": strowger.Diversion,
        "recording": strowger.KeptRecording, "options": strowger.Options, "finding": strowger.Finding,
        "settings": strowger.StationSettings, "event": strowger.Event, "act": strowger.Act, "record": strowger.CallRecord,
        "directive": strowger.Directive, "fact": strowger.Fact,
    }

    def test_structs_and_numbers_are_those_of_the_header(self):
        header = next((path for path in HEADERS if path.exists()), None)
        compiler = shutil.which("cc") or shutil.which("clang")
        if not header or not compiler:
            self.skipTest("no strowger.h or no C compiler here")
        lines = [f'#include "{header}"']
        for name, struct in self.structs.items():
            # Structs with a size grow at their end; the others never change.
            compare = ">=" if struct._fields_[0][0] == "size" else "=="
            lines.append(f"_Static_assert(sizeof(strowger_{name}) {compare} {ctypes.sizeof(struct)}, \"{name}\");")
            for field, *_ in struct._fields_:
                # `from` is a word of Python's own.
                theirs = "from" if field == "origin" else field
                offset = getattr(struct, field).offset
                lines.append(f"_Static_assert(offsetof(strowger_{name}, {theirs}) == {offset}, \"{name}.{field}\");")
        for prefix, names in (("EVENT", strowger.EVENTS), ("DIRECTIVE", strowger.DIRECTIVES)):
            for number, name in enumerate(names, 1):
                constant = f"STROWGER_{prefix}_{name.upper()}"
                lines.append(f"_Static_assert({constant} == {number} && {constant} == {getattr(strowger, name.upper())}, \"{name}\");")
        for number, name in enumerate(strowger.GOALS):
            lines.append(f"_Static_assert(STROWGER_GOAL_{name.upper()} == {number}, \"{name}\");")
        for number, name in enumerate(strowger.CAUSES):
            lines.append(f"_Static_assert(STROWGER_CAUSE_{name.upper().replace(' ', '_')} == {number}, \"{name}\");")
        for name in ("NULL SIZE UNKNOWN_EXCHANGE BUSY KIND RANGE TEXT DIGITS UNKNOWN LEG NO_PLAN PLAN UNREAD_FULL TOO_SMALL "
                     "TOO_MANY TOO_LATE DONE GONE LATEST DEVICES").split():
            lines.append(f"_Static_assert(STROWGER_{name} == {getattr(strowger, name)}, \"{name}\");")
        compiled = subprocess.run([compiler, "-std=c11", "-fsyntax-only", "-xc", "-"], input="\n".join(lines), text=True,
                                  stderr=subprocess.PIPE)
        self.assertEqual(compiled.returncode, 0, compiled.stderr)


if __name__ == "__main__":
    unittest.main()
