"""baresip telephones and the host, for the tests: each on a 127.x address of its own, and free ports."""
import glob
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

EXAMPLE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NET = f"127.{random.randint(64, 126)}.{random.randint(1, 250)}"


def free_port(address, kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=8.0):
    """Returns what `condition` returns as soon as it is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")


VOICES = [300 + 200 * last for last in range(1, 6)]


def strength(samples, frequency, rate):
    """How loud a tone is (Goertzel)."""
    if len(samples) < rate // 4:
        return 0
    factor = 2 * math.cos(2 * math.pi * frequency / rate)
    last, before = 0.0, 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    return 2 * math.sqrt(max(last * last + before * before - factor * last * before, 0)) / len(samples)


class Host:
    """The PBX under test. Its ladder is what it prints."""

    def __init__(self):
        self.address = f"{NET}.1"
        self.port = free_port(self.address)
        self.folder = tempfile.mkdtemp(prefix="sofia-host-")
        self.log = os.path.join(self.folder, "ladder.txt")
        self.start()

    def start(self):
        program = os.environ.get("SOFIA_HOST", os.path.join(EXAMPLE, ".build", "sofia-host"))
        open(self.log, "a").close()
        opened = self.lines().count("       * open")
        with open(self.log, "a") as log, open(f"{self.folder}/errors", "a") as errors:
            self.process = subprocess.Popen(
                [program, "--listen", f"{self.address}:{self.port}", "--plan", f"{EXAMPLE}/Office.xml", "--stations",
                 f"{EXAMPLE}/Stations.conf", "--facts", f"{self.folder}/facts"], stdout=log, stderr=errors)
        wait_for(self.text, lambda: self.lines().count("       * open") > opened)

    def text(self):
        with open(self.log) as log:
            return log.read()

    def lines(self):
        return self.text().splitlines()

    def expect(self, pattern, count=1, seconds=8.0):
        """Waits until so many lines of the ladder have the pattern."""
        wait_for(lambda: f"{pattern}\n{self.text()}", lambda: sum(bool(re.search(pattern, x)) for x in self.lines()) >= count, seconds)

    def quiet(self):
        """The ladder, when nothing has been added to it for a while."""
        text, since = self.text(), time.monotonic()
        while time.monotonic() < since + 0.4:
            time.sleep(0.05)
            if self.text() != text:
                text, since = self.text(), time.monotonic()
        return text

    def complaints(self):
        with open(f"{self.folder}/errors") as errors:
            return errors.read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder)


class Phone:
    """A baresip, steered over its control port. It speaks a sine wave and answers when it is told to."""

    def __init__(self, number, host):
        self.number, self.host = number, host
        self.address = f"{NET}.{int(number) - 1990}"
        self.folder = tempfile.mkdtemp(prefix=f"baresip-{number}-")
        steering = free_port(self.address, socket.SOCK_STREAM)
        self.voice = 300 + 200 * (int(number) % 10)
        self.write("config", f"""poll_method epoll
sip_listen {self.address}:{free_port(self.address)}
net_interface {self.address}
call_local_timeout 60
call_max_calls 4
audio_source ausine,{self.voice}
audio_player aubridge,sink{number}
audio_alert aubridge,alert{number}
ausrc_srate 48000
ausrc_channels 2
rtp_ports 20000-20100
module_path {self.modules()}
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
snd_path {self.folder}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {self.address}:{steering}
""")
        self.write("accounts", f"<sip:{number}@{host.address}:{host.port}>;auth_user={number};auth_pass=secret-{number};regint=600;"
                   "answermode=manual\n")
        self.write("contacts", "")
        with open(f"{self.folder}/log", "w") as log:
            self.process = subprocess.Popen(["baresip", "-f", self.folder], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd=self.folder)
        self.control, self.stream, self.events = None, b"", []
        wait_for(self.log, lambda: self.connect(steering))
        wait_for(self.log, lambda: "OK" in self.command("reginfo"))

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    @staticmethod
    def modules():
        found = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"]
        return next((path for path in found if os.path.isdir(path)), found[0])

    def log(self):
        with open(f"{self.folder}/log", errors="replace") as log:
            return log.read()[-3000:] + f"\n{self.events}"

    def connect(self, port):
        try:
            self.control = socket.create_connection((self.address, port), 1)
            self.control.settimeout(0.05)
        except OSError:
            return False
        return True

    def read(self):
        """Takes whole netstrings; events are kept, answers returned."""
        answers = []
        try:
            while octets := self.control.recv(65536):
                self.stream += octets
        except OSError:
            pass
        while (head := re.match(rb"(\d+):", self.stream)) and len(self.stream) > head.end() + int(head[1]):
            end = head.end() + int(head[1])
            message = json.loads(self.stream[head.end():end])
            self.stream = self.stream[end + 1:]
            (self.events if "event" in message else answers).append(message)
        return answers

    def command(self, name, parameters=""):
        token = str(random.random())
        text = json.dumps({"command": name, "params": parameters, "token": token})
        self.control.sendall(f"{len(text)}:{text},".encode())
        answers = []

        def came():
            answers.extend(a for a in self.read() if a.get("token") == token)
            return answers
        wait_for(self.log, came)
        return answers[0].get("data", "")

    def event(self, kind, seconds=8.0):
        """The next event of that kind, and what it says."""
        def came():
            self.read()
            return next((e for e in self.events if e.get("type") == kind), None)
        found = wait_for(lambda: f"{self.number}: {kind}\n{self.log()}\n{self.host.text()}", came, seconds)
        self.events.remove(found)
        return found.get("param", "")

    def dial(self, number):
        self.command("dial", f"sip:{number}@{self.host.address}:{self.host.port}")

    def code(self, number):
        """Dials a code; the phone shows how it went."""
        self.dial(number)
        return self.event("CALL_CLOSED")

    def answer(self):
        self.event("CALL_INCOMING")
        self.command("accept")
        self.event("CALL_ESTABLISHED")

    def heard(self):
        """The voices in the last half second of what it plays, by their frequencies."""
        files = sorted(glob.glob(f"{self.folder}/*-dec.wav"), key=os.path.getmtime)
        if not files:
            return set()
        with open(files[-1], "rb") as file:
            octets = file.read()
        channels, rate = struct.unpack_from("<HI", octets, 22)
        count = min(rate // 2 * channels, (len(octets) - 44) // 2)
        samples = struct.unpack_from(f"<{count}h", octets, len(octets) // 2 * 2 - 2 * count)[::channels]
        return {voice for voice in VOICES if strength(samples, voice, rate) > 400}

    def receives(self):
        """Packets come in: for phones that have held the call, since baresip's recording ends then."""
        def count():
            return sum(map(int, re.findall(r"rcvd=(\d+)", self.command("audio_debug"))))  # of each source
        before = count()
        wait_for(lambda: f"{self.number} hears nothing\n{self.host.text()}", lambda: count() > before + 10)

    def hears(self, *others, seconds=6.0):
        """It hears these phones, and nobody else."""
        wanted = {other.voice for other in others}
        wait_for(lambda: f"{self.number} hears {self.heard()} instead of {wanted}\n{self.host.text()}",
                 lambda: self.heard() == wanted, seconds)

    def close(self):
        if self.process.poll() is not None:
            return
        self.process.kill()
        self.process.wait()
        self.control.close()
        shutil.rmtree(self.folder)
