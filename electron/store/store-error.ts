import { AppError } from '../../shared/base/app-error.ts'

const reasons: Readonly<Record<string, readonly [code: string, sentence: string]>> = {
  ENOSPC: ['store/no-space', 'the disk is full. Free some space or choose a folder on another disk.'],
  EDQUOT: ['store/no-space', 'your disk quota is used up. Free some space or choose a folder on another disk.'],
  EFBIG: ['store/no-space', 'the disk does not take files of this size. Choose a folder on another disk.'],
  EACCES: ['store/not-writable', 'you have no permission to write there. Choose another folder.'],
  EPERM: ['store/not-writable', 'the system does not allow writing there. Choose another folder.'],
  EROFS: ['store/not-writable', 'the disk is read-only. Choose a folder on another disk.'],
  ENOTDIR: ['store/not-writable', 'part of its path is a file, not a folder. Choose another folder.'],
  EISDIR: ['store/not-writable', 'a folder of that name is in the way. Choose another name.'],
  ENOENT: ['store/not-writable', 'its folder does not exist. Create it or choose another one.'],
  ENAMETOOLONG: ['store/not-writable', 'the name is too long. Choose a shorter one.'],
  EMFILE: ['store/too-many-files', 'too many files are open. Close other programs or raise the limit of open files.'],
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/**
 * Turns a failure of the file system while writing into one sentence for the user; anything else is given back as it
 * is. Codes: `store/no-space`, `store/not-writable`, `store/too-many-files`, `store/write-failed`.
 */
export function toWriteError(error: unknown, path: string): unknown {
  const system = systemCode(error)
  if (!(error instanceof Error) || error instanceof AppError || system === '' || error.name === 'AbortError')
    return error
  const [code, sentence] = reasons[system] ?? ['store/write-failed', `the system reports ${system}: ${error.message}.`]
  return new AppError(code, `Cannot write "${path}": ${sentence}`, { path, system }, { cause: error })
}

/** Like `toWriteError` for reading. Codes: `store/not-found`, `store/not-readable`. */
export function toReadError(error: unknown, path: string): unknown {
  const system = systemCode(error)
  if (!(error instanceof Error) || error instanceof AppError || system === '' || error.name === 'AbortError')
    return error
  if (system === 'ENOENT' || system === 'ENOTDIR')
    return new AppError('store/not-found', `"${path}" does not exist. Check the path.`, { path }, { cause: error })
  const sentence =
    system === 'EACCES' || system === 'EPERM'
      ? 'you have no permission to read it.'
      : system === 'EISDIR'
        ? 'it is a folder, a file was expected.'
        : `the system reports ${system}: ${error.message}.`
  return new AppError('store/not-readable', `Cannot read "${path}": ${sentence}`, { path, system }, { cause: error })
}
