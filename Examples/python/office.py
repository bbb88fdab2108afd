#!/usr/bin/env python3
"""An office in memory: telephones that are driven by a script, a clock that moves when told, and a ladder of what was said.

    python3 office.py            plays the scenario at the end and prints its ladder: > what a telephone does, < what it is ordered
"""

from pathlib import Path

import strowger
from strowger import ALERTING, ANSWERED, DIALLED, HELD, JOINED, KEPT, REGISTERED, RELEASED

SECOND = 1_000_000_000
PLAN = Path(__file__).with_name("office.xml")


class Office:
    """The host of an exchange. It keeps facts, reaches every media goal at once, and knows whose leg is whose."""

    def __init__(self, rows=None):
        self.exchange = strowger.Exchange()
        self.exchange.load_plan(PLAN)
        self.now = 0
        self.rows = dict(rows or {})
        self.ladder = []
        # The station behind each leg.
        self.station_of = {}
        # What each leg hears now.
        self.hears = {}
        # What the exchange ordered last: (kind, leg, what it says).
        self.orders = []
        if self.rows:
            self.exchange.restore(self.rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.exchange.close()

    # -- What the people do

    def register(self, number):
        self._tell(REGISTERED, number, "is there", number=number, devices=[int(number)])

    def dial(self, caller, number):
        leg = self.exchange.reserve_leg()
        self.station_of[leg] = caller
        party = strowger.station(caller, device=int(caller))
        self._tell(DIALLED, caller, f"dials {number}", leg=leg, party=party, number=number)
        return leg

    def rings(self, leg):
        self._tell(ALERTING, self.station_of[leg], "rings", leg=leg)

    def answer(self, leg):
        self._tell(ANSWERED, self.station_of[leg], "answers", leg=leg)

    def hold(self, leg):
        self._tell(HELD, self.station_of[leg], "holds", leg=leg)

    def hang_up(self, leg):
        self._tell(RELEASED, self.station_of[leg], "hangs up", leg=leg)

    def wait(self, seconds):
        """Lets time pass; the exchange is called whenever it asked for it."""
        until = self.now + int(seconds * SECOND)
        self.orders = []
        while (deadline := self.exchange.next_deadline()) is not None and deadline <= until:
            self.now = deadline
            self._write("", ">", "(its time has come)")
            self.exchange.fire(deadline)
            self._obey()
        self.now = until

    # -- What the exchange has to say

    def _tell(self, kind, who, what, **fields):
        self.now += SECOND // 10
        self._write(who, ">", what)
        self.orders = []
        self.exchange.receive(kind, self.now, **fields)
        self._obey()

    def _obey(self):
        """Facts first: an answer must not leave before what it promises is kept."""
        while True:
            turn = 0
            for turn, key, row in self.exchange.facts():
                if row is None:
                    self.rows.pop(key, None)
                else:
                    self.rows[key] = row
            joined = [leg for directive in self.exchange.directives() if (leg := self._carry_out(directive))]
            if not turn and not joined:
                return
            if turn:
                self.exchange.receive(KEPT, self.now, turn=turn)
            for leg in joined:
                self.exchange.receive(JOINED, self.now, leg=leg)

    def _carry_out(self, order):
        """Returns the leg whose media goal was reached by it."""
        if order.kind == strowger.ALERT:
            self.station_of[order.leg] = str(order.party.number)
        if order.kind in (strowger.FINISH, strowger.RELEASE):
            self.hears.pop(order.leg, None)
        if order.kind == strowger.MEDIA:
            self.hears[order.leg] = self._goal(order.goal)
        what = self._words(order)
        self.orders.append((order.kind, order.leg, what))
        # What is about no leg has no station; media may be ordered for a leg before it is told to ring.
        self._write(self.station_of.get(order.leg, "(new)" if order.leg else ""), "<", what)
        return order.leg if order.kind == strowger.MEDIA and order.goal.kind == strowger.GOAL_WITH else None

    def _goal(self, goal):
        if goal.kind == strowger.GOAL_WITH:
            return f"with {self.station_of.get(goal.leg, goal.leg)}"
        return strowger.GOALS[goal.kind] if goal.kind < len(strowger.GOALS) else f"goal {goal.kind}"

    def _words(self, order):
        if order.kind == strowger.PROGRESS:
            return "hears: it rings" if order.progress == 1 else "hears: is forwarded"
        if order.kind == strowger.ALERT:
            passed = [str(order.diversions[index].origin) for index in range(order.diversion_count)]
            return f"ring, {order.number} calls" + (f", forwarded by {', '.join(passed)}" if passed else "")
        if order.kind == strowger.ANSWER:
            return "is put through"
        if order.kind == strowger.FINISH:
            return f"{order.status} {strowger.sentence(order.text, order.number)}".rstrip()
        if order.kind == strowger.RELEASE:
            return f"released: {strowger.cause(order.cause)}"
        if order.kind == strowger.MEDIA:
            return f"media: {self._goal(order.goal)}"
        if order.kind == strowger.PRESENT:
            return f"sees {order.number}"
        if order.kind == strowger.RECORD:
            record = order.record.contents
            by = f", answered by {record.answered_by}" if record.is_answered else ""
            return f"- {record.caller} called {record.dialled}{by}: {strowger.cause(record.cause)}"
        if order.kind == strowger.NOTE:
            return f"- {order.name.decode()}: {strowger.sentence(order.text, order.number)}"
        # A later library may order what this file does not know.
        known = order.kind <= len(strowger.DIRECTIVES)
        return strowger.DIRECTIVES[order.kind - 1] if known else f"directive {order.kind}"

    def _write(self, who, direction, what):
        self.ladder.append(f"{self.now / SECOND:7.1f}  {who:6} {direction} {what}")

    # -- What a script asks for

    def ringing(self):
        """The leg that was made to ring by what happened last, or None."""
        return next((leg for kind, leg, _ in self.orders if kind == strowger.ALERT), None)

    def final(self, leg):
        """How the call of `leg` was answered by what happened last: `486 …`, or None."""
        return next((what for kind, of, what in self.orders if kind == strowger.FINISH and of == leg), None)


def scenario(office):
    """Forward, a call that meets it, park and retrieve, do not disturb."""
    for number in ("2001", "2002", "2003"):
        office.register(number)

    # 2002 sends its calls to 2003, and 2001 calls 2002.
    office.dial("2002", "6012003")
    office.dial("2001", "2002")
    called = office.ringing()
    office.rings(called)
    office.answer(called)

    # 2003 parks the caller; 2002 fetches it.
    office.hold(called)
    office.dial("2003", "11")
    office.wait(5)
    fetching = office.dial("2002", "122003")
    office.wait(20)
    office.hang_up(fetching)

    # 2002 takes its calls itself again, then does not want any.
    office.dial("2002", "600")
    office.dial("2002", "401")
    office.dial("2001", "2002")


if __name__ == "__main__":
    with Office() as house:
        scenario(house)
        print("\n".join(house.ladder))
