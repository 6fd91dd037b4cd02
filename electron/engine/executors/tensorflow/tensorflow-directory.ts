import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder whose `node_modules` holds the TensorFlow binding: the environment variable `CHRONOLENS_TENSORFLOW_DIR`,
 * else `tensorflow` in the user's data folder (the one that Electron calls `userData`), where
 * `npm run setup:tensorflow` puts it. It need not exist.
 */
export function tensorFlowDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const given = env['CHRONOLENS_TENSORFLOW_DIR']
  if (given) return given
  if (platform === 'win32')
    return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'chronolens', 'tensorflow')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'chronolens', 'tensorflow')
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'chronolens', 'tensorflow')
}
