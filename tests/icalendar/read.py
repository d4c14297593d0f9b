"""Reads our calendar files with the Python packages icalendar and vobject and compares with expected.json.

Each file is read twice: as it is, and with its zones under names that nobody knows, so that the readers cannot use a zone
database of their own and must believe what the file says of its zones.
"""

import datetime
import json
import pathlib
import re
import sys

import icalendar
import vobject

UTC = datetime.timezone.utc
# Under their own names, zones are read with the reader's database. Its release may be older than ours, and this zone's law
# has changed: there only the file is right.
CHANGED = {"feed", "feed-Africa-Casablanca"}
# vobject takes a zone for UTC, and forgets it, when the file says no other offset for the years 2000 to 2020. Ours begin
# with the appointments, so those that have offset 0 in winter are only read under their own names.
LIKE_UTC = {"feed", "feed-Africa-Casablanca", "feed-Antarctica-Troll", "feed-Europe-Dublin", "feed-Europe-London"}
wrong = []


def utc(at):
    if not isinstance(at, datetime.datetime) or at.tzinfo is None:
        return f"{at!r} is no instant"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def by_icalendar(text):
    calendar = icalendar.Calendar.from_ical(text)
    parts = list(calendar.walk())
    broken = [(part.name, part.errors) for part in parts if part.errors]
    if broken:
        raise ValueError(f"it complains: {broken}")
    events = [
        {
            "uid": str(event["UID"]),
            "summary": str(event["SUMMARY"]),
            "start": utc(event.decoded("DTSTART")),
            "end": utc(event.decoded("DTEND")),
            "status": str(event["STATUS"]),
            "sequence": int(event["SEQUENCE"]),
            "geo": [event["GEO"].latitude, event["GEO"].longitude] if "GEO" in event else None,
        }
        for event in calendar.walk("VEVENT")
    ]
    return {"method": str(calendar["METHOD"]), "events": events}


def by_vobject(text):
    calendar = vobject.readOne(text)
    # A calendar without an event is no calendar to this one, and yet it is what an empty feed is.
    if "BEGIN:VEVENT" in text:
        calendar.validate(raiseException=True)
    events = [
        {
            "uid": event.uid.value,
            "summary": event.summary.value,
            "start": utc(event.dtstart.value),
            "end": utc(event.dtend.value),
            "status": event.status.value,
            "sequence": int(event.sequence.value),
            "geo": [float(part) for part in event.geo.value.split(";")] if hasattr(event, "geo") else None,
        }
        for event in getattr(calendar, "vevent_list", [])
    ]
    return {"method": calendar.method.value, "events": sorted(events, key=lambda event: event["uid"])}


def in_order(found):
    return {**found, "events": sorted(found["events"], key=lambda event: event["uid"])}


def compare(name, reader, found, wanted):
    if found["method"] != wanted["method"] or len(found["events"]) != len(wanted["events"]):
        wrong.append(f"{name}: {reader} finds {found['method']} with {len(found['events'])} events")
    for one, other in zip(found["events"], wanted["events"]):
        if one != other:
            wrong.append(f"{name}: {reader} reads {one}, not {other}")


folder = pathlib.Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
events = 0
for number, (name, wanted) in enumerate(sorted(expected.items())):
    octets = (folder / f"{name}.ics").read_bytes()
    lines = octets.split(b"\r\n")
    if any(len(line) > 75 for line in lines) or any(b"\n" in line or b"\r" in line for line in lines):
        wrong.append(f"{name}: a line is too long or does not end with CRLF")
    text = octets.decode()
    wanted = in_order(wanted)
    strange = re.sub(r"^((?:TZID:|DT(?:START|END);TZID=)[^:\r]*)", rf"\1/nowhere-{number}", text, flags=re.M)
    for way, of in [("", text), (" (zones from the file)", strange)]:
        for reader, read in [("icalendar", by_icalendar), ("vobject", by_vobject)]:
            if name in (CHANGED if not way else LIKE_UTC if reader == "vobject" else ()):
                continue
            try:
                compare(name, reader + way, in_order(read(of)), wanted)
            except Exception as error:  # whatever a reader cannot read is what we look for
                wrong.append(f"{name}: {reader}{way} cannot read it: {error!r}")
    events += len(wanted["events"])

for line in wrong[:20]:
    print(line)
if wrong:
    sys.exit(f"{len(wrong)} disagreements")
print(f"icalendar {icalendar.__version__} and vobject {vobject.VERSION}: {len(expected)} files, {events} events, read alike")
