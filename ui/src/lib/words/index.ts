export { isReached, sayDone, sayWaits } from './done';
export { sayMoney, times } from './money';
export { alternativesOf, sayCommand, sayOther, sayRefusal, sayRefusalAlone, sayState, sayTrouble } from './refusal';
