import { startSuiteStack } from './suite-stack.ts';

export default startSuiteStack;
