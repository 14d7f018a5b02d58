import manifest from '../package.json' with { type: 'json' };

/** Name and version of this program, as `user-agent` takes them: `voice-jobs-gateway/1.2.3`. */
export const USER_AGENT = `${manifest.name}/${manifest.version}`;
