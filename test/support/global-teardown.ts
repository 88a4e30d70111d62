import { stopSuiteStack } from './suite-stack.ts';

export default stopSuiteStack;
