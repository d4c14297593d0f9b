import { describe, expect, it } from 'vitest';
import { whyNot } from './why-not';

const card = (connection: 'online' | 'connecting' | 'offline' | 'session_ended' | 'locked' | 'too_old') => ({
  connection,
  name: 'Salon Ada',
});

describe('why there is no pass now', () => {
  it('is said when the server cannot be asked, and names whom it takes', () => {
    expect(whyNot(card('offline'), false)).toContain('Salon Ada');
    expect(whyNot(card('session_ended'), false)).not.toBe('');
    expect(whyNot(card('locked'), false)).toContain('keychain');
    expect(whyNot(card('too_old'), false)).not.toBe('');
  });

  it('is said while the appointment itself waits to be sent', () => {
    expect(whyNot(card('online'), true)).toContain('Salon Ada');
    expect(whyNot(card('offline'), true), 'being offline is the first reason').toBe(whyNot(card('offline'), false));
  });

  it('is nothing when one can be made', () => {
    expect(whyNot(card('online'), false)).toBe('');
    expect(whyNot(card('connecting'), false), 'asking is how one finds out').toBe('');
  });
});
