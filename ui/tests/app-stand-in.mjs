/**
 * Stands in for the app's shell while pictures are taken: answers a few commands with made-up appointments, one of them
 * waiting, one move refused. Runs inside the page. Not a host: the product has none but the two in `src/lib/host`.
 */
export function standIn({ empty }) {
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const civil = (days, time, zone = 'Europe/Berlin', offset = '+01:00') => ({
    at: new Date(`${day(days)}T${time}:00${offset}`).toISOString(),
    date: day(days),
    time,
    offset,
    zone,
  });
  const ticket = (booking, days, from, to, more) => ({
    booking,
    service: 'Cut and finish',
    variant: 'Long hair',
    staff: 'Noor',
    place: 'Linden Street',
    start: civil(days, from),
    end: civil(days, to),
    minutes: 45,
    state: 'confirmed',
    waiting: false,
    price: { minor: 5200, currency: 'EUR' },
    paid: { minor: 0, currency: 'EUR' },
    no_reschedule: null,
    no_cancel: null,
    ...more,
  });
  const lisbon = {
    start: civil(9, '09:30', 'Europe/Lisbon', '+00:00'),
    end: civil(9, '10:30', 'Europe/Lisbon', '+00:00'),
  };
  const tickets = [
    ticket('a', 0, '23:10', '23:55', { waiting: true, service: 'Beard trim', variant: '', minutes: 20 }),
    ticket('b', 2, '14:00', '14:45', {}),
    ticket('c', 9, '09:30', '10:30', {
      ...lisbon,
      service: 'Deep-conditioning treatment with scalp massage and a very long name indeed',
      staff: 'Maximiliane-Charlotte von und zu Hohenfels-Wertheimstein',
      place: 'Rua do Almirante Reis de Albuquerque',
      minutes: 60,
    }),
    ticket('d', 34, '11:15', '12:45', { state: 'awaiting_provider', service: 'Colour correction', minutes: 90 }),
    ticket('e', 48, '16:00', '16:30', { state: 'cancelled', waiting: true, service: 'Fringe trim', minutes: 30 }),
  ];
  const card = {
    id: '1',
    address: 'https://linden.example',
    name: 'Linden & Rye',
    tagline: 'Hair, skin and a quiet hour',
    logo: '',
    colour: '#2f6b4f',
    demo_email: null,
    wallets: [],
    customer: 'me',
    connection: 'offline',
    as_of: new Date(Date.now() - 7_200_000).toISOString(),
    ready: true,
    waiting: 2,
    refused: 1,
  };
  const cards = empty
    ? []
    : [card, { ...card, id: '2', name: 'Iron & Ivy', colour: '#e9a820', waiting: 0, refused: 0 }];
  const wanted = civil(3, '10:00');
  const notice = {
    id: 'n',
    about: 'Cut and finish',
    at: card.as_of,
    command: { type: 'reschedule@1', booking: 'b', start: wanted.at },
    refusal: {
      code: 'slot_taken',
      facts: {
        wanted,
        alternatives: ['10:45', '11:30', '13:00'].map((time) => ({ start: civil(3, time), staff: 's' })),
      },
    },
  };
  const current = empty ? null : '1';
  const answers = {
    opening: () => ({
      businesses: cards,
      current,
      agenda: empty ? null : answers.view({ view: { view: 'agenda', tab: 'upcoming' } }),
    }),
    businesses: () => cards,
    current: () => current,
    view: ({ view }) =>
      view.view === 'agenda'
        ? { is: 'screen', screen: { view: 'agenda', tickets: view.tab === 'upcoming' ? tickets : [], next: null } }
        : { is: 'refused', refusal: { code: 'not_signed_in' } },
    outbox: () => [
      { id: '1', command: { type: 'book@1' }, given: card.as_of, sent: false, doubt: null, about: 'Beard trim' },
      {
        id: '2',
        command: { type: 'cancel@1' },
        given: card.as_of,
        sent: false,
        doubt: { code: 'too_late', facts: { act: 'cancel', deadline: civil(0, '08:00') } },
        about: 'Fringe trim',
      },
    ],
    notices: () => [notice],
    own_calendar: () => ({ offered: true, on: true, name: 'Personal', lets_move: true, problem: null }),
    moved_events: ({ business }) => [
      { business, booking: 'b', about: 'Cut and finish', from: civil(2, '14:00'), to: civil(3, '16:30') },
    ],
    clashes: () => [{ title: 'Dentist', from: civil(2, '13:30'), to: civil(2, '14:30') }],
    reminders: () => ({ day_before: true, hours_before: 2, travel: 35, tray: true }),
    set_reminders: () => null,
    reminding: () => ({ problem: null, stays: true }),
    at_login: () => false,
    set_at_login: () => null,
    pending_link: () => null,
  };
  let next = 1;
  window.__TAURI_INTERNALS__ = {
    invoke: async (command, facts) => (command in answers ? answers[command](facts) : null),
    transformCallback: () => next++,
    unregisterCallback: () => {},
  };
  window.__TAURI_EVENT_PLUGIN_INTERNALS__ = { unregisterListener: () => {} };
}
