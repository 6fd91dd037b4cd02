import type { BenchCase } from './bench-case.ts'
import { matmulCase } from './matmul-case.ts'
import { convLstmCase } from './conv-lstm-case.ts'
import { crnnCase } from './crnn-case.ts'
import { predictionCase } from './prediction-case.ts'
import { gruCase, lstmCase } from './recurrent-cases.ts'

/** Every case that our side can run. */
export const ourCases: readonly BenchCase[] = [matmulCase, lstmCase, gruCase, convLstmCase, crnnCase, predictionCase]
