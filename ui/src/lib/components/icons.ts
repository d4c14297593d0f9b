/** The drawings of the icons: Lucide's, as the text of their files. */
import arrowLeft from 'lucide-static/icons/arrow-left.svg?raw';
import arrowRight from 'lucide-static/icons/arrow-right.svg?raw';
import bookOpen from 'lucide-static/icons/book-open.svg?raw';
import calendarCheck from 'lucide-static/icons/calendar-check.svg?raw';
import calendarClock from 'lucide-static/icons/calendar-clock.svg?raw';
import calendarDays from 'lucide-static/icons/calendar-days.svg?raw';
import calendarPlus from 'lucide-static/icons/calendar-plus.svg?raw';
import calendarSync from 'lucide-static/icons/calendar-sync.svg?raw';
import calendarX from 'lucide-static/icons/calendar-x.svg?raw';
import camera from 'lucide-static/icons/camera.svg?raw';
import cameraOff from 'lucide-static/icons/camera-off.svg?raw';
import check from 'lucide-static/icons/check.svg?raw';
import chevronLeft from 'lucide-static/icons/chevron-left.svg?raw';
import chevronRight from 'lucide-static/icons/chevron-right.svg?raw';
import circleAlert from 'lucide-static/icons/circle-alert.svg?raw';
import circleDashed from 'lucide-static/icons/circle-dashed.svg?raw';
import circleSlash from 'lucide-static/icons/circle-slash.svg?raw';
import circleUser from 'lucide-static/icons/circle-user.svg?raw';
import clock from 'lucide-static/icons/clock.svg?raw';
import cloudOff from 'lucide-static/icons/cloud-off.svg?raw';
import coins from 'lucide-static/icons/coins.svg?raw';
import copy from 'lucide-static/icons/copy.svg?raw';
import gift from 'lucide-static/icons/gift.svg?raw';
import hourglass from 'lucide-static/icons/hourglass.svg?raw';
import keyboard from 'lucide-static/icons/keyboard.svg?raw';
import list from 'lucide-static/icons/list.svg?raw';
import logOut from 'lucide-static/icons/log-out.svg?raw';
import mail from 'lucide-static/icons/mail.svg?raw';
import mailbox from 'lucide-static/icons/mailbox.svg?raw';
import mapPin from 'lucide-static/icons/map-pin.svg?raw';
import mapPinCheck from 'lucide-static/icons/map-pin-check.svg?raw';
import phone from 'lucide-static/icons/phone.svg?raw';
import plus from 'lucide-static/icons/plus.svg?raw';
import qrCode from 'lucide-static/icons/qr-code.svg?raw';
import refreshCw from 'lucide-static/icons/refresh-cw.svg?raw';
import search from 'lucide-static/icons/search.svg?raw';
import share2 from 'lucide-static/icons/share-2.svg?raw';
import sparkles from 'lucide-static/icons/sparkles.svg?raw';
import userCheck from 'lucide-static/icons/user-check.svg?raw';
import userX from 'lucide-static/icons/user-x.svg?raw';
import wallet from 'lucide-static/icons/wallet.svg?raw';
import walletCards from 'lucide-static/icons/wallet-cards.svg?raw';
import x from 'lucide-static/icons/x.svg?raw';

/** What is inside the `<svg>`: its frame is made anew, in the size and the stroke that are wanted. */
const lines = (file: string) =>
  file.slice(file.indexOf('>', file.indexOf('<svg')) + 1, file.lastIndexOf('</svg>')).trim();

export const icons = {
  'arrow-left': lines(arrowLeft),
  'arrow-right': lines(arrowRight),
  'book-open': lines(bookOpen),
  'calendar-check': lines(calendarCheck),
  'calendar-clock': lines(calendarClock),
  'calendar-days': lines(calendarDays),
  'calendar-plus': lines(calendarPlus),
  'calendar-sync': lines(calendarSync),
  'calendar-x': lines(calendarX),
  camera: lines(camera),
  'camera-off': lines(cameraOff),
  check: lines(check),
  'chevron-left': lines(chevronLeft),
  'chevron-right': lines(chevronRight),
  'circle-alert': lines(circleAlert),
  'circle-dashed': lines(circleDashed),
  'circle-slash': lines(circleSlash),
  'circle-user': lines(circleUser),
  clock: lines(clock),
  'cloud-off': lines(cloudOff),
  coins: lines(coins),
  copy: lines(copy),
  gift: lines(gift),
  hourglass: lines(hourglass),
  keyboard: lines(keyboard),
  list: lines(list),
  'log-out': lines(logOut),
  mail: lines(mail),
  mailbox: lines(mailbox),
  'map-pin': lines(mapPin),
  'map-pin-check': lines(mapPinCheck),
  phone: lines(phone),
  plus: lines(plus),
  'qr-code': lines(qrCode),
  'refresh-cw': lines(refreshCw),
  search: lines(search),
  'share-2': lines(share2),
  sparkles: lines(sparkles),
  'user-check': lines(userCheck),
  'user-x': lines(userX),
  wallet: lines(wallet),
  'wallet-cards': lines(walletCards),
  x: lines(x),
};

export type IconName = keyof typeof icons;
