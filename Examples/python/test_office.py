"""What the people of an office in Python notice."""

import json
import unittest
from pathlib import Path

import strowger
from office import Office, scenario


class Calls(unittest.TestCase):
    def setUp(self):
        self.office = Office()
        self.addCleanup(self.office.exchange.close)
        for number in ("2001", "2002", "2003"):
            self.office.register(number)

    def test_a_call_rings_is_answered_and_ends_at_both(self):
        caller = self.office.dial("2001", "2002")
        called = self.office.ringing()
        self.assertEqual(self.office.station_of[called], "2002")
        self.office.rings(called)
        self.office.answer(called)
        self.assertEqual((self.office.hears[caller], self.office.hears[called]), ("with 2002", "with 2001"))
        self.office.hang_up(caller)
        self.assertIn((strowger.RELEASE, called, "released: normal"), self.office.orders)

    def test_forward_sends_calls_on_until_it_is_cleared(self):
        self.office.dial("2002", "6012003")
        self.office.dial("2001", "2002")
        self.assertEqual(self.office.station_of[self.office.ringing()], "2003")
        self.office.dial("2002", "600")
        self.office.dial("2001", "2002")
        self.assertEqual(self.office.station_of[self.office.ringing()], "2002")

    def test_do_not_disturb_refuses(self):
        self.office.dial("2002", "401")
        leg = self.office.dial("2001", "2002")
        self.assertIsNone(self.office.ringing())
        self.assertEqual(self.office.final(leg), "486 do not disturb at 2002")

    def test_a_parked_call_is_fetched_by_another(self):
        caller, called = self.talk()
        self.office.hold(called)
        self.assertEqual(self.office.hears[caller], "music")
        self.office.dial("2002", "11")
        fetching = self.office.dial("2003", "122002")
        self.assertEqual((self.office.hears[caller], self.office.hears[fetching]), ("with 2003", "with 2001"))

    def test_a_parked_call_that_nobody_fetches_comes_back(self):
        _, called = self.talk()
        self.office.hold(called)
        self.office.dial("2002", "11")
        self.office.wait(59)
        self.assertIsNone(self.office.ringing())
        self.office.wait(2)
        self.assertEqual(self.office.station_of[self.office.ringing()], "2002")

    def test_a_forward_survives_a_restart(self):
        self.office.dial("2002", "6012003")
        with Office(self.office.rows) as again:
            for number in ("2001", "2002", "2003"):
                again.register(number)
            again.dial("2001", "2002")
            self.assertEqual(again.station_of[again.ringing()], "2003")

    def test_rows_that_are_rubbish_are_counted_and_left_out(self):
        with strowger.Exchange() as exchange:
            exchange.load_plan(Path(__file__).with_name("office.xml"))
            self.assertEqual(exchange.restore({**self.office.rows, b"?!": b"?", b"": b""}), 2)

    def test_the_state_is_json_and_nothing_is_wrong_with_it(self):
        self.talk()
        state = json.loads(self.office.exchange.state())
        self.assertEqual(len(state["stations"]), 3)
        self.assertEqual([call["dialled"] for call in state["calls"]], ["2002"])
        self.assertEqual(state["findings"], [])

    def talk(self):
        caller = self.office.dial("2001", "2002")
        called = self.office.ringing()
        self.office.answer(called)
        return caller, called


class Ladder(unittest.TestCase):
    def test_the_scenario_prints_the_ladder_that_the_readme_shows(self):
        with Office() as office:
            scenario(office)
            ladder = "\n".join(office.ladder) + "\n"
        self.assertEqual(ladder, Path(__file__).with_name("office.ladder").read_text())


if __name__ == "__main__":
    unittest.main()
