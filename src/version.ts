import manifest from '../package.json' with { type: 'json' };

/** Version of this program from its package.json, as in `1.2.3`. */
export const VERSION: string = manifest.version;

/** Name and version of this program for `user-agent`, as in `voice-jobs-gateway/1.2.3`. */
export const USER_AGENT = `${manifest.name}/${manifest.version}`;
