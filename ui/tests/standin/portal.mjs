/**
 * A stand-in for the server, for looking at the screens of booking and moving in every state without one. It lives in the
 * browser's network: `await standIn(context, options)` answers `/api/v1/*` of a Playwright context. The end-to-end tests
 * use the real server; this only helps to draw.
 */

/** @typedef {{ signedIn?: boolean, offline?: boolean, refuse?: boolean, empty?: boolean, none?: boolean, awaiting?: boolean, colour?: string }} Options */

const DAY = 86_400_000;
export const NOW = new Date('2026-11-22T09:14:00+01:00');
const TODAY = '2026-11-22';
const LAST = '2027-02-20';
const eur = (euros) => ({ minor: euros * 100, currency: 'EUR' });
const variant = (id, name, minutes, euros) => ({ id, name, minutes, price: eur(euros) });

const PLACES = [
  {
    id: 'mitte',
    name: 'Mitte',
    address: ['Lindenstraße 14', '10969 Berlin'],
    zone: 'Europe/Berlin',
    phone: '+49 30 5550 1420',
  },
  {
    id: 'neukoelln',
    name: 'Neukölln, in the courtyard behind the old printing works',
    address: ['Weserstraße 201, Hinterhof, 2. Aufgang', '12047 Berlin'],
    zone: 'Europe/Berlin',
    phone: '',
  },
  { id: 'graca', name: 'Graça', address: ['Rua da Graça 82', '1170-170 Lisboa'], zone: 'Europe/Lisbon', phone: '' },
];
const STAFF = [
  {
    id: 'ada',
    name: 'Ada Okonkwo',
    role: 'Senior stylist',
    about: 'Curls, cuts that grow out well, and the best playlist in the house.',
    places: ['mitte', 'graca'],
  },
  { id: 'ben', name: 'Ben Lindqvist', role: 'Stylist', about: '', places: ['mitte', 'neukoelln'] },
  {
    id: 'maria',
    name: 'Maria do Carmo Vasconcelos e Albuquerque de Sousa',
    role: 'Colourist, master of balayage and corrective colour',
    about:
      'Twenty years of colour in Lisbon and Berlin. Speaks Portuguese, German and English, and listens in all three.',
    places: ['mitte', 'graca'],
  },
];
const service = (id, category, name, description, variants, more = {}) => ({
  id,
  category,
  name,
  description,
  variants,
  places: PLACES.map((place) => place.id),
  staff: STAFF.map((person) => person.id),
  choose_staff: true,
  online_booking: true,
  accept_automatically: true,
  capacity: 1,
  ...more,
});

export const catalogue = (options = {}) => ({
  view: 'catalogue',
  name: 'Linden & Rye',
  tagline: 'Hair, skin and a quiet hour',
  logo: '',
  colour: options.colour ?? '#2f6b4f',
  welcome: 'Good to see you. Book a chair, a treatment or a class; move it when life does.',
  instructions:
    'Please come five minutes early. If you have a cold, move your visit: it costs nothing until the evening before.',
  policies: [
    {
      title: 'Moving and cancelling',
      text: 'You can move or cancel by yourself until 24 hours before a visit.\n\nWhat you have paid does not come back by itself.',
    },
    { title: 'Being late', text: 'We wait for fifteen minutes.' },
  ],
  contact: { email: 'hello@lindenandrye.example', phone: '+49 30 5550 1420' },
  categories: ['Hair', 'Colour', 'Skin', 'Hands & feet', 'Classes', 'For two'].map((name, order) => ({
    id: name.toLowerCase().replace(/\W+/g, '-'),
    name,
    order,
  })),
  services: options.empty
    ? []
    : [
        service('cut', 'hair', 'Cut and finish', 'A conversation, a wash, a cut, and a finish you can do yourself.', [
          variant('short', 'Short hair', 45, 48),
          variant('medium', 'To the shoulder', 60, 62),
          variant('long', 'Long hair', 75, 74),
        ]),
        service('fringe', 'hair', 'Fringe trim', 'Between two cuts.', [variant('one', '', 15, 12)], {
          places: ['mitte'],
          choose_staff: false,
        }),
        service(
          'curls',
          'hair',
          'Curl by curl, dry cut for curly and coily hair with a long consultation',
          'Cut dry, curl by curl, so that what you see is what you get. Come with your hair as you wear it.',
          [variant('one', '', 90, 110)],
          { accept_automatically: false },
        ),
        service('balayage', 'colour', 'Balayage', 'Painted by hand.', [variant('one', '', 180, 190)], {
          staff: ['maria'],
        }),
        service(
          'correction',
          'colour',
          'Colour correction',
          'We need to see your hair first.',
          [variant('one', '', 240, 280)],
          { online_booking: false },
        ),
        service('facial', 'skin', 'Quiet facial', 'An hour without words.', [variant('one', '', 60, 78)]),
        service('manicure', 'hands-feet', 'Manicure', '', [variant('one', '', 40, 34)]),
        service('class', 'classes', 'Braiding class', 'Bring a friend with patience.', [variant('one', '', 90, 25)], {
          capacity: 8,
          places: ['mitte'],
        }),
        service('couple', 'for-two', 'Two chairs, side by side', '', [variant('one', '', 60, 96)]),
      ],
  staff: STAFF,
  places: PLACES,
});

const iso = (date) => date.toISOString().slice(0, 10);
const plain = (text) => new Date(`${text}T00:00:00Z`);

function civil(date, time, zone = 'Europe/Berlin') {
  const offset = zone === 'Europe/Lisbon' ? '+00:00' : '+01:00';
  return { at: new Date(`${date}T${time}:00${offset}`).toISOString(), date, time, offset, zone };
}
const shifted = (start, minutes) => {
  const at = new Date(new Date(start.at).getTime() + minutes * 60_000);
  const local = new Date(at.getTime() + (start.offset === '+01:00' ? 3_600_000 : 0)).toISOString();
  return { ...start, at: at.toISOString(), date: local.slice(0, 10), time: local.slice(11, 16) };
};

function state(date, options) {
  const day = plain(date);
  if (date < TODAY) return { is: 'too_soon' };
  if (date > LAST) return { is: 'too_far' };
  if (options.none && date < '2026-12-15') return { is: 'full' };
  if (day.getUTCDay() === 0) return { is: 'nobody_works' };
  if (date >= '2026-12-24' && date <= '2026-12-27') return { is: 'closed', reason: 'Christmas' };
  const free = (day.getUTCDate() * 7 + 9) % 23;
  return free % 5 === 0 ? { is: 'full' } : { is: 'free', times: free };
}

function times(date, query, options) {
  const found = state(date, options);
  if (found.is !== 'free') return [];
  const zone = PLACES.find(({ id }) => id === query.place)?.zone;
  const minutes =
    catalogue()
      .services.flatMap((s) => s.variants.map((v) => [s.id, v]))
      .find(([s, v]) => s === query.service && v.id === query.variant)?.[1].minutes ?? 45;
  return Array.from({ length: found.times }, (_, at) => {
    const start = 9 * 60 + at * 30;
    const from = civil(
      date,
      `${String(Math.floor(start / 60)).padStart(2, '0')}:${String(start % 60).padStart(2, '0')}`,
      zone,
    );
    return {
      start: from,
      end: shifted(from, minutes),
      staff: ['ada'],
      seats: query.service === 'class' ? 3 + (at % 4) : null,
      cancel_until: shifted(from, -24 * 60),
      reschedule_until: shifted(from, -24 * 60),
    };
  });
}

const bookings = new Map();
const FORMER = '019ab000-0000-7000-8000-000000000001';

function bookingView(
  id,
  { start, service: of = 'cut', variant: v = 'short', place = 'mitte', staff = 'ada', note = '' },
  options,
) {
  const what = catalogue().services.find((s) => s.id === of);
  const which = what.variants.find((one) => one.id === v);
  const action = { refusal: null, until: shifted(start, -24 * 60), not_refunded: null };
  return {
    view: 'booking',
    ticket: {
      booking: id,
      service: what.name,
      variant: which.name,
      staff: STAFF.find((one) => one.id === staff)?.name ?? 'Ada Okonkwo',
      place: PLACES.find((one) => one.id === place).name,
      start,
      end: shifted(start, which.minutes),
      minutes: which.minutes,
      state: options.awaiting || !what.accept_automatically ? 'awaiting_provider' : 'confirmed',
      waiting: !!options.waiting,
      price: which.price,
      paid: eur(0),
      no_reschedule: null,
      no_cancel: null,
    },
    reference: 'K7QX-2MHD',
    service: of,
    variant: v,
    staff,
    staff_chosen: true,
    place,
    address: 'Lindenstraße 14, 10969 Berlin',
    phone: '',
    email: 'hello@lindenandrye.example',
    note,
    party: 1,
    actions: { reschedule: action, cancel: action },
    ledger: [{ what: 'booked', at: civil(TODAY, '08:00'), by: 'customer', start }],
    book_again: true,
  };
}

function answer(view, options) {
  switch (view.view) {
    case 'catalogue':
      return catalogue(options);
    case 'profile':
      return {
        view: 'profile',
        id: '019ab000-0000-7000-8000-00000000000a',
        name: 'Jo Demo',
        email: 'demo@example.com',
        phone: '',
        waiting: false,
      };
    case 'feed':
      return { view: 'feed', link: null };
    case 'month': {
      let first = `${(view.month ?? TODAY).slice(0, 7)}-01`;
      if (!view.month && options.none) first = '2026-11-01';
      const days = [];
      for (let day = plain(first); iso(day).slice(0, 7) === first.slice(0, 7); day = new Date(day.getTime() + DAY))
        days.push({ date: iso(day), state: state(iso(day), options) });
      return {
        view: 'month',
        month: first,
        days,
        today: TODAY,
        last: LAST,
        zone: PLACES.find(({ id }) => id === view.place).zone,
        next_free: options.none && first < '2026-12' ? '2026-12-15' : null,
      };
    }
    case 'day':
      return {
        view: 'day',
        date: view.date,
        state: state(view.date, options),
        times: times(view.date, view.of, options),
      };
    case 'booking':
      return (
        bookings.get(view.booking) ??
        (view.booking === FORMER ? bookingView(FORMER, { start: civil('2026-11-27', '14:00') }, options) : undefined)
      );
    case 'agenda':
      return { view: 'agenda', tickets: [answer({ view: 'booking', booking: FORMER }, options).ticket], next: null };
    default:
      return undefined;
  }
}

function execute({ command }, options) {
  const refused = (refusal) => ({ verdict: 'refused', refusal });
  const taken = {
    code: 'slot_taken',
    facts: {
      wanted: civil('2026-11-27', '14:00'),
      alternatives: [
        ['2026-11-27', '14:30', 'ada'],
        ['2026-11-27', '13:00', 'ada'],
        ['2026-11-28', '10:00', 'maria'],
        ['2026-11-30', '09:30', 'ada'],
      ].map(([date, time, staff]) => ({ start: civil(date, time), staff })),
    },
  };
  if (options.refuse) {
    options.refuse = false;
    return refused(taken);
  }
  const at = new Date(command.start);
  const local = new Date(at.getTime() + 3_600_000).toISOString();
  const start = civil(local.slice(0, 10), local.slice(11, 16));
  if (command.type === 'book@1') {
    bookings.set(command.booking, bookingView(command.booking, { ...command, start }, options));
    return { verdict: 'accepted', outcome: { is: 'booked', booking: command.booking, confirmed: !options.awaiting } };
  }
  bookings.set(command.booking, bookingView(command.booking, { start }, options));
  return { verdict: 'accepted', outcome: { is: 'rescheduled', booking: command.booking } };
}

/**
 * Answers the API of a context.
 * @param {import('playwright-core').BrowserContext} context
 * @param {Options} options may be changed while it runs
 */
export async function standIn(context, options = {}) {
  await context.clock?.setFixedTime?.(NOW);
  await context.route('**/api/v1/**', async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname.replace('/api/v1/', '');
    const json = (body, status = 200) =>
      route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
    const problem = (code, refusal) =>
      json({ code, ...(refusal ? { refusal } : {}) }, code === 'not_signed_in' ? 401 : 409);
    if (options.offline) return route.abort('connectionrefused');
    if (path === 'hello')
      return json({
        name: 'Linden & Rye',
        tagline: 'Hair, skin and a quiet hour',
        logo: '',
        colour: options.colour ?? '#2f6b4f',
        demo_email: 'demo@example.com',
        wallets: [],
      });
    if (path === 'pokes')
      return route.fulfill({
        status: 200,
        contentType: 'text/event-stream',
        body: 'event: hello\ndata: {}\nretry: 100000\n\n',
      });
    if (path === 'view') {
      const view = request.postDataJSON();
      if (view.view === 'profile' && !options.signedIn) return problem('not_signed_in');
      const screen = answer(view, options);
      return screen ? json(screen) : problem('refused', { code: 'not_found', facts: { what: 'booking' } });
    }
    if (path === 'execute') return json(execute(request.postDataJSON(), options));
    return problem('not_found');
  });
}

export { FORMER };
