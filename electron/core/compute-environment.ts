/** What a process of ours may know of its surroundings; loaders, debuggers, tokens and the rest stay out. */
const passedOn =
  /^(PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|XDG_\w+|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|WINDIR|LD_LIBRARY_PATH|DYLD_\w+|VK_\w+|CUDA_\w+|OMP_\w+|ORT_\w+|DISPLAY|CHRONOLENS_\w+)$/i

/** The part of an environment that processes we start may have. */
export function passedOnEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).filter(([name, value]) => value !== undefined && passedOn.test(name))
  return Object.fromEntries(entries) as Record<string, string>
}
