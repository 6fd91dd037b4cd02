import { AppError } from '../../../shared/base/app-error.ts'
import type { Remark } from '../../../shared/domain/remark.ts'

/** A split, or what stands in its way: a plan says it and goes on, where a training stops. */
export function tryToDivide<Split>(divide: () => Split): { split: Split | null; problem: Remark | null } {
  try {
    return { split: divide(), problem: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, message, details } = error
    return { split: null, problem: { code, message, details: { ...details } } }
  }
}
