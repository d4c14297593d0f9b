export { sayMoney } from './money';
export { alternativesOf, sayCommand, sayRefusal, sayState, sayTrouble } from './refusal';
