import { describe, expect, it } from 'vitest';
import { inBerlin } from '$lib/fixtures/civil';
import { expected as visit } from '$lib/fixtures/counter';
import { isOver, nameless, type Kept } from '$lib/host/counter';
import { answered, isToday, taken, withKept } from './kept';

const start = inBerlin('2026-03-06', '00:30');
const expected = (booking: string) => visit(booking, start.date, start.time);

function kept(id: string, booking: string, state: Kept['state'], number: string | null = null): Kept {
  const seen = { id, booking, at: start.at, how: { how: 'person' as const } };
  return { seen, number, who: 'Ada', reference: '0123-ABCD', state, finding: null, seenBySomebody: false };
}

describe('check-ins on the counter', () => {
  it('show at once, unless the server could not agree', () => {
    const all = [kept('1', 'a', 'waiting'), kept('2', 'b', 'done'), kept('3', 'c', 'found')];
    const states = withKept([expected('a'), expected('b'), expected('c')], all).map((one) => one.state);
    expect(states, 'waiting and done are here').toEqual(['checked_in', 'checked_in', 'confirmed']);
  });

  it('keep their codes from being used again, whatever became of them', () => {
    const all = [kept('1', 'a', 'found', 'x'), kept('2', 'b', 'done', 'y'), kept('3', 'c', 'waiting')];
    expect([...taken(all)], 'two were by code').toEqual(['x', 'y']);
  });

  it('are settled only by an answer of their own', () => {
    const sent = [kept('1', 'a', 'waiting'), kept('2', 'b', 'waiting')];
    const finding = { code: 'no_booking' as const };
    const after = answered(sent, [
      { id: '2', is: 'found', finding },
      { id: '1', is: 'done' },
    ]);
    expect(
      after.map(({ seen, state }) => [seen.id, state]),
      'each by its id',
    ).toEqual([
      ['1', 'done'],
      ['2', 'found'],
    ]);
    expect(after[1]?.finding, 'with the reason').toEqual(finding);
    expect(() => answered(sent, [{ id: '1', is: 'done' }]), 'one without an answer is not settled').toThrow();
  });

  it('are dropped after eight days, unless they wait or somebody has yet to look', () => {
    const after = (days: number) => Date.parse(start.at) + days * 24 * 60 * 60 * 1000;
    const seen = { ...kept('4', 'd', 'found'), seenBySomebody: true };
    const all = [kept('1', 'a', 'waiting'), kept('2', 'b', 'done'), kept('3', 'c', 'found'), seen];
    const over = (days: number) => all.filter((one) => isOver(one, after(days))).map((one) => one.seen.id);
    expect(over(8), 'nothing goes before its time').toEqual([]);
    expect(over(8.1), 'the settled one, and the finding that was looked at').toEqual(['2', '4']);
  });

  it('have no name when their counter is closed', () => {
    const left = nameless(kept('1', 'a', 'waiting'));
    expect(JSON.stringify(left), 'not even once').not.toContain('Ada');
    expect(left.seen, 'what the server needs stays').toEqual(kept('1', 'a', 'waiting').seen);
  });

  it('are of the day at the place', () => {
    expect(isToday(expected('a'), Date.parse('2026-03-05T22:59:00Z')), 'there it is still the fifth').toBe(false);
    expect(isToday(expected('a'), Date.parse('2026-03-05T23:00:00Z')), 'and now the sixth').toBe(true);
  });

  it('are of two days around midnight', () => {
    const after = { ...expected('a'), opens: '2026-03-05T22:50:00Z' };
    expect(isToday(after, Date.parse('2026-03-05T22:49:00Z')), 'not before check-in opens').toBe(false);
    expect(isToday(after, Date.parse('2026-03-05T22:50:00Z')), 'on the evening before from then on').toBe(true);
    const before = { ...expected('b'), start: inBerlin('2026-03-05', '23:45'), opens: '2026-03-05T22:15:00Z' };
    expect(isToday(before, Date.parse('2026-03-05T23:30:00Z')), 'until the end, on the next day').toBe(true);
    expect(isToday(before, Date.parse('2026-03-05T23:31:00Z')), 'and no longer').toBe(false);
  });

  it('are of no day before the night, however early check-in opens', () => {
    const after = { ...expected('a'), opens: '2026-03-04T23:30:00Z' };
    expect(isToday(after, Date.parse('2026-03-05T09:00:00Z')), 'at ten in the morning on the day before').toBe(false);
    expect(isToday(after, Date.parse('2026-03-05T20:29:00Z')), 'the night is three hours').toBe(false);
    expect(isToday(after, Date.parse('2026-03-05T20:30:00Z')), 'and then whoever comes is expected').toBe(true);
  });
});
