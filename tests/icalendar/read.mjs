// Reads our calendar files with ical.js and compares with expected.json. It knows no zones but those of the file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(new URL('../e2e/package.json', import.meta.url));
const ICAL = require('ical.js');
const folder = process.argv[2];
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
const utc = (time) => new Date(time.toUnixTime() * 1000).toISOString().replace('.000Z', 'Z');
const inOrder = (events) => [...events].sort((a, b) => (a.uid < b.uid ? -1 : 1));

let count = 0;
for (const [name, { method, events }] of Object.entries(expected)) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(join(folder, `${name}.ics`), 'utf8')));
  ICAL.TimezoneService.reset();
  const zones = calendar.getAllSubcomponents('vtimezone');
  for (const zone of zones) ICAL.TimezoneService.register(zone);
  assert.equal(new Set(zones.map((zone) => zone.getFirstPropertyValue('tzid'))).size, zones.length, `${name}: a zone once`);
  assert.equal(calendar.getFirstPropertyValue('method'), method, `${name}: what it is for`);
  const found = calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      summary: event.summary,
      start: utc(event.startDate),
      end: utc(event.endDate),
      status: component.getFirstPropertyValue('status'),
      sequence: event.sequence,
      geo: component.getFirstPropertyValue('geo'),
    };
  });
  assert.deepEqual(inOrder(found), inOrder(events), `${name}: what was written is what is read`);
  count += found.length;
}
console.log(`ical.js: ${Object.keys(expected).length} files, ${count} events, read alike`);
