"""Strowger's call kernel from Python: libstrowger.so through ctypes, no other library.

    exchange = Exchange()
    exchange.load_plan("office.xml")
    leg = exchange.reserve_leg()
    exchange.receive(DIALLED, now, leg=leg, party=station("2001", device=1), number="2002")
    for fact in exchange.facts(): ...           # keep them
    for directive in exchange.directives(): ... # carry them out

strowger.h describes every function, event and directive; names here are its names in lower case, or without STROWGER_. What the
library refuses raises Refused, with the header's code and its English text; nothing has changed then.
"""

import ctypes
import ctypes.util
import os
from ctypes import POINTER, Structure, byref, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p

# Results.
OK, DONE, GONE = 0, 1, 2
# NULL, SIZE, UNKNOWN_EXCHANGE …: as in the header.
(NULL, SIZE, UNKNOWN_EXCHANGE, BUSY, KIND, RANGE, TEXT, DIGITS, UNKNOWN, LEG, NO_PLAN, PLAN, UNREAD_FULL, TOO_SMALL, TOO_MANY,
 TOO_LATE) = range(-1, -17, -1)

EVENTS = ("dialled proceeding alerting answered failed redirected released held resumed transfer_requested verified trunk joined "
          "join_failed played pressed recordings registered settings kept not_kept").split()
(DIALLED, PROCEEDING, ALERTING, ANSWERED, FAILED, REDIRECTED, RELEASED, HELD, RESUMED, TRANSFER_REQUESTED, VERIFIED, TRUNK, JOINED,
 JOIN_FAILED, PLAYED, PRESSED, RECORDINGS, REGISTERED, SETTINGS, KEPT, NOT_KEPT) = range(1, 22)

DIRECTIVES = "progress alert answer finish release media present transfer verify recording record note fault".split()
(PROGRESS, ALERT, ANSWER, FINISH, RELEASE, MEDIA, PRESENT, TRANSFER, VERIFY, RECORDING, RECORD, NOTE, FAULT) = range(1, 14)

GOALS = "nothing with music tone room announcement recording playback".split()
GOAL_WITH = 1
CAUSES = ("normal", "busy", "no answer", "not reachable", "refused", "cancelled", "answered elsewhere", "number unknown",
          "number incomplete", "barred", "loop", "media failed", "lost", "overload", "fault", "no channel", "out of hours",
          "trunk limit")
PARTY_STATION, PARTY_TRUNK, PARTY_STRANGER = 1, 2, 3
LATEST = 4611686018427387904
DEVICES = 64


# -- The structs of strowger.h, field for field ---------------------------------------------------------------------------


class Digits(Structure):
    _fields_ = [("text", c_char * 40)]

    def __str__(self):
        return self.text.decode()


class Party(Structure):
    _fields_ = [("kind", c_uint32), ("trunk", c_uint32), ("device", c_uint64), ("number", Digits)]


class Goal(Structure):
    _fields_ = [("kind", c_uint32), ("value", c_uint32), ("leg", c_uint64)]


class Diversion(Structure):
    _fields_ = [("reason", c_uint32), ("reserved", c_uint32), ("origin", Digits)]


class KeptRecording(Structure):
    _fields_ = [("number", c_uint32), ("is_new", c_uint32)]


class Options(Structure):
    _fields_ = [("size", c_uint32), ("is_tracing", c_uint32), ("ring_time", c_int64), ("provisional_time", c_int64)]


class Finding(Structure):
    _fields_ = [("size", c_uint32), ("severity", c_uint32), ("line", c_uint32), ("column", c_uint32),
                ("rule", c_char_p), ("message", c_char_p), ("mend", c_char_p)]


class StationSettings(Structure):
    _fields_ = [("size", c_uint32), ("mailbox", c_uint32), ("on_hook_transfer", c_uint32), ("tone_source", c_uint32),
                ("insertion", c_uint32), ("pickup_group", c_uint32), ("inserted_code", Digits), ("forward_unreachable", Digits),
                ("class_name", c_char_p)]


class Event(Structure):
    _fields_ = [("size", c_uint32), ("kind", c_uint32), ("leg", c_uint64), ("other", c_uint64), ("turn", c_uint64),
                ("cause", c_uint32), ("status", c_uint32), ("key", c_uint32), ("is_up", c_uint32), ("party", Party),
                ("number", Digits), ("name", c_char_p), ("class_name", c_char_p), ("devices", POINTER(c_uint64)),
                ("device_count", c_size_t), ("recordings", POINTER(KeptRecording)), ("recording_count", c_size_t),
                ("settings", POINTER(StationSettings))]


class Act(Structure):
    _fields_ = [("name", c_char_p), ("text", c_char_p), ("number", Digits)]


class CallRecord(Structure):
    _fields_ = [("size", c_uint32), ("cause", c_uint32), ("call", c_uint64), ("status", c_uint32), ("caller_trunk", c_uint32),
                ("answered_trunk", c_uint32), ("is_answered", c_uint32), ("start", c_int64), ("answer", c_int64),
                ("end", c_int64), ("caller", Digits), ("dialled", Digits), ("answered_by", Digits), ("authorization", c_char_p),
                ("acts", POINTER(Act)), ("act_count", c_size_t)]


class Directive(Structure):
    _fields_ = [("size", c_uint32), ("kind", c_uint32), ("turn", c_uint64), ("leg", c_uint64), ("other", c_uint64),
                ("call", c_uint64), ("goal", Goal), ("progress", c_uint32), ("status", c_uint32), ("cause", c_uint32),
                ("purpose", c_uint32), ("transfer", c_uint32), ("recording", c_uint32), ("value", c_uint32),
                ("reserved", c_uint32), ("party", Party), ("number", Digits), ("by", Digits), ("name", c_char_p),
                ("text", c_char_p), ("diversions", POINTER(Diversion)), ("diversion_count", c_size_t),
                ("record", POINTER(CallRecord))]


class Fact(Structure):
    _fields_ = [("size", c_uint32), ("reserved", c_uint32), ("turn", c_uint64), ("key", POINTER(c_uint8)),
                ("key_length", c_size_t), ("row", POINTER(c_uint8)), ("row_length", c_size_t)]


# -- The library ----------------------------------------------------------------------------------------------------------


def _load():
    """The file in STROWGER_LIBRARY, or the installed one."""
    found = os.environ.get("STROWGER_LIBRARY") or ctypes.util.find_library("strowger") or "libstrowger.so.1"
    try:
        library = ctypes.CDLL(found)
    except OSError as error:
        raise OSError(f"{error}; `make install-library` makes it, or STROWGER_LIBRARY names it") from None
    for name, result, arguments in [
        ("result_text", c_char_p, [c_int32]),
        ("interface", c_uint32, []),
        ("version", c_char_p, []),
        ("create", c_int32, [POINTER(Options), POINTER(c_void_p)]),
        ("destroy", c_int32, [c_void_p]),
        ("use_plan", c_int32, [c_void_p, c_char_p, c_size_t, c_char_p]),
        ("load_plan", c_int32, [c_void_p, c_char_p]),
        ("next_finding", c_int32, [c_void_p, POINTER(Finding)]),
        ("trunk_index", c_int32, [c_void_p, c_char_p, POINTER(c_uint32)]),
        ("trunk_name", c_int32, [c_void_p, c_uint32, POINTER(c_char_p)]),
        ("reserve_leg", c_int32, [c_void_p, POINTER(c_uint64)]),
        ("receive", c_int32, [c_void_p, POINTER(Event), c_int64]),
        ("next_deadline", c_int32, [c_void_p, POINTER(c_int64)]),
        ("fire", c_int32, [c_void_p, c_int64]),
        ("next_directive", c_int32, [c_void_p, POINTER(Directive)]),
        ("sentence", c_int32, [c_char_p, POINTER(Digits), c_char_p, c_size_t]),
        ("next_fact", c_int32, [c_void_p, POINTER(Fact)]),
        ("restore", c_int32, [c_void_p, POINTER(Fact), c_size_t, POINTER(c_size_t)]),
        ("state", c_int32, [c_void_p, c_char_p, c_size_t, POINTER(c_size_t)]),
    ]:
        function = getattr(library, f"strowger_{name}")
        function.restype, function.argtypes = result, arguments
    if library.strowger_interface() < 1:
        raise OSError(f"{found} has an older interface than this file")
    return library


library = _load()


def version():
    return library.strowger_version().decode()


class Refused(Exception):
    """The library did not do it: `code` is one of the header's, the text says why."""

    def __init__(self, code):
        super().__init__(library.strowger_result_text(code).decode())
        self.code = code


def checked(result):
    """OK, DONE and GONE are handed back, errors are raised."""
    if result < 0:
        raise Refused(result)
    return result


def cause(number):
    """Why a leg or call ended, in English; a later library may know more reasons."""
    return CAUSES[number] if number < len(CAUSES) else f"cause {number}"


def digits(text):
    octets = text.encode()
    if len(octets) >= ctypes.sizeof(Digits):
        raise Refused(DIGITS)
    return Digits(octets)


def sentence(text, number=None):
    """What a directive says, with `number` in the place of %."""
    if text is None:
        return ""
    room = ctypes.create_string_buffer(512)
    checked(library.strowger_sentence(text, byref(number) if number is not None else None, room, len(room)))
    return room.value.decode()


def station(number, device):
    """A telephone of the house, as the party of an event."""
    return Party(kind=PARTY_STATION, device=device, number=digits(number))


# -- An exchange ----------------------------------------------------------------------------------------------------------


class Exchange:
    """One exchange. What it knows is in the library; this class only spells its functions the way Python does."""

    def __init__(self, *, is_tracing=False, ring_time=0):
        self._handle = c_void_p()
        options = Options(size=ctypes.sizeof(Options), is_tracing=is_tracing, ring_time=ring_time)
        checked(library.strowger_create(byref(options), byref(self._handle)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        checked(library.strowger_destroy(self._handle))

    def load_plan(self, path):
        checked(library.strowger_load_plan(self._handle, os.fsencode(path)))

    def use_plan(self, xml, name="plan"):
        octets = xml if isinstance(xml, bytes) else xml.encode()
        checked(library.strowger_use_plan(self._handle, octets, len(octets), name.encode()))

    def findings(self):
        """What is wrong, or odd, in the plan given last: (line, column, message, how to mend it or None)."""
        finding = Finding(size=ctypes.sizeof(Finding))
        while checked(library.strowger_next_finding(self._handle, byref(finding))) == OK:
            mend = finding.mend.decode() if finding.mend else None
            yield finding.line, finding.column, finding.message.decode(), mend

    def reserve_leg(self):
        leg = c_uint64()
        checked(library.strowger_reserve_leg(self._handle, byref(leg)))
        return leg.value

    def receive(self, kind, now, *, number=None, devices=(), name=None, **fields):
        """Tells one event; `fields` are those of strowger_event. Returns OK, or GONE when its leg has ended."""
        event = Event(size=ctypes.sizeof(Event), kind=kind, **fields)
        if number is not None:
            event.number = digits(number)
        if name is not None:
            event.name = name if isinstance(name, bytes) else name.encode()
        if devices:
            event.devices, event.device_count = (c_uint64 * len(devices))(*devices), len(devices)
        return checked(library.strowger_receive(self._handle, byref(event), now))

    def fire(self, now):
        checked(library.strowger_fire(self._handle, now))

    def next_deadline(self):
        """When fire is wanted next; None: nothing waits."""
        deadline = c_int64()
        result = checked(library.strowger_next_deadline(self._handle, byref(deadline)))
        return deadline.value if result == OK else None

    def directives(self):
        """What the exchange orders, one after the other. Each is valid until the next is asked for."""
        while True:
            directive = Directive(size=ctypes.sizeof(Directive))
            if checked(library.strowger_next_directive(self._handle, byref(directive))) == DONE:
                return
            yield directive

    def facts(self):
        """What must survive a restart: (turn, key, row), with row None where the row under this key goes."""
        fact = Fact(size=ctypes.sizeof(Fact))
        while checked(library.strowger_next_fact(self._handle, byref(fact))) == OK:
            row = ctypes.string_at(fact.row, fact.row_length) if fact.row else None
            yield fact.turn, ctypes.string_at(fact.key, fact.key_length), row

    def restore(self, rows):
        """Puts the rows of an earlier process back, before the first event. Returns how many do not fit."""
        facts = (Fact * len(rows))()
        for fact, (key, row) in zip(facts, rows.items()):
            fact.size = ctypes.sizeof(Fact)
            fact.key, fact.key_length = ctypes.cast(ctypes.c_char_p(key), POINTER(c_uint8)), len(key)
            fact.row, fact.row_length = ctypes.cast(ctypes.c_char_p(row), POINTER(c_uint8)), len(row)
        rejected = c_size_t()
        checked(library.strowger_restore(self._handle, facts, len(rows), byref(rejected)))
        return rejected.value

    def state(self):
        """Everything there is, as JSON text."""
        needed = c_size_t()
        library.strowger_state(self._handle, None, 0, byref(needed))
        room = ctypes.create_string_buffer(needed.value)
        checked(library.strowger_state(self._handle, room, needed.value, byref(needed)))
        return room.value.decode()
