export { isReached, sayDone } from './done';
export { sayMoney, times } from './money';
export { alternativesOf, sayCommand, sayRefusal, sayState, sayTrouble } from './refusal';
