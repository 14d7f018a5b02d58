import manifest from '../package.json' with { type: 'json' };

/** Version of this program, as in its package.json: `1.2.3`. */
export const VERSION: string = manifest.version;

/** Name and version of this program, as `user-agent` takes them: `voice-jobs-gateway/1.2.3`. */
export const USER_AGENT = `${manifest.name}/${manifest.version}`;
