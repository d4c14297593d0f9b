"""A pass for Apple Wallet, read with the standard library and the openssl command alone.

    python apple.py FOLDER      FOLDER holds *.pkpass, ca.pem and stranger/ca.pem

1 the archive is whole; 2 every part has its SHA-1 in manifest.json, none missing, none extra; 3 the signature is a
detached CMS signature of manifest.json by a certificate of this pass type and team under ca.pem, with a signing time;
4 what Apple's reference asks of pass.json is there, and dates carry an offset; 5 pictures are PNG of the right size.
Then each kind of fault is planted once and has to be found.
"""

import hashlib
import io
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
STYLES = {"boardingPass", "coupon", "eventTicket", "generic", "storeCard"}


def faults(file: bytes, authority: pathlib.Path) -> list[str]:
    """What is wrong with a pass."""
    archive = zipfile.ZipFile(io.BytesIO(file))
    if archive.testzip() is not None:
        return ["the archive is broken"]
    parts = {name: archive.read(name) for name in archive.namelist()}
    return [*manifest(parts), *signature(parts, authority), *description(parts), *pictures(parts)]


def manifest(parts):
    sums = json.loads(parts["manifest.json"])
    for name in parts.keys() - {"manifest.json", "signature"}:
        if sums.get(name) != hashlib.sha1(parts[name]).hexdigest():
            yield f"the manifest does not fit {name}"
    for name in sums.keys() - parts.keys():
        yield f"the manifest names {name}, which is not there"


def signature(parts, authority):
    description = json.loads(parts["pass.json"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in ("manifest.json", "signature"):
            (folder / name).write_bytes(parts[name])

        def openssl(*arguments):
            return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)

        verified = openssl(
            *("cms", "-verify", "-inform", "DER", "-in", "signature", "-content", "manifest.json", "-binary"),
            *("-CAfile", str(authority.resolve()), "-purpose", "any", "-signer", "signer.pem", "-out", "verified"),
        )
        if verified.returncode:
            yield f"the signature does not hold: {verified.stderr.strip().splitlines()[-1]}"
            return
        subject = openssl("x509", "-in", "signer.pem", "-noout", "-subject", "-nameopt", "RFC2253").stdout
        for part, field in (("UID", "passTypeIdentifier"), ("OU", "teamIdentifier")):
            if f"{part}={description[field]}" not in subject:
                yield f"the certificate's {part} is not {description[field]}"
        if "signingTime" not in openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "signature").stdout:
            yield "there is no signing time"


def description(parts):
    description = json.loads(parts["pass.json"])
    wanted = "formatVersion passTypeIdentifier teamIdentifier organizationName description serialNumber".split()
    yield from (f"pass.json lacks {name}" for name in wanted if not description.get(name))
    styles = STYLES & description.keys()
    if len(styles) != 1:
        yield f"a pass has one style, not {sorted(styles)}"
    if "webServiceURL" in description and len(description.get("authenticationToken", "")) < 16:
        yield "a pass with a web service has a token of 16 characters"
    for name in ("relevantDate", "expirationDate"):
        if name in description and not MOMENT.fullmatch(description[name]):
            yield f"{name} is no moment with an offset: {description[name]}"
    places = description.get("locations", [])
    if len(places) > 10:
        yield f"a pass has 10 places at most, not {len(places)}"
    for place in places:
        for name, most in (("latitude", 90), ("longitude", 180)):
            if type(place.get(name)) is not float or abs(place[name]) > most:
                yield f"{name} is no number of degrees: {place.get(name)!r}"
        if f'"{place.get("relevantText")}" = ' not in parts["en.lproj/pass.strings"].decode():
            yield f"what a place says cannot be translated: {place.get('relevantText')!r}"
    if places and description.get("voided"):
        yield "a void pass has a place to come up at"
    for code in description.get("barcodes", []):
        code["message"].encode(code["messageEncoding"])
    fields = [field for style in styles for group in description[style].values() for field in group]
    keys = [field["key"] for field in fields]
    if len(keys) != len(set(keys)):
        yield "two fields have one key"
    strings = parts["en.lproj/pass.strings"].decode()
    for field in fields:
        if "dateStyle" in field and not MOMENT.fullmatch(field["value"]):
            yield f"{field['key']} is no moment with an offset: {field['value']}"
        for name in ("label", "changeMessage"):
            if name in field and f'"{field[name]}" = ' not in strings:
                yield f"{field['key']}: {field[name]!r} cannot be translated"


def pictures(parts):
    sides = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
    for name, side in sides.items():
        if name not in parts:
            yield f"there is no {name}"
        elif size(parts[name]) != (side, side):
            yield f"{name} is {size(parts[name])}"
    for name, scale in (("logo.png", 1), ("logo@2x.png", 2), ("logo@3x.png", 3)):
        width, height = size(parts[name])
        if width > 160 * scale or height > 50 * scale:
            yield f"{name} has no room: {width}×{height}"


def size(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n"), "a picture is PNG"
    return struct.unpack(">II", png[16:24])


def changed(file, name, how):
    """The same pass with one part changed, or taken out when nothing is left of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.namelist():
            bytes_ = how(before.read(part)) if part == name else before.read(part)
            if bytes_:
                after.writestr(part, bytes_)
    return out.getvalue()


def main():
    folder = pathlib.Path(sys.argv[1])
    authority, stranger = folder / "ca.pem", folder / "stranger" / "ca.pem"
    passes = sorted(folder.glob("*.pkpass"))
    assert len(passes) >= 4, "an appointment, a moved one, a cancelled one and a membership"
    wrong = {path.name: found for path in passes if (found := faults(path.read_bytes(), authority))}
    file = passes[0].read_bytes()
    assert any(b'"locations"' in zipfile.ZipFile(path).read("pass.json") for path in passes), "one of them has a place"
    planted = {
        "another time": changed(file, "pass.json", lambda text: text.replace(b"2026", b"2027")),
        "another manifest": changed(file, "manifest.json", lambda text: text + b" "),
        "another's signature": changed(file, "signature", lambda der: der[:-1] + bytes([der[-1] ^ 1])),
        "no picture": changed(file, "icon.png", lambda _: b""),
    }
    missed = [name for name, pass_ in planted.items() if not faults(pass_, authority)]
    if not faults(file, stranger):
        missed.append("another authority")
    print(f"{len(passes)} passes for Apple Wallet are right; {len(planted) + 1} planted faults were found" if not wrong and not missed else (wrong, missed))
    return bool(wrong or missed)


if __name__ == "__main__":
    sys.exit(main())
