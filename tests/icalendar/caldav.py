"""Puts our appointments into Radicale as a calendar program would, moves, finds and removes them (RFC 4791).

Plain HTTP by the standard library: the client packages for CalDAV bring an urllib3 of their own, which other verifiers of
this environment cannot live with.
"""

import base64
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import icalendar

folder = pathlib.Path(sys.argv[1])
wanted = json.loads((folder / "expected.json").read_text())


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """Radicale on loopback with a folder of its own."""

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp())
        self.port = free_port()
        (self.home / "users").write_text("ada:secret\n")
        (self.home / "conf").write_text(
            f"[server]\nhosts=127.0.0.1:{self.port}\n"
            f"[auth]\ntype=htpasswd\nhtpasswd_filename={self.home}/users\nhtpasswd_encryption=plain\n"
            f"[storage]\nfilesystem_folder={self.home}/store\n[rights]\ntype=owner_only\n"
        )
        self.log = open(self.home / "log", "w")
        self.process = subprocess.Popen(["radicale", "-C", str(self.home / "conf")], stderr=self.log)
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ask("GET", "/.web/")
                return self
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise SystemExit(f"radicale does not start: {(self.home / 'log').read_text()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.home)

    def ask(self, method, path, body=b"", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        key = base64.b64encode(b"ada:secret").decode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Authorization": f"Basic {key}", **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.getheaders()), text


def event_of(name):
    """A file without METHOD, which a calendar's own store must not have (RFC 4791, section 4.1)."""
    text = (folder / f"{name}.ics").read_bytes()
    return b"\r\n".join(line for line in text.split(b"\r\n") if not line.startswith(b"METHOD:"))


def expect(what, found, good):
    if found != good:
        raise SystemExit(f"{what}: {found}, not {good}")


def search(server, start, end):
    query = (
        '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop>'
        f'<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{start}" end="{end}"/>'
        "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    )
    status, _, text = server.ask("REPORT", "/ada/salon/", query.encode(), Depth="1", Content_Type="application/xml")
    expect("a search", status, 207)
    return text.count("calendar-data>") // 2


with Server() as server:
    expect("a new calendar", server.ask("MKCALENDAR", "/ada/salon/")[0], 201)
    place = "/ada/salon/one.ics"
    calendar = "text/calendar; charset=utf-8"
    first, changed = event_of("file-confirmed"), event_of("file-requested")
    status, headers, _ = server.ask("PUT", place, first, If_None_Match="*", Content_Type=calendar)
    expect("a new event", status, 201)
    tag = headers["ETag"]
    expect("the same again", server.ask("PUT", place, first, If_None_Match="*", Content_Type=calendar)[0], 412)
    expect("a late change", server.ask("PUT", place, first, If_Match='"late"', Content_Type=calendar)[0], 412)
    twin = server.ask("PUT", "/ada/salon/two.ics", first, If_None_Match="*", Content_Type=calendar)[0]
    expect("the same UID twice", twin, 409)
    # Read back: what another program would get.
    event = icalendar.Calendar.from_ical(server.ask("GET", place)[2]).walk("VEVENT")[0]
    good = wanted["file-confirmed"]["events"][0]
    expect("the UID read back", str(event["UID"]), good["uid"])
    expect("the summary read back", str(event["SUMMARY"]), good["summary"])
    expect("the alarm read back", str(event.walk("VALARM")[0]["ACTION"]), "DISPLAY")
    # 13:00 to 13:45 UTC, by its place in time: the server has to read the zone.
    expect("found where it is", search(server, "20261127T130000Z", "20261127T134500Z"), 1)
    expect("not found before", search(server, "20261127T110000Z", "20261127T125900Z"), 0)
    expect("not found after", search(server, "20261127T134600Z", "20261127T150000Z"), 0)
    status, headers, _ = server.ask("PUT", place, changed, If_Match=tag, Content_Type=calendar)
    expect("a change in time", status in (201, 204), True)
    event = icalendar.Calendar.from_ical(server.ask("GET", place)[2]).walk("VEVENT")[0]
    expect("the state read back", str(event["STATUS"]), "TENTATIVE")
    for name in ("file-long", "file-hostile", "file-lines"):
        expect(name, server.ask("PUT", place, event_of(name), Content_Type=calendar)[0] in (201, 204), True)
        event = icalendar.Calendar.from_ical(server.ask("GET", place)[2]).walk("VEVENT")[0]
        expect(f"{name} read back", str(event["SUMMARY"]), wanted[name]["events"][0]["summary"])
    expect("a broken event", server.ask("PUT", "/ada/salon/x.ics", b"nonsense", Content_Type=calendar)[0], 400)
    # A whole feed, as somebody imports it.
    whole = event_of("feed-Australia-Lord_Howe")
    status = server.ask("PUT", "/ada/whole/", whole, Content_Type=calendar)[0]
    expect("a feed imported", status, 201)
    back = icalendar.Calendar.from_ical(server.ask("GET", "/ada/whole/")[2])
    found = {str(event["UID"]) for event in back.walk("VEVENT")}
    expect("the feed read back", found, {event["uid"] for event in wanted["feed-Australia-Lord_Howe"]["events"]})
    expect("removed", server.ask("DELETE", place)[0], 200)
    expect("found no more", search(server, "20261127T130000Z", "20261127T134500Z"), 0)
print("Radicale: entered once, changed, found by its time, refused when late or broken, imported whole, removed")
