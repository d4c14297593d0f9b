"""The desktop's own calendar as another program sees it, through libecal: own-calendar.py COMMAND [ARGUMENTS...]

list                      prints all events as JSON
add TITLE START END       enters an event; times as 2026-12-01T10:00:00Z
move UID START            moves an event as a person drags it: its length and its words stay
copy UID [TITLE]          makes a copy under a name of its own, and gives it another title
clear                     takes everything out
"""
import calendar
import json
import sys
import time
import uuid

import gi

gi.require_version("ECal", "2.0")
gi.require_version("EDataServer", "1.2")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, EDataServer, ICalGLib  # noqa: E402

registry = EDataServer.SourceRegistry.new_sync(None)
source = registry.ref_source("system-calendar")
client = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 1, None)
plain, whole = ECal.OperationFlags.NONE, ECal.ObjModType.ALL


def instant(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def utc(at):
    return ICalGLib.Time.new_from_timet_with_zone(at, 0, ICalGLib.Timezone.get_utc_timezone())


def seconds(value):
    return value.as_timet_with_zone(value.get_timezone() or zone_of(value))


def zone_of(value):
    identifier = value.get_tzid()
    if not identifier:
        return ICalGLib.Timezone.get_utc_timezone()
    known, zone = client.get_timezone_sync(identifier, None)
    return zone


def shown(component):
    iso = lambda value: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds(value)))  # noqa: E731
    return {
        "uid": component.get_uid(),
        "sequence": component.get_sequence(),
        "title": component.get_summary(),
        "start": iso(component.get_dtstart()),
        "end": iso(component.get_dtend()),
        "text": component.as_ical_string(),
    }


def get(uid):
    return client.get_object_sync(uid, None, None)[1]


command, arguments = sys.argv[1], sys.argv[2:]
if command == "list":
    print(json.dumps([shown(one) for one in client.get_object_list_sync("#t", None)[1]]))
elif command == "add":
    title, start, end = arguments
    event = ICalGLib.Component.new_vevent()
    event.set_uid(str(uuid.uuid4()))
    event.set_summary(title)
    event.set_dtstart(utc(instant(start)))
    event.set_dtend(utc(instant(end)))
    client.create_object_sync(event, plain, None)
elif command == "move":
    uid, start = arguments
    event = get(uid)
    length = seconds(event.get_dtend()) - seconds(event.get_dtstart())
    event.set_dtstart(utc(instant(start)))
    event.set_dtend(utc(instant(start) + length))
    client.modify_object_sync(event, whole, plain, None)
elif command == "copy":
    uid, *title = arguments
    event = get(uid).clone()
    event.set_uid(str(uuid.uuid4()))
    if title:
        event.set_summary(title[0])
    client.create_object_sync(event, plain, None)
elif command == "clear":
    for one in client.get_object_list_sync("#t", None)[1]:
        client.remove_object_sync(one.get_uid(), None, whole, plain, None)
else:
    sys.exit(__doc__)
