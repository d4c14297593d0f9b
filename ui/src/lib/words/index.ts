export { isReached, sayDone, sayWaits } from './done';
export { sayMoney, times } from './money';
export { alternativesOf, sayCommand, sayRefusal, sayState, sayTrouble } from './refusal';
