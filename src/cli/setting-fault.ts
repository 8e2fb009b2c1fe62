import { ConfigError, readConfig } from '../config.js'

/** Why no hub would start with a setting, by the check that its environment goes through; undefined when one would. */
export function settingFault(name: string, value: string): string | undefined {
  try {
    readConfig({ [name]: value })
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // The place in the file says the name.
    return error.message.startsWith(`${name} `) ? error.message.slice(name.length + 1) : error.message
  }
}
