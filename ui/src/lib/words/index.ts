export { isReached, sayDone, sayWaits } from './done';
export { sayMoney, times } from './money';
export {
  alternativesOf,
  sayCommand,
  sayOther,
  sayRefusal,
  sayRefusalAlone,
  sayRefused,
  sayState,
  sayTrouble,
} from './refusal';
