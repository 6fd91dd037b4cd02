/** Path of an Electron that can be started; null where there is none. */
export function electronBinary(environment?: NodeJS.ProcessEnv, platform?: NodeJS.Platform): string | null
/** Why no window can be opened here, as half a sentence; null when one can. */
export function whyNoWindow(environment?: NodeJS.ProcessEnv, platform?: NodeJS.Platform): string | null
/** Path of a Chromium or Chrome; null where there is none. */
export function chromiumBinary(environment?: NodeJS.ProcessEnv): string | null
