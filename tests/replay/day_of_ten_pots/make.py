#!/usr/bin/env python3
"""Makes recording.jsonl and expected.json of this directory: a day of ten pots, the same for the same seed."""

import json
import pathlib
import random
from datetime import datetime, timedelta, timezone

SEED = 2026
POTS = 10
STEP_MIN = 12
BEGIN = datetime(2026, 11, 20, tzinfo=timezone.utc)

rng = random.Random(SEED)
here = pathlib.Path(__file__).parent
lines = []  # (at, line)
pots = {}
messages = {"telemetry": 0, "status": 0, "other": 0}


def text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def say(at, device, topic, payload):
    message = {"at": text(at), "subject": f"epicura.{device}.{topic}", "payload": payload}
    lines.append((at, json.dumps(message, separators=(",", ":"))))


class Pot:
    """Cooks three meals; sends each metric in the values form; loses its connection now and then."""

    def __init__(self, number):
        self.id = f"00000010-0000-4000-8000-{number:012d}"
        self.epoch = 100 * number
        self.seq = 0
        self.readings = {}
        self.latest = {}
        self.meals = [BEGIN + timedelta(hours=hour, minutes=rng.randrange(60)) for hour in (7, 12, 18)]
        self.temperature = 20.0

    def connect(self, at):
        self.epoch += 1
        messages["status"] += 1
        say(at, self.id, "status", {"state": "online", "epoch": self.epoch, "firmware": "1.4.0"})

    def reading(self, at):
        cooking = any(meal <= at < meal + timedelta(minutes=50) for meal in self.meals)
        self.temperature += (95 - self.temperature) * 0.6 if cooking else (20 - self.temperature) * 0.3
        ts = at - timedelta(milliseconds=rng.randrange(400))
        values = {"temperature": round(self.temperature + rng.uniform(-0.5, 0.5), 1)}
        units = {"temperature": "C"}
        if cooking:
            values["stirrer.speed"] = rng.choice([0, 60, 120])
            units["stirrer.speed"] = "rpm"
        self.seq += 1
        messages["telemetry"] += 1
        say(at, self.id, "telemetry", {"ts": text(ts), "values": values, "units": units, "seq": self.seq})
        for metric, value in values.items():
            self.readings.setdefault(metric, []).append((text(ts), value))
            self.latest[metric] = {"value": value, "ts": text(ts), "unit": units[metric], "seq": self.seq}

    def event(self, at, kind):
        messages["other"] += 1
        say(at, self.id, f"events.{kind}", {"ts": text(at)})

    def day(self):
        at = BEGIN + timedelta(seconds=rng.randrange(60))
        self.connect(at)
        for meal in self.meals:
            self.event(meal, "step_started")
            self.event(meal + timedelta(minutes=50), "completed")
        for _ in range(24 * 60 // STEP_MIN):
            self.reading(at + timedelta(seconds=2))
            if rng.random() < 0.03:
                messages["status"] += 1
                say(at + timedelta(seconds=60), self.id, "status", {"state": "offline", "epoch": self.epoch})
                self.connect(at + timedelta(seconds=90))
            at += timedelta(minutes=STEP_MIN)

    def expected(self):
        return {
            "id": self.id,
            "summary": {
                metric: {
                    "count": len(found),
                    "min": min(value for _, value in found),
                    "max": max(value for _, value in found),
                    "sum": round(sum(value for _, value in found), 3),
                    "first": found[0][0],
                    "last": found[-1][0],
                }
                for metric, found in sorted(self.readings.items())
            },
            "twin": self.latest,
            "presence": {"status": "online", "epoch": self.epoch, "reason": "birth", "firmware": "1.4.0"},
        }


for number in range(1, POTS + 1):
    pot = Pot(number)
    pot.day()
    pots[f"pot {number}"] = pot.expected()

lines.sort()
head = {"epicura_recording": 1, "begun_at": text(BEGIN), "source": "live", "subjects": ["epicura.>"]}
recording = [json.dumps(head, separators=(",", ":"))] + [line for _, line in lines]
(here / "recording.jsonl").write_text("\n".join(recording) + "\n")

rows = sum(sums["count"] for pot in pots.values() for sums in pot["summary"].values())
expected = {
    "about": f"A day of ten pots, three meals each. Made by make.py with seed {SEED}.",
    "pots": pots,
    "counters": {
        "epicura_rows_written_total": rows,
        "epicura_rows_duplicate_total": 0,
        "epicura_rows_conflict_total": 0,
        "epicura_intake_messages_total": messages["telemetry"],
        'epicura_device_messages_total{kind="status"}': messages["status"],
        'epicura_device_messages_total{kind="other"}': messages["other"],
        'epicura_dead_letters_total{source="telemetry"}': 0,
        'epicura_dead_letters_total{source="device"}': 0,
        "epicura_twin_feeds_dropped_total": 0,
    },
    "doubled": {
        "counters": {
            "epicura_rows_duplicate_total": rows,
            "epicura_intake_messages_total": 2 * messages["telemetry"],
            'epicura_device_messages_total{kind="status"}': 2 * messages["status"],
            'epicura_device_messages_total{kind="other"}': 2 * messages["other"],
        }
    },
}
(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
