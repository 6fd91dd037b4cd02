import { type ConsoleMessage, type ElectronApplication, type Page, selectors } from 'playwright-core'

/** The program, started, with its page in front. */
export interface RunningHost {
  readonly kind: 'electron' | 'server'
  readonly page: Page
  /** The page's errors and refused loads so far; a good page has none. */
  readonly complaints: string[]
  /** Addresses the page asked for that are not the program's own. */
  readonly foreignRequests: string[]
  /** The Electron behind the page; absent in a browser. */
  readonly electron?: ElectronApplication
  /** Ids of the processes that read files now. */
  readers(): Promise<number[]>
  /** Ends the server as its owner does, and starts it again at the same place; absent in Electron. */
  readonly stopServer?: () => Promise<void>
  readonly startServer?: () => Promise<void>
  /** Closes the page's window and opens it again, while the program behind it runs on. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** What a start of the program is given. */
export interface HostOptions {
  /** Folder for everything the program writes: settings, projects. */
  readonly home: string
  /** Folder with data to open: chosen in the dialog (Electron), or served as root (server). */
  readonly data: string
  /** Files and folders on the command line (Electron). */
  readonly given?: readonly string[]
}

selectors.setTestIdAttribute('data-test')

/** Collects what goes wrong on a page. */
export function watchPage(page: Page, ownOrigin: string): Pick<RunningHost, 'complaints' | 'foreignRequests'> {
  const complaints: string[] = []
  const foreignRequests: string[] = []
  page.on('console', (message: ConsoleMessage) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text()))
      complaints.push(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${ownOrigin}/`) && !/^(blob|data):/.test(url)) foreignRequests.push(url)
  })
  return { complaints, foreignRequests }
}
